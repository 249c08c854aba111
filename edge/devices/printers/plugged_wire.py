"""The wire to a printer that is plugged in: a serial port, or the node of usblp."""

from __future__ import annotations

import asyncio
from pathlib import Path

from edge.devices.printers.node_wire import open_device
from edge.devices.printers.serial_wire import SerialWire
from edge.devices.printers.wire import Site, Wire
from edge.devices.serial_port import Line

USBLP_NAME = "lp"


async def is_usblp(path: str) -> bool:
    """Whether `path`, or what it links to, is a node of usblp by its name."""
    target = await asyncio.to_thread(Path(path).resolve)
    return USBLP_NAME in (target.name.rstrip("0123456789"), Path(path).name.rstrip("0123456789"))


async def open_plugged(site: Site, line: Line) -> Wire:
    """Open `line.port`, as a serial port of these settings unless it is usblp's.

    Raises DeviceGone.
    """
    if await is_usblp(line.port):
        return await open_device(site, answers=True)
    wire = SerialWire(site, line)
    try:
        await wire.start()
    except BaseException:
        await wire.close()
        raise
    return wire
