"""The register of stores: what each says about itself, its price book, and its last event."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, Table

from cext.lang.events import KINDS, PriceBookApplied, StoreOpened
from hub.store import METADATA, Change, Fact, Number, Projection, Words

stores = Table(
    "stores",
    METADATA,
    Column("store", Words, primary_key=True),
    Column("epoch", Number, nullable=False),
    Column("currency", Words, nullable=False),
    Column("zone", Words, nullable=False),
    Column("day_change_hour", Number, nullable=False),
    Column("software", Words, nullable=False),
    Column("opened_ms", Number, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

store_books = Table(
    "store_books",
    METADATA,
    Column("store", Words, primary_key=True),
    Column("version", Words, nullable=False),
    Column("hash", Words, nullable=False),
    Column("effective_ms", Number, nullable=False),
    Column("applied_ms", Number, nullable=False),
    Column("items_n", Number, nullable=False),
    Column("offers_n", Number, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

store_last_events = Table(
    "store_last_events",
    METADATA,
    Column("store", Words, primary_key=True),
    Column("epoch", Number, nullable=False),
    Column("seq", Number, nullable=False),
    Column("at_ms", Number, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)


def reduce_stores(facts: Sequence[Fact]) -> tuple[Change, ...]:
    """The last word of every store on itself; pure."""
    opened: dict[str, tuple[int | str, ...]] = {}
    books: dict[str, tuple[int | str, ...]] = {}
    last: dict[str, tuple[int | str, ...]] = {}
    for fact in facts:
        body, envelope = fact.body, fact.envelope
        last[fact.store] = (fact.epoch, envelope.seq, envelope.at_ms)
        if isinstance(body, StoreOpened):
            says = (body.currency, body.zone, body.day_change_hour, body.software)
            opened[fact.store] = (fact.epoch, *says, envelope.at_ms)
        elif isinstance(body, PriceBookApplied):
            size = (body.items_n, body.offers_n)
            books[fact.store] = (
                body.version,
                body.hash,
                body.effective_ms,
                envelope.at_ms,
                *size,
            )
    return (
        _change(stores, opened),
        _change(store_books, books),
        _change(store_last_events, last),
    )


def _change(table: Table, latest: dict[str, tuple[int | str, ...]]) -> Change:
    names = tuple(column.name for column in table.c if not column.primary_key)
    return Change(table, [(store, *values) for store, values in latest.items()], last=names)


PROJECTION = Projection(
    name="stores",
    tables=(stores, store_books, store_last_events),
    handles=frozenset(KINDS.values()),
    reduce=reduce_stores,
)
