"""Counter scale that speaks the Mettler Toledo 8217 protocol.

Source: METTLER TOLEDO DIVA service manual, section 6.1.4. Every answer starts with STX and ends
with CR; there is no checksum. Bit 7 is parity and masked. A weight is told at rest only.
"""

from __future__ import annotations

import re
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Literal

from cext.errors import Refused
from cext.kit.clock import Clock
from edge.devices.scales.cable_scale import CableScale
from edge.devices.scales.mass import decode_grams, encode_grams
from edge.devices.scales.reading import Answer, Heard, Noise, Reading
from edge.devices.scales.serial_scale import ScaleSettings, open_scale
from edge.devices.tap import UNTAPPED, Tap

STX, CR, STATUS_MARK = 0x02, 0x0D, 0x3F
LONGEST_ANSWER_N = 16
MOTION, OVER, UNDER, CENTRE_ZERO, NET = 0x01, 0x02, 0x04, 0x10, 0x20

_FORMS = {"kg": re.compile(r"(\d{2}\.\d{3})(N?)"), "lb": re.compile(r"(0\d{2}\.\d{2})(N?)")}
_DECIMALS_N = {"kg": 3, "lb": 2}


class Settings(ScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a `toledo_8217_scale`; the table in README.md says what each is for."""

    KIND: ClassVar[str] = "toledo_8217_scale"

    unit: Literal["kg", "lb"] = "kg"
    data_bits: Literal[7, 8] = 7
    parity: Literal["N", "E", "O"] = "E"


class ToledoTalk:
    """Single letters without an end; the scale shows one unit and does not tell which."""

    name: ClassVar[str] = "toledo_8217"

    def __init__(self, unit: Literal["kg", "lb"]) -> None:
        self._unit: Literal["kg", "lb"] = unit
        self._held = bytearray()
        self._stray = False

    def ask(self) -> bytes:
        return b"W"

    def zero(self) -> bytes:
        return b"Z"

    def tare(self, weight_g: int | None) -> bytes:
        if weight_g == 0:
            return b"C"
        if weight_g is None:
            return b"T\r"
        decimals_n = _DECIMALS_N[self._unit]
        digits = encode_grams(weight_g, self._unit, decimals_n=decimals_n).replace(".", "")
        if len(digits) > 5:
            raise Refused("tare_refused", f"A tare of {weight_g} g is more than the scale can hold")
        return b"T" + digits.zfill(5).encode() + b"\r"

    def clear(self) -> None:
        self._held.clear()
        self._stray = False

    def receive(self, data: bytes) -> Heard:
        found: list[Answer] = []
        for byte in data:
            found += self._on_byte(byte)
        return Heard(tuple(found))

    def _on_byte(self, byte: int) -> tuple[Answer, ...]:
        value = byte & 0x7F
        is_status = self._held[1:2] == bytes((STATUS_MARK,))
        if value == STX and not is_status:
            half = bytes(self._held)
            self._held[:] = (value,)
            self._stray = False
            return (Noise("half an answer", half),) if half else ()
        if not self._held:
            told, self._stray = self._stray, True
            return () if told else (Noise("bytes before STX", bytes((byte,))),)
        self._held.append(value)
        frame = bytes(self._held)
        # A status byte may look like CR, so its place decides and not its value.
        if len(frame) >= 4 if is_status else value == CR:
            self._held.clear()
            return (self.decode(frame),)
        if len(frame) >= LONGEST_ANSWER_N:
            self._held.clear()
            return (Noise("no CR after STX", frame),)
        return ()

    def decode(self, frame: bytes) -> Answer:
        """Read one frame from STX to CR, parity masked."""
        if frame[-1] != CR:
            return Noise("no CR after the status byte", frame)
        if frame[1] == STATUS_MARK:
            return _decode_status(frame[2], frame, self._unit)
        text = frame[1:-1].decode("ascii")
        match = _FORMS[self._unit].fullmatch(text)
        if match is None:
            other = _FORMS["lb" if self._unit == "kg" else "kg"].fullmatch(text)
            cure = ": is the unit setting right?" if other else ""
            return Noise(f"{text!r} is no weight in {self._unit}{cure}", frame)
        weight_g = decode_grams(match[1], self._unit)
        return Reading(
            weight_g=weight_g,
            stable=True,
            zero=weight_g == 0,
            net=bool(match[2]),
            tare_g=None if match[2] else 0,
            unit=self._unit,
            raw=frame,
        )


def _decode_status(status: int, frame: bytes, unit: Literal["kg", "lb"]) -> Reading:
    """Read a state that was told instead of a weight; bit 6 carries nothing."""
    return Reading(
        weight_g=None,
        stable=False,
        in_motion=bool(status & MOTION),
        over=bool(status & OVER),
        under=bool(status & UNDER),
        zero=bool(status & CENTRE_ZERO),
        net=bool(status & NET),
        tare_g=None if status & NET else 0,
        unit=unit,
        raw=frame,
    )


def make_talk(settings: Settings) -> ToledoTalk:
    """The conversation of a scale with these settings."""
    return ToledoTalk(settings.unit)


def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AbstractAsyncContextManager[CableScale]:
    """Open the scale's port; raises DeviceGone."""
    return open_scale(settings, make_talk(settings), device=device, clock=clock, tap=tap)
