"""A ledger as bytes: msgpack, sorted by name, with a SHA-256 of the rest at the end."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from cext.errors import StorageError, break_off
from cext.lang.account import SerialStep

SNAPSHOT_VERSION = 2
HASH_BYTES = 32

Named = tuple[str, str, str, str, str, str]  # kind, item, place, lot, owner, right
# What the doors of the ledger let in: nothing beyond it was ever in a ledger.
Balance = Annotated[int, Meta(ge=-(2**62), le=2**62)]
Value = Annotated[int, Meta(ge=-(2**62), le=2**62)]
Setting = Annotated[int, Meta(ge=-(10**15), le=10**15)]
Level = Annotated[int, Meta(ge=1 - 2**63, le=2**63 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**62)]
Instant = Annotated[int, Meta(ge=0, le=2**53)]


class Policy(Struct, frozen=True, array_like=True):
    """How accounts of `kind` at `place` behave, as `govern` was told."""

    kind: str
    place: str
    valued: bool
    floor: Setting | None
    hard: bool


class RuleRow(Struct, frozen=True, array_like=True):
    """What was set for one account; `policy` is 0 for no floor, 1 soft, 2 hard."""

    policy: Annotated[int, Meta(ge=0, le=2)]
    floor: Setting
    buffer: Setting
    low: Level
    high: Level


class AccountRow(Struct, frozen=True, array_like=True):
    """One account that is not as a new one would be."""

    named: Named
    balance: Balance
    value: Value
    last_value: Value
    last_quantity: Count
    rule: RuleRow | None


class ReservationRow(Struct, frozen=True, array_like=True):
    """One open reservation."""

    number: Count
    source: Named
    target: Named
    quantity: Annotated[int, Meta(ge=1, le=10**15)]
    owner: str
    expires_ms: Instant | None


class LotRow(Struct, frozen=True, array_like=True):
    """The dates of a lot, and which of them each place was told of (1 near, 2 expired)."""

    item: str
    lot: str
    remove_ms: Instant
    expires_ms: Instant
    told: tuple[tuple[str, Annotated[int, Meta(ge=1, le=2)]], ...]


class SerialRow(Struct, frozen=True, array_like=True):
    """The whole life of a serial number."""

    item: str
    serial: str
    steps: tuple[SerialStep, ...]


class Snapshot(Struct, frozen=True, array_like=True):
    """All of a ledger; every list is in order of its names or numbers."""

    version: int
    posted_n: Count
    reserved_n: Count
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
