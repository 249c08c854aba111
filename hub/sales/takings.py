"""Takings: what the stores took, by day, hour, department, tender and reason of a discount.

Every amount is signed: a refund subtracts what its sale added. `net_minor` is the sum of the
lines' net amounts, so that days, hours and departments add up to the same figure; tenders hold
what was really paid, which differs by rounding and by taxes that are not in the price.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Column, Table

from cext.lang.events import SaleClosed, SaleLine, SaleRefunded
from hub.store import METADATA, Change, Fact, Number, Projection, Words

SUMS = (
    "sales_n",
    "refunds_n",
    "lines_n",
    "pieces_milli",
    "weight_g",
    "volume_ml",
    "gross_minor",
    "discount_minor",
    "net_minor",
)


def _table(name: str, *parts: Column[object]) -> Table:
    return Table(
        name,
        METADATA,
        Column("store", Words, primary_key=True),
        Column("business_day", Words, primary_key=True),
        *parts,
        *(Column(column, Number, nullable=False) for column in SUMS),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


takings_hours = _table("takings_hours", Column("hour", Number, primary_key=True))
takings_departments = _table("takings_departments", Column("department", Words, primary_key=True))
takings_tenders = _table("takings_tenders", Column("tender", Words, primary_key=True))
takings_reasons = _table(
    "takings_reasons",
    Column("kind", Words, primary_key=True),
    Column("reason", Words, primary_key=True),
)

_SALES, _REFUNDS, _LINES, _PIECES, _WEIGHT, _VOLUME, _GROSS, _DISCOUNT, _NET = range(len(SUMS))
_AMOUNT_OF_UNIT = {"piece": _PIECES, "g": _WEIGHT, "ml": _VOLUME}
_Key = tuple[str | int, ...]
_Sums = dict[_Key, list[int]]


def _new_sums() -> _Sums:
    return defaultdict(lambda: [0] * len(SUMS))


def reduce_takings(facts: Sequence[Fact]) -> tuple[Change, ...]:
    """Sum sales and refunds into the four tables; pure."""
    hours, departments, tenders, reasons = (_new_sums() for _ in range(4))
    for fact in facts:
        body = fact.body
        if not isinstance(body, SaleClosed | SaleRefunded):
            continue
        sign, counter = (1, _SALES) if isinstance(body, SaleClosed) else (-1, _REFUNDS)
        place = (fact.store, body.business_day)
        hour = hours[*place, body.business_hour]
        hour[counter] += 1
        by_department: dict[str, list[int]] = {}
        for line in body.lines:
            sums = by_department.get(line.department)
            if sums is None:
                sums = by_department[line.department] = departments[*place, line.department]
                sums[counter] += 1
            _add_line(sums, line, sign)
            _add_line(hour, line, sign)
            _add_reasons(reasons, place, line, sign)
        for kind in {tender.kind for tender in body.tenders}:
            tenders[*place, kind][counter] += 1
        for tender in body.tenders:
            tenders[*place, tender.kind][_NET] += sign * (tender.amount_minor - tender.change_minor)
    return (
        _change(takings_hours, hours),
        _change(takings_departments, departments),
        _change(takings_tenders, tenders),
        _change(takings_reasons, reasons),
    )


def _add_line(sums: list[int], line: SaleLine, sign: int) -> None:
    sums[_LINES] += sign
    amount = _AMOUNT_OF_UNIT.get(line.unit)
    if amount is not None:
        sums[amount] += sign * line.quantity
    sums[_GROSS] += sign * line.gross_minor
    sums[_DISCOUNT] += sign * (line.gross_minor - line.net_minor)
    sums[_NET] += sign * line.net_minor


def _add_reasons(reasons: _Sums, place: tuple[str, str], line: SaleLine, sign: int) -> None:
    for adjustment in line.adjustments:
        sums = reasons[*place, adjustment.kind, adjustment.reason]
        sums[_LINES] += sign
        sums[_DISCOUNT] += sign * adjustment.amount_minor
        sums[_NET] += sign * adjustment.amount_minor


def _change(table: Table, sums: _Sums) -> Change:
    return Change(table, [(*key, *values) for key, values in sums.items()], add=SUMS)


PROJECTION = Projection(
    name="takings",
    tables=(takings_hours, takings_departments, takings_tenders, takings_reasons),
    handles=frozenset({SaleClosed, SaleRefunded}),
    reduce=reduce_takings,
)
