"""Scales that answer a letter with digits and nothing else: one row of FAMILIES each.

Source: the scale drivers of KriolOS, as read [src]; no manual was at hand. The Adam CPWplus is from
its manual, page 14, which shows `G + 2.00 kg`: that asked `N` it tells `N + 2.00 kg` is inferred.
The Mettler Tiger, which tells lines by itself, is as quoted from a till's list of drivers [src].
Neither names its line. No answer has a checksum or says whether the scale is at rest or shows net:
a weight is taken as at rest only after the same one came in answers at least `steady_ms` apart (see
steady_scale.py), and its tare is unknown.

Digits with a point are in the unit of the settings; without a point they are refused, for nothing
tells their places. "dialog1" sends whole grams. The IND221's driver divides what it reads by a
further 100 [src]: hold a known weight against the first readings. After the letter L of an Avery
Berkel everything up to ETX is no weight. That an answer without digits is one without a weight, and
that a minus stands before one below zero, is assumed; both price nothing.

The defaults of the line are those of the first three rows, 9600 7-E-1; "samsung_esp" and "dialog1"
have 4800 8-O-1 and an IND221 has 9600 8-N-1, which the settings then have to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Literal

from msgspec import Struct

from cext.kit.clock import Clock
from edge.devices.scales.frames import Frames
from edge.devices.scales.mass import decode_unit, round_grams
from edge.devices.scales.orders import ByItsKeys
from edge.devices.scales.reading import Answer, Heard, Noise, Reading, Unit
from edge.devices.scales.steady_scale import SteadyScale, SteadySettings, open_steady
from edge.devices.tap import UNTAPPED, Tap

LF, CR, ETX, ENQ, RS = 0x0A, 0x0D, 0x03, 0x05, 0x1E


class Family(Struct, frozen=True, kw_only=True):
    """How one scale is asked and read; `question` is empty where it speaks by itself.

    `answer` finds the number in what comes before the byte `ends`; `shift_n` more of its digits
    stand behind the point than are written so. `unit` is set where the family has only one.
    """

    question: bytes
    ends: int
    answer: re.Pattern[str]
    shift_n: int = 0
    needs_point: bool = True
    unit: Unit | None = None


_PLAIN = re.compile(r"[\x00-\x20]*(?P<number>[+-]? *[0-9.]+) *(?P<unit>[A-Za-z]*)[\x00-\x20]*")
_UP_TO_L = re.compile(
    r"[\x00-\x20]*(?P<number>[+-]? *[0-9.]+) *"
    r"(?:(?P<unit>LB).*|(?:KG|kg)?(?:L(?!B).*)?[\x00-\x20]*)",
    re.DOTALL,
)
_LF_TO_K = re.compile(r"[^\n]*\n *(?P<number>[+-]? *[0-9.]+) *(?P<unit>)K.*", re.DOTALL)
_NET = re.compile(r"[\x00-\x20]*N *(?P<number>[+-]? *[0-9.]+) *(?P<unit>[A-Za-z]+)[\x00-\x20]*")
_NUMBER = re.compile(r"([+-]?) *(\d+)(\.?)(\d*)", re.ASCII)

FamilyName = Literal[
    "cas_pd2",
    "avery_6720",
    "acom_pc100",
    "samsung_esp",
    "mettler_ind221",
    "dialog1",
    "adam_cpwplus",
    "mettler_tiger",
]

FAMILIES: Mapping[FamilyName, Family] = {
    "cas_pd2": Family(question=b"W", ends=CR, answer=_PLAIN),
    "avery_6720": Family(question=b"W\r", ends=ETX, answer=_UP_TO_L),  # the Casio PD1 too
    "acom_pc100": Family(question=b"W\r", ends=ETX, answer=_LF_TO_K, unit="kg"),
    "samsung_esp": Family(question=b"$", ends=CR, answer=_PLAIN),
    "mettler_ind221": Family(question=b"P", ends=CR, answer=_PLAIN, shift_n=2, needs_point=False),
    "dialog1": Family(
        question=bytes((ENQ,)),
        ends=RS,
        answer=_PLAIN,
        needs_point=False,
        unit="g",
    ),
    "adam_cpwplus": Family(question=b"N\r\n", ends=LF, answer=_NET),
    "mettler_tiger": Family(question=b"", ends=LF, answer=_PLAIN),  # speaks by itself
}


class Settings(SteadySettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a `w_digits_scale`; the tables in README.md say what each is for."""

    KIND: ClassVar[str] = "w_digits_scale"

    family: FamilyName
    unit: Literal["kg", "lb"] = "kg"
    data_bits: Literal[7, 8] = 7
    parity: Literal["N", "E", "O"] = "E"


class WDigitsTalk(ByItsKeys):
    """The conversation of one family; `unit` is what the scale shows where it does not tell."""

    name: ClassVar[str] = "w_digits"

    def __init__(
        self, family: FamilyName, unit: Literal["kg", "lb"] = "kg", *, seven_bits: bool = True
    ) -> None:
        self._family = FAMILIES[family]
        self._unit: Unit = self._family.unit or unit
        self._frames = Frames(ends=self._family.ends, seven_bits=seven_bits)

    def ask(self) -> bytes:
        return self._family.question

    def clear(self) -> None:
        self._frames.clear()

    def receive(self, data: bytes) -> Heard:
        frames = self._frames.feed(data)
        return Heard(tuple(one if isinstance(one, Noise) else self.decode(one) for one in frames))

    def decode(self, frame: bytes) -> Answer:
        """Read one answer with its end, parity masked."""
        family, unit = self._family, self._unit
        text = frame[:-1].decode("latin-1")
        if not text.strip("\x02\r\n "):
            return Reading(weight_g=None, stable=False, tare_g=None, unit=unit, raw=frame)
        found = family.answer.fullmatch(text)
        number = _NUMBER.fullmatch(found["number"]) if found else None
        if found is None or number is None or len(number[2] + number[4]) > 8:
            return Noise(f"{text!r} is no weight of this family", frame)
        if found["unit"] and decode_unit(found["unit"]) != unit:
            return Noise(f"{text!r} is not in {unit}: is the unit setting right?", frame)
        sign, whole, point, part = number.groups()
        if family.needs_point and not point:
            return Noise(f"{text!r} has no point, so nothing tells its places", frame)
        weight_g = round_grams(int(whole + part), unit, decimals_n=len(part) + family.shift_n)
        under = sign == "-" and weight_g > 0
        return Reading(
            weight_g=-weight_g if under else weight_g,
            stable=False,
            under=under,
            zero=weight_g == 0,
            tare_g=None,
            unit=unit,
            raw=frame,
        )


def make_talk(settings: Settings) -> WDigitsTalk:
    """The conversation of a scale with these settings."""
    return WDigitsTalk(settings.family, settings.unit, seven_bits=settings.data_bits == 7)


def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AbstractAsyncContextManager[SteadyScale]:
    """Open the scale's port; raises DeviceGone."""
    return open_steady(settings, make_talk(settings), device=device, clock=clock, tap=tap)
