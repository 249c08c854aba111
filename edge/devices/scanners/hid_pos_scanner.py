"""Barcode scanner in HID-POS mode, over a hidraw node."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar

from msgspec import Meta

from cext.errors import DeviceGone
from cext.kit.clock import Clock
from edge.devices.ports import DeviceSettings, Scan
from edge.devices.scanners.code_feed import CodeFeed
from edge.devices.scanners.hid_pos import REPORT_BYTES, HidPosReports
from edge.devices.tap import UNTAPPED, Tap

READ_BYTES = 64 * REPORT_BYTES  # the kernel keeps at most 64 reports

_CURES = {
    errno.ENOENT: "not there: the scanner is unplugged, or not in HID-POS mode",
    errno.EACCES: "no right to read it: udev sets it a moment after plugging in; if this stays, "
    "give the group input the right to read hidraw by a udev rule",
    errno.EPERM: "no right to read it: allow char-hidraw in the service (DeviceAllow=)",
    errno.ENODEV: "the scanner was unplugged",
    errno.EIO: "the scanner was unplugged",
}


class Settings(DeviceSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a `hid_pos_scanner`; the table in README.md says what each is for."""

    KIND: ClassVar[str] = "hid_pos_scanner"
    NODE: ClassVar[str] = "hidraw"

    port: Annotated[str, Meta(min_length=1)]
    silence_ms: Annotated[int, Meta(ge=20, le=5_000)] = 300
    longest_n: Annotated[int, Meta(ge=8, le=4_296)] = 256
    utf8: bool = False


class HidPosScanner:
    """A scanner that sends reports; its codes come one at a time to one consumer of `scans()`."""

    def __init__(self, settings: Settings, *, device: str, clock: Clock, tap: Tap) -> None:
        self._port = settings.port
        self._device = device
        self._clock = clock
        self._tap = tap
        self._loop = asyncio.get_running_loop()
        self._fd = -1
        self._reports = HidPosReports(
            longest_n=settings.longest_n, silence_ms=settings.silence_ms, utf8=settings.utf8
        )
        self._feed = CodeFeed(self._reports, device=device, clock=clock)

    def start(self) -> None:
        """Open the node; raises DeviceGone."""
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
        try:
            self._fd = os.open(self._port, flags)
        except OSError as exc:
            raise self._gone_error(exc.errno) from exc
        try:
            self._loop.add_reader(self._fd, self._on_readable)
        except OSError as exc:  # a plain file, which cannot be waited for
            self.close()
            raise self._gone_error(exc.errno) from exc

    def close(self) -> None:
        """Close the node."""
        self._feed.close()
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def scans(self) -> AsyncIterator[Scan]:
        return self._feed

    def _on_readable(self) -> None:
        try:
            data = os.read(self._fd, READ_BYTES)
        except BlockingIOError:
            return
        except OSError as exc:
            self._end(exc.errno)
            return
        if data:
            now_ns = self._clock.mono_ns()
            self._tap.took(data, now_ns)
            self._feed.keep(self._reports.feed(data, now_ns))
        else:
            self._end(errno.ENODEV)

    def _end(self, number: int | None) -> None:
        self._feed.fail(self._gone_error(number))
        self.close()

    def _gone_error(self, number: int | None) -> DeviceGone:
        cure = _CURES.get(number or 0) or os.strerror(number or 0)
        detail = f"{self._port}: {cure}"
        code = "port_refused" if number in (errno.EACCES, errno.EPERM) else "device_gone"
        return DeviceGone(code, detail, device=self._device, port=self._port)


@asynccontextmanager
async def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AsyncIterator[HidPosScanner]:
    """Open the scanner's node; raises DeviceGone."""
    scanner = HidPosScanner(settings, device=device, clock=clock, tap=tap)
    try:
        scanner.start()
        yield scanner
    finally:
        scanner.close()
