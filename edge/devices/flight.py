"""Flight recorder: the last bytes on a device's cable, and what was made of them.

Bounded in memory. When a device is lost or garbles, the recording is sealed: it goes to the disk,
where the last few of each device stay. What a scanner reads is in it, word for word.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import structlog

from cext.kit.clock import Clock
from edge.devices.dialogue import write_talk

log = structlog.get_logger(__name__)

KEPT_MAX_BYTES = 64 * 1024
ENTRIES_MAX_N = 4_096
PIECE_MAX_BYTES = 32 * 1024  # a longer one would push out everything before it
SEALED_MAX_N = 4
SEAL_EVERY_MS = 60_000
WAITING_MAX_N = 16
ENDING = ".hex"
_OPEN = ("?", b"open")


class Entry(NamedTuple):
    """One thing that happened; `data` is bytes of the cable, or text for the other marks."""

    mark: str
    at_ns: int
    data: bytes


class Flight:
    """What went over one device's cable last; a `Tap`, and it never fails."""

    def __init__(self, device: str, table: Mapping[str, object], clock: Clock) -> None:
        self.device = device
        self._head = write_talk(table)
        self._clock = clock
        self._entries: deque[Entry] = deque()
        self._kept_bytes = 0
        self._dropped_n = 0

    def begin(self, table: Mapping[str, object]) -> None:
        """Begin anew for a device that is set up otherwise: what was kept is let go."""
        self._head = write_talk(table)
        self._entries.clear()
        self._kept_bytes = self._dropped_n = 0

    def took(self, data: bytes, at_mono_ns: int) -> None:
        """Keep bytes of the device."""
        self._keep("<", data, at_mono_ns)

    def sent(self, data: bytes) -> None:
        """Keep bytes to the device."""
        self._keep(">", bytes(data), self._clock.mono_ns())

    def ask(self, what: str) -> None:
        """The shop asks this of the driver."""
        self._keep("?", what.encode(), self._clock.mono_ns())

    def answer(self, what: str) -> None:
        """This is what came of it. One more try to open with the same end is not kept."""
        last = [(entry.mark, entry.data) for entry in islice(reversed(self._entries), 3)]
        if last == [_OPEN, ("=", what.encode()), _OPEN]:
            self._kept_bytes -= len(self._entries.pop().data)
            return
        self._keep("=", what.encode(), self._clock.mono_ns())

    def remark(self, what: str) -> None:
        """Something else that helps to read the recording."""
        self._keep("#", what.encode(), self._clock.mono_ns())

    def has_bytes(self) -> bool:
        """Whether anything went over the cable."""
        return any(entry.mark in "<>" for entry in self._entries)

    def export(self) -> str:
        """The recording as text, in the form of `edge/devices/dialogue.py`."""
        lines = [
            f"# Recording of {self.device}, ended at {self._clock.now_ms()} ms UTC.",
            self._head,
        ]
        if self._dropped_n:
            lines.append(f"# {self._dropped_n} older entries were dropped.")
        first_ns, shown = (self._entries[0].at_ns if self._entries else 0), ""
        for mark, at_ns, data in self._entries:
            stamp = f"{max(0, at_ns - first_ns) / 1e9:.3f}"
            if stamp != shown:
                lines.append(f"@ {stamp}")
                shown = stamp
            lines.append(f"{mark} {data.hex(' ') if mark in '<>' else _one_line(data)}")
        return "\n".join(lines) + "\n"

    def _keep(self, mark: str, data: bytes, at_ns: int) -> None:
        if len(data) > PIECE_MAX_BYTES:
            told = f"{len(data)} bytes of {mark!r} were too many to keep"
            mark, data = "#", told.encode()
        self._entries.append(Entry(mark, at_ns, data))
        self._kept_bytes += len(data)
        while self._kept_bytes > KEPT_MAX_BYTES or len(self._entries) > ENTRIES_MAX_N:
            self._kept_bytes -= len(self._entries.popleft().data)
            self._dropped_n += 1


class Unrecorded(Flight):
    """Records nothing: `flight = false`."""

    def _keep(self, mark: str, data: bytes, at_ns: int) -> None:
        del mark, data, at_ns


def _one_line(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r", " ").replace("\n", " ")


class Seals:
    """Writes sealed recordings into `folder`, off the loop; without a folder they are let go."""

    def __init__(self, folder: Path | None, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue(WAITING_MAX_N)
        self._sealed_ms: dict[str, int] = {}

    def seal(self, flight: Flight) -> None:
        """Keep the recording as it is now; at most once a minute for each device."""
        now_ms = self._clock.now_ms()
        since_ms = now_ms - self._sealed_ms.get(flight.device, now_ms - SEAL_EVERY_MS)
        if self._folder is None or since_ms < SEAL_EVERY_MS or self._waiting.full():
            return
        if flight.has_bytes():
            self._sealed_ms[flight.device] = now_ms
            self._waiting.put_nowait((f"{flight.device}-{now_ms:015}{ENDING}", flight.export()))

    async def run(self) -> None:
        """Write what is sealed, for ever; a disk that refuses is told and nothing else stops."""
        while self._folder is not None:
            name, text = await self._waiting.get()
            try:
                await asyncio.to_thread(write_seal, self._folder, name, text)
            except OSError as exc:
                log.warning("flight_unsaved", path=str(self._folder / name), detail=str(exc))
            else:
                log.info("flight_sealed", path=str(self._folder / name))


def write_seal(folder: Path, name: str, text: str) -> None:
    """Write one recording, readable by its owner alone, and drop the oldest of its device."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
    device = name.rpartition("-")[0]
    kept = sorted(folder.glob(f"{device}-{'[0-9]' * 15}{ENDING}"))
    for path in kept[:-SEALED_MAX_N]:
        path.unlink(missing_ok=True)
