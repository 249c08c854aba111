"""Scale that speaks MT-SICS, the standard set of Mettler Toledo's bench and laboratory scales.

Source: METTLER TOLEDO, MT-SICS reference manual, levels 0 and 1. Lines end with CR LF both ways.
An answer is the command, a status, and where there is one a value and its unit. No checksum.
"""

from __future__ import annotations

import re
from contextlib import AbstractAsyncContextManager
from typing import ClassVar

from cext.kit.clock import Clock
from edge.devices.scales.cable_scale import CableScale
from edge.devices.scales.frames import Frames
from edge.devices.scales.mass import decode_grams, decode_unit, encode_grams
from edge.devices.scales.reading import Answer, Heard, Noise, Reading, Unit
from edge.devices.scales.serial_scale import ScaleSettings, open_scale
from edge.devices.tap import UNTAPPED, Tap

LF = 0x0A
ERRORS = {
    "ES": "it does not know the question",
    "ET": "it did not understand: is the line set right?",
    "EL": "it cannot do that now",
}

_WEIGHT = re.compile(r"S ([SD]) +(-? *[0-9.]+) +(\S{1,4})")
_SERIAL = re.compile(r'I4 A "([ !#-~]{1,40})"')
_STATE = re.compile(r"(S|SI|Z|ZI|T|TI|TA|TAC) ([AISDL+-])(?: .*)?")


class Settings(ScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of an `mt_sics_scale`; the table in README.md says what each is for."""

    KIND: ClassVar[str] = "mt_sics_scale"


class SicsTalk:
    """Asks `SI`, which answers at once: `S` would say nothing until the scale rests.

    The weight is the net one, and whether there is a tare is not told: `tare_g` is None always. A
    tare by hand is written as the scale wrote its last weight.
    """

    name: ClassVar[str] = "mt_sics"

    def __init__(self, *, seven_bits: bool) -> None:
        self._frames = Frames(ends=LF, seven_bits=seven_bits)
        self._unit: Unit = "kg"
        self._decimals_n = 3
        self.serial = ""

    def ask_serial(self) -> bytes:
        return b"I4\r\n"

    def ask(self) -> bytes:
        return b"SI\r\n"

    def zero(self) -> bytes:
        return b"Z\r\n"

    def tare(self, weight_g: int | None) -> bytes:
        if weight_g is None:
            return b"T\r\n"
        if weight_g == 0:
            return b"TAC\r\n"
        number = encode_grams(weight_g, self._unit, decimals_n=self._decimals_n)
        return f"TA {number} {self._unit}\r\n".encode()

    def clear(self) -> None:
        self._frames.clear()

    def receive(self, data: bytes) -> Heard:
        frames = self._frames.feed(data)
        answers = (one if isinstance(one, Noise) else self._decode(one) for one in frames)
        return Heard(tuple(answer for answer in answers if answer is not None))

    def _decode(self, frame: bytes) -> Answer | None:
        text = frame.decode("latin-1").rstrip("\r\n")
        serial = _SERIAL.fullmatch(text)
        if serial is not None:  # asked for, or because it was just switched on
            self.serial = serial[1].strip()
            return None
        weight = _WEIGHT.fullmatch(text)
        if weight is not None:
            return self._decode_weight(weight, frame)
        state = _STATE.fullmatch(text)
        if state is None:
            return Noise(ERRORS.get(text, "no MT-SICS answer"), frame)
        command, status = state.groups()
        if status == "L":
            return Noise(f"it does not take {command} with this value", frame)
        if command == "S" and status not in "I+-":
            return Noise("no MT-SICS answer", frame)
        return Reading(
            weight_g=None,
            stable=False,
            in_motion=status == "I",
            over=status == "+",
            under=status == "-",
            tare_g=None,
            unit=self._unit,
            raw=frame,
        )

    def _decode_weight(self, match: re.Match[str], frame: bytes) -> Answer:
        unit = decode_unit(match[3])
        if unit is None:
            return Noise(f"{match[3]!r} is no unit of a shop: set the scale to kg", frame)
        weight_g = decode_grams(match[2], unit)
        if weight_g is None:
            return Noise(f"{match[2]!r} is no weight", frame)
        self._unit, self._decimals_n = unit, len(match[2].partition(".")[2])
        is_still = match[1] == "S"
        return Reading(
            weight_g=weight_g,
            stable=is_still,
            in_motion=not is_still,
            under=weight_g < 0,
            zero=is_still and weight_g == 0,
            tare_g=None,
            unit=unit,
            raw=frame,
        )


def make_talk(settings: Settings) -> SicsTalk:
    """The conversation of a scale with these settings."""
    return SicsTalk(seven_bits=settings.data_bits == 7)


def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AbstractAsyncContextManager[CableScale]:
    """Open the scale's port; raises DeviceGone."""
    return open_scale(settings, make_talk(settings), device=device, clock=clock, tap=tap)
