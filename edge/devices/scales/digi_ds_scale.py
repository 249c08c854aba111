"""Scale that tells net and tare by itself: DIGI DS-425.

Source: DS-425 service manual page 16. The line is 8-N-1 at 2400 to 19200 baud; which of them the
factory sets is not told, so 9600 here is only the middle. Over and over it sends

    [NUL or SOH  CR]  [0]  net, 7 characters  CR  [4]  tare, 7 characters  CR LF

NUL is at rest and SOH is not; switch that code on (SPEC02 bit 1), for without it no weight is at
rest. The headers 0 and 4 (SPEC02 bit 0) come both or not at all. The unit is not told but set. How
an overload looks is not told either [?]: a net without digits is read as no weight. A comma in a
number is refused, for nothing tells what it parts.
"""

from __future__ import annotations

import re
from contextlib import AbstractAsyncContextManager
from typing import ClassVar

from cext.kit.clock import Clock
from edge.devices.scales.cable_scale import CableScale
from edge.devices.scales.frames import Frames
from edge.devices.scales.mass import decode_grams
from edge.devices.scales.orders import ByItsKeys
from edge.devices.scales.reading import Answer, Heard, Noise, Reading, Unit
from edge.devices.scales.serial_scale import ScaleSettings, open_scale
from edge.devices.tap import UNTAPPED, Tap

LF = 0x0A
AT_REST, IN_MOTION = "\x00", "\x01"

_LINE = re.compile(r"(?:([\x00\x01])\r)?(0?)([ 0-9.\-]{7})\r(4?)([ 0-9.\-]{7})\r\n")


class Settings(ScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a `digi_ds_scale`; the tables in README.md say what each is for."""

    KIND: ClassVar[str] = "digi_ds_scale"

    unit: Unit = "kg"


class DigiTalk(ByItsKeys):
    """Lines that come by themselves, in the unit that the scale shows."""

    name: ClassVar[str] = "digi_ds"

    def __init__(self, unit: Unit = "kg", *, seven_bits: bool = False) -> None:
        self._unit: Unit = unit
        self._frames = Frames(ends=LF, seven_bits=seven_bits)

    def ask(self) -> bytes:
        return b""

    def clear(self) -> None:
        self._frames.clear()

    def receive(self, data: bytes) -> Heard:
        frames = self._frames.feed(data)
        return Heard(
            tuple(one if isinstance(one, Noise) else decode_line(one, self._unit) for one in frames)
        )


def decode_line(line: bytes, unit: Unit) -> Answer:
    """Read one line with its end."""
    match = _LINE.fullmatch(line.decode("latin-1"))
    if match is None or bool(match[2]) != bool(match[4]):
        return Noise("no net and tare of 7 characters each", line)
    code, net_text, tare_text = match[1], match[3], match[5]
    tare_g = decode_grams(tare_text, unit)
    weight_g = decode_grams(net_text, unit)
    if tare_g is None or tare_g < 0 or (weight_g is None and net_text.strip(" -")):
        return Noise(f"{net_text!r} and {tare_text!r} are no net and tare", line)
    return Reading(
        weight_g=weight_g,
        stable=code == AT_REST and weight_g is not None,
        in_motion=code == IN_MOTION,
        under=weight_g is not None and weight_g < 0,
        zero=weight_g == 0,
        net=tare_g > 0,
        tare_g=tare_g,
        unit=unit,
        raw=line,
    )


def make_talk(settings: Settings) -> DigiTalk:
    """The conversation of a scale with these settings."""
    return DigiTalk(settings.unit, seven_bits=settings.data_bits == 7)


def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AbstractAsyncContextManager[CableScale]:
    """Open the scale's port; raises DeviceGone."""
    return open_scale(settings, make_talk(settings), device=device, clock=clock, tap=tap)
