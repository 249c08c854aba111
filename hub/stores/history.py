"""A store's journal as the hub holds it, event by event."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cext.errors import Refused, RemoteBroken
from cext.lang.events import decode_body, decode_envelope
from hub.store import cursors, events


class EventsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events: of `epoch` (the newest unless given) from `first` on, in order."""

    epoch: Annotated[int, Meta(ge=0, le=2**62)] | None = None
    first: Annotated[int, Meta(ge=1, le=2**62)] = 1
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class EventRow(Struct, frozen=True, kw_only=True):
    """One event. `raw_hex` are the bytes as chained, `hash` the chain's hash after them.

    `body` is None for an event this hub cannot read; `at_ms` then may be None too.
    """

    seq: int
    epoch: int
    kind: str
    at_ms: int | None
    lane: str
    worker: str
    hash: str
    raw_hex: str
    body: Any


class EventPage(Struct, frozen=True, kw_only=True):
    """A page of events; `next` is the `first` of the page after, None at the end."""

    rows: tuple[EventRow, ...]
    next: int | None


async def load_events(connection: AsyncConnection, store: str, query: EventsQuery) -> EventPage:
    """One page of the journal of `store`; Refused("store_unknown") when it never wrote."""
    newest = select(func.max(cursors.c.epoch)).where(cursors.c.store == store)
    epoch = query.epoch if query.epoch is not None else await connection.scalar(newest)
    if epoch is None:
        raise Refused("store_unknown", f"no event of a store {store!r} has arrived")
    chosen = select(events).where(
        events.c.store == store, events.c.epoch == epoch, events.c.seq >= query.first
    )
    chosen = chosen.order_by(events.c.seq).limit(query.limit + 1)
    found = (await connection.execute(chosen)).fetchall()
    rows = tuple(_row(row) for row in found[: query.limit])
    return EventPage(rows=rows, next=found[-1].seq if len(found) > query.limit else None)


def _row(row: Any) -> EventRow:
    lane, worker, body = "", "", None
    try:
        envelope = decode_envelope(row.raw)
        lane, worker = envelope.lane, envelope.worker
        body = _say(decode_body(envelope))
    except RemoteBroken:
        pass  # shown as it is: raw bytes without a body
    return EventRow(
        seq=row.seq,
        epoch=row.epoch,
        kind=row.kind,
        at_ms=row.at_ms,
        lane=lane,
        worker=worker,
        hash=row.hash.hex(),
        raw_hex=row.raw.hex(),
        body=body,
    )


def _say(value: Any) -> Any:
    """`value` with its field names: on the wire, events are arrays and have none."""
    if isinstance(value, msgspec.Struct):
        return {name: _say(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple | list):
        return [_say(entry) for entry in value]
    return value
