"""A simulated receipt printer on a pseudo-terminal, for cables that are plugged in."""

from __future__ import annotations

import asyncio
from pathlib import Path

from edge.sim.escpos_printing import EscposPrinting
from edge.sim.pty_port import PtyPort
from edge.sim.pulse import Pulse
from edge.sim.tcp_port import Caller

XON = b"\x11"
LAST_QUESTION = b"\x10\x04\x04"


class _Plug(Caller):
    """The one computer at the other end of the cable; the printer never learns that it went."""

    def __init__(self, printer: SimPtyPrinter) -> None:
        super().__init__(printer.make_reader())
        self._printer = printer

    def reply(self, data: bytes) -> None:
        self._printer.send(data)

    def hang_up(self) -> None:
        self._printer.power_cycle()


class SimPtyPrinter(EscposPrinting, PtyPort):
    """Printer with drawer behind a pseudo-terminal; `says_xon` when it is switched on."""

    kind = ""

    def __init__(self, link: Path | None = None, *, width_n: int = 48) -> None:
        PtyPort.__init__(self, link)
        self.changed = Pulse()
        self.garbled = self.frozen = False
        self.says_xon = True
        self.received_bytes = 0
        self.is_stopped = False
        self._stops = False
        self._cut_after_bytes: int | None = None
        self.set_up(width_n=width_n, kanji_at_start=False)
        self._caller = _Plug(self)
        self.callers = [self._caller]

    def table(self) -> dict[str, str | int]:
        """Give the settings of the driver that talks to it."""
        return {"kind": self.kind, "port": self.path, "width_n": self.width_n}

    async def garble(self) -> None:
        """Answer every question from now on with rubbish."""
        self.garbled = True

    def power_cycle(self) -> None:
        """Switch it off and on: it forgets what it held, and the cable stays plugged in."""
        self.forget(self._caller)
        self._caller = _Plug(self)
        self.callers = [self._caller]
        if self.says_xon:
            self.send(XON)
        self.changed.beat()

    def power_cut_after(self, size_bytes: int) -> None:
        """Switch it off and on once so many more bytes have come."""
        self._cut_after_bytes = self.received_bytes + size_bytes

    def stop_reading_after_status(self) -> None:
        """Answer one more status question, then take no bytes off the cable until `read_on`."""
        self._stops = True

    def read_on(self) -> None:
        """Take bytes off the cable again."""
        self._stops = self.is_stopped = False
        asyncio.get_running_loop().add_reader(self._near, self._on_readable)

    def on_bytes(self, data: bytes) -> None:
        self.received_bytes += len(data)
        if self._cut_after_bytes is not None and self.received_bytes >= self._cut_after_bytes:
            spare_n = self.received_bytes - self._cut_after_bytes
            self._cut_after_bytes = None
            self.run(self._caller, data[: len(data) - spare_n])
            self.power_cycle()
        elif not self.frozen:
            self.run(self._caller, data)
        if self._stops and LAST_QUESTION in data:
            self.is_stopped = True
            asyncio.get_running_loop().remove_reader(self._near)
            self.changed.beat()
