"""Customer display of two lines of twenty columns on a serial port.

Two command sets. `cd5220`: ESC Q A ... CR and ESC Q B ... CR write the lines, CLR (0C) clears, as
in the CD5220 user's manual, command list. `escpos`: US $ x y moves, CLR clears, ESC t chooses a
code page, as on Epson's DM-D displays (from general knowledge, not verified). A display never
answers: what was sent may have been read by nobody, and nothing is claimed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from cext.kit.clock import Clock
from edge.devices.paper.layout import columns_of, plain
from edge.devices.ports import DeviceSettings, Report
from edge.devices.serial_port import Line, SerialPort
from edge.devices.tap import UNTAPPED, Tap

COLUMNS_N = 20
INITIALIZE, CLEAR = b"\x1b@", b"\x0c"
CODE_PAGE_437 = b"\x1bt\x00"
UNKNOWN = b"?"


class Settings(DeviceSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a `vfd_display`; the table in README.md says what each is for."""

    KIND: ClassVar[str] = "vfd_display"

    port: Annotated[str, Meta(min_length=1)]
    commands: Literal["escpos", "cd5220"] = "escpos"
    hanzi: bool = False
    baud: Annotated[int, Meta(ge=300, le=115_200)] = 9600
    data_bits: Literal[7, 8] = 8
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1


def encode_line(text: str, *, hanzi: bool, western: bool) -> bytes:
    """Give the twenty bytes that show `text`, cut or filled with spaces.

    With `hanzi` a Chinese character is its GB18030 pair and takes two columns; `western` is for
    code page 437. A character the display lacks is one `?` for each of its columns.
    """
    out = bytearray()
    for char in plain(text.replace("¥", "￥") if hanzi else text):
        shown = _encode(char, hanzi=hanzi, western=western)
        if len(out) + len(shown) > COLUMNS_N:
            break
        out += shown
    return bytes(out.ljust(COLUMNS_N))


def _encode(char: str, *, hanzi: bool, western: bool) -> bytes:
    if char.isascii():
        return char.encode("ascii")
    if hanzi:
        pair = char.encode("gb18030", "replace")
        if len(pair) == 2 and columns_of(char) == 2:
            return pair
    elif western and columns_of(char) == 1:
        return char.encode("cp437", "replace")
    return UNKNOWN * columns_of(char)


class VfdDisplay:
    """Shows two lines at a time."""

    def __init__(self, settings: Settings, *, device: str, clock: Clock, tap: Tap) -> None:
        self._settings = settings
        self._port = SerialPort(
            Line(
                port=settings.port,
                baud=settings.baud,
                data_bits=settings.data_bits,
                parity=settings.parity,
                stop_bits=settings.stop_bits,
            ),
            device=device,
            clock=clock,
            tap=tap,
            on_bytes=lambda _data, _at: None,
        )

    async def start(self) -> None:
        """Open the port and clear the display; raises DeviceGone, DeviceSlow."""
        await self._port.start()
        page = CODE_PAGE_437 if self._is_western() else b""
        self._port.write(INITIALIZE + page + CLEAR)

    async def close(self) -> None:
        """Close the port; waits at most half a second."""
        await self._port.close()

    async def watch(self, report: Report) -> None:
        report("")
        await self._port.wait_gone()

    async def show(self, upper: str, lower: str) -> None:
        lines = [
            encode_line(text, hanzi=self._settings.hanzi, western=self._is_western())
            for text in (upper, lower)
        ]
        if self._settings.commands == "cd5220":
            data = b"\x1bQA" + lines[0] + b"\r\x1bQB" + lines[1] + b"\r"
        else:
            data = b"\x1f$\x01\x01" + lines[0] + b"\x1f$\x01\x02" + lines[1]
        self._port.write(data)
        await asyncio.sleep(0)

    async def clear(self) -> None:
        self._port.write(CLEAR)
        await asyncio.sleep(0)

    def _is_western(self) -> bool:
        # In a Chinese display high bytes are halves of pairs, in a CD5220 they differ by model.
        return self._settings.commands == "escpos" and not self._settings.hanzi


@asynccontextmanager
async def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AsyncIterator[VfdDisplay]:
    """Open the display's port and clear it; raises DeviceGone, DeviceSlow."""
    display = VfdDisplay(settings, device=device, clock=clock, tap=tap)
    try:
        await display.start()
        yield display
    finally:
        await display.close()
