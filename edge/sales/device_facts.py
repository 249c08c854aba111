"""Facts about devices for the journal: which went away, which came back, what each counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from cext.kit.clock import Clock
from cext.lang.events import Body, DeviceChanged, DeviceStatistics, Stored, decode_envelope
from edge.devices import DeviceReport
from edge.devices.ports import DeviceState
from edge.journal import Draft, Journal

WAITING_MAX_N = 256
STATISTICS_EVERY_MS = 24 * 3_600_000
STATISTICS_LOOK_S = 600
TEXT_MAX_N = 64


class DeviceFacts:
    """Writes each change of a device's state once; a detail that changes alone is not one."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._known: dict[str, str] = {}
        self._statistics_ms = 0
        self._waiting: asyncio.Queue[DeviceState] = asyncio.Queue(WAITING_MAX_N)

    def fold(self, stored: Sequence[Stored], bodies: Sequence[Body]) -> None:
        """Remember what the journal says of each device, and when statistics were last written."""
        for event, body in zip(stored, bodies, strict=True):
            if isinstance(body, DeviceChanged):
                self._known[body.device] = body.state
            elif isinstance(body, DeviceStatistics):
                self._statistics_ms = decode_envelope(event.raw).at_ms

    def on_change(self, state: DeviceState) -> None:
        """Queue a change; a device that flaps faster than the disk loses the middle of it."""
        if self._waiting.full():
            self._thin()
        self._waiting.put_nowait(state)

    def _thin(self) -> None:
        """Keep of each device only what it is now."""
        latest: dict[str, DeviceState] = {}
        while not self._waiting.empty():
            waiting = self._waiting.get_nowait()
            latest[waiting.device] = waiting
        for waiting in latest.values():
            self._waiting.put_nowait(waiting)

    async def run(self) -> None:
        """Write changes down, for ever."""
        while True:
            state = await self._waiting.get()
            if self._known.get(state.device) == state.state:
                continue
            event = DeviceChanged(
                device=state.device, kind=state.kind, state=state.state, detail=state.detail
            )
            await self._journal.append((Draft(event),))

    async def tell_statistics(self, reports: Sequence[DeviceReport]) -> int:
        """Write down what every device has counted; gives how many there are."""
        drafts = tuple(Draft(_statistics(report)) for report in reports)
        if drafts:
            await self._journal.append(drafts)
        return len(drafts)

    def is_due(self, now_ms: int) -> bool:
        """Whether a day has gone since statistics were last written."""
        return now_ms - self._statistics_ms >= STATISTICS_EVERY_MS

    async def run_daily(
        self,
        clock: Clock,
        get_reports: Callable[[], Sequence[DeviceReport]],
        *,
        look_s: float = STATISTICS_LOOK_S,
    ) -> None:
        """Write statistics once a day, for ever; at first after `look_s`, when devices are open."""
        while True:
            await asyncio.sleep(look_s)
            if self.is_due(clock.now_ms()):
                await self.tell_statistics(get_reports())


def _statistics(report: DeviceReport) -> DeviceStatistics:
    identity = report.identity
    return DeviceStatistics(
        device=report.device,
        kind=report.kind,
        maker=identity.maker[:TEXT_MAX_N],
        model=identity.model[:TEXT_MAX_N],
        serial=identity.serial[:TEXT_MAX_N],
        firmware=identity.firmware[:TEXT_MAX_N],
        counts=dict(sorted(report.statistics.items())),
    )
