"""What a business day has taken so far: a fold of the journal, and the report made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from cext.errors import must
from cext.lang.basket import TenderKind
from cext.lang.events import Body, SaleClosed, SaleRefunded, Stored
from cext.lang.ids import split_receipt_number
from cext.lang.when import business_day
from edge.sales.closing import Shop

DAYS_KEPT_N = 3  # today, and what a clock that jumped may still bring


class TenderSum(Struct, frozen=True, kw_only=True):
    """One way of paying: what came in (less change) and what was paid back, with how often."""

    kind: TenderKind
    taken_minor: int
    taken_n: int
    back_minor: int
    back_n: int


class TaxTotal(Struct, frozen=True, kw_only=True):
    """The tax of one group, refunds taken off; the rate is None when only refunds tell of it."""

    tax: str
    rate_ppm: int | None
    net_minor: int
    tax_minor: int


class LaneNumbers(Struct, frozen=True, kw_only=True):
    """The receipts of one lane: gap-free from `first` to `last`."""

    lane: str
    first: str
    last: str
    receipts_n: int


class DayReport(Struct, frozen=True, kw_only=True):
    """An X report: what a day has taken up to `at_ms`. With a `number` it is the Z that ends it.

    `sales_minor` is what was asked for the sales, after discounts, rounding and any tax on top;
    `takings_minor` is that less the refunds, and the sum of what all tenders took and gave back.
    `cash_minor` is what the drawers have more than in the morning.
    """

    store: str
    business_day: str
    at_ms: int
    currency: str
    number: int | None = None
    sales_n: int = 0
    refunds_n: int = 0
    gross_minor: int = 0
    discount_minor: int = 0
    rounding_minor: int = 0
    sales_minor: int = 0
    refunds_minor: int = 0
    takings_minor: int = 0
    cash_minor: int = 0
    tenders: tuple[TenderSum, ...] = ()
    taxes: tuple[TaxTotal, ...] = ()
    lanes: tuple[LaneNumbers, ...] = ()


@dataclass
class _Day:
    """The sums of one business day while it lasts."""

    sales_n: int = 0
    refunds_n: int = 0
    gross_minor: int = 0
    discount_minor: int = 0
    rounding_minor: int = 0
    sales_minor: int = 0
    refunds_minor: int = 0
    tenders: dict[TenderKind, list[int]] = field(default_factory=dict)
    rates: dict[str, int] = field(default_factory=dict)
    taxes: dict[str, list[int]] = field(default_factory=dict)
    lanes: dict[str, list[str]] = field(default_factory=dict)


class DaySums:
    """The sums of the latest business days. `fold` follows the journal."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._days: dict[str, _Day] = {}

    def fold(self, stored: Sequence[Stored], bodies: Sequence[Body]) -> None:
        """Take up sales and refunds."""
        must(len(stored) == len(bodies), "bodies_match_events")
        for body in bodies:
            if isinstance(body, SaleClosed):
                self._fold_sale(body)
            elif isinstance(body, SaleRefunded):
                self._fold_refund(body)

    def report(self, at_ms: int) -> DayReport:
        """What the business day of `at_ms` has taken; all zero before its first sale."""
        shop = self._shop
        today = business_day(at_ms, shop.zone, day_change_hour=shop.day_change_hour).isoformat()
        day = self._days.get(today, _Day())
        tenders = tuple(_tender_sum(kind, sums) for kind, sums in sorted(day.tenders.items()))
        cash_minor = sum(t.taken_minor - t.back_minor for t in tenders if t.kind == "cash")
        return DayReport(
            store=shop.store,
            business_day=today,
            at_ms=at_ms,
            currency=shop.currency,
            sales_n=day.sales_n,
            refunds_n=day.refunds_n,
            gross_minor=day.gross_minor,
            discount_minor=day.discount_minor,
            rounding_minor=day.rounding_minor,
            sales_minor=day.sales_minor,
            refunds_minor=day.refunds_minor,
            takings_minor=day.sales_minor - day.refunds_minor,
            cash_minor=cash_minor,
            tenders=tenders,
            taxes=tuple(
                TaxTotal(tax=name, rate_ppm=day.rates.get(name), net_minor=net, tax_minor=tax)
                for name, (net, tax) in sorted(day.taxes.items())
            ),
            lanes=tuple(
                LaneNumbers(lane=lane, first=numbers[0], last=numbers[1], receipts_n=int(count))
                for lane, (*numbers, count) in sorted(day.lanes.items())
            ),
        )

    def _day(self, name: str) -> _Day:
        if name not in self._days:
            self._days[name] = _Day()
            while len(self._days) > DAYS_KEPT_N:
                del self._days[next(iter(self._days))]
        return self._days[name]

    def _fold_sale(self, sale: SaleClosed) -> None:
        day = self._day(sale.business_day)
        day.sales_n += 1
        day.gross_minor += sale.gross_minor
        day.discount_minor += sale.discount_minor
        day.rounding_minor += sale.rounding_minor
        day.sales_minor += sale.payable_minor + sale.rounding_minor
        for tender in sale.tenders:
            sums = day.tenders.setdefault(tender.kind, [0, 0, 0, 0])
            sums[0] += tender.amount_minor - tender.change_minor
            sums[1] += 1
        for tax in sale.taxes:
            day.rates[tax.tax] = tax.rate_ppm
            _add_tax(day, tax.tax, net_minor=tax.net_minor, tax_minor=tax.tax_minor)
        _add_number(day, sale.number)

    def _fold_refund(self, refund: SaleRefunded) -> None:
        day = self._day(refund.business_day)
        day.refunds_n += 1
        day.refunds_minor += refund.payable_minor + refund.rounding_minor
        for tender in refund.tenders:
            sums = day.tenders.setdefault(tender.kind, [0, 0, 0, 0])
            sums[2] += tender.amount_minor - tender.change_minor
            sums[3] += 1
        # A refund tells the tax of each line, inside its price or on top of it.
        inside = refund.payable_minor == sum(line.net_minor for line in refund.lines)
        for line in refund.lines:
            net_minor = line.net_minor - (line.tax_minor if inside else 0)
            _add_tax(day, line.tax, net_minor=-net_minor, tax_minor=-line.tax_minor)
        _add_number(day, refund.number)


def _tender_sum(kind: TenderKind, sums: list[int]) -> TenderSum:
    taken_minor, taken_n, back_minor, back_n = sums
    return TenderSum(
        kind=kind, taken_minor=taken_minor, taken_n=taken_n, back_minor=back_minor, back_n=back_n
    )


def _add_tax(day: _Day, name: str, *, net_minor: int, tax_minor: int) -> None:
    sums = day.taxes.setdefault(name, [0, 0])
    sums[0] += net_minor
    sums[1] += tax_minor


def _add_number(day: _Day, number: str) -> None:
    parts = split_receipt_number(number)
    if parts is not None:
        lane = day.lanes.setdefault(parts[1], [number, number, "0"])
        lane[1] = number
        lane[2] = str(int(lane[2]) + 1)
