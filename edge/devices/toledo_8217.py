"""The Mettler Toledo 8217 dialogue: bytes to answers; pure.

Source: METTLER TOLEDO DIVA service manual, section 6.1.4. Every answer starts with STX and ends
with CR; there is no checksum. Bit 7 is parity and masked.
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

STX, CR, STATUS_MARK = 0x02, 0x0D, 0x3F
ASK_WEIGHT = b"W"
LONGEST_ANSWER_N = 16

_KG = re.compile(r"(\d{2})\.(\d{3})(N?)")
_LB = re.compile(r"(0\d{2})\.(\d{2})(N?)")
_NANOGRAMS_PER_CENTIPOUND = 4_535_923_700

Unit = Literal["kg", "lb"]


class Weighed(Struct, frozen=True):
    """The scale is at rest and told a weight."""

    weight_g: int
    net: bool
    raw: bytes


class Status(Struct, frozen=True):
    """The scale told its state instead of a weight. Bit 6 carries nothing and is not kept."""

    in_motion: bool
    over: bool
    under: bool
    outside_zero: bool
    centre_zero: bool
    net: bool
    raw: bytes


class Noise(Struct, frozen=True):
    """Bytes that are not in this protocol. `detail` says what was wrong with them."""

    detail: str
    raw: bytes


Answer = Weighed | Status | Noise


class Answers:
    """Cuts what a scale sends into answers; holds at most LONGEST_ANSWER_N bytes."""

    def __init__(self, unit: Unit) -> None:
        self._unit: Unit = unit
        self._held = bytearray()

    def clear(self) -> None:
        """Forget half an answer, before a new question."""
        self._held.clear()

    def feed(self, data: bytes) -> list[Answer]:
        """Take bytes; gives the answers that became whole, in order."""
        found: list[Answer] = []
        for byte in data:
            value = byte & 0x7F
            if not self._held:
                if value == STX:
                    self._held.append(value)
                elif not (found and isinstance(found[-1], Noise)):
                    found.append(Noise("bytes before STX", bytes((byte,))))
                continue
            self._held.append(value)
            if self._is_whole():
                found.append(decode_answer(bytes(self._held), self._unit))
                self._held.clear()
            elif len(self._held) >= LONGEST_ANSWER_N:
                found.append(Noise("no CR after STX", bytes(self._held)))
                self._held.clear()
        return found

    def _is_whole(self) -> bool:
        # A status byte may look like CR, so its place decides and not its value.
        if self._held[1] == STATUS_MARK:
            return len(self._held) >= 4
        return self._held[-1] == CR


def decode_answer(frame: bytes, unit: Unit) -> Answer:
    """Read one frame from STX to CR, parity masked."""
    body = frame[1:-1]
    if frame[-1:] != bytes((CR,)):
        return Noise("no CR after the status byte", frame)
    if body[:1] == bytes((STATUS_MARK,)):
        return _decode_status(body[1], frame)
    text = body.decode("ascii")
    match = (_KG if unit == "kg" else _LB).fullmatch(text)
    if match is None:
        other = (_LB if unit == "kg" else _KG).fullmatch(text)
        cure = ": is the unit setting right?" if other else ""
        return Noise(f"{text!r} is no weight in {unit}{cure}", frame)
    whole, part, net = match.groups()
    number = int(whole + part)
    weight_g = number if unit == "kg" else round_centipounds(number)
    return Weighed(weight_g, net == "N", frame)


def round_centipounds(pounds_centi: int) -> int:
    """Hundredths of a pound (0.45359237 kg, exact) to grams, half up."""
    return (pounds_centi * _NANOGRAMS_PER_CENTIPOUND + 500_000_000) // 1_000_000_000


def _decode_status(status: int, frame: bytes) -> Status:
    return Status(
        in_motion=bool(status & 0x01),
        over=bool(status & 0x02),
        under=bool(status & 0x04),
        outside_zero=bool(status & 0x08),
        centre_zero=bool(status & 0x10),
        net=bool(status & 0x20),
        raw=frame,
    )
