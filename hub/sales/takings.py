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
        of_sale = _sum_lines(body.lines, sign)
        hour = hours[*place, body.business_hour]
        hour[counter] += 1
        for department, values in of_sale.items():
            sums = departments[*place, department]
            sums[counter] += 1
            for slot, value in enumerate(values, start=_LINES):
                sums[slot] += value
                hour[slot] += value
        for line in body.lines:
            if line.adjustments:
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


def _sum_lines(lines: Sequence[SaleLine], sign: int) -> dict[str, list[int]]:
    """By department, what the lines add to the columns of `SUMS` from `_LINES` on."""
    sums: dict[str, list[int]] = {}
    for line in lines:
        values = sums.get(line.department)
        if values is None:
            values = sums[line.department] = [0] * (len(SUMS) - _LINES)
        gross_minor, net_minor = line.gross_minor, line.net_minor
        values[0] += sign
        slot = _AMOUNT_OF_UNIT.get(line.unit)
        if slot is not None:
            values[slot - _LINES] += sign * line.quantity
        values[_GROSS - _LINES] += sign * gross_minor
        values[_DISCOUNT - _LINES] += sign * (gross_minor - net_minor)
        values[_NET - _LINES] += sign * net_minor
    return sums


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
