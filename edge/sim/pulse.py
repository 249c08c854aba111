"""Waiting for something to become true in a simulator, without looking again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Pulse:
    """`beat()` wakes everyone in `until`, who then look whether what they wait for is true."""

    def __init__(self) -> None:
        self._beat = asyncio.Event()

    def beat(self) -> None:
        """Say that something changed."""
        self._beat.set()
        self._beat = asyncio.Event()

    async def until(self, is_true: Callable[[], bool]) -> None:
        """Return once `is_true()`; callers set the time limit."""
        while not is_true():
            await self._beat.wait()
