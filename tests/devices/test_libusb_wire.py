"""A printer over libusb: pyusb runs for real, on a simulated bus in libusb's place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from cext.errors import DeviceGone, DeviceSlow
from cext.kit.clock import SystemClock
from edge.devices import decode_settings
from edge.devices.printers.escpos_printer import EscposPrinter, run_printer
from edge.devices.printers.escpos_usb_printer import open as open_driver
from edge.devices.printers.libusb_wire import open_usb
from edge.devices.printers.wire import Site
from edge.devices.tap import UNTAPPED
from tests.devices.usb_bus import SimUsbBusPrinter

IDS = "04b8:0e15"
RECEIPT = b"\x1b@" + b"a line of a receipt\n" * 200 + b"\x1dVB\x00"


@asynccontextmanager
async def open_on(
    sim: SimUsbBusPrinter, ids: str = IDS, **more: object
) -> AsyncIterator[EscposPrinter]:
    table = {"kind": "escpos_usb_printer", "usb": ids, **more}
    settings: Any = decode_settings({"printer": table})["printer"]
    site = Site("printer", f"usb {ids}", SystemClock(), UNTAPPED)
    wire = await open_usb(site, ids, answers=settings.answers, backend=sim.backend)
    async with run_printer(settings, wire) as printer:
        yield printer


async def test_a_job_comes_out_and_the_kernel_gets_its_printer_back() -> None:
    async with SimUsbBusPrinter() as sim, asyncio.timeout(10):
        async with open_on(sim) as printer:
            assert (sim.kernel_has_it, sim.claimed_n) == (False, 1)
            await printer.print(RECEIPT)
            assert (sim.jobs_n, sim.unknown) == (1, [])
            assert printer.identity.model == "SIM-80"

        assert (sim.kernel_has_it, sim.claimed_n) == (True, 0)


async def test_pulling_the_plug_in_a_job_is_gone_and_leaves_doubt() -> None:
    async with SimUsbBusPrinter() as sim, asyncio.timeout(10), open_on(sim, asb=False) as printer:
        await printer.print(RECEIPT)
        sim.run_out_after(10)
        async with asyncio.TaskGroup() as group:
            printing = group.create_task(expect_gone(printer))
            await sim.changed.until(lambda: sim.paper == "out")
            sim.unplug()

    assert printing.result() == ("device_gone", "some")


async def expect_gone(printer: EscposPrinter) -> tuple[object, object]:
    with pytest.raises(DeviceGone) as gone:
        await printer.print(RECEIPT)
    return gone.value.code, gone.value.facts["sent"]


async def test_a_printer_that_takes_no_data_is_slow() -> None:
    async with SimUsbBusPrinter() as sim, asyncio.timeout(10):
        async with open_on(sim, answer_wait_ms=200) as printer:
            sim.stuck = True
            with pytest.raises(DeviceSlow):
                await printer.print(RECEIPT)

        assert sim.claimed_n == 0


def be_away(sim: SimUsbBusPrinter) -> None:
    sim.unplug()


def be_taken(sim: SimUsbBusPrinter) -> None:
    sim.is_taken = True


def be_forbidden(sim: SimUsbBusPrinter) -> None:
    sim.is_forbidden = True


def be_two(sim: SimUsbBusPrinter) -> None:
    sim.copies_n = 2


def be_mute(sim: SimUsbBusPrinter) -> None:
    sim.reads = False


def be_a_scanner(sim: SimUsbBusPrinter) -> None:
    sim.device_class = 3


@pytest.mark.parametrize(
    ("trouble", "cure"),
    [
        (be_away, "plugged in"),
        (be_taken, "another program"),
        (be_forbidden, "udev rule"),
        (be_two, f"usb = {IDS}:SERIAL"),
        (be_mute, "answers = false"),
        (be_a_scanner, "class 7"),
    ],
)
async def test_what_keeps_it_from_opening_is_named_with_its_cure(
    trouble: Callable[[SimUsbBusPrinter], None], cure: str
) -> None:
    async with SimUsbBusPrinter() as sim, asyncio.timeout(10):
        trouble(sim)

        with pytest.raises(DeviceGone) as gone:
            async with open_on(sim):
                pass

    assert cure in gone.value.detail


async def test_one_of_two_is_named_by_its_serial_number() -> None:
    async with SimUsbBusPrinter() as sim, asyncio.timeout(10):
        be_two(sim)
        async with open_on(sim, f"{IDS}:SIM0002") as printer:
            await printer.print(RECEIPT)

        assert sim.jobs_n == 1


async def test_a_printer_without_a_way_back_is_handed_its_jobs() -> None:
    async with SimUsbBusPrinter() as sim, asyncio.timeout(10):
        be_mute(sim)
        async with open_on(sim, answers=False) as printer:
            await printer.print(RECEIPT)
            await sim.wait_jobs(1)


async def test_without_libusb_or_printer_the_driver_says_what_to_do() -> None:
    settings: Any = decode_settings({"p": {"kind": "escpos_usb_printer", "usb": "ffff:fffe"}})["p"]
    with pytest.raises(DeviceGone) as gone:
        async with open_driver(settings, device="p", clock=SystemClock()):
            pass

    assert "libusb-1.0-0" in gone.value.detail or "plugged in" in gone.value.detail
