"""ENQ, ACK, DC1: what a checksum keeps out, and a scale that is not ready."""

from __future__ import annotations

import asyncio
from functools import reduce
from operator import xor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.errors import DeviceGarbled
from edge.devices.scales.enq_dc1_scale import REPEATS_MAX_N, EnqDc1Talk, decode_answer
from edge.devices.scales.reading import Noise, Reading
from edge.sim.enq_dc1_scale import SimScale
from tests.devices.scales.conftest import open_on


def frame_of(data: bytes) -> bytes:
    return b"\x01\x02" + data + bytes((reduce(xor, data, 0),)) + b"\x03\x04"


@settings(deadline=None)
@given(st.integers(0, 99_999))
def test_every_weight_the_scale_can_write_is_read_back(weight_g: int) -> None:
    said = b"\x06" + frame_of(b"S %02d.%03dkg" % divmod(weight_g, 1000))
    (found,) = EnqDc1Talk().receive(said).answers

    assert isinstance(found, Reading)
    assert (found.weight_g, found.stable, found.checked) == (weight_g, True, True)


@settings(deadline=None)
@given(st.integers(0, 99_999), st.integers(2, 12), st.integers(0, 7))
def test_a_flipped_bit_never_makes_another_weight(weight_g: int, at: int, bit: int) -> None:
    spoiled = bytearray(frame_of(b"S %02d.%03dkg" % divmod(weight_g, 1000)))
    spoiled[at] ^= 1 << bit

    assert isinstance(decode_answer(bytes(spoiled)), Noise)


def test_a_checksum_that_looks_like_an_end_is_none() -> None:
    overflow = b"S" + b"F" * 8 + b"kg"  # the long form: its checksum is not what ends it
    for last in (b"\x01", b"\x03", b"\x04"):
        data = overflow + bytes((reduce(xor, overflow, last[0]),))
        (found,) = EnqDc1Talk().receive(b"\x06\x01\x02" + data + last + b"\x03\x04").answers

        assert isinstance(found, Noise)
        assert found.detail == "no weight between STX and ETX"  # and so the checksum held


def test_a_weight_of_a_former_question_is_none_of_this_one() -> None:
    talk = EnqDc1Talk()
    former, fresh = frame_of(b"S 09.999kg"), frame_of(b"S 00.111kg")
    talk.receive(b"\x06")
    talk.clear()

    heard = talk.receive(former + b"\x06\x06" + fresh + former)

    assert [getattr(one, "weight_g", None) for one in heard.answers] == [None, 111, None]
    assert heard.reply == b"\x11"


async def test_given_a_scale_that_is_not_ready_when_read_then_it_is_asked_again() -> None:
    async with SimScale() as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.set_load(982)
        sim.naks_n = REPEATS_MAX_N

        weight = await scale.read()

    assert weight.weight_g == 982
    assert sim.questions_n == REPEATS_MAX_N + 1


async def test_given_a_scale_that_is_never_ready_when_read_then_it_ends_and_says_nak() -> None:
    async with SimScale() as sim, open_on(sim, answer_wait_ms=150) as scale, asyncio.timeout(5):
        sim.naks_n = 1_000

        with pytest.raises(DeviceGarbled, match="NAK"):
            await scale.read()

    assert sim.questions_n == REPEATS_MAX_N + 1


async def test_given_noise_on_the_cable_when_read_then_no_weight() -> None:
    async with SimScale() as sim, open_on(sim, answer_wait_ms=150) as scale, asyncio.timeout(5):
        sim.set_load(982)
        sim.wrong_sum = True

        with pytest.raises(DeviceGarbled, match="checksum"):
            await scale.read()
