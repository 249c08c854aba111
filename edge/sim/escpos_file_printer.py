"""A simulated receipt printer behind a FIFO, which tells nobody anything."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Self

from edge.sim.escpos_printing import EscposPrinting
from edge.sim.pulse import Pulse
from edge.sim.tcp_port import Caller

READ_BYTES = 65_536


class _Pipe(Caller):
    def reply(self, data: bytes) -> None:
        """Nothing goes back."""

    def hang_up(self) -> None:
        """There is no connection."""


class SimFilePrinter(EscposPrinting):
    """Printer that reads the FIFO `path`, which it makes."""

    def __init__(self, path: Path, *, width_n: int = 48) -> None:
        self.path = path
        self.changed = Pulse()
        self.garbled = False
        self.received_bytes = 0
        self._fd = -1
        self.set_up(width_n=width_n, kanji_at_start=False)
        self._caller = _Pipe(self.make_reader())
        self.callers = [self._caller]

    async def __aenter__(self) -> Self:
        await self.plug()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.unplug()

    async def plug(self) -> None:
        """Make the FIFO and read it."""
        if self._fd < 0:
            self._fd = await asyncio.to_thread(self._make)
            asyncio.get_running_loop().add_reader(self._fd, self._on_readable)

    async def unplug(self) -> None:
        """Stop reading, and take the FIFO away."""
        if self._fd >= 0:
            self.stop_reading()
            os.close(self._fd)
            self._fd = -1
            await asyncio.to_thread(self.path.unlink)

    def table(self) -> dict[str, str | int]:
        """Give the settings of the driver that talks to it."""
        return {"kind": "escpos_file_printer", "port": str(self.path), "width_n": self.width_n}

    async def garble(self) -> None:
        """Answer with rubbish; nobody hears it."""
        self.garbled = True

    def stop_reading(self) -> None:
        """Take no bytes until `read_on`."""
        asyncio.get_running_loop().remove_reader(self._fd)

    def read_on(self) -> None:
        """Take bytes again."""
        asyncio.get_running_loop().add_reader(self._fd, self._on_readable)

    def _make(self) -> int:
        os.mkfifo(self.path, 0o600)
        # Open for writing too, so that the FIFO does not end when the driver goes.
        return os.open(self.path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def _on_readable(self) -> None:
        data = os.read(self._fd, READ_BYTES)
        self.received_bytes += len(data)
        self.run(self._caller, data)


def make_sim(folder: Path) -> SimFilePrinter:
    """Make one whose FIFO is in `folder`."""
    return SimFilePrinter(folder / "printer.fifo")
