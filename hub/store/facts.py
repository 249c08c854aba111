"""What a projection is: tables, the events it reads, and a pure step from facts to changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Table

from cext.errors import RemoteBroken
from cext.lang.events import Body, Envelope, Stored, decode_body, decode_envelope

Value = int | str | bytes | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One decoded event with its place in its store's journal."""

    store: str
    epoch: int
    envelope: Envelope
    body: Body


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An event that is kept but that this program cannot read, and why."""

    store: str
    epoch: int
    seq: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Change:
    """Rows for one table, each with a value for every column in the table's order.

    A row whose primary key is new is inserted. Otherwise the columns in `add` are summed onto the
    stored ones, those in `most` keep the greater value and those in `last` are replaced; other
    columns stay as they are. No key appears twice in one change.
    """

    table: Table
    rows: Sequence[tuple[Value, ...]]
    add: tuple[str, ...] = ()
    most: tuple[str, ...] = ()
    last: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Projection:
    """A fold of the journal into tables.

    `reduce` gets facts of any stores, each store's in journal order, only of the types in
    `handles`, and has no side effects: the tables are a function of the events alone, so cutting
    the same events into other batches gives the same rows.
    """

    name: str
    tables: tuple[Table, ...]
    handles: frozenset[type]
    reduce: Callable[[Sequence[Fact]], tuple[Change, ...]]


def read_event(
    store: str, epoch: int, stored: Stored
) -> tuple[Envelope | None, Fact | Quarantined]:
    """Decode one event; what cannot be read is `Quarantined` and never raises."""
    envelope: Envelope | None = None
    try:
        envelope = decode_envelope(stored.raw)
        return envelope, Fact(store, epoch, envelope, decode_body(envelope))
    except RemoteBroken as exc:
        return envelope, Quarantined(store, epoch, stored.seq, exc.code, exc.detail)


def reduce_facts(facts: Sequence[Fact], projections: Sequence[Projection]) -> list[Change]:
    """The changes that `facts` make in all tables of `projections`."""
    changes: list[Change] = []
    for projection in projections:
        handles = projection.handles
        handled = [fact for fact in facts if type(fact.body) in handles]
        if handled:
            changes.extend(projection.reduce(handled))
    return [change for change in changes if change.rows]
