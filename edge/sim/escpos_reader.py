"""Reads ESC/POS bytes the way a printer does, and says what is on the paper; pure.

Commands that are not known are refused loudly: a simulator that skips what it does not know
would hide mistakes of the one that wrote the bytes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Literal

from cext.errors import must

Align = Literal["left", "center", "right"]

KICK, CUT, FENCE, STATUS, PULSE_NOW, UNASKED, IDENTITY, INITIALIZE, CLEAR = (
    "kick",
    "cut",
    "fence",
    "status",
    "pulse_now",
    "unasked",
    "identity",
    "initialize",
    "clear",
)
CODE_128 = 73
_ALIGNS: tuple[Align, ...] = ("left", "center", "right")
_CODE_PAGES = {0: "cp437", 2: "cp850", 16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858"}
_PLAIN = re.compile(rb"[\x20-\x7e]+")
# How many bytes follow the two command bytes, where that is fixed.
_SIZES = {
    b"\x1b@": 0, b"\x1bE": 1, b"\x1bG": 1, b"\x1ba": 1, b"\x1b!": 1, b"\x1bt": 1, b"\x1bR": 1,
    b"\x1b-": 1, b"\x1bM": 1, b"\x1bd": 1, b"\x1bJ": 1, b"\x1b3": 1, b"\x1b2": 0, b"\x1bp": 3,
    b"\x1d!": 1, b"\x1dB": 1, b"\x1dh": 1, b"\x1dw": 1, b"\x1dH": 1, b"\x1df": 1, b"\x1dr": 1,
    b"\x1da": 1, b"\x1dI": 1, b"\x1c&": 0, b"\x1c.": 0, b"\x1c!": 1, b"\x1cC": 1, b"\x1bV": 1,
    b"\x1dL": 2, b"\x1dW": 2, b"\x1b$": 2, b"\x1b{": 1, b"\x1b ": 1, b"\x1b=": 1,
    b"\x10\x04": 1, b"\x10\x14": 3,
}  # fmt: skip


@dataclass(frozen=True)
class Done:
    """Something a command did beyond putting ink on paper; `value` is its argument."""

    what: str
    value: int = 0


@dataclass(frozen=True)
class PaperLine:
    """One line on the paper. `mark` is "" for text, else qr, barcode or picture.

    A picture has its `dots`, rows of whole bytes, 1 for black.
    """

    text: str
    bold: bool = False
    size: int = 1
    align: Align = "left"
    mark: str = ""
    dots: bytes = b""


@dataclass
class _Ink:
    """How the next characters look."""

    bold: bool = False
    size: int = 1
    align: Align = "left"
    hanzi: bool = False
    code_page: str = "cp437"


@dataclass
class PaperReader:
    """Feed it bytes; `lines` is what is on the paper so far, `line_n` all lines ever fed."""

    kanji_at_start: bool = False
    lines: list[PaperLine] = field(default_factory=list)
    lines_n: int = 0
    unknown: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._held = bytearray()
        self._text = ""
        self._ink = _Ink(hanzi=self.kanji_at_start)
        self._qr = b""

    def feed(self, data: bytes, *, stop_after_lines_n: int | None = None) -> list[Done]:
        """Handle bytes; half a command waits for its rest. Stops once so many lines are fed."""
        self._held += data
        done: list[Done] = []
        while self._held:
            if stop_after_lines_n is not None and self.lines_n >= stop_after_lines_n:
                break
            plain = _PLAIN.match(self._held)
            if plain:
                self._text += plain.group().decode("ascii")
                del self._held[: plain.end()]
                continue
            size_n = self._size(bytes(self._held[:8]))
            if not size_n or len(self._held) < size_n:
                break
            command = bytes(self._held[:size_n])
            del self._held[:size_n]
            did = self._obey(command)
            if did is not None:
                done.append(did)
        return done

    def has_unfinished(self) -> bool:
        """Whether there is text on a line that was not fed, or half a command."""
        return bool(self._held or self._text)

    def take_held(self) -> bytes:
        """Give back the bytes that were not handled."""
        held = bytes(self._held)
        self._held.clear()
        return held

    def tear_off(self) -> list[PaperLine]:
        """Take the paper so far."""
        self._feed_line()
        lines, self.lines = self.lines, []
        return lines

    def _size(self, head: bytes) -> int:
        """How many bytes the next command has; 0 if more must come to know."""
        first = head[:1]
        if first not in (b"\x1b", b"\x1d", b"\x1c", b"\x10"):
            is_double = self._ink.hanzi and head[0] >= 0x81
            if is_double and len(head) > 1 and 0x30 <= head[1] <= 0x39:
                return 4
            return 2 if is_double else 1
        if len(head) < 2:
            return 0
        if head[:2] == b"\x10\x14" and head[2:3] == b"\x08":
            return 10
        if head[:2] in _SIZES:
            return 2 + _SIZES[head[:2]]
        return self._long_size(head)

    def _long_size(self, head: bytes) -> int:
        command = head[:2]
        if command == b"\x1dV":
            return 0 if len(head) < 3 else (4 if head[2] >= 65 else 3)
        if command == b"\x1d(":
            return 0 if len(head) < 5 else 5 + head[3] + 256 * head[4]
        if command == b"\x1dv":
            if len(head) < 8:
                return 0
            return 8 + (head[4] + 256 * head[5]) * (head[6] + 256 * head[7])
        if command == b"\x1dk":
            return self._barcode_size(head)
        return 2

    def _barcode_size(self, head: bytes) -> int:
        if len(head) < 4:
            return 0
        if head[2] >= 65:
            return 4 + head[3]
        end = self._held.find(0, 3)
        return 0 if end < 0 else end + 1

    def _obey(self, command: bytes) -> Done | None:
        lead = command[:2]
        if command[0] not in (0x1B, 0x1D, 0x1C, 0x10):
            self._put(command)
            return None
        if command[:3] == b"\x10\x14\x08":
            return Done(CLEAR)
        if lead in _DOES:
            return Done(_DOES[lead], command[-1])
        if lead == b"\x1b@":
            self._text, self._ink = "", _Ink(hanzi=self.kanji_at_start)
            return Done(INITIALIZE)
        return self._obey_motor(lead, command)

    def _obey_motor(self, lead: bytes, command: bytes) -> Done | None:
        if lead == b"\x1dV":
            self._feed_line()
            return Done(CUT, command[2])
        if lead == b"\x1bp":
            return Done(KICK, command[2])
        self._obey_paper(lead, command)
        return None

    def _obey_paper(self, lead: bytes, command: bytes) -> None:
        value = command[-1]
        if lead in (b"\x1bd", b"\x1bJ"):
            self._feed_line()
            extra_n = value - 1 if lead == b"\x1bd" else 0
            for _ in range(extra_n):
                self._add(PaperLine(""))
        elif lead == b"\x1dk":
            digits = command[4:] if command[2] >= 65 else command[3:-1]
            is_128 = command[2] == CODE_128
            text = read_128(digits) if is_128 else digits.decode("ascii", "replace")
            self._add_mark(text, "barcode")
        elif lead == b"\x1d(":
            self._obey_qr(command)
        elif lead == b"\x1dv":
            wide, high = command[4] + 256 * command[5], command[6] + 256 * command[7]
            self._add_mark(f"{wide * 8}x{high}", "picture", dots=command[8:])
        elif lead in _SIZES:
            self._set_ink(lead, value)
        else:
            self.unknown.append(command.hex(" "))

    def _set_ink(self, lead: bytes, value: int) -> None:
        ink = self._ink
        if lead == b"\x1bE":
            ink.bold = bool(value & 1)
        elif lead == b"\x1ba":
            ink.align = _ALIGNS[value % 48 % 3]
        elif lead == b"\x1d!":
            ink.size = (value & 0x07) + 1
        elif lead == b"\x1b!":
            ink.bold, ink.size = bool(value & 0x08), 2 if value & 0x30 else 1
        elif lead == b"\x1bt":
            must(value in _CODE_PAGES, "code_page_is_known", page=value)
            ink.code_page = _CODE_PAGES[value]
        elif lead in (b"\x1c&", b"\x1c."):
            ink.hanzi = lead == b"\x1c&"

    def _obey_qr(self, command: bytes) -> None:
        if command[2:3] != b"k" or command[5] != 0x31:
            self.unknown.append(command[:8].hex(" "))
        elif command[6] == 0x50:
            self._qr = command[8:]
        elif command[6] == 0x51:
            self._add_mark(self._qr.decode("utf-8", "replace"), "qr")

    def _put(self, command: bytes) -> None:
        if command == b"\n":
            self._feed_line(always=True)
        elif command[0] >= 0x20:
            encoding = "gb18030" if self._ink.hanzi else self._ink.code_page
            text = command.decode(encoding, "replace")
            # A four-byte GB18030 code comes out as two odd pairs on printers: show it as such.
            self._text += text if len(command) < 4 else "??"

    def _add_mark(self, text: str, mark: str, *, dots: bytes = b"") -> None:
        self._feed_line()
        self._add(PaperLine(text, align=self._ink.align, mark=mark, dots=dots))

    def _feed_line(self, *, always: bool = False) -> None:
        if self._text or always:
            ink = self._ink
            self._add(PaperLine(self._text, ink.bold, ink.size, ink.align))
        self._text = ""

    def _add(self, line: PaperLine) -> None:
        self.lines.append(line)
        self.lines_n += 1


_DOES = {
    b"\x1dr": FENCE, b"\x10\x04": STATUS, b"\x10\x14": PULSE_NOW, b"\x1da": UNASKED,
    b"\x1dI": IDENTITY,
}  # fmt: skip


def read_128(data: bytes) -> str:
    """Read the data of a `GS k` 73: two digits a byte in set C, `{{` for a brace."""
    text, held, kind = "", iter(data), ""
    for value in held:
        if value == ord("{"):
            after = chr(next(held, 0))
            text += "{" if after == "{" else ""
            kind = kind if after == "{" else after
        else:
            text += f"{value:02d}" if kind == "C" else chr(value)
    return text


def show_lines(lines: list[PaperLine], *, width_n: int) -> list[str]:
    """Set paper lines in `width_n` columns, as a person would read them off the paper."""
    shown = []
    for line in lines:
        text = line.text.rstrip() if not line.mark else f"[{line.mark} {line.text}]"
        free_n = max(0, width_n // line.size - count_columns(text))
        left_n = {"left": 0, "center": free_n // 2, "right": free_n}[line.align]
        shown.append((" " * left_n + text).rstrip())
    return shown


def count_columns(text: str) -> int:
    """Width of `text` on paper: Chinese characters are two columns wide."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
