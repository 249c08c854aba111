"""Label printer that speaks TSPL on a TCP port (TSC, Gprinter and many others).

Status by `<ESC>!?`: one byte, answered at once also in trouble. Bits 0 to 6 as in Gprinter's
GP-2120T manual ("Status Polling Commands"); bit 7 is another error (TSC) or a temperature out of
range (Gprinter). Whether bit 5, printing, is set while labels wait that are not begun is not
verified. `<ESC>!.` drops the labels it holds (TSPL2, firmware 7.00 and later; older ones ignore
it). None of it has been tried on a printer here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from cext.kit.clock import Clock
from edge.devices.labels import render_tspl
from edge.devices.ports import LabelStatus
from edge.devices.printers.wired_label import (
    LabelSettings,
    Language,
    WiredLabelPrinter,
    open_printer,
)
from edge.devices.tap import UNTAPPED, Tap

ASK_STATUS = b"\x1b!?"
CANCEL_ALL = b"\x1b!."
HEAD_OPEN, JAM, MEDIA_OUT, RIBBON_OUT = 0x01, 0x02, 0x04, 0x08
PAUSED, PRINTING, COVER_OPEN, ERROR = 0x10, 0x20, 0x40, 0x80


class Settings(LabelSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a `tspl_label_printer`; the table in README.md says what each is for."""

    KIND: ClassVar[str] = "tspl_label_printer"


class StatusBytes:
    """Takes one byte for each question; what nobody asked for, or what cannot be, is a stray."""

    def __init__(self) -> None:
        self.strays_n = 0

    def feed(self, data: bytes, *, asked_n: int) -> list[LabelStatus]:
        """Take bytes; `asked_n` is how many questions are open."""
        found: list[LabelStatus] = []
        for value in data:
            if len(found) < asked_n and can_be(value):
                found.append(decode_status(value))
            else:
                self.strays_n += 1
        if found:
            self.strays_n = 0
        return found


def can_be(value: int) -> bool:
    """Whether a byte can be a status: nothing prints without labels, or jammed, or head open."""
    return not (value & PRINTING and value & (HEAD_OPEN | JAM | MEDIA_OUT))


def decode_status(value: int) -> LabelStatus:
    """Read the status byte."""
    media: Literal["ok", "out", "jam"] = "ok"
    if value & MEDIA_OUT:
        media = "out"
    elif value & JAM:
        media = "jam"
    return LabelStatus(
        head_open=bool(value & (HEAD_OPEN | COVER_OPEN)),
        media=media,
        ribbon_out=bool(value & RIBBON_OUT),
        paused=bool(value & PAUSED),
        busy=bool(value & PRINTING),
        error=bool(value & ERROR),
    )


LANGUAGE = Language(ask=ASK_STATUS, cancel=CANCEL_ALL, make_answers=StatusBytes, render=render_tspl)


@asynccontextmanager
async def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AsyncIterator[WiredLabelPrinter]:
    """Connect and ask for the status once; raises DeviceGone, DeviceSlow, DeviceGarbled."""
    async with open_printer(settings, LANGUAGE, device=device, clock=clock, tap=tap) as printer:
        yield printer
