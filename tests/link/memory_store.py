"""An EventStore in memory that keeps the promises of hub/link/ports.py and can be told to fail."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from cext.errors import StorageError
from cext.lang.events import GENESIS_HASH
from hub.link import Checked, Cursor


class MemoryStore:
    def __init__(self) -> None:
        self.raws: dict[str, list[bytes]] = {}
        self.cursors: dict[str, Cursor] = {}
        self.changed = asyncio.Condition()
        self.failures_n = 0
        self.commits_n = 0
        self.refused: set[str] = set()  # stores whose events it will not hold
        self.largest_bytes = 0  # of one commit
        self.gate = asyncio.Event()  # commits wait while it is shut
        self.gate.set()

    async def load_cursors(self) -> dict[str, Cursor]:
        return dict(self.cursors)

    async def commit(self, work: Sequence[Checked], *, received_ms: int) -> None:
        await self.gate.wait()
        if self.failures_n:
            self.failures_n -= 1
            raise StorageError("disk_failed")
        if any(part.store in self.refused for part in work):
            raise StorageError("events_refused")
        size_bytes = sum(len(event.raw) for part in work for event in part.events)
        self.largest_bytes = max(self.largest_bytes, size_bytes)
        cursors = dict(self.cursors)
        for part in work:
            held = cursors.get(part.store, Cursor(part.store, part.epoch, 0, GENESIS_HASH))
            if held.seq + 1 != part.events[0].seq or held.epoch != part.epoch:
                raise StorageError("cursor_moved")
            last = part.events[-1]
            cursors[part.store] = Cursor(part.store, part.epoch, last.seq, last.hash)
        for part in work:
            self.raws.setdefault(part.store, []).extend(event.raw for event in part.events)
        self.cursors = cursors
        self.commits_n += 1
        async with self.changed:
            self.changed.notify_all()

    def wipe(self) -> None:
        self.raws.clear()
        self.cursors.clear()

    async def wait_for(self, store: str, seq: int) -> None:
        """Until the store's cursor is at `seq`; the caller limits the time."""
        async with self.changed:
            await self.changed.wait_for(
                lambda: store in self.cursors and self.cursors[store].seq >= seq
            )
