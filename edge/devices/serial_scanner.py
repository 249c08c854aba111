"""Barcode scanner on a serial port or USB-CDC, in the plain text mode every maker has."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar, Literal, Self

from msgspec import Meta

from cext.errors import DeviceGarbled
from cext.kit.clock import Clock
from edge.devices.ports import DeviceSettings, Scan
from edge.devices.scan_lines import Code, Garbage, ScanLines
from edge.devices.serial_port import Line, SerialPort

QUEUE_MAX_N = 64


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
    """Gives whole codes; codes nobody fetched in time are counted and told, never kept for ever.

    One consumer: `async for scan in scanner.scans()`, or `await anext(...)` where garbage is to
    be survived.
    """

    def __init__(self, settings: Settings, *, device: str, clock: Clock) -> None:
        self._device = device
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._lines = ScanLines(
            longest_n=settings.longest_n,
            silence_ms=settings.silence_ms,
            ends_in_silence=settings.ends_with == "silence",
            utf8=settings.utf8,
        )
        self._found: deque[Scan | Garbage] = deque()
        self._lost_n = 0
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
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
            on_bytes=self._on_bytes,
        )
        self._port.gone.add_done_callback(lambda _: self._wake.set())

    async def start(self) -> None:
        """Open the port; raises DeviceGone."""
        await self._port.start()

    async def close(self) -> None:
        """Close the port; waits at most half a second."""
        if self._timer is not None:
            self._timer.cancel()
        await self._port.close()

    def scans(self) -> AsyncIterator[Scan]:
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Scan:
        while not self._found:
            if self._lost_n:
                detail = f"{self._lost_n} codes came faster than they were taken"
                self._lost_n = 0
                raise DeviceGarbled("scans_lost", detail, device=self._device)
            if self._port.gone.done():
                raise self._port.gone_error()
            self._wake.clear()
            await self._wake.wait()
        found = self._found.popleft()
        if isinstance(found, Garbage):
            raise DeviceGarbled(f"scan_{found.reason}", found.detail, device=self._device)
        return found

    def _on_bytes(self, data: bytes, at_mono_ns: int) -> None:
        self._keep(self._lines.feed(data, at_mono_ns))
        due_ns = self._lines.next_tick_ns()
        if due_ns is not None and self._timer is None:
            self._arm(due_ns)

    def _arm(self, due_ns: int) -> None:
        wait_s = max(0, due_ns - self._clock.mono_ns()) / 1_000_000_000
        self._timer = self._loop.call_later(wait_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._keep(self._lines.tick(self._clock.mono_ns()))
        due_ns = self._lines.next_tick_ns()
        if due_ns is not None:
            self._arm(due_ns)

    def _keep(self, found: list[Code | Garbage]) -> None:
        for one in found:
            if len(self._found) >= QUEUE_MAX_N:
                self._lost_n += 1
            elif isinstance(one, Code):
                at_ms = self._clock.now_ms()
                self._found.append(Scan(one.text, one.symbology, self._device, at_ms))
            else:
                self._found.append(one)
        if found:
            self._wake.set()


@asynccontextmanager
async def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock
) -> AsyncIterator[SerialScanner]:
    """Open the scanner's port; raises DeviceGone."""
    scanner = SerialScanner(settings, device=device, clock=clock)
    try:
        await scanner.start()
        yield scanner
    finally:
        await scanner.close()
