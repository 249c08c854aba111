"""The codes of one scanner on their way to its consumer, whatever cable they came by."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol, Self

from cext.errors import DeviceGarbled, OutsideError
from cext.kit.clock import Clock
from edge.devices.ports import Scan
from edge.devices.scanners.scan_lines import Code, Garbage

QUEUE_MAX_N = 64


class Cutter(Protocol):
    """What makes codes out of bytes, and has to be told that time passes."""

    def tick(self, at_mono_ns: int) -> list[Code | Garbage]:
        """Let time pass; gives what ended by it."""

    def next_tick_ns(self) -> int | None:
        """When `tick` is due, in monotonic nanoseconds; None if nothing is held."""


class CodeFeed:
    """Gives whole codes; codes nobody fetched in time are counted and told, never kept for ever.

    One consumer: `async for scan in feed`, or `await anext(feed)` where garbage is to be survived.
    """

    def __init__(self, cutter: Cutter, *, device: str, clock: Clock) -> None:
        self._cutter = cutter
        self._device = device
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._found: deque[Scan | Garbage] = deque()
        self._lost_n = 0
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._failure: OutsideError | None = None

    def keep(self, found: list[Code | Garbage]) -> None:
        """Take what the cutter just found, and tick it when it asks for that."""
        self._hold(found)
        due_ns = self._cutter.next_tick_ns()
        if due_ns is not None and self._timer is None:
            self._arm(due_ns)

    def fail(self, failure: OutsideError) -> None:
        """End with `failure`, after what was found before it; the first one counts."""
        self._failure = self._failure or failure
        self._wake.set()

    def close(self) -> None:
        """Let no timer run on."""
        if self._timer is not None:
            self._timer.cancel()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Scan:
        while not self._found:
            if self._lost_n:
                detail = f"{self._lost_n} codes came faster than they were taken"
                self._lost_n = 0
                raise DeviceGarbled("scans_lost", detail, device=self._device)
            if self._failure is not None:
                raise self._failure
            self._wake.clear()
            await self._wake.wait()
        found = self._found.popleft()
        if isinstance(found, Garbage):
            raise DeviceGarbled(f"scan_{found.reason}", found.detail, device=self._device)
        return found

    def _arm(self, due_ns: int) -> None:
        wait_s = max(0, due_ns - self._clock.mono_ns()) / 1_000_000_000
        self._timer = self._loop.call_later(wait_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self.keep(self._cutter.tick(self._clock.mono_ns()))

    def _hold(self, found: list[Code | Garbage]) -> None:
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
