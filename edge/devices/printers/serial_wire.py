"""A printer's wire over a serial line.

Without flow control (three wires) nothing is lost either: a job goes out in parts that the
printer confirms, so that never more is under way than it holds. DSR is asked before each piece,
as the kernel knows no such flow control; CTS and XON/XOFF are the kernel's own.
"""

from __future__ import annotations

import asyncio
import os
from typing import Literal

from edge.devices.printers.fd_writer import FdWriter
from edge.devices.printers.wire import Site, Wire, say_cure
from edge.devices.serial_port import Line, SerialPort
from edge.devices.tap import UNTAPPED

Flow = Literal["none", "cts", "dsr", "xonxoff"]
PIECE_BYTES = 512
DSR_PIECE_BYTES = 64  # less than any printer keeps free when it calls a halt


class SerialWire(Wire):
    """An open serial port; call `start` first."""

    def __init__(self, site: Site, line: Line) -> None:
        super().__init__(site)
        self._port = SerialPort(
            line, device=site.device, clock=site.clock, on_bytes=self._heard, tap=UNTAPPED
        )
        self._line = line
        self._fd = -1
        self._writer: FdWriter | None = None

    @property
    def waiting_n(self) -> int:
        return 0 if self._writer is None else self._writer.waiting_n

    async def start(self) -> None:
        """Open the port; raises DeviceGone."""
        await self._port.start()
        # A descriptor of our own: the port's is closed by its thread when the cable is pulled.
        self._fd = os.dup(self._port.fileno())
        asks_dsr = self._line.flow == "dsr"
        self._writer = FdWriter(
            self._fd,
            on_sent=self.site.tap.sent,
            on_empty=self._empty.set,
            on_error=lambda exc: self._lose(self.gone_error(say_cure(exc))),
            may_write=self._port.may_send_dsr if asks_dsr else lambda: True,
            piece_n=DSR_PIECE_BYTES if asks_dsr else PIECE_BYTES,
        )
        self._port.gone.add_done_callback(self._on_gone)

    async def close(self) -> None:
        self.abort()
        await self._port.close()

    def _put(self, data: bytes) -> None:
        assert self._writer is not None
        self._empty.clear()
        self._writer.put(data)

    def _on_gone(self, gone: asyncio.Future[str]) -> None:
        if not gone.cancelled():
            self._lose(self._port.gone_error())

    def _drop(self, last: bytes) -> None:
        if self._writer is not None:
            self._writer.close()
            self._port.forget_unsent()
            if last:
                self._writer.write_last(last)
            os.close(self._fd)
