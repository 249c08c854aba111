"""Receipt printer that speaks ESC/POS on USB, with the cash drawer plugged into it.

By its node (`port`): the kernel's usblp, /dev/usb/lp0 or a name that a udev rule gave it. Or by
its ids (`usb`), over libusb: for printers that usblp does not know, or boxes without it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar

from msgspec import Meta

from cext.kit.clock import Clock
from edge.devices.printers.escpos_printer import EscposPrinter, run_printer
from edge.devices.printers.escpos_settings import EscposSettings
from edge.devices.printers.libusb_wire import open_usb
from edge.devices.printers.node_wire import open_device
from edge.devices.printers.wire import Site, Wire
from edge.devices.tap import UNTAPPED, Tap

USB_IDS = r"^([0-9a-f]{4}:[0-9a-f]{4}(:.+)?)?$"


class Settings(EscposSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of an `escpos_usb_printer`; the table in README.md says what each is for."""

    KIND: ClassVar[str] = "escpos_usb_printer"
    NODE: ClassVar[str] = "usbmisc"

    port: str = ""
    usb: Annotated[str, Meta(pattern=USB_IDS)] = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.port) == bool(self.usb):
            raise ValueError("name either port (a node) or usb (ids such as 04b8:0e15), not both")


@asynccontextmanager
async def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AsyncIterator[EscposPrinter]:
    """Open the printer and ask for its status once; raises DeviceGone, DeviceSlow."""
    site = Site(device, settings.port or f"usb {settings.usb}", clock, tap)
    wire: Wire
    if settings.port:
        wire = await open_device(site, answers=settings.answers)
    else:
        wire = await open_usb(site, settings.usb, answers=settings.answers)
    async with run_printer(settings, wire) as printer:
        yield printer
