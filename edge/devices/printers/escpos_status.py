"""What an ESC/POS printer sends back, sorted byte by byte; pure.

Three kinds of answer share one stream: `DLE EOT n` in real time (one byte with fixed bits),
`GS r n` in turn with the printed data (one byte without fixed bits), and unasked status (`GS a`,
four bytes). Bit meanings: Epson's command reference.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from edge.devices.ports import PrinterStatus

ASK_STATUS = b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
STATUS_ANSWERS_N = 4
FENCE = b"\x1dr\x01"
_FENCE_NO_PAPER = 0x0C
_FENCE_ANSWERS = (0x00, 0x03, 0x0C, 0x0F)  # each sensor answers with a pair of equal bits
_FLOW_CONTROL = (0x11, 0x13)  # XON and XOFF mean nothing on TCP, but some printers send them
_FIXED_BITS = 0x93
_UNASKED_N = 4


class StatusByte(Struct, frozen=True):
    """One answer to DLE EOT."""

    value: int


class FenceByte(Struct, frozen=True):
    """One answer to GS r: everything sent before it has been handled."""

    value: int

    def has_paper(self) -> bool:
        """Whether the sensor still saw paper when the fence was reached."""
        return self.value & _FENCE_NO_PAPER == 0


class Stray(Struct, frozen=True):
    """A byte nobody asked for."""

    value: int


class Replies:
    """Sorts the bytes a printer sends. Holds no more than one unasked status."""

    def __init__(self) -> None:
        self._unasked_left_n = 0

    def feed(self, data: bytes, *, fences_open_n: int) -> list[StatusByte | FenceByte | Stray]:
        """Take bytes; `fences_open_n` is how many GS r are still unanswered."""
        found: list[StatusByte | FenceByte | Stray] = []
        for value in data:
            if self._unasked_left_n:
                self._unasked_left_n -= 1
            elif value & _FIXED_BITS == 0x12:
                found.append(StatusByte(value))
            elif value & _FIXED_BITS == 0x10:
                self._unasked_left_n = _UNASKED_N - 1
            elif value in _FLOW_CONTROL:
                continue
            elif fences_open_n and value in _FENCE_ANSWERS:
                fences_open_n -= 1
                found.append(FenceByte(value))
            else:
                found.append(Stray(value))
        return found


def decode_status(answers: bytes) -> PrinterStatus:
    """Read the four answers to `ASK_STATUS`, in order."""
    printer, offline, error, roll = answers
    paper: Literal["ok", "near_end", "out"] = "ok"
    if roll & 0x60 or offline & 0x20:
        paper = "out"
    elif roll & 0x0C:
        paper = "near_end"
    return PrinterStatus(
        online=not printer & 0x08,
        cover_open=bool(offline & 0x04),
        paper=paper,
        error=bool(offline & 0x40) or bool(error & 0x2C),
        drawer_pin_high=bool(printer & 0x04),
    )
