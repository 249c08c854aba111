"""MT-SICS: the serial number that the scale tells of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.devices.scales.mt_sics_scale import SicsTalk
from edge.sim.mt_sics_scale import SimScale
from tests.devices.conftest import supervised


async def test_its_serial_number_is_in_the_report_as_soon_as_it_is_ready(tmp_path: Path) -> None:
    async with (
        SimScale(tmp_path / "scale") as sim,
        supervised({"scale1": sim.table()}) as (devices, heard),
    ):
        await heard.until_state("scale1", "ready")
        told = devices.report("scale1").identity

    assert told.serial == SimScale.SERIAL


@pytest.mark.parametrize("trouble", ["silent", "garbled"])
async def test_a_scale_that_does_not_tell_it_is_ready_and_weighs(
    tmp_path: Path, trouble: str
) -> None:
    async with SimScale(tmp_path / "scale") as sim:
        sim.set_load(250)
        setattr(sim, trouble, True)
        table: dict[str, Any] = {**sim.table(), "answer_wait_ms": 200}
        async with supervised({"scale1": table}) as (devices, heard):
            await heard.until_state("scale1", "ready")
            told = devices.report("scale1").identity
            setattr(sim, trouble, False)
            weight = await devices.get_scale("scale1").read()

    assert told.serial == ""
    assert weight.weight_g == 250


@pytest.mark.parametrize("cut", range(1, 18))
def test_what_it_tells_of_itself_is_no_answer_however_it_is_cut(cut: int) -> None:
    talk, line = SicsTalk(seven_bits=False), b'I4 A "B021002593"\r\n'

    answers = talk.receive(line[:cut]).answers + talk.receive(line[cut:]).answers

    assert (answers, talk.serial) == ((), "B021002593")
