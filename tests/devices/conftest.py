"""Devices for tests: simulators that speak real bytes, and a supervisor that ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from msgspec.structs import replace

from cext.kit.clock import SystemClock
from edge.devices import DeviceReport, Devices, DeviceState, Scan, decode_settings
from edge.devices.upkeep import Upkeep
from edge.sim.pulse import Pulse

Table = dict[str, str | int]
QUICK = Upkeep()


class Heard:
    """Everything a `Devices` called back, and a way to wait for it."""

    def __init__(self) -> None:
        self.scans: list[Scan] = []
        self.states: list[DeviceState] = []
        self.garbled: list[tuple[str, str]] = []
        self.news: list[DeviceReport] = []
        self._pulse = Pulse()

    def on_scan(self, scan: Scan) -> None:
        self.scans.append(scan)
        self._pulse.beat()

    def on_state(self, state: DeviceState) -> None:
        self.states.append(state)
        self._pulse.beat()

    def on_garbled(self, device: str, detail: str) -> None:
        self.garbled.append((device, detail))
        self._pulse.beat()

    def on_news(self, report: DeviceReport) -> None:
        self.news.append(report)
        self._pulse.beat()

    async def until(self, is_true: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            await self._pulse.until(is_true)

    async def until_state(self, device: str, state: str) -> DeviceState:
        """Wait until the last word about `device` is `state`."""

        def last() -> DeviceState | None:
            told = [one for one in self.states if one.device == device]
            return told[-1] if told and told[-1].state == state else None

        await self.until(lambda: last() is not None)
        found = last()
        assert found is not None
        return found


class WatchedClock(SystemClock):
    """The system's clock; `looked` beats whenever somebody measures a duration."""

    def __init__(self) -> None:
        self.looked = Pulse()
        self.looks_n = 0

    def mono_ns(self) -> int:
        self.looks_n += 1
        self.looked.beat()
        return super().mono_ns()


@asynccontextmanager
async def supervised(
    tables: dict[str, Table],
    *,
    clock: SystemClock | None = None,
    wait_s: float = 0.05,
    upkeep: Upkeep = QUICK,
) -> AsyncIterator[tuple[Devices, Heard]]:
    """Run a supervisor over these devices until the context ends; it looks again at `wait_s`."""
    heard = Heard()
    devices = Devices(
        decode_settings(tables),
        clock or SystemClock(),
        on_scan=heard.on_scan,
        on_state=heard.on_state,
        on_garbled=heard.on_garbled,
        on_news=heard.on_news,
        upkeep=replace(
            upkeep,
            first_wait_s=min(wait_s, 0.01) if wait_s < 1 else wait_s,
            longest_wait_s=wait_s,
        ),
    )

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            devices.run(group)

    async with asyncio.TaskGroup() as outer:
        running = outer.create_task(run())
        try:
            yield devices, heard
        finally:
            running.cancel()
