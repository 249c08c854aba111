"""Counter scale asked as tills ask it: ENQ, ACK, DC1, and the weight between SOH and EOT.

Sources: CAS AP-1 protocol document; CAS PD-II manual page 23 (type 6); CAS SW-II manual page 15;
Ohaus Aviator 7000 service manual page 36. The shop asks ENQ, the scale says ACK (NAK: ask again),
the shop sends DC1, and the weight comes as

    SOH STX  S|U  space|-|F  6 or 7 characters with a point  2 characters unit  BCC  ETX EOT

`S` is at rest (the AP-1: for 500 ms), `F` is an overflow, with F in place of the digits. BCC is the
exclusive or of what lies between STX and BCC. The first byte is 0x81 on some scales, and the long
form has 7 characters of weight [src: a catalogue of drivers]: so an answer is read by its marks.

The AP-1 has 9600 8-N-1, which is the default here; a PD-II of type 6 has 9600 7-E-1. The PD-II's
types 0 and 1 (ENQ, then DC2) are another dialogue and not read here.
"""

from __future__ import annotations

import re
from contextlib import AbstractAsyncContextManager
from functools import reduce
from operator import xor
from typing import ClassVar, Literal

from cext.kit.clock import Clock
from edge.devices.scales.cable_scale import CableScale
from edge.devices.scales.mass import decode_grams, decode_unit
from edge.devices.scales.orders import ByItsKeys
from edge.devices.scales.reading import Answer, Heard, Noise, Reading
from edge.devices.scales.serial_scale import ScaleSettings, open_scale
from edge.devices.tap import UNTAPPED, Tap

SOH, STX, ETX, EOT, ENQ, ACK, DC1, NAK = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x11, 0x15
SOH_OF_SOME = 0x81
REPEATS_MAX_N = 5
LONGEST_N = 32
SHORTEST_BEFORE_BCC_N = 10

_DATA = re.compile(r"([SU])([ \-F])([0-9. F]{5,7})(..)")


class Settings(ScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of an `enq_dc1_scale`; the tables in README.md say what each is for."""

    KIND: ClassVar[str] = "enq_dc1_scale"


class EnqDc1Talk(ByItsKeys):
    """The dialogue of one cable; holds at most LONGEST_N bytes.

    A NAK is answered with the question again, REPEATS_MAX_N times for one question. Each question
    has one ACK and one weight: what came before its ACK belongs to a former one.
    """

    name: ClassVar[str] = "enq_dc1"

    def __init__(self, *, seven_bits: bool = False) -> None:
        self._mask = 0x7F if seven_bits else 0xFF
        self._held = bytearray()
        self._naks_n = 0
        self._stray = False
        self._awaits: Literal["ack", "weight", "nothing"] = "ack"

    def ask(self) -> bytes:
        return bytes((ENQ,))

    def clear(self) -> None:
        self._held.clear()
        self._naks_n = 0
        self._stray = False
        self._awaits = "ack"

    def receive(self, data: bytes) -> Heard:
        answers: list[Answer] = []
        reply = bytearray()
        for byte in data:
            value = byte & self._mask
            if self._held:
                answers += self._on_answer_byte(value)
            elif value in {SOH, SOH_OF_SOME}:
                self._held.append(value)
                self._stray = False
            elif value == ACK:
                if self._awaits == "ack":
                    reply.append(DC1)
                    self._awaits = "weight"
            elif value == NAK:
                answers += self._on_nak(reply)
            elif not self._stray:
                self._stray = True
                answers.append(Noise("bytes before an answer", bytes((byte,))))
        return Heard(tuple(answers), bytes(reply))

    def _on_nak(self, reply: bytearray) -> list[Answer]:
        self._naks_n += 1
        if self._naks_n <= REPEATS_MAX_N:
            reply.append(ENQ)
            return []
        detail = "it refuses the question (NAK): does it show an error?"
        return [Noise(detail, bytes((NAK,)))] if self._naks_n == REPEATS_MAX_N + 1 else []

    def _on_answer_byte(self, value: int) -> list[Answer]:
        # A BCC may have the value of SOH too, but it comes after the weight.
        if value in {SOH, SOH_OF_SOME} and len(self._held) <= SHORTEST_BEFORE_BCC_N:
            half = Noise("half an answer", bytes(self._held))
            self._held[:] = (value,)
            return [half]
        self._held.append(value)
        # BCC may look like ETX or EOT: only the pair is an end.
        if self._held[-2:] == bytes((ETX, EOT)) and len(self._held) > 3:
            frame = bytes(self._held)
            self._held.clear()
            if self._awaits != "weight":
                return [Noise("a weight that nobody asked for", frame)]
            self._awaits = "nothing"
            return [decode_answer(frame)]
        if len(self._held) >= LONGEST_N:
            noise = Noise("an answer without an end", bytes(self._held))
            self._held.clear()
            return [noise]
        return []


def decode_answer(frame: bytes) -> Answer:
    """Read one answer from SOH to EOT, parity masked."""
    if frame[1:2] != bytes((STX,)) or len(frame) < 6:
        return Noise("no STX after SOH", frame)
    data, bcc = frame[2:-3], frame[-3]
    if reduce(xor, data, 0) != bcc:
        return Noise("its checksum is wrong: noise on the cable?", frame)
    match = _DATA.fullmatch(data.decode("latin-1"))
    unit = decode_unit(match[4]) if match else None
    if match is None or unit is None:
        return Noise("no weight between STX and ETX", frame)
    status, sign, number = match[1], match[2], match[3]
    stable = status == "S"
    if sign == "F":
        return Reading(
            weight_g=None,
            stable=False,
            in_motion=not stable,
            over=True,
            tare_g=None,
            unit=unit,
            checked=True,
            raw=frame,
        )
    weight_g = decode_grams(sign + number, unit)
    if weight_g is None:
        return Noise("no weight between STX and ETX", frame)
    return Reading(
        weight_g=weight_g,
        stable=stable,
        in_motion=not stable,
        under=sign == "-" and weight_g < 0,
        zero=weight_g == 0,
        tare_g=None,
        unit=unit,
        checked=True,
        raw=frame,
    )


def make_talk(settings: Settings) -> EnqDc1Talk:
    """The conversation of a scale with these settings."""
    return EnqDc1Talk(seven_bits=settings.data_bits == 7)


def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AbstractAsyncContextManager[CableScale]:
    """Open the scale's port; raises DeviceGone."""
    return open_scale(settings, make_talk(settings), device=device, clock=clock, tap=tap)
