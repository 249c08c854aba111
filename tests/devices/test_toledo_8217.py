"""The Toledo 8217 dialogue, byte by byte as the manual has it, and over a pseudo-terminal."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.errors import DeviceGarbled, DeviceSlow, Refused
from cext.kit.clock import SystemClock
from edge.devices import decode_settings
from edge.devices.ports import Weight
from edge.devices.toledo_8217 import (
    Answer,
    Answers,
    Noise,
    Status,
    Weighed,
    decode_answer,
    round_centipounds,
)
from edge.devices.toledo_8217_scale import open as open_scale
from edge.sim.toledo_8217_scale import SimScale

# What comes back to `W` (57): bytes, unit, meaning.
DIALOGUES = [
    ("02 30 31 2e 32 33 34 0d", "kg", Weighed(1234, False, bytes.fromhex("0230312e3233340d"))),
    ("02 30 30 2e 30 30 30 0d", "kg", Weighed(0, False, bytes.fromhex("0230302e3030300d"))),
    ("02 30 30 2e 35 30 30 4e 0d", "kg", Weighed(500, True, bytes.fromhex("0230302e3530304e0d"))),
    ("02 30 30 32 2e 35 30 0d", "lb", Weighed(1134, False, bytes.fromhex("023030322e35300d"))),
]


@pytest.mark.parametrize(("answer", "unit", "meaning"), DIALOGUES)
def test_a_weight_is_read_as_the_manual_writes_it(answer: str, unit: Any, meaning: Answer) -> None:
    assert Answers(unit).feed(bytes.fromhex(answer)) == [meaning]


@pytest.mark.parametrize(
    ("status", "flag"),
    [("41", "in_motion"), ("42", "over"), ("44", "under"), ("48", "outside_zero"),
     ("50", "centre_zero"), ("60", "net")],
)  # fmt: skip
def test_each_status_bit_has_its_meaning_and_bit_6_has_none(status: str, flag: str) -> None:
    for byte in (status, f"{int(status, 16) & ~0x40:02x}"):
        (found,) = Answers("kg").feed(bytes.fromhex(f"02 3f {byte} 0d"))

        assert isinstance(found, Status)
        flags = ("in_motion", "over", "under", "outside_zero", "centre_zero", "net")
        assert [name for name in flags if getattr(found, name)] == [flag]


def test_a_status_byte_that_looks_like_cr_is_a_status_byte() -> None:
    (found,) = Answers("kg").feed(bytes.fromhex("02 3f 0d 0d"))

    assert isinstance(found, Status)
    assert (found.in_motion, found.under, found.outside_zero) == (True, True, True)


def test_the_parity_bit_is_masked() -> None:
    even = bytes(b | 0x80 if b.bit_count() % 2 else b for b in b"\x0201.234\r")

    (found,) = Answers("kg").feed(even)

    assert isinstance(found, Weighed)
    assert found.weight_g == 1234


def test_an_answer_may_come_in_pieces() -> None:
    answers = Answers("kg")

    assert answers.feed(b"\x0201") == []
    assert answers.feed(b".234") == []
    assert [type(one) for one in answers.feed(b"\r")] == [Weighed]


def test_pounds_on_a_kilogram_setting_are_refused_with_the_cure() -> None:
    found = decode_answer(b"\x02012.34\r", "kg")

    assert isinstance(found, Noise)
    assert "is the unit setting right?" in found.detail


def test_pounds_are_rounded_half_up_to_grams() -> None:
    assert [round_centipounds(n) for n in (0, 1, 100, 250, 1000)] == [0, 5, 454, 1134, 4536]


@given(st.binary(max_size=200))
def test_no_rubbish_becomes_a_weight_by_accident_or_is_held(rubbish: bytes) -> None:
    answers = Answers("kg")
    for found in answers.feed(rubbish):
        if isinstance(found, Weighed):
            assert b"%02d.%03d" % divmod(found.weight_g, 1000) in found.raw


@given(st.integers(0, 99_999))
def test_every_weight_the_scale_can_write_is_read_back(weight_g: int) -> None:
    (found,) = Answers("kg").feed(b"\x02%02d.%03d\r" % divmod(weight_g, 1000))

    assert isinstance(found, Weighed)
    assert found.weight_g == weight_g


def open_on(sim: SimScale, **more: int | str) -> Any:
    settings = decode_settings({"scale": {**sim.table(), **more}})["scale"]
    return open_scale(settings, device="scale", clock=SystemClock())  # type: ignore[arg-type]


async def test_given_a_load_when_read_then_its_grams_and_the_bytes_as_evidence() -> None:
    async with SimScale() as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.even_parity = True
        sim.set_load(982)

        weight: Weight = await scale.read()

    assert (weight.weight_g, weight.stable, weight.settled_g()) == (982, True, 982)
    assert weight.raw == b"\x0200.982\r"


async def test_given_motion_when_read_then_no_weight_is_invented() -> None:
    async with SimScale() as sim, open_on(sim, settle_wait_ms=0) as scale, asyncio.timeout(5):
        sim.set_load(982)
        sim.in_motion = True

        weight: Weight = await scale.read()

    assert (weight.weight_g, weight.stable, weight.in_motion) == (None, False, True)
    with pytest.raises(Refused) as refused:
        weight.settled_g()
    assert refused.value.code == "weight_unstable"


async def test_given_motion_that_ends_when_read_then_the_settled_weight() -> None:
    async with SimScale() as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.set_load(450)
        sim.in_motion = True
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(scale.read())
            await sim.asked.until(lambda: sim.questions_n >= 2)
            sim.in_motion = False

        assert reading.result().weight_g == 450


@pytest.mark.parametrize(
    ("load_g", "tare", "code"),
    [(16_000, b"", "weight_over"), (100, b"T00200\r", "weight_under"), (0, b"", "scale_empty")],
)
async def test_out_of_range_says_which_way(load_g: int, tare: bytes, code: str) -> None:
    async with SimScale() as sim, open_on(sim, settle_wait_ms=0) as scale, asyncio.timeout(5):
        sim.on_bytes(tare)
        sim.set_load(load_g)
        weight: Weight = await scale.read()

    with pytest.raises(Refused) as refused:
        weight.settled_g()
    assert refused.value.code == code


async def test_given_a_tare_when_read_then_net_without_a_guess_of_the_tare() -> None:
    async with SimScale() as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.on_bytes(b"T00050\r")
        sim.set_load(300)

        weight: Weight = await scale.read()

    assert (weight.weight_g, weight.net, weight.tare_g) == (250, True, None)


async def test_given_silence_when_read_then_slow_and_the_late_answer_is_not_believed() -> None:
    async with SimScale() as sim, open_on(sim, answer_wait_ms=100) as scale, asyncio.timeout(5):
        sim.silent = True
        sim.set_load(111)
        with pytest.raises(DeviceSlow):
            await scale.read()
        sim.silent = False
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(scale.read())
            await asyncio.sleep(0)
            sim.send(b"\x0209.999\r")  # the answer to the question that timed out

        assert reading.result().weight_g == 111


async def test_every_question_left_open_may_still_be_answered_late() -> None:
    async with SimScale() as sim, open_on(sim, answer_wait_ms=100) as scale, asyncio.timeout(5):
        sim.silent = True
        sim.set_load(111)
        for _ in range(2):
            with pytest.raises(DeviceSlow):
                await scale.read()
        answers = [b"\x0209.999\r", b"\x0208.888\r", b"\x0200.111\r"]
        sim.on_bytes = lambda _question: sim.send(answers.pop(0))  # type: ignore[method-assign]

        assert (await scale.read()).weight_g == 111


async def test_a_reading_that_was_called_off_leaves_its_question_open() -> None:
    async with SimScale() as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.silent = True
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await scale.read()
        sim.silent = False
        sim.set_load(111)
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(scale.read())
            await asyncio.sleep(0)
            sim.send(b"\x0209.999\r")

        assert reading.result().weight_g == 111


async def test_given_another_protocol_when_read_then_garbled_with_the_bytes() -> None:
    async with SimScale() as sim, open_on(sim, answer_wait_ms=100) as scale, asyncio.timeout(5):
        sim.garbled = True

        with pytest.raises(DeviceGarbled) as garbled:
            await scale.read()

    assert "(53)" in garbled.value.detail


async def test_a_scale_in_pounds_is_read_in_grams(tmp_path: Path) -> None:
    async with (
        SimScale(tmp_path / "scale", unit="lb") as sim,
        open_on(sim) as scale,
        asyncio.timeout(5),
    ):
        sim.set_load(1134)
        weight: Weight = await scale.read()

    assert weight.raw == b"\x02002.50\r"
    assert weight.weight_g == 1134
