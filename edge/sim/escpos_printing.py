"""What every simulated ESC/POS printer does, whatever cable it hangs on."""

from __future__ import annotations

import re
from typing import Literal

from edge.sim.escpos_reader import (
    CLEAR,
    CUT,
    FENCE,
    IDENTITY,
    INITIALIZE,
    KICK,
    PULSE_NOW,
    STATUS,
    UNASKED,
    Done,
    PaperLine,
    PaperReader,
    show_lines,
)
from edge.sim.printed_job import Job
from edge.sim.pulse import Pulse
from edge.sim.tcp_port import Caller

Paper = Literal["ok", "near_end", "out"]
JOBS_KEPT_N = 1000
# Real-time commands are obeyed even while the printer is blocked.
_CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
_AT_ONCE = re.compile(
    rb"\x10\x04[\x01-\x04]|\x10\x14\x01[\x00\x01][\x01-\x08]|" + re.escape(_CLEAR)
)
_IDENTITY = {65: "1.00", 66: "STORELINE", 67: "SIM-80", 68: "SIM0001", 69: ""}


class EscposPrinting:
    """Printer with drawer; a cable brings it bytes by `run` and lists its `callers`.

    `jobs` are the receipts that were cut off, `torn` what was on the paper when a caller left or
    the power went. `kicks_n` counts drawer pulses. `changed` beats at every job and kick, and when
    the paper ends.
    `has_names`, `has_asb` and `has_clear` are False for printers that know no GS I, no GS a or no
    DLE DC4 8. `late` holds
    answers back until the next one, `twice` sends each twice. The drawer opens with a pulse unless
    `drawer_locked`; its pin is high while it is open.
    """

    changed: Pulse
    callers: list[Caller]
    garbled: bool

    def set_up(self, *, width_n: int, kanji_at_start: bool) -> None:
        """Start with paper in, the lid and the drawer shut."""
        self.width_n = width_n
        self.kanji_at_start = kanji_at_start
        self.jobs: list[Job] = []
        self.jobs_n = 0
        self.torn: list[tuple[PaperLine, ...]] = []
        self.kicks_n = 0
        self.unknown: list[str] = []
        self.has_names = self.has_asb = self.has_clear = True
        self.late = self.twice = False
        self.drawer_locked = False
        self.drawer_open = False
        self._held_back = b""
        self._paper: Paper = "ok"
        self._cover_open = False
        self._lines_left_n: int | None = None

    def make_reader(self) -> PaperReader:
        """Make what reads the bytes of one caller."""
        return PaperReader(kanji_at_start=self.kanji_at_start)

    def answer(self, caller: Caller, data: bytes) -> None:
        """Send an answer in whatever way it is to fail."""
        if self.garbled:
            data = b"\xff" * len(data)
        if self.late:
            data, self._held_back = self._held_back, data
        caller.reply(data * 2 if self.twice else data)

    def set_paper(self, paper: Paper) -> None:
        """Put paper in, or take it out. While it is out, jobs wait inside the printer."""
        self._paper = paper
        self._lines_left_n = None
        self._tell()
        self._go_on()

    @property
    def paper(self) -> Paper:
        """Whether it has paper."""
        return self._paper

    def run_out_after(self, lines_n: int) -> None:
        """Let the paper end after so many more lines."""
        self._lines_left_n = lines_n

    def set_cover_open(self, is_open: bool) -> None:  # noqa: FBT001 - a lid has two positions
        """Open or close the lid. While it is open, jobs wait inside the printer."""
        self._cover_open = is_open
        self._tell()
        self._go_on()

    def set_drawer_open(self, is_open: bool) -> None:  # noqa: FBT001 - as a lid
        """Pull the drawer open, or push it shut."""
        self.drawer_open = is_open
        self._tell()
        self.changed.beat()

    async def wait_jobs(self, jobs_n: int) -> None:
        """Wait until so many jobs have come out in all; callers set the time limit."""
        await self.changed.until(lambda: self.jobs_n >= jobs_n)

    def forget(self, caller: Caller) -> None:
        """Tear off what a caller leaves on the paper."""
        lines = caller.reader.tear_off()
        if any(line.text for line in lines):
            self.torn.append(tuple(lines))

    def run(self, caller: Caller, data: bytes) -> None:
        """Handle bytes of a caller, or keep them while the printer is blocked."""
        caller.raw += _AT_ONCE.sub(b"", data)
        if self._is_blocked():
            self._hold(caller, data)
        else:
            self._read(caller, data)

    def _hold(self, caller: Caller, data: bytes) -> None:
        for command in _AT_ONCE.findall(data):
            self._do_at_once(caller, command)
        caller.reader.feed(_AT_ONCE.sub(b"", data), stop_after_lines_n=0)

    def _read(self, caller: Caller, data: bytes) -> None:
        before_n = caller.reader.lines_n
        stop_n = None if self._lines_left_n is None else before_n + self._lines_left_n
        for done in caller.reader.feed(data, stop_after_lines_n=stop_n):
            self._on_done(caller, done)
        self.unknown += caller.reader.unknown
        caller.reader.unknown.clear()
        if self._lines_left_n is not None:
            self._lines_left_n -= caller.reader.lines_n - before_n
            if self._lines_left_n <= 0:
                self._paper, self._lines_left_n = "out", None
                self._tell()
                self.changed.beat()
                self._hold(caller, caller.reader.take_held())

    def _on_done(self, caller: Caller, done: Done) -> None:
        if done.what == CUT:
            self._cut(caller)
        elif done.what == CLEAR:
            self._clear(caller)
        elif done.what in (KICK, PULSE_NOW):
            self._kick()
        elif done.what == FENCE:
            self.answer(caller, bytes(({"ok": 0, "near_end": 0x03, "out": 0x0F}[self._paper],)))
        elif done.what == STATUS:
            self.answer(caller, bytes((self._status_byte(done.value),)))
        elif done.what == INITIALIZE:
            caller.asb = 0
        elif done.what == UNASKED and self.has_asb:
            caller.asb = done.value
            self._tell()
            self.changed.beat()
        elif done.what == IDENTITY and self.has_names:
            self.answer(caller, b"_" + _IDENTITY.get(done.value, "").encode() + b"\0")

    def _do_at_once(self, caller: Caller, command: bytes) -> None:
        if command == _CLEAR:
            self._clear(caller)
        elif command[1] == 0x04:
            self.answer(caller, bytes((self._status_byte(command[2]),)))
        else:
            self._kick()

    def _clear(self, caller: Caller) -> None:
        if not self.has_clear:
            return
        caller.reader.take_held()
        caller.raw.clear()
        self.forget(caller)

    def _cut(self, caller: Caller) -> None:
        lines = caller.reader.tear_off()
        text = tuple(show_lines(lines, width_n=self.width_n))
        self.jobs.append(Job(bytes(caller.raw), tuple(lines), text))
        del self.jobs[:-JOBS_KEPT_N]
        caller.raw.clear()
        self.jobs_n += 1
        self.changed.beat()

    def _kick(self) -> None:
        self.kicks_n += 1
        if not self.drawer_locked:
            self.drawer_open = True
            self._tell()
        self.changed.beat()

    def _tell(self) -> None:
        for caller in tuple(self.callers):
            if caller.asb:
                self.answer(caller, self._unasked())

    def _go_on(self) -> None:
        if not self._is_blocked():
            for caller in tuple(self.callers):
                self._read(caller, b"")
        self.changed.beat()

    def _is_blocked(self) -> bool:
        return self._paper == "out" or self._cover_open

    def _status_byte(self, question: int) -> int:
        blocked = self._is_blocked()
        if question == 1:
            return 0x12 | (0x08 if blocked else 0) | (0x04 if self.drawer_open else 0)
        if question == 2:
            return 0x12 | (0x04 if self._cover_open else 0) | (0x20 if self._paper == "out" else 0)
        if question == 4:
            return 0x12 | {"ok": 0, "near_end": 0x0C, "out": 0x6C}[self._paper]
        return 0x12

    def _unasked(self) -> bytes:
        first = 0x10 | (0x08 if self._is_blocked() else 0) | (0x20 if self._cover_open else 0)
        first |= 0x04 if self.drawer_open else 0
        return bytes((first, 0, {"ok": 0, "near_end": 0x03, "out": 0x0F}[self._paper], 0))
