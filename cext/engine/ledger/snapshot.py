"""A ledger as bytes: msgpack, sorted by name, with a SHA-256 of the rest at the end."""

from __future__ import annotations

import hashlib
from collections import Counter

import msgspec
from msgspec import Struct

from cext.errors import StorageError, break_off
from cext.lang.account import SerialStep

SNAPSHOT_VERSION = 2
HASH_BYTES = 32

Named = tuple[str, str, str, str, str, str]  # kind, item, place, lot, owner, right


class Policy(Struct, frozen=True, array_like=True):
    """How accounts of `kind` at `place` behave, as `govern` was told."""

    kind: str
    place: str
    valued: bool
    floor: int | None
    hard: bool


class RuleRow(Struct, frozen=True, array_like=True):
    """What was set for one account; `policy` is 0 for no floor, 1 soft, 2 hard."""

    policy: int
    floor: int
    buffer: int
    low: int
    high: int


class AccountRow(Struct, frozen=True, array_like=True):
    """One account that is not as a new one would be."""

    named: Named
    balance: int
    value: int
    last_value: int
    last_quantity: int
    rule: RuleRow | None


class ReservationRow(Struct, frozen=True, array_like=True):
    """One open reservation."""

    number: int
    source: Named
    target: Named
    quantity: int
    owner: str
    expires_ms: int | None


class LotRow(Struct, frozen=True, array_like=True):
    """The dates of a lot, and which of them each place was told of (1 near, 2 expired)."""

    item: str
    lot: str
    remove_ms: int
    expires_ms: int
    told: tuple[tuple[str, int], ...]


class SerialRow(Struct, frozen=True, array_like=True):
    """The whole life of a serial number."""

    item: str
    serial: str
    steps: tuple[SerialStep, ...]


class Snapshot(Struct, frozen=True, array_like=True):
    """All of a ledger; every list is in order of its names or numbers."""

    version: int
    posted_n: int
    reserved_n: int
    policies: tuple[Policy, ...]
    accounts: tuple[AccountRow, ...]
    reservations: tuple[ReservationRow, ...]
    lots: tuple[LotRow, ...]
    serials: tuple[SerialRow, ...]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Snapshot).decode


def seal(snapshot: Snapshot) -> bytes:
    """The bytes of a snapshot."""
    body = _encode(snapshot)
    return body + hashlib.sha256(body).digest()


def unseal(data: bytes) -> Snapshot:
    """The snapshot in `data`; StorageError("snapshot_damaged") when it is none, or not whole."""
    if type(data) is not bytes:
        break_off("exact_bytes", what=type(data).__name__)
    body = data[:-HASH_BYTES]
    if hashlib.sha256(body).digest() != data[-HASH_BYTES:]:
        raise StorageError("snapshot_damaged", "the hash of the ledger's snapshot is wrong")
    try:
        snapshot = _decode(body)
    except msgspec.MsgspecError as exc:
        raise StorageError("snapshot_damaged", f"not a snapshot of this version: {exc}") from exc
    if snapshot.version != SNAPSHOT_VERSION:
        raise StorageError("snapshot_damaged", f"snapshot version {snapshot.version}")
    _check_sums(snapshot)
    return snapshot


def _check_sums(snapshot: Snapshot) -> None:
    quantities: Counter[tuple[str, str]] = Counter()
    values: Counter[tuple[str, str]] = Counter()
    for row in snapshot.accounts:
        quantities[row.named[0], row.named[1]] += row.balance
        values[row.named[0], row.named[1]] += row.value
    for name, sums in (("quantities", quantities), ("values", values)):
        wrong = next((f"{kind} {item}" for (kind, item), rest in sums.items() if rest), None)
        if wrong is not None:
            raise StorageError("snapshot_damaged", f"{name} of {wrong} do not sum to zero")
