"""The supervisor: handles that never go stale, and news said once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cext.errors import ConfigError, DeviceGone, DeviceSlow, Refused
from cext.kit.clock import SystemClock
from edge.devices import Devices, decode_settings
from edge.sim.escpos_tcp_printer import SimPrinter
from edge.sim.serial_scanner import SimScanner
from edge.sim.toledo_8217_scale import SimScale
from tests.devices.conftest import supervised


async def test_given_scans_and_garbage_then_only_scans_are_scans_and_garbage_is_told() -> None:
    async with SimScanner() as sim, supervised({"scanner1": sim.table()}) as (_, heard):
        await heard.until_state("scanner1", "ready")
        await sim.type("]E04006381333931")
        await sim.garble()
        await sim.type("96385074")
        await heard.until(lambda: len(heard.scans) == 2)

    texts = [(scan.device, scan.symbology, scan.text) for scan in heard.scans]
    assert texts == [("scanner1", "]E0", "4006381333931"), ("scanner1", "", "96385074")]
    assert heard.garbled == [("scanner1", "ff 81 00 f8")]


async def test_half_a_code_is_told_and_not_glued_to_the_next() -> None:
    async with SimScanner() as sim:
        table = {**sim.table(), "silence_ms": 20}
        async with supervised({"scanner1": table}) as (_, heard):
            await heard.until_state("scanner1", "ready")
            await sim.send_raw(b"40063")
            await heard.until(lambda: bool(heard.garbled))
            await sim.type("96385074")
            await heard.until(lambda: bool(heard.scans))

    assert [scan.text for scan in heard.scans] == ["96385074"]


async def test_a_scanner_that_garbles_for_ever_fills_no_log() -> None:
    with capture_logs() as logs:
        async with SimScanner() as sim, supervised({"scanner1": sim.table()}) as (_, heard):
            await heard.until_state("scanner1", "ready")
            for _ in range(50):
                await sim.garble()
            await heard.until(lambda: len(heard.garbled) == 50)

    assert [entry["event"] for entry in logs].count("scan_refused") == 1


async def test_given_a_scanner_pulled_out_and_put_in_then_it_scans_again(tmp_path: Path) -> None:
    async with (
        SimScanner(tmp_path / "scanner") as sim,
        supervised({"scanner1": sim.table()}) as (devices, heard),
    ):
        await heard.until_state("scanner1", "ready")
        await sim.unplug()
        gone = await heard.until_state("scanner1", "gone")
        await sim.plug()
        await heard.until_state("scanner1", "ready")
        await sim.type("96385074")
        await heard.until(lambda: bool(heard.scans))

        assert devices.states()[0].detail == ""
    assert "unplugged" in gone.detail or "No such file" in gone.detail


async def test_a_silent_scale_is_gone_and_back_when_it_answers() -> None:
    async with SimScale() as sim:
        table = {**sim.table(), "answer_wait_ms": 50}
        async with supervised({"scale1": table}) as (devices, heard):
            scale = devices.get_scale("scale1")
            await heard.until_state("scale1", "ready")
            sim.silent = True
            with pytest.raises(DeviceSlow):
                await scale.read()
            gone = await heard.until_state("scale1", "gone")
            sim.silent = False
            sim.set_load(77)
            weight = await scale.read()
            await heard.until_state("scale1", "ready")

    assert "does not answer" in gone.detail
    assert weight.weight_g == 77


async def test_a_printer_without_paper_is_gone_with_the_reason_and_back_with_paper() -> None:
    async with SimPrinter() as sim:
        sim.set_paper("out")
        async with supervised({"printer1": sim.table()}) as (_, heard):
            gone = await heard.until_state("printer1", "gone")
            sim.set_paper("near_end")
            await heard.until_state("printer1", "ready")

    assert gone.detail == "The printer is out of paper."


async def test_a_device_that_never_opened_is_gone_and_says_where_it_was_sought() -> None:
    tables = {"scale1": {"kind": "toledo_8217_scale", "port": "/dev/serial/by-id/none"}}
    async with supervised(dict(tables)) as (devices, heard):
        gone = await heard.until_state("scale1", "gone")
        with pytest.raises(DeviceGone):
            await devices.get_scale("scale1").read()

    assert gone.detail == "/dev/serial/by-id/none: No such file or directory"


async def test_stopping_ends_every_device_at_once() -> None:
    loop = asyncio.get_running_loop()
    async with SimScanner() as scanner, SimScale() as scale, SimPrinter() as printer:
        tables = {"a": scanner.table(), "b": scale.table(), "c": printer.table()}
        async with supervised(tables) as (_, heard):
            for name in tables:
                await heard.until_state(name, "ready")
            began_s = loop.time()

        assert loop.time() - began_s < 1
        async with asyncio.timeout(5):
            await printer.changed.until(lambda: printer.clients_n == 0)


def test_an_unknown_name_or_a_wrong_kind_is_refused() -> None:
    settings = decode_settings({"scanner1": {"kind": "serial_scanner", "port": "/dev/null"}})
    devices = Devices(settings, SystemClock(), on_scan=print, on_state=print)

    for name, code in (("printer9", "device_unknown"), ("scanner1", "device_unfit")):
        with pytest.raises(Refused) as refused:
            devices.get_printer(name)
        assert refused.value.code == code


def test_every_mistake_in_the_device_tables_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as wrong:
        decode_settings(
            {
                "a": {"kind": "serial_scaner", "port": "/dev/x"},
                "b": {"kind": "toledo_8217_scale", "port": "/dev/x", "unit": "oz"},
                "c": {"kind": "escpos_tcp_printer"},
            }
        )

    problems = "\n".join(wrong.value.problems)
    assert "devices.a.kind: unknown kind 'serial_scaner'" in problems
    assert "did you mean 'serial_scanner'" in problems
    assert "devices.b.unit" in problems
    assert "devices.c.host: missing key" in problems
