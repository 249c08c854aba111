"""The event store: what the link commits, in one transaction, once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from cext.errors import StorageError
from hub.link.ports import Checked, Cursor
from hub.store.database import Database
from hub.store.facts import (
    Change,
    Fact,
    Projection,
    Quarantined,
    Value,
    read_event,
    reduce_facts,
)
from hub.store.tables import cursors, events, presence, quarantine
from hub.store.upsert import write_change

log = structlog.get_logger(__name__)

UNREADABLE = "unreadable"  # the kind of an event whose envelope cannot be decoded
END_WAIT_S = 10.0  # how long a cancelled transaction may take to end; above BUSY_WAIT_MS
HEARTBEAT = ""  # the row of `presence` that is no store: when this hub last wrote
# The database works and will not hold a row: the fault is in what was to be stored.
_REFUSALS = (IntegrityError, DataError, OverflowError)
T = TypeVar("T")
_Place = tuple[str, int]


@dataclass(slots=True)
class _Plan:
    """Everything one commit writes, worked out before the first statement."""

    changes: list[Change] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    events_n: int = 0


class Storage:
    """The hub's memory of every store (`EventStore` of hub.link.ports)."""

    def __init__(self, database: Database, projections: Sequence[Projection]) -> None:
        self._database = database
        self._projections = tuple(projections)
        self._writing = asyncio.Lock()
        # Which database was last opened, and which one the link's cursors came from.
        self._generation = 0
        self._cursors_generation = 0

    async def load_cursors(self) -> dict[str, Cursor]:
        """The newest epoch's cursor of every store; StorageError when they cannot be read."""
        self._cursors_generation = self._generation
        query = select(cursors.c.store, cursors.c.epoch, cursors.c.seq, cursors.c.hash)
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(cursors.c.store, cursors.c.epoch))
            return {row.store: Cursor(row.store, row.epoch, row.seq, row.hash) for row in rows}

    async def commit(self, work: Sequence[Checked], *, received_ms: int) -> None:
        """Write events, cursors and projections in one durable transaction.

        Events at or below the stored cursor are passed over, so the same work twice is once.
        StorageError("storage_replaced") when the database is not the one the caller's cursors
        came from: the schema is there again, and the caller starts over with `load_cursors`.
        StorageError("events_refused") when the database works but cannot hold these events.
        Any other StorageError: nothing was written.
        """
        plan = await self._to_the_end(self._commit(work, received_ms))
        bad_n = Counter(bad.store for bad in plan.quarantined)
        for bad in plan.quarantined:
            # Once per store: a broken one can fill a commit, and must not fill the log.
            if events_n := bad_n.pop(bad.store, 0):
                log.error(
                    "event_quarantined",
                    store=bad.store,
                    epoch=bad.epoch,
                    seq=bad.seq,
                    events_n=events_n,
                    code=bad.code,
                    detail=bad.detail,
                )

    async def check(self) -> None:
        """Raise StorageError("storage_replaced") if the link's cursors are from a lost database.

        `commit` looks by itself; this is for a hub whose stores have nothing to say.
        """
        await self._to_the_end(self._heal_alone())
        if self._cursors_generation != self._generation:
            self._cursors_generation = self._generation  # said once
            raise _replaced()

    async def save_presence(self, last_seen_ms: dict[str, int], *, now_ms: int) -> None:
        """Remember when each store was last heard; a durable commit even when there is none.

        StorageError when it cannot be kept.
        """
        rows = [*last_seen_ms.items(), (HEARTBEAT, now_ms)]
        change = Change(presence, rows, last=("last_seen_ms",))
        await self._to_the_end(self._save(change))

    async def load_presence(self) -> dict[str, int]:
        """When each store was last heard, by the hub's clock."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(presence.c.store, presence.c.last_seen_ms))
            return {row.store: row.last_seen_ms for row in rows if row.store != HEARTBEAT}

    async def _to_the_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Await `work`, which takes the lock; a cancel gets through only when it has ended.

        A statement that is cancelled goes on in the driver's thread, and its connection is given
        up with the database locked: a transaction must come to its own end.
        """
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            with suppress(TimeoutError):
                async with asyncio.timeout(END_WAIT_S), self._writing:
                    pass
            raise

    async def _commit(self, work: Sequence[Checked], received_ms: int) -> _Plan:
        async with self._writing:
            await self._refuse_if_replaced()
            try:
                return await self._write(work, received_ms)
            except (SQLAlchemyError, OSError, OverflowError) as exc:
                # SQLite itself may be first to see that its file has moved.
                await self._refuse_if_replaced()
                code = "events_refused" if isinstance(exc, _REFUSALS) else "storage_failed"
                raise StorageError(code, f"events cannot be stored: {exc}") from exc

    async def _save(self, change: Change) -> None:
        async with self._writing:
            try:
                async with self._database.writing() as connection:
                    await write_change(connection, change)
            except (SQLAlchemyError, OSError) as exc:
                await self._refuse_if_replaced()
                raise StorageError("storage_failed", f"presence cannot be kept: {exc}") from exc

    async def _heal_alone(self) -> None:
        async with self._writing:
            await self._heal()

    async def _refuse_if_replaced(self) -> None:
        if await self._heal():
            raise _replaced()

    async def _heal(self) -> bool:
        """Make the database anew if its file is not ours any more; whether that was needed."""
        if not await self._database.is_replaced():
            return False
        log.error("database_replaced")
        await self._database.reopen()
        self._generation += 1
        log.info("database_recreated")
        return True

    async def _write(self, work: Sequence[Checked], received_ms: int) -> _Plan:
        async with self._database.writing() as connection:
            stored = await _load_places(connection, {entry.store for entry in work})
            fresh = _trim(work, stored)
            # Decoding and folding is arithmetic for milliseconds: not on the loop.
            plan = await asyncio.to_thread(plan_commit, fresh, self._projections, received_ms)
            for change in plan.changes:
                await write_change(connection, change)
        return plan


def _replaced() -> StorageError:
    return StorageError(
        "storage_replaced",
        "the hub's database file was deleted or exchanged; the stores send again what it lacks",
    )


async def _load_places(connection: AsyncConnection, stores: set[str]) -> dict[_Place, int]:
    query = select(cursors.c.store, cursors.c.epoch, cursors.c.seq)
    rows = await connection.execute(query.where(cursors.c.store.in_(sorted(stores))))
    return {(row.store, row.epoch): row.seq for row in rows}


def _trim(work: Sequence[Checked], stored: dict[_Place, int]) -> list[Checked]:
    """Cut off what is stored already; what then begins after a gap was meant for another file."""
    reached = dict(stored)
    fresh = []
    for entry in work:
        place = (entry.store, entry.epoch)
        cursor = reached.get(place, 0)
        rest = tuple(found for found in entry.events if found.seq > cursor)
        if not rest:
            continue
        if rest[0].seq != cursor + 1:
            raise StorageError(
                "storage_replaced",
                f"the hub has store {entry.store} up to {cursor}, not up to {rest[0].seq - 1}",
                store=entry.store,
            )
        reached[place] = rest[-1].seq
        fresh.append(Checked(entry.store, entry.epoch, rest))
    return fresh


def plan_commit(
    work: Sequence[Checked], projections: Sequence[Projection], received_ms: int
) -> _Plan:
    """All changes of one commit: raw events, cursors, quarantine and projections. Pure."""
    plan = _Plan()
    event_rows: list[tuple[Value, ...]] = []
    cursor_rows: dict[_Place, tuple[Value, ...]] = {}
    facts: list[Fact] = []
    for entry in work:
        store, epoch = entry.store, entry.epoch
        for stored in entry.events:
            envelope, found = read_event(store, epoch, stored)
            kind = envelope.kind if envelope else UNREADABLE
            at_ms = envelope.at_ms if envelope else None
            event_rows.append((store, epoch, stored.seq, kind, at_ms, stored.raw, stored.hash))
            if isinstance(found, Fact):
                facts.append(found)
            else:
                plan.quarantined.append(found)
        last = entry.events[-1]
        cursor_rows[store, epoch] = (store, epoch, last.seq, last.hash, received_ms)
    plan.events_n = len(event_rows)
    moved = ("seq", "hash", "received_ms")
    plan.changes = [
        Change(events, event_rows),
        Change(cursors, list(cursor_rows.values()), last=moved),
        change_of(plan.quarantined),
        *reduce_facts(facts, projections),
    ]
    plan.changes = [change for change in plan.changes if change.rows]
    return plan


def change_of(quarantined: Sequence[Quarantined]) -> Change:
    """The rows of the quarantine table for `quarantined`."""
    rows = [(bad.store, bad.epoch, bad.seq, bad.code, bad.detail) for bad in quarantined]
    return Change(quarantine, rows)
