"""The index of receipts: a fold of the journal that remembers where each receipt is, not what.

Sixteen bytes a receipt stay in memory; the receipt itself is read from the journal when asked for.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterator

from cext.engine import code_number
from cext.errors import Refused, must
from cext.lang.events import (
    Body,
    ReceiptPrinted,
    SaleClosed,
    SaleRefunded,
    Stored,
    decode_body,
    decode_envelope,
)
from cext.lang.ids import receipt_number, split_receipt_number
from edge.journal import Journal
from edge.sales.views import Origin, Receipt, show_receipt


class _Roll:
    """The receipts of one lane, in the order of their gap-free numbers."""

    __slots__ = ("last_sale_n", "printed", "proofs", "seqs")

    def __init__(self) -> None:
        self.seqs = array("q")
        self.proofs = array("q")  # the short code of each as a number; 0: it has none
        self.printed = bytearray()
        self.last_sale_n = 0


class Receipts:
    """Numbers of one store's receipts. `fold` follows the journal; the rest answers."""

    def __init__(self, journal: Journal, *, store: str, currency: str) -> None:
        self._journal = journal
        self._store = store
        self._currency = currency
        self._rolls: dict[str, _Roll] = {}
        self._refunded: dict[str, str] = {}  # number of the sale -> number of its refund

    def fold(self, stored: tuple[Stored, ...], bodies: tuple[Body, ...]) -> None:
        """Take up events; `Broken` when a lane's numbers are not gap-free."""
        for event, body in zip(stored, bodies, strict=True):
            if isinstance(body, SaleClosed | SaleRefunded):
                self._enter(event.seq, body)
            elif isinstance(body, ReceiptPrinted):
                found = self._find(body.number)
                if found is not None:
                    roll, index = found
                    roll.printed[index] = 1

    def _enter(self, seq: int, body: SaleClosed | SaleRefunded) -> None:
        parts = split_receipt_number(body.number)
        must(parts is not None, "receipt_number_reads", number=body.number)
        _, lane, count = parts or ("", "", 0)
        roll = self._rolls.setdefault(lane, _Roll())
        must(count == len(roll.seqs) + 1, "receipt_numbers_gap_free", number=body.number)
        roll.seqs.append(seq)
        roll.printed.append(0)
        priced = body.pricing if isinstance(body, SaleClosed) else None
        roll.proofs.append(code_number(priced.code) if priced else 0)
        if isinstance(body, SaleClosed):
            roll.last_sale_n = count
        else:
            self._refunded[body.sale_number] = body.number

    def next_number(self, lane: str) -> str:
        """The number the lane's next receipt gets."""
        roll = self._rolls.get(lane)
        return receipt_number(self._store, lane, len(roll.seqs) + 1 if roll else 1)

    def last_sale_n(self, lane: str) -> int:
        """The count in the number of the lane's last sale; 0 before the first."""
        roll = self._rolls.get(lane)
        return roll.last_sale_n if roll else 0

    def last_number(self, lane: str) -> str | None:
        """The lane's last receipt."""
        roll = self._rolls.get(lane)
        return receipt_number(self._store, lane, len(roll.seqs)) if roll else None

    def refund_of(self, number: str) -> str | None:
        """The refund of a sale, or None."""
        return self._refunded.get(number)

    async def load(self, number: str) -> Receipt:
        """The receipt with this number; Refused("receipt_unknown")."""
        seq = self.seq_of(number)
        return await self.load_at(seq)

    def seq_of(self, number: str) -> int:
        """The event of a receipt; Refused("receipt_unknown")."""
        found = self._find(number)
        if found is None:
            raise Refused("receipt_unknown", f"no receipt {number!r} in this store", number=number)
        roll, index = found
        return roll.seqs[index]

    def seq_of_proof(self, code: str) -> int:
        """The sale with this short code of a price proof; Refused("proof_unknown")."""
        number = code_number(code)
        for roll in self._rolls.values():
            try:
                return roll.seqs[roll.proofs.index(number)]
            except ValueError:
                continue
        raise Refused("proof_unknown", f"no sale of this store has the code {code}", proof=code)

    async def load_at(self, seq: int) -> Receipt:
        """The receipt that the event `seq` is."""
        events = await self._journal.load(seq, limit_n=1)
        must(events and events[0].seq == seq, "receipt_is_in_journal", seq=seq)
        return self.show(events[0])

    def show(self, stored: Stored) -> Receipt:
        """The receipt of a stored event."""
        envelope = decode_envelope(stored.raw)
        body = decode_body(envelope)
        must(isinstance(body, SaleClosed | SaleRefunded), "receipt_is_a_sale", seq=stored.seq)
        origin = Origin(
            seq=stored.seq, at_ms=envelope.at_ms, lane=envelope.lane, worker=envelope.worker
        )
        number = body.number  # type: ignore[union-attr]
        found = self._find(number)
        return show_receipt(
            body,  # type: ignore[arg-type]
            origin,
            store=self._store,
            currency=self._currency,
            printed=bool(found and found[0].printed[found[1]]),
            refunded=number in self._refunded,
        )

    async def load_latest(self, limit_n: int) -> tuple[Receipt, ...]:
        """The latest receipts of all lanes, newest first."""
        rolls = [_backwards(roll.seqs) for roll in self._rolls.values()]
        latest = heapq.merge(*rolls, reverse=True)
        seqs = [seq for seq, _ in zip(latest, range(limit_n), strict=False)]
        return tuple([await self.load_at(seq) for seq in seqs])

    def _find(self, number: str) -> tuple[_Roll, int] | None:
        parts = split_receipt_number(number)
        if parts is None or parts[0] != self._store:
            return None
        roll = self._rolls.get(parts[1])
        index = parts[2] - 1
        if roll is None or not 0 <= index < len(roll.seqs):
            return None
        return roll, index


def _backwards(seqs: array[int]) -> Iterator[int]:
    return (seqs[index] for index in range(len(seqs) - 1, -1, -1))
