"""What the doors show of a lane and of a receipt."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from cext.lang.basket import BasketLine, Tender
from cext.lang.events import SaleClosed, SaleLine, SaleRefunded
from cext.lang.item import Item
from cext.lang.quantity import Unit, say_quantity
from cext.lang.quote import Adjustment, Quote, QuotedLine, TaxSum
from edge.books import ActiveBook
from edge.sales.tender import Settlement

HINTS_SHOWN_N = 3  # more would hide the basket
GIFTS_SHOWN_N = 5


class Notice(Struct, frozen=True):
    """Something the cashier must read; the next act that succeeds clears it."""

    code: str
    detail: str


class Hint(Struct, frozen=True, kw_only=True):
    """What would still lower the price: `missing_minor` or `missing_n` more, or a gift.

    `missing_n` counts pieces, or kilograms or litres where `missing_unit` is "g" or "ml".
    `items` (gifts only) are the names of what may be taken, `gift_n` pieces of any of them.
    """

    rule: str
    reason: str
    missing_minor: int = 0
    missing_n: int = 0
    missing_unit: Unit = "piece"
    items: tuple[str, ...] = ()
    gift_n: int = 0
    price_minor: int = 0


class LineView(Struct, frozen=True, kw_only=True):
    """One line of the open basket, with the reason of each discount.

    `price_minor` buys `per` of the item's unit; None where another amount than the book's made
    the line: a price label, an amount rung, a price set by hand.
    """

    line: int
    item: str
    name: str
    department: str
    unit: str
    quantity: int
    say_quantity: str
    price_minor: int | None
    per: int
    gross_minor: int
    net_minor: int
    weighed: bool
    priced_label: bool
    override: bool
    adjustments: tuple[Adjustment, ...]
    lot: str = ""
    expires_on: str = ""


class LaneView(Struct, frozen=True, kw_only=True):
    """A lane as the counter sees it. `revision` grows with every change."""

    lane: str
    state: Literal["shut", "open", "paying"]
    worker: str | None
    revision: int
    member: str | None
    coupons: tuple[str, ...]
    lines: tuple[LineView, ...]
    hints: tuple[Hint, ...]
    gross_minor: int
    discount_minor: int
    payable_minor: int
    rounding_minor: int
    tendered_minor: int
    due_minor: int
    cash_due_minor: int
    change_minor: int
    tenders: tuple[Tender, ...]
    last_receipt: str | None
    notice: Notice | None
    currency: str


class Receipt(Struct, frozen=True, kw_only=True):
    """A sale or a refund as it was closed; amounts of a refund are positive."""

    number: str
    kind: Literal["sale", "refund"]
    sale_number: str | None
    store: str
    lane: str
    worker: str
    at_ms: int
    business_day: str
    seq: int
    lines: tuple[SaleLine, ...]
    tenders: tuple[Tender, ...]
    taxes: tuple[TaxSum, ...]
    gross_minor: int
    discount_minor: int
    payable_minor: int
    rounding_minor: int
    member: str | None
    reason: str | None
    printed: bool
    refunded: bool
    currency: str
    proof: str = ""  # the short code of the price proof


class LaneNews(Struct, frozen=True, tag_field="type", tag="lane"):
    """The lane changed."""

    lane: LaneView


class ScanNews(Struct, frozen=True, kw_only=True, tag_field="type", tag="scan"):
    """Something was scanned at a lane; `problem` is the refusal's code."""

    lane: str
    code: str
    outcome: Literal["added", "member", "coupon", "refused"]
    detail: str
    problem: str | None = None


class SaleNews(Struct, frozen=True, kw_only=True, tag_field="type", tag="sale"):
    """A sale or refund is on disk."""

    number: str
    kind: Literal["sale", "refund"]
    payable_minor: int
    lane: str
    at_ms: int


class PrintedNews(Struct, frozen=True, tag_field="type", tag="printed"):
    """The paper of a receipt came out."""

    number: str


News = LaneNews | ScanNews | SaleNews | PrintedNews


def show_line(line: BasketLine, quoted: QuotedLine, item: Item) -> LineView:
    """One line with its price."""
    by_hand = line.override is not None and line.override.amount_minor is not None
    return LineView(
        line=line.line,
        item=line.item,
        name=item.name,
        department=item.department,
        unit=item.unit,
        quantity=line.quantity,
        say_quantity=say_quantity(line.quantity, item.unit),
        price_minor=None if by_hand or line.label_minor is not None else quoted.price_minor,
        per=quoted.per,
        gross_minor=quoted.gross_minor,
        net_minor=quoted.net_minor,
        weighed=line.weighing is not None,
        priced_label=line.label_minor is not None and not item.open_price,
        override=line.override is not None,
        adjustments=quoted.adjustments,
        lot=line.lot,
        expires_on=line.expires_on,
    )


def list_hints(quote: Quote, book: ActiveBook) -> tuple[Hint, ...]:
    """What the customer nearly has, the nearest first, then the gifts not yet taken."""
    near = [
        Hint(
            rule=loss.rule,
            reason=book.say_offer(loss.rule),
            missing_minor=loss.missing_minor,
            missing_n=loss.missing_n,
            missing_unit=book.unit_of(loss.rule) if loss.missing_n else "piece",
        )
        for loss in quote.losses
        if loss.why == "not_reached" and (loss.missing_minor or loss.missing_n)
    ]
    near.sort(key=lambda hint: (hint.missing_minor, hint.missing_n, hint.rule))
    gifts = [
        Hint(
            rule=gift.rule,
            reason=gift.reason,
            items=tuple(book.get_item(item).name for item in gift.items[:GIFTS_SHOWN_N]),
            gift_n=gift.pieces_n,
            price_minor=gift.price_minor,
        )
        for gift in quote.gifts
    ]
    return (*near[:HINTS_SHOWN_N], *gifts)


def sums_of(quote: Quote | None, settled: Settlement) -> dict[str, int]:
    """The amounts of a lane's view."""
    return {
        "gross_minor": quote.gross_minor if quote else 0,
        "discount_minor": quote.discount_minor if quote else 0,
        "payable_minor": quote.payable_minor if quote else 0,
        "rounding_minor": settled.rounding_minor,
        "tendered_minor": settled.tendered_minor,
        "due_minor": settled.due_minor,
        "cash_due_minor": settled.cash_due_minor,
        "change_minor": settled.change_minor,
    }


class Origin(Struct, frozen=True, kw_only=True):
    """Where and when an event was written, from its envelope."""

    seq: int
    at_ms: int
    lane: str
    worker: str


def show_receipt(
    body: SaleClosed | SaleRefunded,
    origin: Origin,
    *,
    store: str,
    currency: str,
    printed: bool = False,
    refunded: bool = False,
) -> Receipt:
    """A receipt from its event."""
    is_sale = isinstance(body, SaleClosed)
    gross_minor = sum(line.gross_minor for line in body.lines)
    discount_minor = gross_minor - sum(line.net_minor for line in body.lines)
    return Receipt(
        number=body.number,
        kind="sale" if is_sale else "refund",
        sale_number=None if isinstance(body, SaleClosed) else body.sale_number,
        store=store,
        lane=origin.lane,
        worker=origin.worker,
        at_ms=origin.at_ms,
        business_day=body.business_day,
        seq=origin.seq,
        lines=body.lines,
        tenders=body.tenders,
        taxes=body.taxes if isinstance(body, SaleClosed) else (),
        gross_minor=gross_minor,
        discount_minor=discount_minor,
        payable_minor=body.payable_minor,
        rounding_minor=body.rounding_minor,
        member=body.member if isinstance(body, SaleClosed) else None,
        reason=body.reason if isinstance(body, SaleRefunded) else None,
        printed=printed,
        refunded=refunded,
        currency=currency,
        proof=body.pricing.code if isinstance(body, SaleClosed) and body.pricing else "",
    )
