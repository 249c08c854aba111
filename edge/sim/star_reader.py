"""Reads Star Line Mode bytes the way a printer does, and says what is on the paper; pure.

Commands that are not known are kept in `unknown`. Written from Star's Line Mode Command
Specifications and apart from the driver's own tables, so that a wrong length shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from edge.sim.escpos_reader import CLEAR, CUT, FENCE, KICK, PULSE_NOW, STATUS, Done, PaperLine

ZERO_COUNT, SHORT_STATUS = "zero_count", "short_status"
_PLAIN = re.compile(rb"[\x20-\x7e]+")
_SHORT = {
    0x07: KICK, 0x1A: KICK, 0x1C: PULSE_NOW, 0x19: PULSE_NOW, 0x17: FENCE, 0x18: CLEAR,
    0x04: SHORT_STATUS,
}  # fmt: skip
_CUTTING = (8, 9, 12, 13)  # EOT modes that end with the knife
_EOT_AT_START = 13


@dataclass
class StarReader:
    """Feed it bytes; `lines` are on the paper, `lines_n` all rows and lines ever fed.

    Of a row only `row_bytes` fit the paper.
    """

    row_bytes: int = 72
    lines: list[PaperLine] = field(default_factory=list)
    lines_n: int = 0
    unknown: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._held = bytearray()
        self._text = ""
        self._rows = bytearray()
        self._in_raster = False
        self._eot, self._page = _EOT_AT_START, "?"

    def feed(self, data: bytes, *, stop_after_lines_n: int | None = None) -> list[Done]:
        """Handle bytes; half a command waits for its rest. Stops once so many lines are fed."""
        self._held += data
        done: list[Done] = []
        while self._held:
            if stop_after_lines_n is not None and self.lines_n >= stop_after_lines_n:
                break
            size_n = self._size(bytes(self._held[:32]))
            if not size_n or len(self._held) < size_n:
                break
            command = bytes(self._held[:size_n])
            del self._held[:size_n]
            did = self._obey(command)
            if did is not None:
                done.append(did)
        return done

    def take_held(self) -> bytes:
        """Give back the bytes that were not handled."""
        held = bytes(self._held)
        self._held.clear()
        return held

    def drop(self) -> None:
        """Forget everything that is not on the paper, and how it is to look."""
        self._held.clear()
        self._text, self._in_raster = "", False

    def tear_off(self) -> list[PaperLine]:
        """Take the paper so far."""
        self._end_picture()
        self._feed_line()
        lines, self.lines = self.lines, []
        return lines

    def _size(self, head: bytes) -> int:
        """How many bytes the next command has; 0 if more must come to know."""
        if self._in_raster and head[:1] in (b"b", b"k"):
            return 3 + head[1] + 256 * head[2] if len(head) >= 3 else 0
        plain = _PLAIN.match(self._held)
        if plain and not self._in_raster:
            return plain.end()
        return 1 if head[0] != 0x1B else self._escape_size(head)

    def _escape_size(self, head: bytes) -> int:
        if len(head) < 2:
            return 0
        fixed = {ord("@"): 2, ord("d"): 3, 0x07: 4, 0x1E: 4, 0x06: 3}.get(head[1])
        if fixed is not None or head[1] != ord("*"):
            return fixed or 2
        if len(head) < 4:
            return 0
        if head[2:4] in (b"rA", b"rB", b"rC", b"rR"):
            return 4
        end = head.find(0, 4)
        return end + 1 if end >= 0 else 0

    def _obey(self, command: bytes) -> Done | None:
        if self._in_raster and command[:1] == b"b":
            self._rows += command[3:][: self.row_bytes].ljust(self.row_bytes, b"\0")
            self.lines_n += 1
            return None
        if command[:1] == b"\x1b":
            return self._obey_escape(command)
        if command[0] in _SHORT and not self._in_raster:
            return Done(_SHORT[command[0]])
        if command == b"\n" and not self._in_raster:
            self._feed_line(always=True)
        elif command[0] >= 0x20 and not self._in_raster:
            self._text += command.decode("ascii", "replace")
        else:
            self.unknown.append(command[:8].hex(" "))
        return None

    def _obey_escape(self, command: bytes) -> Done | None:
        if command == b"\x1b\x06\x01":
            return Done(STATUS)
        if command[:2] == b"\x1b*":
            return self._obey_raster(command)
        if self._in_raster:
            self.unknown.append(command.hex(" "))
            return None
        if command[:2] == b"\x1bd":
            self._feed_line()
            return Done(CUT, command[2])
        if command[:3] == b"\x1b\x1eE":
            return Done(ZERO_COUNT)
        if command[:2] not in (b"\x1b@", b"\x1b\x07"):
            self.unknown.append(command.hex(" "))
        return None

    def _obey_raster(self, command: bytes) -> Done | None:
        name = command[2:4]
        if name == b"rA" and not self._in_raster:
            self._feed_line()
            self._in_raster, self._eot, self._page = True, _EOT_AT_START, "?"
        elif name == b"rB" and self._in_raster:
            self._in_raster = False
            has_rows = bool(self._rows)
            self._end_picture()
            if has_rows and self._eot in _CUTTING:
                return Done(CUT, self._eot)
            if has_rows and self._page != "0":
                self.unknown.append("form feed on a page of unknown length")
        elif name in (b"rE", b"rP") and self._in_raster:
            told = command[4:-1].decode("ascii")
            self._eot, self._page = (int(told), self._page) if name == b"rE" else (self._eot, told)
        elif name not in (b"rA", b"rB"):
            self.unknown.append(command.hex(" "))
        return None

    def _end_picture(self) -> None:
        if self._rows:
            size = f"{self.row_bytes * 8}x{len(self._rows) // self.row_bytes}"
            self.lines.append(PaperLine(size, mark="picture", dots=bytes(self._rows)))
            self._rows.clear()

    def _feed_line(self, *, always: bool = False) -> None:
        if self._text or always:
            self.lines.append(PaperLine(self._text))
            self.lines_n += 1
        self._text = ""
