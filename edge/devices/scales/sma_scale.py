"""Scale that speaks SMA SCP-0499, levels 1 and 2 (Brecknell, Avery Weigh-Tronix, Detecto, ...).

Source: Scale Manufacturers Association, SCP-0499 (2005). Commands and answers go from LF to CR.
The answer is LF status range net motion reserved weight(10) unit(3) CR. There is no checksum.
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

LF, CR = 0x0A, 0x0D
FAULTS = {
    "E": "it cannot be zeroed: take everything off it",
    "I": "it found no zero when switched on: empty it and zero it",
    "T": "it refused the tare",
}
REFUSALS = {
    "?": "it does not know the question",
    "!": "it did not understand: is the line set right?",
}

_ANSWER = re.compile(
    r"\n(?P<status>[ ZOUEIT])[0-9 ](?P<net>[GNTgnt])(?P<motion>[M ])."
    r"(?P<weight>[ 0-9.+-]{10})(?P<unit>[A-Za-z _]{1,3})\r"
)


class Settings(ScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of an `sma_scale`; the table in README.md says what each is for."""

    KIND: ClassVar[str] = "sma_scale"


class SmaTalk:
    """The scale tells its unit; a tare by hand is written as it wrote its last weight."""

    name: ClassVar[str] = "sma_scp_0499"

    def __init__(self, *, seven_bits: bool) -> None:
        self._frames = Frames(starts=LF, ends=CR, seven_bits=seven_bits)
        self._unit: Unit = "kg"
        self._decimals_n = 3

    def ask(self) -> bytes:
        return b"\nW\r"

    def zero(self) -> bytes:
        return b"\nZ\r"

    def tare(self, weight_g: int | None) -> bytes:
        if weight_g is None:
            return b"\nT\r"
        if weight_g == 0:
            return b"\nC\r"
        number = encode_grams(weight_g, self._unit, decimals_n=self._decimals_n)
        return b"\nT" + number.encode() + b"\r"

    def clear(self) -> None:
        self._frames.clear()

    def receive(self, data: bytes) -> Heard:
        frames = self._frames.feed(data)
        return Heard(tuple(one if isinstance(one, Noise) else self._decode(one) for one in frames))

    def _decode(self, frame: bytes) -> Answer:
        text = frame.decode("latin-1")
        match = _ANSWER.fullmatch(text)
        if match is None:
            return Noise(REFUSALS.get(text[1:-1], "no SMA answer"), frame)
        status, told = match["status"], match["weight"].strip()
        if status in FAULTS:
            return Noise(FAULTS[status], frame)
        if match["net"] in "Tt":
            return Noise("a tare instead of a weight", frame)
        unit = decode_unit(match["unit"].replace("_", " "))
        if unit is None:
            detail = f"{match['unit'].strip()!r} is no unit of a shop: set the scale to kg"
            return Noise(detail, frame)
        number = decode_grams(told, unit)
        if number is None and told.strip("-"):
            return Noise(f"{told!r} is no weight", frame)
        if number is not None:
            self._unit, self._decimals_n = unit, len(told.partition(".")[2])
        return _reading(match, number, unit, frame)


def _reading(match: re.Match[str], number: int | None, unit: Unit, frame: bytes) -> Reading:
    status, in_motion, net = match["status"], match["motion"] == "M", match["net"] in "Nn"
    over = status == "O"
    under = status == "U" or (number or 0) < 0
    return Reading(
        weight_g=None if over else number,
        stable=number is not None and not (in_motion or over),
        in_motion=in_motion,
        over=over,
        under=under,
        zero=status == "Z",
        net=net,
        tare_g=None if net else 0,
        unit=unit,
        raw=frame,
    )


def make_talk(settings: Settings) -> SmaTalk:
    """The conversation of a scale with these settings."""
    return SmaTalk(seven_bits=settings.data_bits == 7)


def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AbstractAsyncContextManager[CableScale]:
    """Open the scale's port; raises DeviceGone."""
    return open_scale(settings, make_talk(settings), device=device, clock=clock, tap=tap)
