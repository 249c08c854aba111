"""The stores at a glance: who is on the line, how fresh the hub's picture of each is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from msgspec import Struct
from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cext.lang.when import business_day
from hub.sales.takings import takings_hours
from hub.store import cursors
from hub.stores.presence import Presence
from hub.stores.registry import store_books, store_last_events, stores

STORES_MAX_N = 10_000


class Book(Struct, frozen=True, kw_only=True):
    """The price book in force; `hash` is the SHA-256 (hex) of its canonical bytes."""

    version: str
    hash: str
    applied_ms: int


class Today(Struct, frozen=True, kw_only=True):
    """What the store took on its current business day, as far as the hub has heard."""

    business_day: str
    sales_n: int
    net_minor: int


class StoreRow(Struct, frozen=True, kw_only=True):
    """One store. `chain_head` is the hash (hex) of event `seq` of `epoch`.

    `lag_ms` is how long after it happened the newest event reached the hub. `last_seen_ms` is
    when the store was last heard, by the hub's clock.
    """

    store: str
    currency: str
    zone: str
    software: str
    epoch: int
    seq: int
    chain_head: str
    last_seen_ms: int | None
    last_event_ms: int | None
    lag_ms: int | None
    link_up: bool
    book: Book | None
    today: Today | None


class StoreList(Struct, frozen=True, kw_only=True):
    """All stores that ever sent an event, by name; `at_ms` is the hub's time of the answer."""

    stores: tuple[StoreRow, ...]
    at_ms: int


async def load_stores(connection: AsyncConnection, *, presence: Presence, now_ms: int) -> StoreList:
    """Every store, at most `STORES_MAX_N`."""
    newest = select(cursors.c.store, func.max(cursors.c.epoch).label("epoch"))
    newest_epochs = newest.group_by(cursors.c.store).subquery()
    chosen = (
        select(
            cursors,
            stores.c.currency,
            stores.c.zone,
            stores.c.day_change_hour,
            stores.c.software,
            store_books.c.version,
            store_books.c.hash.label("book_hash"),
            store_books.c.applied_ms,
            store_last_events.c.at_ms.label("last_event_ms"),
        )
        .join(
            newest_epochs,
            and_(
                newest_epochs.c.store == cursors.c.store,
                newest_epochs.c.epoch == cursors.c.epoch,
            ),
        )
        .outerjoin(stores, stores.c.store == cursors.c.store)
        .outerjoin(store_books, store_books.c.store == cursors.c.store)
        .outerjoin(store_last_events, store_last_events.c.store == cursors.c.store)
        .order_by(cursors.c.store)
        .limit(STORES_MAX_N)
    )
    found = (await connection.execute(chosen)).fetchall()
    # The rules of a time zone are read from disk when it is first asked for.
    days = await asyncio.to_thread(_days_of, found, now_ms)
    taken = await _load_days(connection, frozenset(days.values()))
    rows = tuple(_row(row, presence, days.get(row.store), taken) for row in found)
    return StoreList(stores=rows, at_ms=now_ms)


def _days_of(rows: Sequence[Any], now_ms: int) -> dict[str, str]:
    """The business day of each store now; none for a store whose zone this machine lacks."""
    days = {}
    for row in rows:
        if row.zone is not None:
            # The name of a folder of zones is refused as such (OSError).
            with suppress(ZoneInfoNotFoundError, ValueError, OSError):
                day = business_day(now_ms, row.zone, day_change_hour=row.day_change_hour)
                days[row.store] = day.isoformat()
    return days


async def _load_days(
    connection: AsyncConnection, days: frozenset[str]
) -> dict[tuple[str, str], tuple[int, int]]:
    """(sales, net) by store and business day."""
    hours = takings_hours.c
    chosen = select(
        hours.store, hours.business_day, func.sum(hours.sales_n), func.sum(hours.net_minor)
    )
    chosen = chosen.where(hours.business_day.in_(sorted(days)))
    found = await connection.execute(chosen.group_by(hours.store, hours.business_day))
    return {(row[0], row[1]): (int(row[2]), int(row[3])) for row in found}


def _row(
    row: Any, presence: Presence, day: str | None, taken: dict[tuple[str, str], tuple[int, int]]
) -> StoreRow:
    sales_n, net_minor = taken.get((row.store, day or ""), (0, 0))
    last_event_ms = row.last_event_ms
    has_book = row.version is not None
    return StoreRow(
        store=row.store,
        currency=row.currency or "",
        zone=row.zone or "",
        software=row.software or "",
        epoch=row.epoch,
        seq=row.seq,
        chain_head=row.hash.hex(),
        last_seen_ms=presence.get_last_seen_ms(row.store),
        last_event_ms=last_event_ms,
        lag_ms=None if last_event_ms is None else max(0, row.received_ms - last_event_ms),
        link_up=presence.is_up(row.store),
        book=Book(version=row.version, hash=row.book_hash, applied_ms=row.applied_ms)
        if has_book
        else None,
        today=Today(business_day=day, sales_n=sales_n, net_minor=net_minor) if day else None,
    )
