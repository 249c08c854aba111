"""Receipt printer in Star Line Mode on a TCP port, with the cash drawer plugged into it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

from cext.kit.clock import Clock
from edge.devices.printers.star_printer import StarPrinter, StarSettings, run_printer
from edge.devices.printers.tcp_wire import Host, TcpPort, connect
from edge.devices.printers.wire import Site
from edge.devices.tap import UNTAPPED, Tap


class Settings(StarSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a `star_tcp_printer`; the table in README.md says what each is for."""

    KIND: ClassVar[str] = "star_tcp_printer"

    host: Host
    port: TcpPort = 9100


@asynccontextmanager
async def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AsyncIterator[StarPrinter]:
    """Connect and ask for the status once; raises DeviceGone, DeviceSlow, DeviceGarbled."""
    site = Site(device, f"{settings.host}:{settings.port}", clock, tap)
    wire = await connect(site, settings.host, settings.port, wait_ms=settings.answer_wait_ms)
    async with run_printer(settings, wire) as printer:
        yield printer
