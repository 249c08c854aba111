"""Rebuild: drop every projection, replay the events, and prove that nothing came out different."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, and_, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from cext.errors import StorageError
from cext.lang.events import Stored
from hub.store.database import Database
from hub.store.events import change_of
from hub.store.facts import Change, Fact, Projection, Quarantined, read_event, reduce_facts
from hub.store.tables import METADATA, events, quarantine
from hub.store.upsert import write_change

REPLAY_MAX_N = 2_000  # events folded at once
_Row = Row[Any, Any, Any, Any, Any]
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class TableProof:
    """A projection table before and after: its rows, and the SHA-256 of its content."""

    table: str
    rows_n: int
    old_hash: str
    new_hash: str

    @property
    def is_equal(self) -> bool:
        """Whether the replay gave the very same content."""
        return self.old_hash == self.new_hash


async def rebuild(database: Database, projections: Sequence[Projection]) -> tuple[TableProof, ...]:
    """Drop and refold every projection in one transaction; one proof per table.

    The new content stays, equal or not: it is the fold of the events, hence the truth.
    StorageError when the database cannot be written; nothing is changed then.
    """
    tables = [quarantine, *(table for entry in projections for table in entry.tables)]
    try:
        async with database.writing() as connection:
            old = {table.name: await hash_table(connection, table) for table in tables}
            await connection.run_sync(_drop_and_create, tables)
            async for page in _pages(connection):
                for change in await asyncio.to_thread(_fold, page, projections):
                    await write_change(connection, change)
            new = {table.name: await hash_table(connection, table) for table in tables}
    except (SQLAlchemyError, OSError) as exc:
        raise StorageError("storage_failed", f"the rebuild was undone: {exc}") from exc
    return tuple(TableProof(name, new[name][0], old[name][1], new[name][1]) for name in sorted(new))


async def hash_table(connection: AsyncConnection, table: Table) -> tuple[int, str]:
    """(number of rows, SHA-256) of a table's content in the order of its primary key."""
    digest, rows_n = hashlib.sha256(), 0
    query = select(table).order_by(*table.primary_key.columns)
    async with connection.stream(query) as rows:
        async for part in rows.partitions(REPLAY_MAX_N):
            for row in part:
                digest.update(_encode(tuple(row)))
            rows_n += len(part)
    return rows_n, digest.hexdigest()


def _drop_and_create(connection: Connection, tables: list[Table]) -> None:
    METADATA.drop_all(connection, tables=tables)
    METADATA.create_all(connection, tables=tables)


async def _pages(connection: AsyncConnection) -> AsyncIterator[Sequence[_Row]]:
    """All events in the order of their key, a page at a time."""
    key = (events.c.store, events.c.epoch, events.c.seq)
    after = ("", 0, 0)
    while True:
        store, epoch, seq = after
        later = or_(
            events.c.store > store,
            and_(events.c.store == store, events.c.epoch > epoch),
            and_(events.c.store == store, events.c.epoch == epoch, events.c.seq > seq),
        )
        query = select(*key, events.c.raw, events.c.hash).where(later).order_by(*key)
        page = (await connection.execute(query.limit(REPLAY_MAX_N))).fetchall()
        if not page:
            return
        yield page
        after = (page[-1].store, page[-1].epoch, page[-1].seq)


def _fold(page: Sequence[_Row], projections: Sequence[Projection]) -> list[Change]:
    facts: list[Fact] = []
    bad: list[Quarantined] = []
    for row in page:
        _, found = read_event(row.store, row.epoch, Stored(row.seq, row.raw, row.hash))
        if isinstance(found, Fact):
            facts.append(found)
        else:
            bad.append(found)
    return [*([change_of(bad)] if bad else []), *reduce_facts(facts, projections)]
