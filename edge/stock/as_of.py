"""As of: the ledger as it was after an event, or at an instant, folded from the journal."""

from __future__ import annotations

from msgspec import Struct

from cext.engine import Ledger
from cext.lang.events import GENESIS_HASH, Stored, decode_body, decode_envelope
from cext.lang.movement import movements_of
from edge.journal import Journal

PAGE_N = 1_000


class Mark(Struct, frozen=True):
    """A ledger as event `seq` of the current epoch left it; `hash` is that event's in the chain."""

    seq: int
    hash: bytes
    snapshot: bytes

    def open_ledger(self) -> Ledger:
        """A ledger of its own; what is done to it changes nothing here."""
        return Ledger.restore(self.snapshot)


async def load_mark(
    journal: Journal,
    *,
    seq: int | None = None,
    at_ms: int | None = None,
    since: Mark | None = None,
) -> Mark:
    """The ledger after event `seq`, or after the last one at or before `at_ms`, or both.

    With neither it is the ledger of now. `since` saves the way up to it; one that is later than
    what is asked, or not of this journal's chain, is passed over and all is folded.
    """
    ledger, last_seq, last_hash = Ledger(), 0, GENESIS_HASH
    if since is not None and await _fits(journal, since, seq=seq, at_ms=at_ms):
        ledger, last_seq, last_hash = since.open_ledger(), since.seq, since.hash
    asked = True
    while asked and (events := await journal.load(last_seq + 1, limit_n=PAGE_N)):
        for event in events:
            asked = _is_asked(event, seq=seq, at_ms=at_ms)
            if not asked:
                break
            movements = movements_of(decode_body(decode_envelope(event.raw)))
            if movements:
                ledger.post(movements)
            last_seq, last_hash = event.seq, event.hash
    return Mark(last_seq, last_hash, ledger.snapshot())


async def _fits(journal: Journal, mark: Mark, *, seq: int | None, at_ms: int | None) -> bool:
    found = await journal.load(mark.seq, limit_n=1) if mark.seq else []
    return bool(
        found
        and (found[0].seq, found[0].hash) == (mark.seq, mark.hash)
        and _is_asked(found[0], seq=seq, at_ms=at_ms)
    )


def _is_asked(event: Stored, *, seq: int | None, at_ms: int | None) -> bool:
    if seq is not None and event.seq > seq:
        return False
    return at_ms is None or decode_envelope(event.raw).at_ms <= at_ms
