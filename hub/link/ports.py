"""What the hub's end of the line asks of storage: cursors, and one commit per group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cext.lang.events import Stored


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far the hub holds the journal of `store`: the last seq and the chain hash there.

    A store of which nothing is held has seq 0 and `GENESIS_HASH`, or no cursor at all.
    """

    store: str
    epoch: int
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """Events of one store that follow its cursor without a gap; their chain has been verified.

    An event may still be undecodable (poison): storage keeps its raw bytes, notes it in its
    quarantine and moves the cursor on.
    """

    store: str
    epoch: int
    events: tuple[Stored, ...]


class EventStore(Protocol):
    """Storage behind the link. The link is its only writer of events and cursors."""

    async def load_cursors(self) -> dict[str, Cursor]:
        """The cursor of the newest epoch of every store that ever wrote."""

    async def commit(self, work: Sequence[Checked], *, received_ms: int) -> None:
        """Write events, cursors and projections in ONE durable transaction, or nothing.

        A store may occur several times in `work`; its parts follow each other. Raises
        StorageError when nothing was written, also when the stored cursor of a store is not
        the seq before its first event (the database was changed under us): the link then loads
        the cursors again and asks the stores to resend. Its code is "events_refused" when the
        storage works but will not hold these events: the link then finds out whose they are.
        """
