"""Takings as they are asked for: one row per store and day, hour, department, tender or reason."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field
from sqlalchemy import Column, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cext.errors import Refused
from cext.lang.ids import StoreId
from cext.lang.quantity import PIECE
from hub.sales.takings import (
    SUMS,
    takings_departments,
    takings_hours,
    takings_reasons,
    takings_tenders,
)
from hub.stores.registry import stores

ROWS_MAX_N = 10_000
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
By = Literal["day", "hour", "department", "tender", "reason"]


class TakingsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which takings: of one store or all, of the business days `from` to `to`, both included."""

    store: StoreId | None = None
    first_day: Day = field(default="0000-01-01", name="from")
    last_day: Day = field(default="9999-12-31", name="to")
    by: By = "day"


class TakingsRow(Struct, frozen=True, kw_only=True):
    """Sums of one store under one key, refunds subtracted.

    `key` is a business day, an hour 00..23, a department, a tender kind or the kind of a discount
    (`AdjustmentKind`). `pieces` counts whole pieces, `pieces_milli`
    thousandths of them. By tender and by reason the amount is in `net_minor`.
    """

    store: str
    key: str
    sales_n: int
    refunds_n: int
    lines_n: int
    pieces: int
    pieces_milli: int
    weight_g: int
    volume_ml: int
    gross_minor: int
    discount_minor: int
    net_minor: int


class Takings(Struct, frozen=True, kw_only=True):
    """Rows in the order of store and key, all in one currency; "" when there is no store."""

    rows: tuple[TakingsRow, ...]
    currency: str


_SOURCES: dict[str, tuple[Table, Column[object]]] = {
    "day": (takings_hours, takings_hours.c.business_day),
    "hour": (takings_hours, takings_hours.c.hour),
    "department": (takings_departments, takings_departments.c.department),
    "tender": (takings_tenders, takings_tenders.c.tender),
    "reason": (takings_reasons, takings_reasons.c.kind),
}


async def load_takings(connection: AsyncConnection, query: TakingsQuery) -> Takings:
    """The asked sums.

    Refused: currencies_conflict (stores of several currencies cannot be summed up side by side),
    takings_too_many (more than `ROWS_MAX_N` rows).
    """
    table, key = _SOURCES[query.by]
    currency = await _load_currency(connection, query.store)
    days = table.c.business_day.between(query.first_day, query.last_day)
    sums = [func.sum(table.c[name]).label(name) for name in SUMS]
    chosen = select(table.c.store, key.label("key"), *sums).where(days)
    if query.store is not None:
        chosen = chosen.where(table.c.store == query.store)
    chosen = chosen.group_by(table.c.store, key).order_by(table.c.store, key)
    found = (await connection.execute(chosen.limit(ROWS_MAX_N + 1))).fetchall()
    if len(found) > ROWS_MAX_N:
        raise Refused("takings_too_many", f"more than {ROWS_MAX_N} rows; ask for fewer days")
    rows = []
    for store, row_key, *values in found:
        amounts = {name: int(value) for name, value in zip(SUMS, values, strict=True)}
        text = f"{row_key:02d}" if query.by == "hour" else str(row_key)
        pieces = amounts["pieces_milli"] // PIECE
        rows.append(TakingsRow(store=store, key=text, pieces=pieces, **amounts))
    return Takings(rows=tuple(rows), currency=currency)


async def _load_currency(connection: AsyncConnection, store: str | None) -> str:
    chosen = select(stores.c.currency).distinct()
    if store is not None:
        chosen = chosen.where(stores.c.store == store)
    found = (await connection.execute(chosen.limit(2))).scalars().all()
    if len(found) > 1:
        raise Refused("currencies_conflict", "the stores have several currencies; name a store")
    return found[0] if found else ""
