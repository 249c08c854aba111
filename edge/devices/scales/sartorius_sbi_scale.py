"""Balance that speaks SBI: Sartorius.

Sources: Cubis MSE manual page 71 and Entris II page 5 for the commands; Quintix manual page 87,
LE2202S page 51, FB page 66 and Combics 1 page 98 for the answers; CP323S page 54 for the line as it
comes from the factory, 1200 7-O-1. ESC P asks for a line of 16 or 22 characters:

    [6 characters label]  sign  9 characters with a point  space  3 characters unit  CR LF

While it is not at rest the unit is blank: such a weight is in no unit and so is none. `H`, `HH` or
`High` in place of the number is above the range, `L`, `LL` or `Low` below it, `--` no weight yet,
and `Err` with a number an error. The label tells net (`N`) or gross (`G`, `G#`); in 16 characters
neither is told. A balance may be set to answer only at rest, or to print by itself: both are read.
Digits in brackets are not for trade and are refused.
"""

from __future__ import annotations

import re
from contextlib import AbstractAsyncContextManager
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from cext.errors import Refused
from cext.kit.clock import Clock
from edge.devices.scales.cable_scale import CableScale
from edge.devices.scales.frames import Frames
from edge.devices.scales.mass import decode_grams, decode_unit
from edge.devices.scales.orders import refuse_order
from edge.devices.scales.reading import Answer, Heard, Noise, Reading
from edge.devices.scales.serial_scale import ScaleSettings, open_scale
from edge.devices.tap import UNTAPPED, Tap

LF = 0x0A
LABEL_N, LINE_N = 6, 14  # characters without CR LF

_WEIGHT = re.compile(r"([ +-][ 0-9.]{9}) (.{3})")
_OVER, _UNDER, _NO_WEIGHT_YET = {"H", "HH", "High"}, {"L", "LL", "Low"}, {"", "--"}
_NET = {"N": True, "G": False, "G#": False}


class Settings(ScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a `sartorius_sbi_scale`; the tables in README.md say what each is for."""

    KIND: ClassVar[str] = "sartorius_sbi_scale"

    baud: Annotated[int, Meta(ge=300, le=115_200)] = 1200
    data_bits: Literal[7, 8] = 7
    parity: Literal["N", "E", "O"] = "O"


class SartoriusTalk:
    """Commands are ESC and a letter; none but ESC P is answered."""

    name: ClassVar[str] = "sartorius_sbi"

    def __init__(self, *, seven_bits: bool = True) -> None:
        self._frames = Frames(ends=LF, seven_bits=seven_bits)
        self._has_labels = False

    def ask(self) -> bytes:
        return b"\x1bP\r\n"

    def clear(self) -> None:
        self._frames.clear()

    def zero(self) -> bytes:
        return b"\x1bV\r\n"

    def tare(self, weight_g: int | None) -> bytes:
        if weight_g is not None:
            raise refuse_order(self.name, "tare", "it takes as tare what lies on it.")
        if not self._has_labels:
            cure = "Its lines do not tell net: weigh once, with its output set to 22 characters."
            raise Refused("device_unfit", cure)
        return b"\x1bU\r\n"

    def receive(self, data: bytes) -> Heard:
        frames = self._frames.feed(data)
        return Heard(tuple(one if isinstance(one, Noise) else self._decode(one) for one in frames))

    def _decode(self, line: bytes) -> Answer:
        text = line.rstrip(b"\r\n").decode("latin-1")
        self._has_labels = len(text) == LABEL_N + LINE_N
        label = text[:LABEL_N].strip() if self._has_labels else ""
        return decode_line(label, text[LABEL_N:] if self._has_labels else text, line)


def decode_line(label: str, text: str, raw: bytes) -> Answer:
    """Read the 14 characters behind a label, or without one."""
    if len(text) != LINE_N:
        return Noise("a line of neither 16 nor 22 characters", raw)
    word = text.strip()
    net = _NET.get(label)
    tare_g = 0 if net is False else None
    is_over, is_under = word in _OVER, word in _UNDER
    if is_over or is_under or word in _NO_WEIGHT_YET:
        return Reading(
            weight_g=None,
            stable=False,
            over=is_over,
            under=is_under,
            net=bool(net),
            tare_g=tare_g,
            raw=raw,
        )
    match = _WEIGHT.fullmatch(text)
    if match is None or (label and net is None):
        return Noise(f"{(label + ' ' + word).strip()!r} is no weight", raw)
    number, told = match.groups()
    if not told.strip() and decode_grams(number, "g") is not None:
        return Reading(
            weight_g=None, stable=False, in_motion=True, net=bool(net), tare_g=tare_g, raw=raw
        )
    unit = decode_unit(told)
    weight_g = decode_grams(number, unit) if unit else None
    if unit is None or weight_g is None:
        problem = "no weight" if unit else f"no weight: {told.strip()!r} is no unit of a shop"
        return Noise(f"{word!r} is {problem}", raw)
    return Reading(
        weight_g=weight_g,
        stable=True,
        under=weight_g < 0,
        zero=weight_g == 0,
        net=bool(net),
        tare_g=tare_g,
        unit=unit,
        raw=raw,
    )


def make_talk(settings: Settings) -> SartoriusTalk:
    """The conversation of a scale with these settings."""
    return SartoriusTalk(seven_bits=settings.data_bits == 7)


def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AbstractAsyncContextManager[CableScale]:
    """Open the scale's port; raises DeviceGone."""
    return open_scale(settings, make_talk(settings), device=device, clock=clock, tap=tap)
