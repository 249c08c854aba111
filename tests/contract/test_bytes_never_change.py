"""What was written once is read for ever: golden bytes of every event and every message.

A golden file is hex text and is never edited. A change to a struct that breaks one of these tests
breaks every journal and every older box in the field: append a field, or raise the version.
"""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from cext.errors import Broken, RemoteBroken
from cext.lang.events import (
    GENESIS_HASH,
    KINDS,
    NAMES,
    chain_hash,
    decode_body,
    decode_envelope,
    encode_event,
)
from cext.lang.wire import (
    FRAME_MAX_BYTES,
    TAG_CMD,
    TAG_CMDRES,
    Ack,
    Batch,
    decode_frame,
    down_topic,
    encode_frame,
    fits_frame,
    shard_of,
    store_of_topic,
    up_topic,
)
from tests.contract.wire_samples import EVENTS, HLC, MESSAGES, RAWS

GOLDEN = Path(__file__).parent / "golden"


def load_golden(name: str) -> bytes:
    return bytes.fromhex((GOLDEN / f"{name}.hex").read_text(encoding="ascii"))


def test_every_event_kind_has_a_sample_of_its_version() -> None:
    assert {f"{name}_{kind.VERSION}" for name, kind in KINDS.items()} <= set(EVENTS)
    assert {kind: name for name, kind in KINDS.items()} == NAMES


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_written_and_read_as_it_always_was(name: str) -> None:
    golden = load_golden(f"event_{name}")

    envelope = decode_envelope(golden)

    assert decode_body(envelope) == EVENTS[name]
    assert (envelope.lane, envelope.worker, envelope.at_ms) == ("1", "anna", HLC >> 16)
    if envelope.version == KINDS[envelope.kind].VERSION:  # older ones are read, never written
        raw = encode_event(
            EVENTS[name], seq=envelope.seq, hlc=envelope.hlc, lane="1", worker="anna"
        )
        assert raw == golden


def test_a_weighing_of_an_older_sale_keeps_its_bytes_and_so_its_price_proof() -> None:
    old = decode_body(decode_envelope(load_golden("event_sale_closed_2")))
    fields = msgspec.msgpack.decode(msgspec.msgpack.encode(old))
    weighed = [line["weighing"] for line in fields[5] if line["weighing"]]

    assert [set(one) for one in weighed] == [
        {"weight_g", "tare_g", "device", "protocol", "raw_hex", "at_ms"}
    ]


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_written_and_read_as_it_always_was(name: str) -> None:
    golden = load_golden(f"wire_1_{name}")
    assert decode_frame(golden) == MESSAGES[name]
    if not golden[1]:  # what a compressor makes of the same bytes may differ between its versions
        assert encode_frame(MESSAGES[name]) == golden


def test_the_chain_is_computed_as_it_always_was() -> None:
    link = GENESIS_HASH
    for seq, raw in enumerate(RAWS, start=1):
        link = chain_hash(link, epoch=1, seq=seq, raw=raw)
    assert link == load_golden("chain_of_all_events")


def test_fields_that_a_newer_program_appends_are_skipped() -> None:
    fields = msgspec.msgpack.decode(encode_frame(MESSAGES["ack"])[2:])
    longer = bytes((1, 0)) + msgspec.msgpack.encode([*fields, "new", 5])
    assert decode_frame(longer) == MESSAGES["ack"]

    envelope = msgspec.msgpack.decode(RAWS[0])
    newer = msgspec.msgpack.encode([*envelope[:-1], [*envelope[-1], "new"], "newer still"])
    assert decode_body(decode_envelope(newer)) == EVENTS["store_opened_1"]


@pytest.mark.parametrize("tag", [TAG_CMD, TAG_CMDRES])
def test_tags_kept_for_later_are_not_messages_yet(tag: str) -> None:
    with pytest.raises(RemoteBroken, match=tag):
        decode_frame(bytes((1, 0)) + msgspec.msgpack.encode([tag, 1, 2]))


def test_a_large_batch_is_compressed_and_comes_back_the_same() -> None:
    batch = Batch(
        session=1, epoch=1, first=1, prev_hash=bytes(32), events=RAWS * 20, last_hash=bytes(32)
    )
    frame = encode_frame(batch)
    assert frame[:2] == bytes((1, 1))
    assert len(frame) < sum(map(len, batch.events)) // 3
    assert decode_frame(frame) == batch


def test_a_batch_that_cannot_be_compressed_still_fits() -> None:
    noise = tuple(random.Random(1).randbytes(240) for _ in range(256))
    batch = Batch(
        session=1, epoch=1, first=1, prev_hash=bytes(32), events=noise, last_hash=bytes(32)
    )
    frame = encode_frame(batch)
    assert len(frame) <= FRAME_MAX_BYTES
    assert decode_frame(frame) == batch


def test_an_event_fits_when_it_is_small_or_compresses_well() -> None:
    noise = random.Random(1).randbytes(70_000)
    assert fits_frame(noise[:60_000])
    assert not fits_frame(noise)
    assert fits_frame(RAWS[3] * 300)
    assert not fits_frame(bytes(2_000_000))


def test_a_frame_that_cannot_fit_is_our_own_mistake() -> None:
    huge = (random.Random(1).randbytes(70_000),)
    with pytest.raises(Broken):
        encode_frame(
            Batch(
                session=1, epoch=1, first=1, prev_hash=bytes(32), events=huge, last_hash=bytes(32)
            )
        )


BOMB = zstandard.ZstdCompressor().compress(bytes(20_000_000))
SILENT = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(4096))


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"", "frame_too_short"),
        (b"\x01\x00", "frame_too_short"),
        (bytes(FRAME_MAX_BYTES + 1), "frame_too_large"),
        (b"\x02\x00\x90", "wire_newer"),
        (b"\x01\x02\x90", "frame_flags_unknown"),
        (b"\x01\x00\xc1\xc1", "frame_garbled"),
        (b"\x01\x00\x92\xa4nope\x01", "frame_garbled"),
        (b"\x01\x01not zstd at all", "frame_garbled"),
        (b"\x01\x01" + BOMB, "frame_garbled"),
        (b"\x01\x01" + SILENT, "frame_garbled"),
        (load_golden("wire_1_batch")[:-20], "frame_garbled"),
    ],
)
def test_a_frame_that_is_none_is_refused_with_its_reason(frame: bytes, code: str) -> None:
    with pytest.raises(RemoteBroken) as caught:
        decode_frame(frame)
    assert caught.value.code == code


@given(st.binary(max_size=300))
def test_no_bytes_whatever_break_the_reader(noise: bytes) -> None:
    for frame in (noise, b"\x01\x00" + noise, b"\x01\x01" + noise):
        try:
            decode_frame(frame)
        except RemoteBroken:
            continue


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1), st.text(max_size=16))
def test_what_is_encoded_decodes_to_the_same(session: int, cursor: int, note: str) -> None:
    ack = Ack(session=session, epoch=1, cursor=cursor, credit_bytes=0, note=note)
    assert decode_frame(encode_frame(ack)) == ack


def test_topics_and_shards_stay_where_brokers_and_acls_know_them() -> None:
    assert shard_of("367") == "07"
    assert up_topic("367") == "se1/07/367/up"
    assert down_topic("367") == "se1/07/367/dn"
    assert store_of_topic("se1/07/367/up") == "367"


@pytest.mark.parametrize(
    "topic", ["se1/08/367/up", "se1/07/367/dn", "se1/07/up", "se2/f0/367/up", "se1/07/367/up/x", ""]
)
def test_a_topic_that_is_no_stores_own_is_nobodys(topic: str) -> None:
    assert store_of_topic(topic) is None
