"""Indicator in command mode: Yaohua XK3190-A23p and its sisters (A9+, DS3).

Sources: XK3190-A23p manual page 24, A9+ page 11, DS3 page 8. The shop asks, the indicator answers:

    STX  address A to Z  command  X X  ETX
    STX  address  command  sign  6 digits  places 0 to 4  X X  ETX

X X is the exclusive or of all between STX and itself, as two hexadecimal digits. Command C is the
tare and D the net; both are asked one after the other, so that a weight comes with its tare.

The indicator tells neither unit nor rest: the unit is set, and a weight is at rest when it stays
the same (see steady_scale.py). How it tells an overload is in none of the sources [?]; an answer
without digits is read as no weight. Nor do they name the line: 9600 is the fastest of a sister,
8-N-1 what its continuous mode has.
"""

from __future__ import annotations

import re
from contextlib import AbstractAsyncContextManager
from functools import reduce
from operator import xor
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from cext.kit.clock import Clock
from edge.devices.scales.frames import Frames
from edge.devices.scales.mass import round_grams
from edge.devices.scales.orders import ByItsKeys
from edge.devices.scales.reading import Answer, Heard, Noise, Reading, Unit
from edge.devices.scales.steady_scale import SteadyScale, SteadySettings, open_steady
from edge.devices.tap import UNTAPPED, Tap

STX, ETX = 0x02, 0x03
TARE, NET = "C", "D"

_ANSWER = re.compile(r"\x02([A-Z])([CD])([+-])(\d{6}|[ -]{6})([0-4])([0-9A-Fa-f]{2})\x03", re.ASCII)


class Settings(SteadySettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a `yaohua_xk3190_scale`; the tables in README.md say what each is for."""

    KIND: ClassVar[str] = "yaohua_xk3190_scale"

    address: Annotated[str, Meta(pattern="^[A-Z]$")] = "A"
    unit: Unit = "kg"


class YaohuaTalk(ByItsKeys):
    """Asks for the tare, and when that has come for the net; the net is the answer."""

    name: ClassVar[str] = "yaohua_xk3190"

    def __init__(self, address: str = "A", unit: Unit = "kg", *, seven_bits: bool = False) -> None:
        self._address = address
        self._unit: Unit = unit
        self._frames = Frames(starts=STX, ends=ETX, seven_bits=seven_bits)
        self._awaits: Literal["tare", "net", "nothing"] = "tare"
        self._tare_g = 0

    def ask(self) -> bytes:
        return encode_command(self._address, TARE)

    def clear(self) -> None:
        self._frames.clear()
        self._awaits = "tare"

    def receive(self, data: bytes) -> Heard:
        answers: list[Answer] = []
        reply = b""
        for frame in self._frames.feed(data):
            if isinstance(frame, Noise):
                answers.append(frame)
                continue
            found = self._decode(frame)
            if isinstance(found, int):
                self._tare_g, self._awaits = found, "net"
                reply += encode_command(self._address, NET)
            elif found is not None:
                answers.append(found)
        return Heard(tuple(answers), reply)

    def _decode(self, frame: bytes) -> Answer | int | None:
        """An answer, a tare in grams, or None for a second answer to one question."""
        match = _ANSWER.fullmatch(frame.decode("latin-1"))
        if match is None:
            return Noise("no answer to C or D", frame)
        address, command, sign, digits, places, check = match.groups()
        if int(check, 16) != reduce(xor, frame[1:-3]):
            return Noise("its checksum is wrong: noise on the cable?", frame)
        if address != self._address:
            return Noise(f"the scale at address {address} answers", frame)
        if command != (TARE if self._awaits == "tare" else NET) or self._awaits == "nothing":
            return None
        number_g = None
        if digits.isdigit():
            number_g = round_grams(int(digits), self._unit, decimals_n=int(places))
            number_g = -number_g if sign == "-" else number_g
        if command == TARE:
            return Noise("no tare", frame) if number_g is None or number_g < 0 else number_g
        self._awaits = "nothing"
        return Reading(
            weight_g=number_g,
            stable=False,
            under=number_g is not None and number_g < 0,
            zero=number_g == 0,
            net=self._tare_g > 0,
            tare_g=self._tare_g,
            unit=self._unit,
            checked=True,
            raw=frame,
        )


def encode_command(address: str, command: str) -> bytes:
    """STX, address, command, their exclusive or as two hexadecimal digits, ETX."""
    text = (address + command).encode()
    return bytes((STX,)) + text + f"{reduce(xor, text):02X}".encode() + bytes((ETX,))


def make_talk(settings: Settings) -> YaohuaTalk:
    """The conversation of a scale with these settings."""
    return YaohuaTalk(settings.address, settings.unit, seven_bits=settings.data_bits == 7)


def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AbstractAsyncContextManager[SteadyScale]:
    """Open the scale's port; raises DeviceGone."""
    return open_steady(settings, make_talk(settings), device=device, clock=clock, tap=tap)
