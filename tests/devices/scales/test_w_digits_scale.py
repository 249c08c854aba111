"""Digits and nothing else: what each family sends, and what counts as rest without a word of it."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.errors import Refused
from edge.devices.scales.reading import Reading
from edge.devices.scales.w_digits_scale import FAMILIES, FamilyName, WDigitsTalk
from edge.sim.w_digits_scale import SimScale
from tests.devices.scales.conftest import open_on

families = pytest.mark.parametrize("family", FAMILIES)


@families
@settings(deadline=None)
@given(load_g=st.integers(0, 99_999))
def test_every_weight_a_family_can_write_is_read_back(family: FamilyName, load_g: int) -> None:
    sim = SimScale(family=family, capacity_g=99_999)
    sim.set_load(load_g)

    (found,) = WDigitsTalk(family).receive(sim.tell()).answers

    assert isinstance(found, Reading)
    assert (found.weight_g, found.stable, found.tare_g) == (load_g, False, None)


@families
async def test_a_family_is_weighed_over_its_cable(family: FamilyName) -> None:
    async with SimScale(family=family) as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.set_load(982)
        weight = await scale.read()

    assert weight.settled_g() == 982
    assert sim.questions_n >= 2


async def test_a_weight_that_was_told_once_is_not_at_rest() -> None:
    async with (
        SimScale(steady_ms=5_000) as sim,
        open_on(sim, settle_wait_ms=0) as scale,
        asyncio.timeout(5),
    ):
        sim.set_load(982)
        weight = await scale.read()

    assert (weight.weight_g, weight.stable) == (982, False)
    with pytest.raises(Refused):
        weight.settled_g()


async def test_only_the_weight_that_stays_is_at_rest() -> None:
    async with SimScale() as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.set_load(450)
        sim.in_motion = True
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(scale.read())
            await sim.asked.until(lambda: sim.questions_n >= 4)
            sim.in_motion = False
            sim.set_load(470)

        assert (reading.result().weight_g, reading.result().stable) == (470, True)
