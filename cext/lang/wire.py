"""What store and hub say to each other: the messages, their bytes, and the topics they go by.

A frame is: one byte wire version, one byte flags (bit 0: zstd), then a msgpack array
[tag, fields...]. Fields are only ever appended, so that both ends skip what they do not know.
No frame is longer than 64 KiB; larger things travel over HTTPS.
"""

from __future__ import annotations

import hashlib
from typing import Annotated

import msgspec
import zstandard
from msgspec import Meta, Struct

from cext.errors import RemoteBroken, must
from cext.lang.events import EVENT_MAX_BYTES, UNREADABLE
from cext.lang.ids import SHARDS_N

WIRE_VERSION = 1
FLAG_ZSTD = 1
FRAME_MAX_BYTES = 64 * 1024
ZSTD_ABOVE_BYTES = 2 * 1024
PLAIN_MAX_BYTES = 1024 * 1024  # what a frame may unpack to
BATCH_MAX_N = 256
BATCH_MAX_BYTES = EVENT_MAX_BYTES  # raw bytes of a batch of several events

NO_SESSION = 0  # a hub that has just begun speaks of no session; real ones start at 1

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Hash = Annotated[bytes, Meta(min_length=32, max_length=32)]

# Tags of messages that a later version will speak; nobody else may use them.
TAG_CMD = "cmd"
TAG_CMDRES = "cmdres"


class Hello(Struct, frozen=True, kw_only=True, array_like=True, tag="hello"):
    """Store → hub after every connection: who I am and how far my journal goes.

    `nonce` is fresh for every greeting; the Welcome repeats it. `boot` names this start of the
    daemon. `oldest_seq` is the first event still kept.
    """

    nonce: Count
    epoch: Count
    head_seq: Count
    head_hash: Hash
    oldest_seq: Count
    software: Annotated[str, Meta(max_length=64)]
    boot: Annotated[str, Meta(max_length=64)]
    at_ms: int


class Welcome(Struct, frozen=True, kw_only=True, array_like=True, tag="welcome"):
    """Hub → store: the hub's cursor, which the store obeys whatever it believed before.

    `hash_at_cursor` must be the store's own, or one of the two is not what it was. At most
    `credit_bytes` of events may be on their way.
    """

    nonce: Count
    session: Count
    epoch: Count
    cursor: Count
    hash_at_cursor: Hash
    credit_bytes: Count
    at_ms: int
    software: Annotated[str, Meta(max_length=64)]


class Batch(Struct, frozen=True, kw_only=True, array_like=True, tag="batch"):
    """Store → hub: raw events `first`, `first`+1, … with the chain hash before and after them."""

    session: Count
    epoch: Count
    first: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    prev_hash: Hash
    events: Annotated[tuple[bytes, ...], Meta(min_length=1, max_length=BATCH_MAX_N)]
    last_hash: Hash


class Ack(Struct, frozen=True, kw_only=True, array_like=True, tag="ack"):
    """Hub → store after its commit: everything up to `cursor` is durable here.

    `note` is empty, or says why the store must act: "gap" and "chain_broken" ask for a resend
    from the cursor, "session_unknown" for a new Hello; a hub that has just begun says it with
    `NO_SESSION` to every store it knows.
    """

    session: Count
    epoch: Count
    cursor: Count
    credit_bytes: Count
    note: Annotated[str, Meta(max_length=64)] = ""


Message = Hello | Welcome | Batch | Ack

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Message).decode


def encode_frame(message: Message) -> bytes:
    """The bytes of `message`; compressed when that is worth it."""
    plain = _encode(message)
    frame = bytes((WIRE_VERSION, 0)) + plain
    if len(plain) > ZSTD_ABOVE_BYTES:
        packed = zstandard.ZstdCompressor(level=3).compress(plain)
        if len(packed) < len(plain):
            frame = bytes((WIRE_VERSION, FLAG_ZSTD)) + packed
    must(len(frame) <= FRAME_MAX_BYTES, "frame_fits", size_bytes=len(frame))
    return frame


def fits_frame(raw: bytes, *, spare_bytes: int = 0) -> bool:
    """Whether an event can travel: it is small, or small once compressed (a very long sale).

    `spare_bytes` are left for what is not in `raw` yet.
    """
    most_bytes = EVENT_MAX_BYTES - spare_bytes
    if len(raw) <= most_bytes:
        return True
    if len(raw) > PLAIN_MAX_BYTES - FRAME_MAX_BYTES - spare_bytes:
        return False
    return len(zstandard.ZstdCompressor(level=3).compress(raw)) <= most_bytes


def decode_frame(frame: bytes) -> Message:
    """The message in `frame`.

    RemoteBroken: frame_too_large, frame_too_short, wire_newer, frame_flags_unknown,
    frame_garbled. Never unpacks more than 1 MiB.
    """
    if len(frame) > FRAME_MAX_BYTES:
        raise RemoteBroken("frame_too_large", f"a frame of {len(frame)} bytes")
    if len(frame) < 3:
        raise RemoteBroken("frame_too_short", f"a frame of {len(frame)} bytes")
    if frame[0] != WIRE_VERSION:
        raise RemoteBroken("wire_newer", f"wire version {frame[0]}; this is {WIRE_VERSION}")
    if frame[1] & ~FLAG_ZSTD:
        raise RemoteBroken("frame_flags_unknown", f"flags {frame[1]:#04x}")
    plain = frame[2:]
    try:
        if frame[1] & FLAG_ZSTD:
            plain = _unpack(plain)
        message: Message = _decode(plain)
    except (*UNREADABLE, zstandard.ZstdError) as exc:
        raise RemoteBroken("frame_garbled", str(exc)) from exc
    return message


def _unpack(packed: bytes) -> bytes:
    # The frame's own header names its size; one that lies or is silent is refused, so that a
    # small frame cannot unpack to gigabytes.
    params = zstandard.get_frame_parameters(packed)
    if not 0 < params.content_size <= PLAIN_MAX_BYTES:
        raise RemoteBroken("frame_garbled", f"would unpack to {params.content_size} bytes")
    return zstandard.ZstdDecompressor().decompress(packed, max_output_size=PLAIN_MAX_BYTES)


def shard_of(store: str) -> str:
    """The shard of a store, two hex digits: fixed for ever, since topics and ACLs hold it."""
    digest = hashlib.sha256(store.encode("utf-8")).digest()
    return f"{digest[0] % SHARDS_N:02x}"


def up_topic(store: str) -> str:
    """Where the store publishes."""
    return f"se1/{shard_of(store)}/{store}/up"


def down_topic(store: str) -> str:
    """Where the hub publishes for the store."""
    return f"se1/{shard_of(store)}/{store}/dn"


def store_of_topic(topic: str) -> str | None:
    """The store of an up-topic; None for any other topic, also for one in the wrong shard."""
    parts = topic.split("/")
    if len(parts) != 4 or parts[0] != "se1" or parts[3] != "up":
        return None
    return parts[2] if parts[1] == shard_of(parts[2]) else None
