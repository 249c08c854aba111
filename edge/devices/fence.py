"""The fence before every device: one act at a time, and none without the right to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cext.errors import Refused
from edge.devices.leases import BOX, By, Leases

# Longer than a scale takes for one reading, shorter than a lane waits for its scale.
TURN_WAIT_S = 6.0


class Fence:
    """Lets acts on devices through, in turn, by the leases in force."""

    def __init__(self, leases: Leases, *, turn_wait_s: float = TURN_WAIT_S) -> None:
        self.leases = leases
        self._turn_wait_s = turn_wait_s
        self._turns: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def act(self, device: str, by: By = BOX) -> AsyncIterator[None]:
        """Use `device` while this lasts.

        Refused lease_stale and lease_held, also at the end when the right to an input was lost
        meanwhile: what was read then is nobody's. Refused device_busy after `turn_wait_s`. The
        box's own work on a printer, a display or a drawer waits for nobody: its driver takes one
        job after the other.
        """
        leases = self.leases
        leases.check(device, by)
        if by.who == "box" and not leases.is_input(device):
            yield
            return
        turn = self._turns.setdefault(device, asyncio.Lock())
        try:
            async with asyncio.timeout(self._turn_wait_s):
                await turn.acquire()
        except TimeoutError as exc:
            raise Refused(
                "device_busy", f"{device} is being used: try again in a moment.", device=device
            ) from exc
        try:
            act = leases.begin(device, by)
            try:
                yield
            finally:
                leases.end(act)
            if leases.is_input(device):
                leases.check(device, by)
        finally:
            turn.release()
