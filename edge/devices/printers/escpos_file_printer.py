"""Receipt printer behind a file or a FIFO: a print server's, or one that somebody looks into.

Nothing ever comes back: a job is done when the file or the FIFO took it, and no more is claimed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from cext.kit.clock import Clock
from edge.devices.printers.escpos_printer import EscposPrinter, run_printer
from edge.devices.printers.escpos_settings import EscposSettings
from edge.devices.printers.node_wire import open_file
from edge.devices.printers.wire import Site
from edge.devices.tap import UNTAPPED, Tap


class Settings(EscposSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of an `escpos_file_printer`; the table in README.md says what each is for."""

    KIND: ClassVar[str] = "escpos_file_printer"

    port: Annotated[str, Meta(min_length=1)]
    answers: Literal[False] = False


@asynccontextmanager
async def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AsyncIterator[EscposPrinter]:
    """Open the file or FIFO, which must be there; raises DeviceGone."""
    wire = await open_file(Site(device, settings.port, clock, tap))
    async with run_printer(settings, wire) as printer:
        yield printer
