"""Ports that somebody else has, that nobody may open yet, that come and go: named, and survived."""

from __future__ import annotations

import asyncio
import os
import pwd
import threading
from pathlib import Path

import pytest
import serial
from structlog.testing import capture_logs

from cext.errors import DeviceGone
from cext.kit.clock import SystemClock
from edge.devices.serial_port import Line, SerialPort
from edge.sim.hid_pos_scanner import SimHidPosScanner
from edge.sim.serial_scanner import SimScanner
from edge.sim.toledo_8217_scale import SimScale
from tests.devices.conftest import supervised

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def device_events(logs: list[dict[str, object]]) -> list[object]:
    return [entry["event"] for entry in logs if str(entry["event"]).startswith("device_")]


async def test_a_port_that_another_program_has_is_busy_and_taken_when_it_is_free() -> None:
    async with SimScale() as sim:
        other = await asyncio.to_thread(serial.Serial, sim.path, exclusive=True)
        with capture_logs() as logs:
            async with supervised({"scale1": sim.table()}) as (devices, heard):
                gone = await heard.until_state("scale1", "gone")
                report = devices.report("scale1")
                with pytest.raises(DeviceGone) as refused:
                    await devices.get_scale("scale1").read()
                await asyncio.to_thread(other.close)
                await heard.until_state("scale1", "ready")

    assert "another program has the port open" in gone.detail
    assert (report.error, report.upos_state) == ("E_BUSY", "closed")
    assert refused.value.code == "port_busy"
    assert device_events(logs) == ["device_lost", "device_found"]


async def test_two_devices_on_one_port_do_not_share_its_bytes() -> None:
    async with SimScanner() as sim:
        tables = {"scanner1": sim.table(), "scanner2": sim.table()}
        async with supervised(tables) as (devices, heard):
            await heard.until(lambda: len({state.device for state in heard.states}) == 2)
            states = {state.device: state.state for state in devices.states()}
            errors = {report.error for report in devices.reports()}
            await sim.type("96385074")
            await heard.until(lambda: bool(heard.scans))

    assert sorted(states.values()) == ["gone", "ready"]
    assert errors == {"", "E_BUSY"}
    assert len(heard.scans) == 1


async def test_a_device_that_flaps_is_logged_once_a_change_and_ends_well(tmp_path: Path) -> None:
    times_n = 5
    with capture_logs() as logs:
        async with (
            SimScanner(tmp_path / "scanner") as sim,
            supervised({"scanner1": sim.table()}) as (devices, heard),
        ):
            for _ in range(times_n):
                await heard.until_state("scanner1", "ready")
                await sim.unplug()
                await heard.until_state("scanner1", "gone")
                await sim.plug()
            await heard.until_state("scanner1", "ready")
            await sim.type("96385074")
            await heard.until(lambda: bool(heard.scans))
            counts = devices.report("scanner1").statistics

    events = device_events(logs)
    assert events == ["device_found", "device_lost"] * times_n + ["device_found"]
    assert counts["OnlineTransitionCount"] == times_n + 1
    assert counts["CommunicationErrorCount"] == times_n


async def test_a_node_that_is_no_device_is_gone_with_its_reason(tmp_path: Path) -> None:
    plain = tmp_path / "ttyUSB0"
    await asyncio.to_thread(plain.write_bytes, b"")
    tables = {
        "scale1": {"kind": "toledo_8217_scale", "port": str(plain)},
        "scanner1": {"kind": "hid_pos_scanner", "port": str(plain)},
        "scale2": {"kind": "toledo_8217_scale", "port": "usb:ffff:0000"},
        "scale3": {"kind": "toledo_8217_scale", "port": "usb:nonsense"},
    }
    async with supervised(dict(tables)) as (devices, heard):
        await heard.until(lambda: len({state.device for state in heard.states}) == 4)
        details = {state.device: state.detail for state in devices.states()}
        errors = {report.device: report.error for report in devices.reports()}

    assert details["scale1"].startswith(f"{plain}: ")
    assert details["scanner1"].startswith(f"{plain}: ")
    assert details["scale2"] == "usb:ffff:0000: not plugged in"
    assert "VID and PID in hex" in details["scale3"]
    assert errors["scale2"] == "E_NOHARDWARE"
    assert errors["scale3"] == "E_EXISTS"


@needs_root
async def test_rights_that_come_after_the_node_open_it_at_once(tmp_path: Path) -> None:
    """The back-off is a minute: only the watch of the node can be so quick."""
    nobody = pwd.getpwnam("nobody").pw_uid
    await asyncio.to_thread(os.chmod, tmp_path, 0o755)
    for parent in tmp_path.parents[:3]:
        await asyncio.to_thread(os.chmod, parent, 0o755)
    async with SimHidPosScanner(tmp_path / "scanner") as sim:
        node = await asyncio.to_thread(os.path.realpath, sim.path)
        await asyncio.to_thread(os.chmod, node, 0o600)
        os.seteuid(nobody)
        try:
            async with supervised({"scanner1": sim.table()}, wait_s=60) as (devices, heard):
                gone = await heard.until_state("scanner1", "gone")
                error = devices.report("scanner1").error
                os.seteuid(0)
                await asyncio.to_thread(os.chmod, node, 0o666)
                os.seteuid(nobody)
                await heard.until_state("scanner1", "ready")
        finally:
            os.seteuid(0)

    assert "no right to read it" in gone.detail
    assert error == "E_NOSERVICE"


async def test_a_write_just_after_the_port_closed_is_gone_and_hits_no_other_file() -> None:
    """The loop has not heard yet that the cable was pulled; the port's number is free again."""
    near, far = os.openpty()
    port = SerialPort(
        Line(os.ttyname(far), 9600),
        device="scale1",
        clock=SystemClock(),
        on_bytes=lambda _data, _at_ns: None,
    )
    await port.start()
    reader = next(one for one in threading.enumerate() if one.name == "serial scale1")
    os.close(far)
    os.close(near)
    reader.join(timeout=10)  # on the loop, on purpose: nothing else may run meanwhile
    assert not reader.is_alive()

    with pytest.raises(DeviceGone, match="just closed"):
        port.write(b"x")
    await port.close()
