"""Facts about devices for the journal: which went away, which came back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from cext.lang.events import Body, DeviceChanged, Stored
from edge.devices.ports import DeviceState
from edge.journal import Draft, Journal

WAITING_MAX_N = 256


class DeviceFacts:
    """Writes each change of a device's state once; a detail that changes alone is not one."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._known: dict[str, str] = {}
        self._waiting: asyncio.Queue[DeviceState] = asyncio.Queue(WAITING_MAX_N)

    def fold(self, stored: Sequence[Stored], bodies: Sequence[Body]) -> None:
        """Remember what the journal says of each device."""
        for _, body in zip(stored, bodies, strict=True):
            if isinstance(body, DeviceChanged):
                self._known[body.device] = body.state

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
