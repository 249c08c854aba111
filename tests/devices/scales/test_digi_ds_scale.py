"""DIGI DS-425: the four forms of its line, and which of them may price goods."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.errors import Refused
from edge.devices.scales.digi_ds_scale import DigiTalk
from edge.devices.scales.reading import Noise, Reading
from edge.sim.digi_ds_scale import SimScale
from tests.devices.scales.conftest import open_on

LENGTHS = {(False, False): 17, (True, False): 19, (False, True): 19, (True, True): 21}


@pytest.mark.parametrize(("codes", "headers"), LENGTHS)
@settings(deadline=None)
@given(load_g=st.integers(0, 99_999), tare_g=st.integers(0, 9_999), in_motion=st.booleans())
def test_every_line_is_read_back_in_all_four_forms(
    codes: bool, headers: bool, load_g: int, tare_g: int, in_motion: bool
) -> None:
    sim = SimScale(capacity_g=99_999, codes=codes, headers=headers)
    sim.tare_g, sim.in_motion = tare_g, in_motion
    sim.set_load(load_g)
    line = sim.tell()

    (found,) = DigiTalk().receive(line).answers

    assert len(line) == LENGTHS[codes, headers]
    assert isinstance(found, Reading)
    assert (found.weight_g, found.tare_g) == (load_g - tare_g, tare_g)
    assert found.stable is (codes and not in_motion)


@pytest.mark.parametrize(("codes", "headers"), LENGTHS)
@settings(deadline=None)
@given(cut_n=st.integers(1, 20))
def test_the_end_of_a_line_is_never_at_rest(codes: bool, headers: bool, cut_n: int) -> None:
    sim = SimScale(codes=codes, headers=headers)
    sim.set_load(1_234)
    end = sim.tell()[min(cut_n, LENGTHS[codes, headers] - 1) :]

    for found in DigiTalk().receive(end).answers:
        assert isinstance(found, Noise) or (found.weight_g, found.stable) == (1_234, False)


async def test_without_the_code_of_rest_nothing_is_priced() -> None:
    async with (
        SimScale(codes=False) as sim,
        open_on(sim, settle_wait_ms=0) as scale,
        asyncio.timeout(5),
    ):
        sim.set_load(450)
        weight = await scale.read()

    assert (weight.weight_g, weight.stable) == (450, False)
    with pytest.raises(Refused):
        weight.settled_g()


async def test_the_tare_goes_onto_the_weight() -> None:
    async with SimScale() as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.tare_g = 20
        sim.set_load(450)
        weight = await scale.read()

    assert (weight.settled_g(), weight.net, weight.tare_g) == (430, True, 20)
