"""What a Star printer sends back, cut into whole statuses; pure.

From Star's Line Mode Command Specifications, appendix "Automatic Status" (ASB): a first byte
0xx0xxx1 whose bits 5, 3, 2 and 1 count the bytes of the whole (7 to 15), a second byte with the
version, then the statuses; every byte but the first has bit 0 clear, every byte bit 4. On a
network bit 7 of the second byte is set, and a length of two bytes follows, with so many bytes
of other data. Bits of the third and the fourth byte are those of the TSP700's manual, page 43; of
the sixth those of the HSP7000, page 5-10; the counter of ETB in the eighth is the same in both.
`ESC ACK SOH` asks for it; it also comes by itself where the printer is set to that.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from edge.devices.ports import PrinterStatus
from edge.devices.printers.escpos_status import XOFF, XON, DrawerLevel, is_drawer_open

ASK_STAR = b"\x1b\x06\x01"
STAR_LEAST_N = 7
ETB_AT = 7
ETB_TURN_N = 32  # the counter goes from 31 to 0
DATA_MAX_N = 0x0200
_EXPANDED = 0x80


class StarStatus(Struct, frozen=True):
    """One whole status as it came, without the data that may follow it on a network."""

    raw: bytes

    @property
    def etb_n(self) -> int | None:
        """How many ETB were reached, counted to 31; None of a printer that does not count."""
        if len(self.raw) <= ETB_AT:
            return None
        value = self.raw[ETB_AT]
        return value >> 1 & 0x07 | value >> 2 & 0x18

    def decode(self, *, drawer_open_level: DrawerLevel = "none") -> PrinterStatus:
        """Read its bits."""
        _, _, printer, error, _, roll, *_ = self.raw
        paper: Literal["ok", "near_end", "out"] = "ok"
        if roll & 0x08:
            paper = "out"
        elif roll & 0x06:
            paper = "near_end"
        pin_high = bool(printer & 0x04)
        return PrinterStatus(
            online=not printer & 0x08,
            cover_open=bool(printer & 0x20),
            paper=paper,
            error=bool(error & 0x6C),
            drawer_pin_high=pin_high,
            drawer_open=is_drawer_open(drawer_open_level, pin_high=pin_high),
        )


class StarReplies:
    """Cuts a stream into statuses. `strays_n` counts bytes that belong to none in a row."""

    def __init__(self) -> None:
        self.strays_n = 0
        self._held = bytearray()
        self._skip_n = 0

    @property
    def has_rest(self) -> bool:
        """Whether a status has begun and not ended."""
        return bool(self._held or self._skip_n)

    def feed(self, data: bytes) -> list[StarStatus]:
        """Take bytes; gives the statuses that are whole now."""
        found: list[StarStatus] = []
        for value in data:
            if self._skip_n:
                self._skip_n -= 1
                continue
            status = self._take(value)
            if status is not None:
                found.append(status)
                self.strays_n = 0
        return found

    def _take(self, value: int) -> StarStatus | None:
        if value in (XON, XOFF) and not self._is_in_length():
            return None
        if not self._fits(value):
            self.strays_n += len(self._held) + 1
            self._held.clear()
            if not is_header(value):
                return None
            self.strays_n -= 1  # broken off, and this one begins anew
        self._held.append(value)
        return self._finish()

    def _is_in_length(self) -> bool:
        return len(self._held) >= 2 and len(self._held) >= size_of(self._held[0])

    def _fits(self, value: int) -> bool:
        at = len(self._held)
        if at == 0:
            return is_header(value)
        if self._is_in_length():
            return True
        return value & (0x11 if at == 1 else 0x91) == 0

    def _finish(self) -> StarStatus | None:
        size_n = size_of(self._held[0])
        if len(self._held) < size_n:
            return None
        if self._held[1] & _EXPANDED:
            if len(self._held) < size_n + 2:
                return None
            data_n = int.from_bytes(self._held[size_n:], "big")
            if data_n > DATA_MAX_N:
                self.strays_n += len(self._held)
                self._held.clear()
                return None
            self._skip_n = data_n
        status = StarStatus(bytes(self._held[:size_n]))
        self._held.clear()
        return status


def is_header(value: int) -> bool:
    """Whether a byte can begin a status."""
    return value & 0xD1 == 0x01 and size_of(value) >= STAR_LEAST_N


def size_of(header: int) -> int:
    """How many bytes a status has that begins with this one."""
    return header >> 2 & 0x08 | header >> 1 & 0x07


def is_star(answer: bytes) -> bool:
    """Whether this is one or more whole statuses and nothing else."""
    replies = StarReplies()
    found = replies.feed(answer)
    return bool(found) and not replies.has_rest and not replies.strays_n
