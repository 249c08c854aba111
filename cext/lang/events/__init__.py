"""Events: the immutable facts of the shop. The one table of kinds, and the envelope around them.

An event travels as `Envelope` (msgpack array): [kind, version, seq, hlc, lane, worker, body]. The
raw bytes are what is chained and stored; decoding is done on read, so fields that a newer writer
appends are kept even by a reader that does not know them.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from msgspec import Raw, Struct

from cext.errors import RemoteBroken
from cext.lang.events.device import (
    DeviceChanged,
    DeviceStatistics,
    DeviceTakenOver,
    DrawerOpened,
    PrintDropped,
    ReceiptPrinted,
)
from cext.lang.events.sale import (
    Pricing,
    SaleClosed,
    SaleLine,
    SaleRefunded,
    Trace,
    basket_of,
    quote_of,
)
from cext.lang.events.stock import StockReceived, StockReceivedLine
from cext.lang.events.store import PriceBookApplied, StoreOpened

Body = (
    StoreOpened
    | PriceBookApplied
    | StockReceived
    | SaleClosed
    | SaleRefunded
    | ReceiptPrinted
    | DrawerOpened
    | DeviceChanged
    | DeviceStatistics
    | DeviceTakenOver
    | PrintDropped
)

KINDS: dict[str, type[Any]] = {
    "store_opened": StoreOpened,
    "price_book_applied": PriceBookApplied,
    "stock_received": StockReceived,
    "sale_closed": SaleClosed,
    "sale_refunded": SaleRefunded,
    "receipt_printed": ReceiptPrinted,
    "drawer_opened": DrawerOpened,
    "device_changed": DeviceChanged,
    "device_statistics": DeviceStatistics,
    "device_taken_over": DeviceTakenOver,
    "print_dropped": PrintDropped,
}
NAMES = {struct: name for name, struct in KINDS.items()}

GENESIS_HASH = bytes(32)
# What msgspec raises over bytes from outside: text that is no UTF-8 and lists nested without end
# come out as Python's own errors.
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
EVENT_MAX_BYTES = 60 * 1024  # one event fits into one 64 KiB message with room for its envelope


class Envelope(Struct, frozen=True, array_like=True):
    """One event as bytes hold it. `hlc` is (milliseconds << 16) | counter, never going back.

    Fields are only ever appended here, so that old readers skip what they do not know.
    """

    kind: str
    version: int
    seq: int
    hlc: int
    lane: str
    worker: str
    body: Raw

    @property
    def at_ms(self) -> int:
        """The business time of the event, UTC milliseconds."""
        return self.hlc >> 16


class Stored(Struct, frozen=True):
    """An event as the journal and the hub keep it: numbered, raw, chained."""

    seq: int
    raw: bytes
    hash: bytes


_encode_body = msgspec.msgpack.Encoder().encode
_encode_envelope = msgspec.msgpack.Encoder().encode
_decode_envelope = msgspec.msgpack.Decoder(Envelope).decode
_body_decoders = {name: msgspec.msgpack.Decoder(kind) for name, kind in KINDS.items()}


def encode_event(body: Body, *, seq: int, hlc: int, lane: str = "", worker: str = "") -> bytes:
    """The raw bytes of one event."""
    name = NAMES[type(body)]
    raw_body = Raw(_encode_body(body))
    return _encode_envelope(Envelope(name, body.VERSION, seq, hlc, lane, worker, raw_body))


def decode_envelope(raw: bytes) -> Envelope:
    """The envelope of `raw`; RemoteBroken("event_undecodable") when it is none."""
    try:
        return _decode_envelope(raw)
    except UNREADABLE as exc:
        raise RemoteBroken("event_undecodable", str(exc)) from exc


def decode_body(envelope: Envelope) -> Body:
    """The typed body; RemoteBroken for a kind or a version newer than this program knows."""
    decoder = _body_decoders.get(envelope.kind)
    if decoder is None:
        raise RemoteBroken("event_unknown", f"unknown event kind {envelope.kind!r}")
    if envelope.version > KINDS[envelope.kind].VERSION:
        raise RemoteBroken("event_newer", f"{envelope.kind} v{envelope.version} is too new")
    try:
        body: Body = decoder.decode(envelope.body)
    except UNREADABLE as exc:
        raise RemoteBroken("event_undecodable", str(exc), kind=envelope.kind) from exc
    return body


def chain_hash(previous: bytes, *, epoch: int, seq: int, raw: bytes) -> bytes:
    """h(n) = SHA-256(h(n-1) ‖ epoch ‖ seq ‖ raw), both numbers as 8 bytes big-endian."""
    head = previous + epoch.to_bytes(8, "big") + seq.to_bytes(8, "big")
    return hashlib.sha256(head + raw).digest()


__all__ = [
    "EVENT_MAX_BYTES",
    "GENESIS_HASH",
    "KINDS",
    "NAMES",
    "UNREADABLE",
    "Body",
    "DeviceChanged",
    "DeviceStatistics",
    "DeviceTakenOver",
    "DrawerOpened",
    "Envelope",
    "PriceBookApplied",
    "Pricing",
    "PrintDropped",
    "ReceiptPrinted",
    "SaleClosed",
    "SaleLine",
    "SaleRefunded",
    "StockReceived",
    "StockReceivedLine",
    "StoreOpened",
    "Stored",
    "Trace",
    "basket_of",
    "chain_hash",
    "decode_body",
    "decode_envelope",
    "encode_event",
    "quote_of",
]
