"""What every simulated scale has that nobody asks: it tells its weight again and again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from edge.sim.scale_port import ScalePort


class SpeakingScale(ScalePort):
    """Says `tell()` every `every_s` seconds while it is plugged in and not `silent`.

    `every_s` = 0 says nothing by itself: then `speak` says it once.
    """

    speaks_by_itself: ClassVar[bool] = True

    def __init__(
        self, link: Path | None = None, *, capacity_g: int = 15_000, every_s: float = 0.02
    ) -> None:
        super().__init__(link, capacity_g=capacity_g)
        self._every_s = every_s
        self._next: asyncio.TimerHandle | None = None

    def tell(self) -> bytes:
        """What it says now; each kind overrides this."""
        return b""

    def speak(self) -> None:
        """Say it once."""
        if not self.silent:
            self.answer(self.tell())
            self.count()

    async def plug(self) -> None:
        await super().plug()
        if self._next is None and self._every_s:
            self._keep_speaking()

    async def unplug(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None
        await super().unplug()

    def _keep_speaking(self) -> None:
        self.speak()
        loop = asyncio.get_running_loop()
        self._next = loop.call_later(self._every_s, self._keep_speaking)
