"""Scale that speaks NCI: SCP-01 of Weigh-Tronix, and its ECR form (SCP-02) of many tills.

Sources: Weigh-Tronix SCP-01 8408-14788-01; METTLER TOLEDO DIVA service manual, pages 35-36. Asked
`W` CR it answers LF weight unit CR LF status CR ETX, or the status alone when it has no weight.
ECR puts an `S` before the status; it is taken as optional, since not every scale sends it. A status
byte is 0x30 plus bits. There is no checksum.
"""

from __future__ import annotations

import re
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Literal

from cext.kit.clock import Clock
from edge.devices.scales.cable_scale import CableScale
from edge.devices.scales.frames import Frames
from edge.devices.scales.mass import decode_grams, decode_unit
from edge.devices.scales.orders import refuse_order
from edge.devices.scales.reading import Answer, Heard, Noise, Reading, Unit
from edge.devices.scales.serial_scale import ScaleSettings, open_scale
from edge.devices.tap import UNTAPPED, Tap

ETX = 0x03
MOTION, AT_ZERO = 0x01, 0x02
UNDER, OVER = 0x01, 0x02
NET = 0x04
# (status byte, bit): what is broken inside of the scale.
FAULTS = {
    (0, 0x04): "its memory (RAM) fails",
    (0, 0x08): "its settings (EEPROM) are lost",
    (1, 0x04): "its program (ROM) fails",
    (1, 0x08): "its calibration is faulty",
    (2, 0x08): "it found no zero when switched on: empty it and switch it off and on",
}

_ANSWER = re.compile(
    r"(?:\n(?P<weight>[ 0-9.^_-]{5,10})(?P<unit>[A-Za-z]{1,3}) *\r)?"
    r"\nS?(?P<status>[0-?][0-?p-\x7f]{1,3})\r\x03\Z"
)


class Settings(ScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of an `nci_scale`; the table in README.md says what each is for."""

    KIND: ClassVar[str] = "nci_scale"

    data_bits: Literal[7, 8] = 7
    parity: Literal["N", "E", "O"] = "E"


class NciTalk:
    """Both forms; the scale tells its unit."""

    name: ClassVar[str] = "nci"

    def __init__(self, *, seven_bits: bool) -> None:
        self._frames = Frames(ends=ETX, seven_bits=seven_bits)
        self._unit: Unit = "kg"

    def ask(self) -> bytes:
        return b"W\r"

    def zero(self) -> bytes:
        return b"Z\r"

    def tare(self, weight_g: int | None) -> bytes:
        del weight_g
        raise refuse_order("NCI", "tare", "set the tare at the scale.")

    def clear(self) -> None:
        self._frames.clear()

    def receive(self, data: bytes) -> Heard:
        found: list[Answer] = []
        for frame in self._frames.feed(data):
            found += (frame,) if isinstance(frame, Noise) else self._decode(frame)
        return Heard(tuple(found))

    def _decode(self, frame: bytes) -> tuple[Answer, ...]:
        """What ends with this ETX; half an answer may lie before it."""
        text = frame.decode("latin-1")
        match = _ANSWER.search(text)
        if match is None:
            unknown = text.endswith("\n?\r\x03")
            detail = "it does not know the question" if unknown else "no NCI answer"
            return (Noise(detail, frame),)
        raw = frame[match.start() :]
        half = frame[: match.start()]
        before = (Noise("half an answer", half),) if half else ()
        return (*before, self._decode_answer(match, raw))

    def _decode_answer(self, match: re.Match[str], raw: bytes) -> Answer:
        status = [ord(char) for char in match["status"]] + [0, 0]
        faults = [text for (place, bit), text in FAULTS.items() if status[place] & bit]
        if faults:
            return Noise("; ".join(faults), raw)
        told, number = match["weight"], None
        if told is not None:
            unit = decode_unit(match["unit"])
            if unit is None:
                return Noise(f"{match['unit']!r} is no unit of a shop: set the scale to kg", raw)
            self._unit = unit
            number = decode_grams(told, unit)
            if number is None and told.strip(" ^_-"):
                return Noise(f"{told!r} is no weight", raw)
        over = bool(status[1] & OVER) or "^" in (told or "")
        under = bool(status[1] & UNDER) or "_" in (told or "") or (number or 0) < 0
        in_motion = bool(status[0] & MOTION)
        net = bool(status[2] & NET)
        return Reading(
            weight_g=None if over else number,
            stable=number is not None and not (in_motion or over),
            in_motion=in_motion,
            over=over,
            under=under,
            zero=bool(status[0] & AT_ZERO),
            net=net,
            tare_g=None if net else 0,
            unit=self._unit,
            raw=raw,
        )


def make_talk(settings: Settings) -> NciTalk:
    """The conversation of a scale with these settings."""
    return NciTalk(seven_bits=settings.data_bits == 7)


def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AbstractAsyncContextManager[CableScale]:
    """Open the scale's port; raises DeviceGone."""
    return open_scale(settings, make_talk(settings), device=device, clock=clock, tap=tap)
