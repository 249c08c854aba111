"""The stockroom: what is on hand, as a fold of every event that moves something."""

from __future__ import annotations

from msgspec import Struct

from cext.engine import Ledger
from cext.errors import Refused
from cext.lang.events import Body, Stored, decode_envelope
from cext.lang.movement import STORE, Movement, movements_of
from edge.books import Books


class OnHand(Struct, frozen=True, kw_only=True):
    """How much of an item the books say there is; negative when more was sold than came in.

    True as of the event `as_of_seq`, which was written at `as_of_ms`.
    """

    item: str
    on_hand: int
    unit: str
    as_of_seq: int
    as_of_ms: int


class Stockroom:
    """The ledger of one store. It moves only after the journal has written."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._ledger = Ledger()
        self._as_of_seq = 0
        self._as_of_ms = 0

    def fold(self, stored: tuple[Stored, ...], bodies: tuple[Body, ...]) -> None:
        """Post what the events move, all of them or none."""
        movements: list[Movement] = []
        for body in bodies:
            movements += movements_of(body)
        if movements:
            self._ledger.post(movements)
        last = stored[-1]
        self._as_of_seq = last.seq
        self._as_of_ms = decode_envelope(last.raw).at_ms

    def get_balance(self, kind: str, item: str, place: str) -> int:
        """What the account holds; 0 for one that never moved."""
        return self._ledger.balance(kind, item, place)

    def get_on_hand(self, item: str) -> OnHand:
        """The stock of an item; Refused("item_unknown") for one that never was here."""
        quantity = self._ledger.balance("stock", item, STORE)
        active = self._books.active
        found = active.find_item(item) if active else None
        if found is None and quantity == 0:
            raise Refused("item_unknown", f"the store knows no item {item!r}", item=item)
        return OnHand(
            item=item,
            on_hand=quantity,
            unit=found.unit if found else "",
            as_of_seq=self._as_of_seq,
            as_of_ms=self._as_of_ms,
        )
