"""Reads ZPL II as a printer does, as much of it as labels of the shop use."""

from __future__ import annotations

import re
from collections.abc import Callable

from edge.sim.printed_label import Printed, PrintedLabel, complete_ean

STATUS, CANCEL = "status", "cancel"
UNREAD_MAX_BYTES = 2 << 20
_AT_ONCE = {b"~HS": STATUS, b"~JA": CANCEL}
_COMMAND = re.compile(rb"[\^~](A|[0-9A-Z]{2})([^\^~]*)", re.DOTALL)


class ZplReader:
    """Give it bytes in pieces; it gives labels and questions. `unknown` are commands it lacks."""

    def __init__(self) -> None:
        self.unknown: list[str] = []
        self._unread = b""
        self._is_open = False
        self._size = (0, 0)
        self._copies_n = 1
        self._fields: list[Printed] = []
        self._field: dict[str, str] = {}
        self._commands: dict[str, Callable[[str], None]] = {
            "XA": self._start,
            "PW": lambda value: self._resize(width=int(value)),
            "LL": lambda value: self._resize(height=int(value)),
            "PQ": self._count,
            "FS": self._end_field,
            "LH": lambda _: None,
        }

    @property
    def is_open(self) -> bool:
        """Whether a label has begun and not ended."""
        return self._is_open

    def feed(self, data: bytes) -> list[PrintedLabel | str]:
        """Take bytes; whole labels, STATUS and CANCEL in the order they came."""
        self._unread = (self._unread + data)[-UNREAD_MAX_BYTES:]
        found: list[PrintedLabel | str] = []
        while len(self._unread) > 2:
            head = self._unread[:3]
            if head[:1] not in (b"^", b"~"):
                self._unread = self._unread[1:]
            elif head in _AT_ONCE:
                self._unread = self._unread[3:]
                found.append(_AT_ONCE[head])
            elif head == b"^XZ":
                self._unread = self._unread[3:]
                found += self._finish()
            elif not self._read_one():
                break
        return found

    def forget(self) -> None:
        """Drop a label that has begun."""
        self._is_open = False
        self._fields, self._field = [], {}

    def _read_one(self) -> bool:
        """Read one command, if the next has begun, so that all of this one is there."""
        match = _COMMAND.match(self._unread)
        if match is None:
            self._unread = self._unread[1:]
            return True
        if match.end() == len(self._unread):
            return False
        self._unread = self._unread[match.end() :]
        name, value = match[1].decode("ascii"), match[2].decode("ascii", "replace").strip("\r\n")
        if name in self._commands:
            self._commands[name](value)
        elif name in ("FO", "A", "FB", "FH", "FD", "GB", "GF", "BY", "BE"):
            self._field[name] = value
        else:
            self.unknown.append(name)
        return True

    def _start(self, value: str) -> None:
        del value
        self.forget()
        self._is_open, self._copies_n = True, 1

    def _resize(self, *, width: int = 0, height: int = 0) -> None:
        self._size = (width or self._size[0], height or self._size[1])

    def _count(self, value: str) -> None:
        self._copies_n = int(value.split(",", maxsplit=1)[0])

    def _finish(self) -> list[PrintedLabel | str]:
        label = PrintedLabel(*self._size, tuple(self._fields))
        was_open = self._is_open
        self.forget()
        return [label] * self._copies_n if was_open else []

    def _end_field(self, value: str) -> None:
        del value
        field, self._field = self._field, {}
        if "FO" not in field:
            return
        x, y = (int(number) for number in field["FO"].split(",")[:2])
        if "GF" in field:
            self._fields.append(_read_dots(x, y, field["GF"]))
        elif "GB" in field:
            width, height = (int(number) for number in field["GB"].split(",")[:2])
            self._fields.append(Printed(kind="box", x=x, y=y, width=width, height=height))
        elif "BE" in field:
            module, height = int(field["BY"].split(",")[0]), int(field["BE"].split(",")[1])
            digits = complete_ean(field["FD"])
            self._fields.append(
                Printed(kind="code", x=x, y=y, width=module, height=height, text=digits)
            )
        elif "FD" in field:
            self._fields.append(_read_text(x, y, field))


def _read_text(x: int, y: int, field: dict[str, str]) -> Printed:
    text = field["FD"]
    if "FH" in field:
        sign = re.escape(field["FH"] or "_")
        text = re.sub(sign + "([0-9A-Fa-f]{2})", lambda match: chr(int(match[1], 16)), text)
    block = field.get("FB", "0,1,0,L").split(",")
    height = int(field["A"].split(",")[1])
    return Printed(
        kind="text",
        x=x,
        y=y,
        width=int(block[0]),
        height=height,
        text=text,
        align="right" if block[3] == "R" else "left",
    )


def _read_dots(x: int, y: int, value: str) -> Printed:
    how, size, _, row, data = value.split(",", 4)
    rows = bytes.fromhex(data) if how == "A" else b""
    if len(rows) != int(size):
        raise ValueError(f"^GF says {size} bytes and has {len(rows)}")
    height = len(rows) // int(row)
    return Printed(kind="dots", x=x, y=y, width=int(row) * 8, height=height, rows=rows)
