"""Time as a parameter. The only module that reads the system's clocks."""

from __future__ import annotations

import mmap
import struct
import time
from pathlib import Path
from typing import Protocol

from msgspec import Struct

_OFFSET = struct.Struct("<q")


class Clock(Protocol):
    """Records carry `now_ms`; durations and timeouts use `mono_ns` and never leave the process."""

    def now_ms(self) -> int:
        """UTC milliseconds since 1970."""

    def mono_ns(self) -> int:
        """Nanoseconds of a clock that never goes back."""


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def mono_ns(self) -> int:
        return time.monotonic_ns()


class SteeredClock(SystemClock):
    """The machine's clock plus an offset that another process writes to a shared file.

    A replay of last year's trade runs both daemons on it, so that every record carries the time
    of the trade. The file holds one little-endian int64: milliseconds to add.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), _OFFSET.size, access=mmap.ACCESS_READ)

    def now_ms(self) -> int:
        offset_ms: int = _OFFSET.unpack_from(self._map)[0]
        return super().now_ms() + offset_ms


class ClockWheel:
    """The hand that turns a `SteeredClock`: writes the offset so that now becomes `at_ms`."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(_OFFSET.pack(0))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _OFFSET.size)
        self._system = SystemClock()

    def set_now(self, at_ms: int) -> None:
        """Make every `SteeredClock` on this file read `at_ms` now, and tick on from there."""
        _OFFSET.pack_into(self._map, 0, at_ms - self._system.now_ms())


class ClockSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file whose offset is added to the machine's clock; for replaying past trade only."""

    steer_file: str = ""


def open_clock(settings: ClockSettings) -> Clock:
    """The system's clock, or a steered one when a file is named."""
    return SteeredClock(Path(settings.steer_file)) if settings.steer_file else SystemClock()
