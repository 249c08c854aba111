"""The sums that must be equal in the data file, the edge's journal and the hub."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from cext.lang.quantity import PIECE
from edge.sim.week.measure import How
from edge.sim.week.plan import PlannedBasket, Ring
from edge.sim.week.trade import PastLine


@dataclass
class Sums:
    """Lines, units and money of a department, or of everything."""

    lines_n: int = 0
    pieces: int = 0
    weight_g: int = 0
    gross_minor: int = 0
    discount_minor: int = 0
    net_minor: int = 0

    def add(self, other: Sums) -> None:
        """Add `other` to this."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass
class Column:
    """One column of the table: sums per department, discounts by reason, tenders by kind."""

    baskets_n: int = 0
    departments: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    reasons: Counter[str] = field(default_factory=Counter)
    tenders: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> Sums:
        """The sum over all departments."""
        total = Sums()
        for sums in self.departments.values():
            total.add(sums)
        return total


@dataclass
class Tally:
    """One row of the table of rules: lines, the file's own units of them, and an amount."""

    lines_n: int = 0
    units_n: int = 0
    amount_minor: int = 0

    def count(self, line: PastLine) -> None:
        """One more line, at its shelf price."""
        self.lines_n += 1
        self.units_n += line.pieces
        self.amount_minor += line.gross_minor


def sum_file(baskets: Iterable[PlannedBasket]) -> Column:
    """The data file's column: its own amounts, less what the rules set aside.

    Weights are those derived for the scale and the labels; the file has none.
    """
    column = Column()
    for basket in baskets:
        if not basket.rings:
            continue
        column.baskets_n += 1
        for ring in basket.rings:
            _add_ring(column, ring)
        paid = "cash" if basket.pays_cash else "card"
        column.tenders[paid] += basket.expected_minor
    return column


def _add_ring(column: Column, ring: Ring) -> None:
    past = ring.past
    loyalty = "member_price" if ring.hand is None else "manual"
    discounts = {
        loyalty: past.loyalty_minor,
        "match": past.match_minor,
        "coupon": past.coupon_paid_minor,
    }
    column.reasons.update(discounts)
    by_key = 1 if ring.how.by_key else past.pieces
    column.departments[past.department].add(
        Sums(
            lines_n=1,
            pieces=0 if ring.by_weight else by_key,
            weight_g=ring.quantity if ring.by_weight else 0,
            gross_minor=past.gross_minor,
            discount_minor=sum(discounts.values()),
            net_minor=past.sales_minor - past.coupon_paid_minor,
        )
    )


IN_FILE = "lines in the data file"
BY_HAND = "of these with a price by hand"
COUPON_ABOVE = "coupon above its line, not paid out"
BASKET_ASIDE = "baskets with nothing to ring"


def tally_rules(baskets: Iterable[PlannedBasket]) -> dict[str, Tally]:
    """What each rule touched. The amount is the shelf price, for `COUPON_ABOVE` the excess."""
    rows = {name: Tally() for name in (IN_FILE, *How, BY_HAND, COUPON_ABOVE, BASKET_ASIDE)}
    for basket in baskets:
        for ring in basket.rings:
            rows[ring.how].count(ring.past)
            if ring.hand is not None:
                rows[BY_HAND].count(ring.past)
        for line in basket.aside:
            rows[How.ASIDE].count(line)
        for line in basket.past.lines:
            rows[IN_FILE].count(line)
            excess_minor = line.coupon_minor - line.coupon_paid_minor
            if excess_minor:
                rows[COUPON_ABOVE].lines_n += 1
                rows[COUPON_ABOVE].amount_minor += excess_minor
        rows[BASKET_ASIDE].lines_n += not basket.rings
    return rows


def sum_sales(events: Iterable[Mapping[str, object]]) -> Column:
    """The edge's column: a fold over the journal's own events, as `journal show --json` has them.

    A refund takes back what its sale gave.
    """
    column = Column()
    for event in events:
        sign = {"sale_closed": 1, "sale_refunded": -1}.get(str(event["kind"]))
        if sign is not None:
            _add_sale(column, event["body"], sign)
    return column


def _add_sale(column: Column, body: object, sign: int) -> None:
    sale = as_map(body)
    column.baskets_n += sign
    for tender in as_rows(sale["tenders"]):
        paid_minor = as_int(tender["amount_minor"]) - as_int(tender.get("change_minor", 0))
        column.tenders[str(tender["kind"])] += sign * paid_minor
    for line in as_rows(sale["lines"]):
        taken_minor = 0
        for adjustment in as_rows(line.get("adjustments", ())):
            amount_minor = as_int(adjustment["amount_minor"])
            column.reasons[str(adjustment["kind"])] += sign * amount_minor
            taken_minor += amount_minor
        by_piece = line["unit"] == "piece"
        quantity = as_int(line["quantity"])
        column.departments[str(line["department"])].add(
            Sums(
                lines_n=sign,
                pieces=sign * quantity // PIECE if by_piece else 0,
                weight_g=0 if by_piece else sign * quantity,
                gross_minor=sign * as_int(line["gross_minor"]),
                discount_minor=sign * taken_minor,
                net_minor=sign * as_int(line["net_minor"]),
            )
        )


def as_map(value: object) -> Mapping[str, object]:
    """`value` as the JSON object it is."""
    if not isinstance(value, Mapping):
        raise TypeError(f"an object was expected, not {type(value).__name__}")
    return value


def as_rows(value: object) -> Iterable[Mapping[str, object]]:
    """`value` as the list of JSON objects it is."""
    if not isinstance(value, list | tuple):
        raise TypeError(f"a list was expected, not {type(value).__name__}")
    return [as_map(one) for one in value]


def as_int(value: object) -> int:
    """`value` as the whole number it is."""
    if type(value) is not int:
        raise TypeError(f"a whole number was expected, not {value!r}")
    return value
