"""The Toledo 8217 scale over a pseudo-terminal; its bytes are in fixtures/toledo_8217.hex."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.errors import DeviceGarbled, DeviceSlow, Refused
from edge.devices.ports import Weight
from edge.devices.scales.reading import Noise, Reading
from edge.devices.scales.toledo_8217_scale import ToledoTalk
from edge.sim.toledo_8217_scale import SimScale
from tests.devices.scales.conftest import open_on


def test_pounds_on_a_kilogram_setting_are_refused_with_the_cure() -> None:
    (found,) = ToledoTalk("kg").receive(b"\x02012.34\r").answers

    assert isinstance(found, Noise)
    assert "is the unit setting right?" in found.detail


@given(st.binary(max_size=200))
def test_no_rubbish_becomes_a_weight_by_accident(rubbish: bytes) -> None:
    for found in ToledoTalk("kg").receive(rubbish).answers:
        if isinstance(found, Reading) and found.weight_g is not None:
            assert b"%02d.%03d" % divmod(found.weight_g, 1000) in found.raw


@given(st.integers(0, 99_999))
def test_every_weight_the_scale_can_write_is_read_back(weight_g: int) -> None:
    (found,) = ToledoTalk("kg").receive(b"\x02%02d.%03d\r" % divmod(weight_g, 1000)).answers

    assert isinstance(found, Reading)
    assert found.weight_g == weight_g


def test_a_tare_that_has_no_place_in_five_digits_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        ToledoTalk("kg").tare(100_000)

    assert refused.value.code == "tare_refused"


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

    assert "(53 54 2c 47 53" in garbled.value.detail


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
