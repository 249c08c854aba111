"""Printers behind files, FIFOs and nodes: what is refused, and what a full or missing one says."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from cext.errors import ConfigError, DeviceGone
from cext.kit.clock import SystemClock
from edge.devices import decode_settings
from edge.devices.printers import (
    escpos_file_printer,
    escpos_usb_printer,
)
from edge.sim.escpos_file_printer import SimFilePrinter
from tests.devices.escpos_jobs import LONG, PICTURE, SHORT, fail, open_on


async def test_jobs_are_added_to_a_plain_file_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "receipts"
    table = {"kind": "escpos_file_printer", "port": str(path)}
    settings: Any = decode_settings({"printer": table})["printer"]
    with pytest.raises(DeviceGone):
        async with escpos_file_printer.open(settings, device="printer", clock=SystemClock()):
            pass
    assert not path.exists()
    path.write_bytes(b"old")

    opened = escpos_file_printer.open(settings, device="printer", clock=SystemClock())
    async with opened as printer, asyncio.timeout(10):
        await printer.print(LONG)
        await printer.print(SHORT)
        assert path.read_bytes() == b"old" + LONG + SHORT
        path.unlink()
        removed = await fail(printer, SHORT)

    assert removed.code == "device_gone"


async def test_a_full_disk_is_told_and_leaves_doubt() -> None:
    table: dict[str, Any] = {"kind": "escpos_usb_printer", "port": "/dev/full", "answers": False}
    settings: Any = decode_settings({"printer": table})["printer"]
    opened = escpos_usb_printer.open(settings, device="printer", clock=SystemClock())
    async with opened as printer, asyncio.timeout(10):
        error = await fail(printer, SHORT)

    assert "full" in error.detail
    assert error.facts["sent"] == "some"


async def test_a_fifo_that_nobody_reads_says_so_and_a_full_one_is_waited_for(
    tmp_path: Path,
) -> None:
    async with SimFilePrinter(tmp_path / "fifo") as sim, asyncio.timeout(10):
        async with open_on(sim, job_wait_ms=1_000) as printer:
            sim.stop_reading()
            error = await fail(printer, PICTURE)
            assert (error.code, error.facts["sent"]) == ("job_slow", "some")
            sim.read_on()
        async with open_on(sim) as printer:
            await printer.print(SHORT)
    path = tmp_path / "nobody"
    os.mkfifo(path)
    settings: Any = decode_settings({"p": {"kind": "escpos_file_printer", "port": str(path)}})["p"]
    with pytest.raises(DeviceGone) as nobody:
        async with escpos_file_printer.open(settings, device="p", clock=SystemClock()):
            pass

    assert "nobody reads it" in nobody.value.detail


@pytest.mark.parametrize("more", [{}, {"port": "/dev/usb/lp0", "usb": "04b8:0e15"}])
def test_a_usb_printer_is_named_in_one_way(more: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as refused:
        decode_settings({"p": {"kind": "escpos_usb_printer", **more}})

    assert "either port" in refused.value.problems[0]


async def test_a_file_is_no_device_and_a_device_no_file(tmp_path: Path) -> None:
    path = tmp_path / "receipts"
    path.write_bytes(b"")
    wrong: Any = decode_settings({"p": {"kind": "escpos_usb_printer", "port": str(path)}})["p"]
    with pytest.raises(DeviceGone, match="use escpos_file_printer"):
        async with escpos_usb_printer.open(wrong, device="p", clock=SystemClock()):
            pass
    wrong = decode_settings({"p": {"kind": "escpos_file_printer", "port": "/dev/null"}})["p"]
    with pytest.raises(DeviceGone, match="neither a file nor a FIFO"):
        async with escpos_file_printer.open(wrong, device="p", clock=SystemClock()):
            pass
