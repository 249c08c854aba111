"""Barcode scanner on a serial port or USB-CDC, in the plain text mode every maker has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from cext.kit.clock import Clock
from edge.devices.ports import DeviceSettings, Scan
from edge.devices.scanners.code_feed import CodeFeed
from edge.devices.scanners.scan_lines import ScanLines
from edge.devices.serial_port import Line, SerialPort
from edge.devices.tap import UNTAPPED, Tap


class Settings(DeviceSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a `serial_scanner`; the table in README.md says what each is for."""

    KIND: ClassVar[str] = "serial_scanner"

    port: Annotated[str, Meta(min_length=1)]
    baud: Annotated[int, Meta(ge=300, le=921_600)] = 9600
    data_bits: Literal[7, 8] = 8
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    ends_with: Literal["mark", "silence"] = "mark"
    silence_ms: Annotated[int, Meta(ge=20, le=5_000)] = 300
    longest_n: Annotated[int, Meta(ge=8, le=4_296)] = 256
    utf8: bool = False


class SerialScanner:
    """A scanner on a serial line; its codes come one at a time to one consumer of `scans()`."""

    def __init__(self, settings: Settings, *, device: str, clock: Clock, tap: Tap) -> None:
        self._lines = ScanLines(
            longest_n=settings.longest_n,
            silence_ms=settings.silence_ms,
            ends_in_silence=settings.ends_with == "silence",
            utf8=settings.utf8,
        )
        self._feed = CodeFeed(self._lines, device=device, clock=clock)
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
            on_bytes=self._on_bytes,
        )
        self._port.gone.add_done_callback(lambda _: self._feed.fail(self._port.gone_error()))

    async def start(self) -> None:
        """Open the port; raises DeviceGone."""
        await self._port.start()

    async def close(self) -> None:
        """Close the port; waits at most half a second."""
        self._feed.close()
        await self._port.close()

    def scans(self) -> AsyncIterator[Scan]:
        return self._feed

    def _on_bytes(self, data: bytes, at_mono_ns: int) -> None:
        self._feed.keep(self._lines.feed(data, at_mono_ns))


@asynccontextmanager
async def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AsyncIterator[SerialScanner]:
    """Open the scanner's port; raises DeviceGone."""
    scanner = SerialScanner(settings, device=device, clock=clock, tap=tap)
    try:
        await scanner.start()
        yield scanner
    finally:
        await scanner.close()
