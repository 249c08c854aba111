"""Setting a keyboard scanner up by one scan: over the driver, to the table of the settings file."""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path
from typing import Any

import pytest

from cext.errors import DeviceGone, Refused
from cext.kit.clock import SystemClock
from edge.devices import decode_settings
from edge.devices.scanners import CALIBRATION, keyboard_scanner
from edge.devices.scanners.calibrate import (
    Calibration,
    calibrate,
    calibrate_open,
    to_toml,
)
from edge.devices.scanners.keyboard_scanner import Settings
from edge.devices.scanners.scan_lines import GS
from edge.devices.scanners.serial_scanner import Settings as SerialSettings
from edge.sim.flight_replay import replay
from edge.sim.flight_tape import read_tape
from edge.sim.keyboard_scanner import SimKeyboardScanner
from tests.devices.conftest import supervised

LABEL = "0104006381333931" + "10LOT7" + GS + "17260131"


async def learn_from(sim: SimKeyboardScanner, *texts: str, **more: Any) -> Calibration:
    """Learn from what the simulator types, as soon as somebody listens."""
    settings = Settings(port=sim.path, **more)
    async with keyboard_scanner.open(settings, device="s", clock=SystemClock()) as scanner:
        async with asyncio.TaskGroup() as group:
            learning = group.create_task(
                calibrate_open(scanner, settings, device="till-1", wait_s=5)
            )
            await asyncio.sleep(0)
            for text in texts:
                await sim.type(text)
        return learning.result()


@pytest.mark.parametrize("layout", ["FR", "DE", "TR"])
@pytest.mark.parametrize(("gs", "end"), [("control", "tab"), ("alt_code", "none")])
async def test_what_was_learned_reads_the_next_label(layout: str, gs: Any, end: Any) -> None:
    async with SimKeyboardScanner(layout=layout, gs=gs, terminator=end, prefix="]C1") as sim:
        found = await learn_from(sim, CALIBRATION, silence_ms=300)
        table = tomllib.loads(found.toml)["devices"]["till-1"]
        assert decode_settings({"till-1": table})["till-1"] == found.settings
        async with supervised({"s": table}) as (_, heard):
            await heard.until_state("s", "ready")
            await sim.type(LABEL)
            await heard.until(lambda: bool(heard.scans))

    assert layout in found.learned.layouts
    assert (heard.scans[0].symbology, heard.scans[0].text) == ("]C1", LABEL)


async def test_the_table_names_the_device_and_what_is_not_default() -> None:
    async with SimKeyboardScanner(layout="FR", terminator="none") as sim:
        found = await learn_from(sim, CALIBRATION)

        assert found.toml == (
            "[devices.till-1]\n"
            'kind = "keyboard_scanner"\n'
            f'port = "{sim.path}"\n'
            'layout = "FR"\n'
            'ends_with = "silence"\n'
        )
    assert any("AIM identifiers" in advice for advice in found.learned.advice)
    assert any("end each code with Enter" in advice for advice in found.learned.advice)


@pytest.mark.parametrize("name", ['ACME "2" \\ Scanner', "扫码枪"])
def test_any_name_of_a_scanner_survives_the_settings_file(name: str) -> None:
    settings = Settings(name=name, gs_char="\\")

    table = tomllib.loads(to_toml("s", settings))["devices"]["s"]

    assert decode_settings({"s": table})["s"] == settings


async def test_another_code_is_refused_with_what_to_do() -> None:
    async with SimKeyboardScanner() as sim:
        with pytest.raises(ExceptionGroup) as group:
            await learn_from(sim, "4006381333931")

    (refused,) = group.value.exceptions
    assert isinstance(refused, Refused)
    assert refused.code == "calibration_unread"
    assert "this was not the calibration barcode" in refused.detail


async def test_the_scan_that_teaches_sells_nothing_and_the_next_one_does() -> None:
    async with SimKeyboardScanner(layout="FR") as sim:
        settings = Settings(port=sim.path, layout="FR")
        async with keyboard_scanner.open(settings, device="s", clock=SystemClock()) as scanner:
            async with asyncio.TaskGroup() as group:
                learning = group.create_task(scanner.learn(wait_s=5))
                await asyncio.sleep(0)
                with pytest.raises(Refused) as busy:
                    await calibrate_open(scanner, settings, device="s", wait_s=5)
                await sim.type(CALIBRATION)
            await sim.type("4006381333931")
            scan = await anext(scanner.scans())

    assert busy.value.code == "calibration_busy"
    assert learning.result().settings.layout == "FR"
    assert scan.text == "4006381333931"


async def test_without_a_scan_it_ends_in_time() -> None:
    async with SimKeyboardScanner() as sim:
        with pytest.raises(Refused) as unheard:
            await calibrate(Settings(port=sim.path), device="s", clock=SystemClock(), wait_s=0.05)

    assert unheard.value.code == "calibration_unheard"


async def test_a_scanner_unplugged_while_it_is_set_up_is_gone() -> None:
    async with SimKeyboardScanner() as sim:
        settings = Settings(port=sim.path)
        async with keyboard_scanner.open(settings, device="s", clock=SystemClock()) as scanner:
            learning = asyncio.gather(
                calibrate_open(scanner, settings, device="s", wait_s=5), return_exceptions=True
            )
            await asyncio.sleep(0)
            await sim.unplug()
            (gone,) = await learning

    assert isinstance(gone, DeviceGone)


async def test_a_scanner_that_sends_text_has_nothing_to_learn() -> None:
    with pytest.raises(Refused) as unfit:
        await calibrate(SerialSettings(port="/dev/ttyS0"), device="s", clock=SystemClock())

    assert unfit.value.code == "device_unfit"


async def test_recordings_of_learning_play_to_the_same_result(tmp_path: Path) -> None:
    async with (
        SimKeyboardScanner(tmp_path / "keys", layout="FR") as sim,
        supervised({"s": {**sim.table(), "layout": "US"}}) as (devices, heard),
    ):
        await heard.until_state("s", "ready")

        async def learn_from(code: str) -> None:
            async with asyncio.TaskGroup() as group:
                learning = group.create_task(devices.learn("s", wait_s=5))
                await asyncio.sleep(0)
                await sim.type(code)
            assert learning.result().settings.layout == "FR"

        with pytest.raises(ExceptionGroup):
            await learn_from("4006381333931")
        refused = devices.flight("s")
        await learn_from(CALIBRATION)
        await sim.type("4006381333931")
        await heard.until(lambda: bool(heard.scans))
        sold = devices.flight("s")

    for text, came in ((refused, "error calibration_unread"), (sold, 'scan "" "4006381333931"')):
        played = await replay(read_tape(text), SystemClock(), tmp_path)
        assert came in [one.now for one in played]
        assert [one for one in played if not one.is_same] == []
