"""Receipt printer that speaks ESC/POS on a serial line, with the cash drawer plugged into it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from cext.kit.clock import Clock
from edge.devices.printers.escpos_printer import EscposPrinter, run_printer
from edge.devices.printers.escpos_settings import EscposSettings
from edge.devices.printers.serial_wire import Flow, SerialWire
from edge.devices.printers.wire import Site
from edge.devices.serial_port import Line
from edge.devices.tap import UNTAPPED, Tap


class Settings(EscposSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of an `escpos_serial_printer`; the table in README.md says what each is for."""

    KIND: ClassVar[str] = "escpos_serial_printer"

    port: Annotated[str, Meta(min_length=1)]
    baud: Annotated[int, Meta(ge=300, le=921_600)] = 9600
    data_bits: Literal[7, 8] = 8
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    flow: Flow = "none"

    @property
    def line(self) -> Line:
        """How the wire is set."""
        return Line(
            port=self.port,
            baud=self.baud,
            data_bits=self.data_bits,
            parity=self.parity,
            stop_bits=self.stop_bits,
            flow=self.flow,
        )


@asynccontextmanager
async def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AsyncIterator[EscposPrinter]:
    """Open the port and ask for the status once; raises DeviceGone, DeviceSlow."""
    wire = SerialWire(Site(device, settings.port, clock, tap), settings.line)
    try:
        await wire.start()
    except BaseException:
        await wire.close()
        raise
    async with run_printer(settings, wire) as printer:
        yield printer
