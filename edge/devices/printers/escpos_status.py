"""What an ESC/POS printer sends back, sorted byte by byte; pure.

Four kinds of answer share one stream: `DLE EOT n` in real time (one byte with fixed bits),
`GS r n` in turn with the printed data (one byte without fixed bits), unasked status (`GS a`, four
bytes, ASB) and `GS I n` (5F, text, NUL). Bit meanings: Epson's command reference.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from edge.devices.ports import PrinterStatus

ASK_STATUS = b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
STATUS_ANSWERS_N = 4
FENCE = b"\x1dr\x01"
UNASKED_ON = b"\x1da\x0f"  # drawer, online, error and paper
ASK_IDENTITY = b"\x1dIB\x1dIC\x1dIA\x1dID"
IDENTITY_PARTS = ("maker", "model", "firmware", "serial")
IDENTITY_MAX_BYTES = 80
CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"  # forget what was received and not printed
XON, XOFF = 0x11, 0x13
_FENCE_NO_PAPER = 0x0C
_FENCE_ANSWERS = (0x00, 0x03, 0x0C, 0x0F)  # each sensor answers with a pair of equal bits
_FIXED_BITS = 0x93
_REST_BITS = 0x90  # zero in every byte of an unasked status but its first
_UNASKED_N = 4

DrawerLevel = Literal["high", "low", "none"]


class StatusByte(Struct, frozen=True):
    """One answer to DLE EOT."""

    value: int


class FenceByte(Struct, frozen=True):
    """One answer to GS r: everything sent before it has been handled."""

    value: int

    def has_paper(self) -> bool:
        """Whether the sensor still saw paper when the fence was reached."""
        return self.value & _FENCE_NO_PAPER == 0


class Unasked(Struct, frozen=True):
    """A status that the printer told by itself, four bytes."""

    value: bytes


class Named(Struct, frozen=True):
    """One answer to GS I."""

    text: str


class Flow(Struct, frozen=True):
    """XON, or XOFF."""

    go: bool


class Stray(Struct, frozen=True):
    """A byte nobody asked for."""

    value: int


Reply = StatusByte | FenceByte | Unasked | Named | Flow | Stray


class Replies:
    """Sorts the bytes a printer sends. Holds no more than one unasked status and one name."""

    def __init__(self) -> None:
        self._unasked = bytearray()
        self._name: bytearray | None = None

    def feed(self, data: bytes, *, fences_open_n: int, names_open_n: int = 0) -> list[Reply]:
        """Take bytes; told how many GS r and GS I are still unanswered."""
        found: list[Reply] = []
        for value in data:
            reply = self._sort(value, fences_open_n, names_open_n)
            if reply is None:
                continue
            fences_open_n -= isinstance(reply, FenceByte)
            names_open_n -= isinstance(reply, Named)
            found.append(reply)
        return found

    def _sort(self, value: int, fences_open_n: int, names_open_n: int) -> Reply | None:
        if self._name is not None:
            return self._go_on_with_name(value)
        if value in (XON, XOFF):  # their bit 4 tells them from the rest of an unasked status
            return Flow(value == XON)
        if self._unasked:
            if value & _REST_BITS == 0:
                return self._go_on_with_unasked(value)
            self._unasked.clear()  # broken off: the printer was switched off in the middle
        return self._sort_first(value, fences_open_n, names_open_n)

    def _sort_first(self, value: int, fences_open_n: int, names_open_n: int) -> Reply | None:
        reply: Reply | None = Stray(value)
        if value & _FIXED_BITS == 0x12:
            reply = StatusByte(value)
        elif value & _FIXED_BITS == 0x10:
            self._unasked.append(value)
            reply = None
        elif names_open_n and value == 0x5F:
            self._name = bytearray()
            reply = None
        elif fences_open_n and value in _FENCE_ANSWERS:
            reply = FenceByte(value)
        return reply

    def _go_on_with_unasked(self, value: int) -> Unasked | None:
        self._unasked.append(value)
        if len(self._unasked) < _UNASKED_N:
            return None
        told = Unasked(bytes(self._unasked))
        self._unasked.clear()
        return told

    def _go_on_with_name(self, value: int) -> Named | Stray | None:
        assert self._name is not None
        if value == 0:
            text = self._name.decode("ascii")
            self._name = None
            return Named(text)
        if not 0x20 <= value < 0x7F or len(self._name) >= IDENTITY_MAX_BYTES:
            self._name = None
            return Stray(value)
        self._name.append(value)
        return None


def decode_status(answers: bytes, *, drawer_open_level: DrawerLevel = "none") -> PrinterStatus:
    """Read the four answers to `ASK_STATUS`, in order."""
    printer, offline, error, roll = answers
    paper: Literal["ok", "near_end", "out"] = "ok"
    if roll & 0x60 or offline & 0x20:
        paper = "out"
    elif roll & 0x0C:
        paper = "near_end"
    pin_high = bool(printer & 0x04)
    return PrinterStatus(
        online=not printer & 0x08,
        cover_open=bool(offline & 0x04),
        paper=paper,
        error=bool(offline & 0x40) or bool(error & 0x2C),
        drawer_pin_high=pin_high,
        drawer_open=is_drawer_open(drawer_open_level, pin_high=pin_high),
    )


def decode_unasked(told: bytes, *, drawer_open_level: DrawerLevel = "none") -> PrinterStatus:
    """Read the four bytes of an unasked status."""
    first, error, roll, _ = told
    paper: Literal["ok", "near_end", "out"] = "ok"
    if roll & 0x0C:
        paper = "out"
    elif roll & 0x03:
        paper = "near_end"
    pin_high = bool(first & 0x04)
    return PrinterStatus(
        online=not first & 0x08,
        cover_open=bool(first & 0x20),
        paper=paper,
        error=bool(error & 0x2C),
        drawer_pin_high=pin_high,
        drawer_open=is_drawer_open(drawer_open_level, pin_high=pin_high),
    )


def is_drawer_open(level: DrawerLevel, *, pin_high: bool) -> bool | None:
    """Whether a drawer whose sensor is at `level` while open is open; None without a sensor."""
    return None if level == "none" else pin_high == (level == "high")
