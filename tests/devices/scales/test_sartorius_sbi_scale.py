"""SBI: what a blank unit means, and when a balance may be told to tare."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.errors import Refused
from edge.devices.scales.reading import Reading
from edge.devices.scales.sartorius_sbi_scale import SartoriusTalk
from edge.sim.sartorius_sbi_scale import SimScale
from tests.devices.scales.conftest import open_on


@settings(deadline=None)
@given(st.integers(-9_999, 99_999), st.booleans(), st.booleans())
def test_every_line_the_balance_can_say_is_read_back(
    load_g: int, in_motion: bool, labels: bool
) -> None:
    sim = SimScale(capacity_g=99_999, labels=labels)
    sim.in_motion = in_motion
    sim.set_load(load_g)

    (found,) = SartoriusTalk().receive(sim.tell()).answers

    assert isinstance(found, Reading)
    assert (found.weight_g, found.stable) == ((None, False) if in_motion else (load_g, True))


async def test_a_blank_unit_is_no_weight_until_it_comes_to_rest() -> None:
    async with SimScale() as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.set_load(450)
        sim.in_motion = True
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(scale.read())
            await sim.asked.until(lambda: sim.questions_n >= 2)
            sim.in_motion = False

        assert (reading.result().weight_g, reading.result().stable) == (450, True)


async def test_pieces_are_no_weight_and_carats_are_no_unit() -> None:
    async with SimScale() as sim, open_on(sim, answer_wait_ms=150) as scale, asyncio.timeout(5):
        for unit in ("pcs", "ct", "mg", "t"):
            sim.unit_told = unit
            answers = SartoriusTalk().receive(sim.tell()).answers

            assert not isinstance(answers[0], Reading)
        sim.unit_told = "kg"

        assert (await scale.read()).weight_g == 0


async def test_a_balance_whose_lines_tell_net_is_tared() -> None:
    async with SimScale() as sim, open_on(sim, answer_wait_ms=150) as scale, asyncio.timeout(5):
        sim.set_load(300)
        await scale.read()

        tared = await scale.tare()
        sim.set_load(550)
        weight = await scale.read()

    assert (tared.weight_g, tared.net) == (0, True)
    assert (weight.weight_g, weight.net, weight.tare_g) == (250, True, None)


async def test_a_balance_whose_lines_do_not_tell_net_is_not_tared() -> None:
    async with SimScale(labels=False) as sim, open_on(sim) as scale, asyncio.timeout(5):
        await scale.read()
        with pytest.raises(Refused, match="22 characters") as refused:
            await scale.tare()

    assert refused.value.code == "device_unfit"
