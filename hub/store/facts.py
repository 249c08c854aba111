"""What a projection is: tables, the events it reads, and a pure step from facts to changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Table

from cext.errors import RemoteBroken
from cext.lang.events import Body, Envelope, Stored, decode_body, decode_envelope
from hub.store.doubt import check_body, check_envelope

Value = int | str | bytes | None
DETAIL_MAX_N = 200  # an event may have been made to fill the log


@dataclass(frozen=True, slots=True)
class Fact:
    """One decoded event with its place in its store's journal."""

    store: str
    epoch: int
    envelope: Envelope
    body: Body


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An event that is kept but that this program cannot read or believe, and why."""

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
    """Decode one event; what cannot be read or believed is `Quarantined` and never raises."""
    envelope: Envelope | None = None
    try:
        decoded = decode_envelope(stored.raw)
        check_envelope(decoded, seq=stored.seq)
        envelope = decoded
        body = decode_body(envelope)
        check_body(body, store=store)
        return envelope, Fact(store, epoch, envelope, body)
    except RemoteBroken as exc:
        detail = exc.detail[:DETAIL_MAX_N].replace("\0", " ")
        return envelope, Quarantined(store, epoch, stored.seq, exc.code, detail)


def reduce_facts(facts: Sequence[Fact], projections: Sequence[Projection]) -> list[Change]:
    """The changes that `facts` make in all tables of `projections`."""
    changes: list[Change] = []
    for projection in projections:
        handles = projection.handles
        handled = [fact for fact in facts if type(fact.body) in handles]
        if handled:
            changes.extend(projection.reduce(handled))
    return [change for change in changes if change.rows]
