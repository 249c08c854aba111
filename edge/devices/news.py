"""News of devices for pages: a change of state at once, words at most twice a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cext.kit.clock import Clock
from edge.devices.report import DeviceReport
from edge.devices.slot import Slot

WORDS_EVERY_MS = 500


class NewsDesk:
    """Tells reports of devices; the last word of a device is always told, if late."""

    def __init__(self, tell: Callable[[DeviceReport], None], clock: Clock) -> None:
        self._tell = tell
        self._clock = clock
        self._told_ns: dict[str, int] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def tell_now(self, slot: Slot) -> None:
        """Its state changed."""
        timer = self._timers.pop(slot.name, None)
        if timer is not None:
            timer.cancel()
        self._told_ns[slot.name] = self._clock.mono_ns()
        self._tell(slot.report())

    def tell_soon(self, slot: Slot) -> None:
        """It said something."""
        if slot.name in self._timers:
            return
        since_ns = self._clock.mono_ns() - self._told_ns.get(slot.name, 0)
        wait_ms = WORDS_EVERY_MS - since_ns // 1_000_000
        if slot.name not in self._told_ns or wait_ms <= 0:
            self.tell_now(slot)
            return
        loop = asyncio.get_running_loop()
        self._timers[slot.name] = loop.call_later(wait_ms / 1000, self.tell_now, slot)

    def close(self) -> None:
        """Let no timer run on."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
