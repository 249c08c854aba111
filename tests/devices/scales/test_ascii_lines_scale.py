"""Lines that come by themselves: which one counts, and which forms may price goods."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.errors import Refused
from edge.devices.ports import Weight
from edge.devices.scales.ascii_lines_scale import AsciiLinesTalk
from edge.devices.scales.reading import Reading
from edge.sim.ascii_lines_scale import Form, SimScale
from tests.devices.scales.conftest import open_on


@settings(deadline=None)
@given(
    st.integers(-9_999, 99_999),
    st.booleans(),
    st.sampled_from(["generic", "cas_22"]),
    st.integers(0, 9_999),
)
def test_every_line_the_scale_can_say_is_read_back(
    load_g: int, in_motion: bool, form: Form, tare_g: int
) -> None:
    sim = SimScale(capacity_g=99_999, form=form)
    sim.in_motion, sim.tare_g = in_motion, tare_g
    sim.set_load(load_g)

    (found,) = AsciiLinesTalk().receive(sim.tell()).answers

    assert isinstance(found, Reading)
    assert (found.weight_g, found.stable) == (load_g - tare_g, not in_motion)
    assert (found.net, found.under) == (tare_g > 0, load_g < tare_g)


async def test_a_line_that_began_before_the_question_is_let_go() -> None:
    async with SimScale(every_s=0) as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.set_load(111)
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(scale.read())
            await asyncio.sleep(0)
            sim.speak()
            sim.set_load(222)
            while not reading.done():
                sim.speak()
                await asyncio.sleep(0)

        assert reading.result().weight_g == 222


async def test_motion_that_ends_gives_the_settled_weight() -> None:
    async with SimScale() as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.set_load(450)
        sim.in_motion = True
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(scale.read())
            await sim.asked.until(lambda: sim.questions_n >= 5)
            sim.in_motion = False

        assert (reading.result().weight_g, reading.result().stable) == (450, True)


@pytest.mark.parametrize("form", ["generic", "cas_22", "cas_10"])
async def test_a_form_without_flags_prices_nothing(form: Form) -> None:
    async with (
        SimScale(form=form) as sim,
        open_on(sim, settle_wait_ms=200) as scale,
        asyncio.timeout(5),
    ):
        sim.set_load(450)
        weight: Weight = await scale.read()

    assert weight.weight_g == 450
    if form != "cas_10":
        assert weight.settled_g() == 450
        return
    with pytest.raises(Refused) as refused:
        weight.settled_g()
    assert refused.value.code == "weight_unstable"


async def test_a_weight_on_hold_prices_nothing() -> None:
    async with (
        SimScale(form="cas_22") as sim,
        open_on(sim, settle_wait_ms=0) as scale,
        asyncio.timeout(5),
    ):
        sim.set_load(450)
        sim.hold = True
        weight: Weight = await scale.read()

    assert (weight.weight_g, weight.stable) == (450, False)


async def test_a_scale_that_speaks_while_nobody_listens_tells_the_weight_of_now(
    tmp_path: Path,
) -> None:
    async with SimScale(tmp_path / "scale") as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.set_load(111)
        await sim.asked.until(lambda: sim.questions_n >= 20)
        sim.set_load(222)

        assert (await scale.read()).weight_g == 222


@pytest.mark.parametrize("form", ["kern_eoc", "dini_3590"])
async def test_a_scale_that_waits_to_be_asked_is_asked(form: Form) -> None:
    async with SimScale(form=form) as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.set_load(450)
        first: Weight = await scale.read()
        sim.set_load(300)
        second: Weight = await scale.read()

    assert (first.settled_g(), second.settled_g(), sim.questions_n) == (450, 300, 2)
