"""Counts of what devices did, under UnifiedPOS names, kept over restarts in a small file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import structlog

log = structlog.get_logger(__name__)

SAVE_EVERY_S = 900
SAVE_WAIT_S = 1.0
FILE_MAX_BYTES = 1 << 20
POWERED_MS = "powered_ms"  # behind HoursPoweredCount: hours alone would lose every rest

_Counts = dict[str, dict[str, int]]


class Statistics:
    """Counts by device and name. What is counted since the last save is lost with the power.

    Without a `path` nothing is kept. The file is JSON: {device: {name: count}}.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._counts: _Counts = {}
        self._is_changed = False

    def count(self, device: str, name: str, more_n: int = 1) -> None:
        """Add `more_n` to the count `name` of `device`."""
        counts = self._counts.setdefault(device, {})
        counts[name] = counts.get(name, 0) + more_n
        self._is_changed = True

    def get(self, device: str, name: str) -> int:
        """A count; 0 for what never happened."""
        return self._counts.get(device, {}).get(name, 0)

    async def keep(self, settle: Callable[[], None]) -> None:
        """Take up the counts of before; save them now and then, and after `settle` at the end."""
        await self.load()
        try:
            while True:
                await asyncio.sleep(SAVE_EVERY_S)
                await self.save()
        finally:
            settle()
            async with asyncio.timeout(SAVE_WAIT_S):
                await self.save()

    async def load(self) -> None:
        """Take up what the file holds. One that cannot be read is put aside and told."""
        if self._path is None:
            return
        kept = await asyncio.to_thread(_read, self._path)
        for device, counts in kept.items():
            for name, count in counts.items():
                self.count(device, name, count)
        self._is_changed = False

    async def save(self) -> None:
        """Write the file if anything was counted; a disk that refuses is told, counting goes on."""
        if self._path is None or not self._is_changed:
            return
        self._is_changed = False
        data = msgspec.json.format(msgspec.json.encode(self._counts, order="sorted"))
        try:
            await asyncio.to_thread(_write, self._path, data)
        except OSError as exc:
            self._is_changed = True
            log.warning("statistics_unsaved", path=str(self._path), detail=str(exc))


def _read(path: Path) -> Mapping[str, Mapping[str, int]]:
    try:
        with path.open("rb") as file:
            data = file.read(FILE_MAX_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as exc:
        log.warning("statistics_unread", path=str(path), detail=str(exc))
        return {}
    try:
        kept: _Counts = msgspec.json.decode(data, type=_Counts)
    except (msgspec.MsgspecError, UnicodeDecodeError) as exc:
        aside = path.with_suffix(".unread")
        path.replace(aside)
        log.warning("statistics_unread", path=str(aside), detail=str(exc))
        return {}
    return kept


def _write(path: Path, data: bytes) -> None:
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
