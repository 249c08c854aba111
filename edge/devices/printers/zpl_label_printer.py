"""Label printer that speaks ZPL II on a TCP port (Zebra and many others).

Status by `~HS`: three strings, STX ... ETX CR LF each, fields as in Zebra's ZPL programming guide
(docs.zebra.com, "~HS"). The same page says that a printer without media or ribbon, or with an
open head, may leave `~HS` unanswered: then it is slow, and the sentence says where to look. `~JA`
drops the formats it holds. None of it has been tried on a printer here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

from cext.kit.clock import Clock
from edge.devices.labels import render_zpl
from edge.devices.ports import LabelStatus
from edge.devices.printers.wired_label import (
    LabelSettings,
    Language,
    WiredLabelPrinter,
    open_printer,
)
from edge.devices.tap import UNTAPPED, Tap

ASK_STATUS = b"~HS\r\n"
CANCEL_ALL = b"~JA\r\n"
STX, ETX = 0x02, 0x03
FRAME_MAX_BYTES = 128
FIELDS_N = (12, 11, 2)


class Settings(LabelSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a `zpl_label_printer`; the table in README.md says what each is for."""

    KIND: ClassVar[str] = "zpl_label_printer"


class HostStatus:
    """Puts the three strings of `~HS` together; holds no more than one answer."""

    def __init__(self) -> None:
        self.strays_n = 0
        self._frame: bytearray | None = None
        self._strings: list[list[str]] = []

    def feed(self, data: bytes, *, asked_n: int) -> list[LabelStatus]:
        """Take bytes, give every whole status; unasked ones are the caller's to drop."""
        del asked_n
        found: list[LabelStatus] = []
        for value in data:
            if value == STX:
                self._frame = bytearray()
            elif self._frame is None:
                self.strays_n += value not in b"\r\n"
            elif value == ETX:
                found += self._end(bytes(self._frame))
                self._frame = None
            elif len(self._frame) < FRAME_MAX_BYTES:
                self._frame.append(value)
            else:
                self._spoil()
        return found

    def _end(self, frame: bytes) -> list[LabelStatus]:
        fields = frame.decode("ascii", "replace").split(",")
        if len(fields) != FIELDS_N[len(self._strings)] or not all(map(_is_number, fields)):
            self._spoil()
            return []
        self._strings.append(fields)
        if len(self._strings) < len(FIELDS_N):
            return []
        first, second, _ = self._strings
        self._strings = []
        self.strays_n = 0
        return [decode_status(first, second)]

    def _spoil(self) -> None:
        self._frame = None
        self._strings = []
        self.strays_n += 1


def decode_status(first: list[str], second: list[str]) -> LabelStatus:
    """Read the fields of the first and the second string, in the order of the guide."""
    waiting_n = int(first[4]) + int(second[8])
    return LabelStatus(
        head_open=is_set(second[2]),
        media="out" if is_set(first[1]) else "ok",
        ribbon_out=is_set(second[3]),
        paused=is_set(first[2]),
        busy=waiting_n > 0 or is_set(first[5]) or is_set(first[7]),
        label_waiting=is_set(second[7]),
        error=any(is_set(first[index]) for index in (9, 10, 11)),
        waiting_n=waiting_n,
    )


def is_set(field: str) -> bool:
    """Whether a flag is set; any number but 0 counts as set."""
    return int(field) != 0


def _is_number(field: str) -> bool:
    return field.isascii() and field.isdigit()


LANGUAGE = Language(
    ask=ASK_STATUS,
    cancel=CANCEL_ALL,
    make_answers=HostStatus,
    render=render_zpl,
    silent="Look whether it has labels and ribbon, its head is closed and its power is on.",
)


@asynccontextmanager
async def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AsyncIterator[WiredLabelPrinter]:
    """Connect and ask for the status once; raises DeviceGone, DeviceSlow, DeviceGarbled."""
    async with open_printer(settings, LANGUAGE, device=device, clock=clock, tap=tap) as printer:
        yield printer
