"""Bytes made to hurt the reader: each is one clear refusal, never another error."""

from __future__ import annotations

import pytest
import zstandard
from msgspec import Raw

from cext.errors import RemoteBroken
from cext.lang.events import Envelope, decode_body, decode_envelope
from cext.lang.wire import FLAG_ZSTD, PLAIN_MAX_BYTES, WIRE_VERSION, decode_frame

ENDLESS = b"\x91" * 60_000 + b"\xc0"  # a list in a list in a list …
NO_UTF8 = b"\xa2\xff\xfe"
ACK = b"\x98\xa3ack\x01\x01\x01\x01\xa0\x01"  # two fields more than this version knows


def bomb(unpacked_bytes: int, *, says_size: bool = True) -> bytes:
    parameters = zstandard.ZstdCompressionParameters(write_content_size=says_size)
    packer = zstandard.ZstdCompressor(compression_params=parameters)
    return bytes((WIRE_VERSION, FLAG_ZSTD)) + packer.compress(bytes(unpacked_bytes))


@pytest.mark.parametrize(
    "frame",
    [
        bytes((WIRE_VERSION, 0)) + ENDLESS,
        bytes((WIRE_VERSION, 0)) + ACK + ENDLESS,
        bytes((WIRE_VERSION, 0)) + b"\x96\xa3ack\x01\x01\x01\x01" + NO_UTF8,
        bytes((WIRE_VERSION, 0)) + b"\x96" + NO_UTF8,
        bytes((WIRE_VERSION, FLAG_ZSTD)) + b"\x28\xb5\x2f\xfd nothing",
        bomb(PLAIN_MAX_BYTES + 1),
        bomb(64 << 20),
        bomb(4_000, says_size=False),
    ],
)
def test_a_hostile_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(RemoteBroken, match=r"."):
        decode_frame(frame)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x97" + NO_UTF8 + b"\x01\x01\x01\xa0\xa0\x90",
        b"\x97\xa1a\x01\x01\x01" + NO_UTF8 + b"\xa0\x90",
        b"\x97\xa1a\x01\x01\x01\xa0\xa0" + ENDLESS,
        b"\x98\xa1a\x01\x01\x01\xa0\xa0\x90" + ENDLESS,
    ],
)
def test_a_hostile_event_is_refused(raw: bytes) -> None:
    with pytest.raises(RemoteBroken) as caught:
        decode_envelope(raw)
    assert caught.value.code == "event_undecodable"


@pytest.mark.parametrize("body", [b"\x93" + NO_UTF8 * 3, b"\x94\xa0\xa0\xa0" + ENDLESS])
def test_a_hostile_body_is_refused(body: bytes) -> None:
    with pytest.raises(RemoteBroken) as caught:
        decode_body(Envelope("drawer_opened", 1, 1, 1, "", "", Raw(body)))
    assert caught.value.code == "event_undecodable"
