"""Scale that tells its weight in lines such as `ST,GS,+  1.234kg`, mostly by itself.

Sources: CAS CI-600D manual page 74, CAS NT-200 page 48, CAS CI-150A page 54, Excell AM4 page 12.
Every line ends with CR LF. Three forms are read, each by its marks:

- generic (Excell, A&D of 18 bytes): `ST|US|OL` , `GS|G|NT|N|TR` , sign, digits, unit. That `TR` is
  a line about the tare is general knowledge and not from these manuals [gen]; it tells no weight.
- CAS of 22 bytes: `ST|US|OL` , `GS|NT` , device, lamps , 8 digits, one byte, unit. The lamps: bit 6
  at rest, 4 hold, 2 gross, 1 tare, 0 zero. A weight is at rest only if head and lamps say so, and
  one that is on hold is not what lies on the scale now.
- CAS of 10 bytes: 8 digits alone, in the unit of the settings. Such a line tells neither rest nor
  net, so it never prices anything: set the scale to 22 bytes.

Two are asked for their line [src: drivers that were written to their manuals]: a Kern EOC with `W`,
and a Dini Argeo 3590 with `READ`, which answers `ST,1, 1.234kg, 0.000kg`: scale 1, and a second
weight that is not read here, so whether it is net is not known.

`OL` is above or below the range; it is read as below if a minus stands in the line. The manuals of
CAS give the unit as kg or t; tonnes are refused. None of them gives the line: 9600 8-N-1 is what a
Kern of this family has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Literal

from cext.kit.clock import Clock
from edge.devices.scales.cable_scale import CableScale
from edge.devices.scales.frames import Frames
from edge.devices.scales.mass import decode_grams, decode_unit
from edge.devices.scales.orders import ByItsKeys
from edge.devices.scales.reading import Answer, Heard, Noise, Reading, Unit
from edge.devices.scales.serial_scale import ScaleSettings, open_scale
from edge.devices.tap import UNTAPPED, Tap

LF = 0x0A
LAMP_STABLE, LAMP_HOLD, LAMP_ZERO = 0x40, 0x10, 0x01

_CAS_22 = re.compile(r"(ST|US|OL),(GS|NT),.(.),(.{8}).(..)", re.DOTALL)
_GENERIC = re.compile(r"(ST|US|OL),(GS|G|NT|N|TR),?([ +\-0-9.]*?) *([A-Za-z]*) *")
_DINI = re.compile(r"(ST|US),\d, *([+-]? *[0-9.]+) *([A-Za-z]+), *[+-]? *[0-9.]+ *[A-Za-z]+")
_CAS_10 = re.compile(r"[ +\-0-9.]{8}")


Asks = Literal["", "kern_eoc", "dini_3590"]
QUESTIONS: Mapping[Asks, bytes] = {"": b"", "kern_eoc": b"W", "dini_3590": b"READ\r\n"}


class Settings(ScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of an `ascii_lines_scale`; the tables in README.md say what each is for."""

    KIND: ClassVar[str] = "ascii_lines_scale"

    unit: Unit = "kg"
    asks: Asks = ""


class AsciiLinesTalk(ByItsKeys):
    """Lines that come by themselves or are asked for. `unit` is that of lines which tell none."""

    name: ClassVar[str] = "ascii_lines"

    def __init__(
        self, unit: Unit = "kg", *, question: bytes = b"", seven_bits: bool = False
    ) -> None:
        self._unit: Unit = unit
        self._question = question
        self._frames = Frames(ends=LF, seven_bits=seven_bits)

    def ask(self) -> bytes:
        return self._question

    def clear(self) -> None:
        self._frames.clear()

    def receive(self, data: bytes) -> Heard:
        frames = self._frames.feed(data)
        return Heard(
            tuple(one if isinstance(one, Noise) else decode_line(one, self._unit) for one in frames)
        )


def decode_line(line: bytes, unit: Unit) -> Answer:
    """Read one line with its end; `unit` is that of a line which tells none."""
    text = line.rstrip(b"\r\n").decode("latin-1")
    if match := _CAS_22.fullmatch(text):
        return _decode(line, match.group(1, 2, 4, 5), lamps=ord(match[3]))
    if match := _GENERIC.fullmatch(text):
        return _decode(line, match.group(1, 2, 3, 4))
    if match := _DINI.fullmatch(text):
        return _decode_dini(line, *match.groups())
    if _CAS_10.fullmatch(text) and (weight_g := decode_grams(text, unit)) is not None:
        return Reading(
            weight_g=weight_g, stable=False, under=weight_g < 0, tare_g=None, unit=unit, raw=line
        )
    return Noise("no line such as ST,GS,+  1.234kg", line)


def _decode(line: bytes, parts: tuple[str, ...], *, lamps: int | None = None) -> Answer:
    status, mode, number, told = parts
    unit = decode_unit(told)
    net = mode in {"NT", "N"}
    if status == "OL":
        under = "-" in number
        return Reading(
            weight_g=None,
            stable=False,
            over=not under,
            under=under,
            net=net,
            tare_g=None if net else 0,
            unit=unit or "kg",
            raw=line,
        )
    weight_g = decode_grams(number, unit) if unit else None
    if unit is None or weight_g is None:
        return Noise(f"{number + told!r} is no weight in kg, g, lb or oz", line)
    if mode == "TR":
        return Reading(weight_g=None, stable=False, tare_g=weight_g, unit=unit, raw=line)
    at_rest = status == "ST" and (lamps is None or bool(lamps & LAMP_STABLE))
    on_hold = lamps is not None and bool(lamps & LAMP_HOLD)
    return Reading(
        weight_g=weight_g,
        stable=at_rest and not on_hold,
        in_motion=not at_rest,
        under=weight_g < 0,
        zero=weight_g == 0 if lamps is None else bool(lamps & LAMP_ZERO),
        net=net,
        tare_g=None if net else 0,
        unit=unit,
        raw=line,
    )


def _decode_dini(line: bytes, status: str, number: str, told: str) -> Answer:
    unit = decode_unit(told)
    weight_g = decode_grams(number, unit) if unit else None
    if unit is None or weight_g is None:
        return Noise(f"{number + told!r} is no weight in kg, g, lb or oz", line)
    at_rest = status == "ST"
    return Reading(
        weight_g=weight_g,
        stable=at_rest,
        in_motion=not at_rest,
        under=weight_g < 0,
        zero=weight_g == 0,
        tare_g=None,
        unit=unit,
        raw=line,
    )


def make_talk(settings: Settings) -> AsciiLinesTalk:
    """The conversation of a scale with these settings."""
    question = QUESTIONS[settings.asks]
    return AsciiLinesTalk(settings.unit, question=question, seven_bits=settings.data_bits == 7)


def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AbstractAsyncContextManager[CableScale]:
    """Open the scale's port; raises DeviceGone."""
    return open_scale(settings, make_talk(settings), device=device, clock=clock, tap=tap)
