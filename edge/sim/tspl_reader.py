"""Reads TSPL as a printer does, as much of it as labels of the shop use."""

from __future__ import annotations

import csv
import re

from edge.sim.printed_label import Printed, PrintedLabel, complete_ean

STATUS, CANCEL = "status", "cancel"
UNREAD_MAX_BYTES = 2 << 20
_AT_ONCE = {b"\x1b!?": STATUS, b"\x1b!.": CANCEL}
_BITMAP = re.compile(rb"BITMAP (\d+),(\d+),(\d+),(\d+),(\d+),")
_FONT_HEIGHT = {"1": 12, "2": 20, "3": 24, "4": 32, "5": 48}


class TsplReader:
    """Give it bytes in pieces; it gives labels and questions. `unknown` are commands it lacks."""

    def __init__(self, *, dots_per_mm: int = 8) -> None:
        self.unknown: list[str] = []
        self._dots_per_mm = dots_per_mm
        self._unread = b""
        self._size = (0, 0)
        self._fields: list[Printed] = []

    @property
    def is_open(self) -> bool:
        """Whether a label has begun and not ended."""
        return bool(self._fields)

    def feed(self, data: bytes) -> list[PrintedLabel | str]:
        """Take bytes; whole labels, STATUS and CANCEL in the order they came."""
        self._unread = (self._unread + data)[-UNREAD_MAX_BYTES:]
        found: list[PrintedLabel | str] = []
        while self._unread:
            if self._unread[:1] in b"\r\n":
                self._unread = self._unread[1:]
                continue
            if self._unread[:1] == b"\x1b":
                taken = _AT_ONCE.get(self._unread[:3], "")
                if len(self._unread) < 3:
                    break
                self._unread = self._unread[3:] if taken else self._unread[1:]
                found += [taken] if taken else []
                continue
            line = self._take_line()
            if line is None:
                break
            found += self._obey(line)
        return found

    def forget(self) -> None:
        """Drop a label that has begun."""
        self._fields = []

    def _take_line(self) -> str | None:
        """Take one line, or a BITMAP with its dots; None while some of it is still to come."""
        bitmap = _BITMAP.match(self._unread)
        if bitmap is not None:
            x, y, row, height, _ = (int(number) for number in bitmap.groups())
            end = bitmap.end() + row * height
            if len(self._unread) < end:
                return None
            rows = bytes(255 - byte for byte in self._unread[bitmap.end() : end])
            self._unread = self._unread[end:]
            dots = Printed(kind="dots", x=x, y=y, width=row * 8, height=height, rows=rows)
            self._fields.append(dots)
            return ""
        line, end_mark, rest = self._unread.partition(b"\n")
        if not end_mark:
            return None
        self._unread = rest
        return line.decode("ascii", "replace").strip("\r")

    def _obey(self, line: str) -> list[PrintedLabel | str]:
        name, _, rest = line.partition(" ")
        values = next(csv.reader([rest]), [])
        if name == "SIZE":
            width, height = (int(value.removesuffix(" mm")) for value in values)
            self._size = (width * self._dots_per_mm, height * self._dots_per_mm)
        elif name == "CLS":
            self.forget()
        elif name == "BAR":
            x, y, width, height = map(int, values)
            self._fields.append(Printed(kind="box", x=x, y=y, width=width, height=height))
        elif name == "TEXT":
            x, y, height = int(values[0]), int(values[1]), _FONT_HEIGHT[values[2]]
            text = Printed(kind="text", x=x, y=y, width=0, height=height, text=values[6])
            self._fields.append(text)
        elif name == "BARCODE":
            x, y, height, module = (int(values[index]) for index in (0, 1, 3, 6))
            digits = complete_ean(values[8])
            code = Printed(kind="code", x=x, y=y, width=module, height=height, text=digits)
            self._fields.append(code)
        elif name == "PRINT":
            label = PrintedLabel(*self._size, tuple(self._fields))
            return [label] * (int(values[0]) * int(values[1]))
        elif name not in ("", "GAP", "DIRECTION", "REFERENCE"):
            self.unknown.append(line)
        return []
