"""A simulated Star printer on a TCP port: reads Star Line Mode, answers, and fails on request."""

from __future__ import annotations

import re
from pathlib import Path

from edge.sim.escpos_printing import EscposPrinting
from edge.sim.escpos_reader import CLEAR, CUT, FENCE, KICK, PULSE_NOW, STATUS, Done
from edge.sim.star_reader import SHORT_STATUS, ZERO_COUNT, StarReader
from edge.sim.tcp_port import Caller, TcpPort

QUESTION = b"\x1b\x06\x01"
# Alone on the wire these are obeyed even while the printer is blocked.
_AT_ONCE = re.compile(rb"(\x1b\x06\x01|\x1c|\x19|\x18)+")
_ONE = re.compile(rb"\x1b\x06\x01|\x1c|\x19|\x18")


class SimStarPrinter(EscposPrinting, TcpPort):
    """Printer with drawer at (`host`, `port`). Start with `power_on`, or `async with`.

    What `SimPrinter` can do, in another language: a job is a picture of its rows of dots. `etb_n`
    is the counter of ETB. `has_asb` says whether it tells changes by itself, `has_clear` whether
    it obeys a CAN while it waits; if not, what a caller left behind is printed before the next
    thing another one sends. `expands` adds the two bytes of length of a network.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, *, width_n: int = 48) -> None:
        TcpPort.__init__(self, host, port)
        self.set_up(width_n=width_n, kanji_at_start=False)
        self.etb_n = 0
        self.expands = True
        self._left: list[Caller] = []

    def table(self) -> dict[str, str | int]:
        """Give the settings of the driver that talks to it."""
        return {
            "kind": "star_tcp_printer",
            "host": self.host,
            "port": self.port,
            "width_n": self.width_n,
        }

    def make_reader(self) -> StarReader:  # type: ignore[override]
        """Make what reads the bytes of one caller."""
        return StarReader(row_bytes=self.width_n * 12 // 8)

    async def power_off(self) -> None:
        """Stop listening, drop every connection and forget what was not printed."""
        self.etb_n = 0
        await super().power_off()
        self._left.clear()

    def forget(self, caller: Caller) -> None:
        """Keep what a caller leaves in the buffer, if nothing told the printer to drop it."""
        if self._is_blocked() and not self.has_clear:
            self._left.append(caller)
        else:
            super().forget(caller)

    def run(self, caller: Caller, data: bytes) -> None:
        """Handle bytes of a caller, or keep them while the printer is blocked."""
        caller.raw += data.replace(QUESTION, b"")
        is_at_once = _AT_ONCE.fullmatch(data) is not None
        if self._is_blocked():
            self._hold(caller, data)
        elif is_at_once:
            for command in _ONE.findall(data):
                self._do_at_once(caller, command)
        else:
            self._finish_left()
            if self._is_blocked():
                self._hold(caller, data)
            else:
                self._read(caller, data)

    def _finish_left(self) -> None:
        while self._left and not self._is_blocked():
            self._read(self._left[0], b"")
            if not self._is_blocked():
                del self._left[0]

    def _hold(self, caller: Caller, data: bytes) -> None:
        # Elsewhere than alone these bytes may be dots; a question is never sent among them.
        tail = re.search(rb"(?:\x1b\x06\x01)+$", data)
        if _AT_ONCE.fullmatch(data):
            for command in _ONE.findall(data):
                self._do_at_once(caller, command)
            return
        rest = data[: tail.start()] if tail else data
        caller.reader.feed(rest, stop_after_lines_n=0)
        if tail:
            self._do_at_once(caller, QUESTION)

    def _on_done(self, caller: Caller, done: Done) -> None:
        if done.what == CUT:
            self._cut(caller)
        elif done.what in (KICK, PULSE_NOW):
            self._kick()
        elif done.what == STATUS:
            self.answer(caller, self._status())
        elif done.what == SHORT_STATUS:
            self.answer(caller, self._short_status())
        elif done.what == CLEAR:
            self.etb_n = 0
            caller.reader.drop()
        elif done.what == ZERO_COUNT:
            self.etb_n = 0
        elif done.what == FENCE:
            self.etb_n = (self.etb_n + 1) % 32
            self._tell()

    def _do_at_once(self, caller: Caller, command: bytes) -> None:
        if command == QUESTION:
            self.answer(caller, self._status())
        elif command == b"\x18":
            self._cancel(caller)
        else:
            self._kick()

    def _cancel(self, caller: Caller) -> None:
        if self.has_clear or not self._is_blocked():
            self.etb_n = 0
            caller.reader.drop()
            caller.raw.clear()
            EscposPrinting.forget(self, caller)
        else:
            caller.reader.feed(b"\x18", stop_after_lines_n=0)

    def _tell(self) -> None:
        for caller in tuple(self.callers):
            if self.has_asb:
                self.answer(caller, self._status())

    def _status(self) -> bytes:
        count = self.etb_n
        printer = (
            0x02 * bool(count)
            | 0x04 * self.drawer_open
            | 0x08 * self._is_blocked()
            | 0x20 * self._cover_open
        )
        paper = {"ok": 0, "near_end": 0x04, "out": 0x0C}[self._paper]
        counter = (count & 0x07) << 1 | (count & 0x18) << 2
        version = 0x86 if self.expands else 0x06
        status = bytes((0x23, version, printer, 0, 0, paper, 0, counter, 0))
        return status + bytes(2) if self.expands else status

    def _short_status(self) -> bytes:
        """Answer to EOT, which the questions of ESC/POS contain: a byte, wrapped on a network."""
        value = bytes((0x10 | 0x08 * self._is_blocked(),))
        if not self.expands:
            return value
        data = b"02:B\x00\x01" + value + b";"
        return self._status()[:-2] + len(data).to_bytes(2, "big") + data


def make_sim(folder: Path) -> SimStarPrinter:
    """Make one on a free port; the folder is for simulators that need a name in it."""
    del folder
    return SimStarPrinter()
