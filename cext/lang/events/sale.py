"""Events of the counter: a sale closed, a sale refunded."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from cext.lang.basket import AmountMinor, Basket, BasketLine, Override, Tender, Weighing
from cext.lang.quote import Adjustment, Quote, QuotedLine, TaxSum, Use
from cext.lang.rights import Rights


class Trace(Struct, frozen=True, array_like=True):
    """What the code of a line told about these very goods; ISO 8601 for the day."""

    lot: str = ""
    serial: str = ""
    expires_on: str = ""


class Pricing(Struct, frozen=True, kw_only=True, array_like=True):
    """What a sale was priced with: enough to do it again, to the bit, with the same book.

    `code` is the short code of the price proof on the receipt. `uses` are the deals and what they
    took up, which a refund needs.
    """

    book_hash: str
    at_ms: int
    rights: Rights
    code: str
    proof: str
    gap_minor: int
    points_n: int
    uses: tuple[Use, ...] = ()


class SaleLine(Struct, frozen=True, kw_only=True):
    """One line as sold, complete enough to be printed and refunded years later.

    `price_minor` buys `per` of the unit (0: not known, before version 2 of the events).
    """

    line: int
    item: str
    name: str
    department: str
    unit: str
    quantity: int
    gross_minor: int
    net_minor: int
    tax: str
    tax_minor: int
    code: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    derived_quantity: bool = False
    weighing: Weighing | None = None
    override: Override | None = None
    price_minor: int = 0
    per: int = 1000
    label_minor: AmountMinor | None = None
    trace: Trace | None = None


class SaleClosed(Struct, frozen=True, kw_only=True, array_like=True):
    """A sale was paid. `payable_minor` + `rounding_minor` = sum of tenders less change.

    `rounding_minor` is negative or zero (抹零, always down). `business_day` is ISO 8601. Version 2
    added `pricing` and, to the lines, price, label and trace; version 1 reads with them empty.
    Version 3 says more of each weighing; older ones read with it empty. Their weighings stay as
    they were written, for price proofs are made of them: see `Weighing`.
    """

    VERSION: ClassVar[int] = 3

    number: str
    business_day: str
    business_hour: int
    book: str
    member: str | None
    lines: tuple[SaleLine, ...]
    tenders: tuple[Tender, ...]
    taxes: tuple[TaxSum, ...]
    gross_minor: int
    discount_minor: int
    payable_minor: int
    rounding_minor: int = 0
    coupons: tuple[str, ...] = ()
    pricing: Pricing | None = None


def basket_of(sale: SaleClosed) -> Basket:
    """The basket that was sold, as it was priced (version 2 and later)."""
    lines = tuple(_basket_line(line) for line in sale.lines)
    return Basket(lines=lines, member=sale.member, coupons=sale.coupons)


def quote_of(sale: SaleClosed) -> Quote | None:
    """The quote that was sold, without what it did not give; None before version 2.

    The offers that lost, and gifts that were not taken, are not in the event.
    """
    if sale.pricing is None:
        return None
    return Quote(
        book=sale.book,
        lines=tuple(_quoted_line(line) for line in sale.lines),
        taxes=sale.taxes,
        gross_minor=sale.gross_minor,
        discount_minor=sale.discount_minor,
        payable_minor=sale.payable_minor,
        proof="optimal" if sale.pricing.proof == "optimal" else "bounded",
        gap_minor=sale.pricing.gap_minor,
        uses=sale.pricing.uses,
        points_n=sale.pricing.points_n,
    )


def _quoted_line(line: SaleLine) -> QuotedLine:
    return QuotedLine(
        line=line.line,
        item=line.item,
        quantity=line.quantity,
        gross_minor=line.gross_minor,
        net_minor=line.net_minor,
        tax=line.tax,
        tax_minor=line.tax_minor,
        adjustments=line.adjustments,
        price_minor=line.price_minor,
        per=line.per,
    )


def _basket_line(line: SaleLine) -> BasketLine:
    trace = line.trace or Trace()
    return BasketLine(
        line=line.line,
        item=line.item,
        quantity=line.quantity,
        code=line.code,
        label_minor=line.label_minor,
        derived_quantity=line.derived_quantity,
        weighing=line.weighing,
        override=line.override,
        lot=trace.lot,
        serial=trace.serial,
        expires_on=trace.expires_on,
    )


class SaleRefunded(Struct, frozen=True, kw_only=True, array_like=True):
    """A whole receipt was given back: every line returns to stock, every tender is paid back.

    `lines` and `tenders` repeat the sale's with positive amounts; the event's kind is the sign.
    Versions 2 and 3 have the lines of these versions of the sale.
    """

    VERSION: ClassVar[int] = 3

    number: str  # of the refund slip
    sale_number: str
    business_day: str
    business_hour: int
    reason: str
    approved_by: str
    lines: tuple[SaleLine, ...]
    tenders: tuple[Tender, ...]
    payable_minor: int
    rounding_minor: int = 0
