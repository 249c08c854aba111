"""The device's end of a serial cable, as a pseudo-terminal that can be pulled out."""

from __future__ import annotations

import asyncio
import os
import tty
from collections import deque
from pathlib import Path
from typing import Self

CHUNK_BYTES = 4096
WAITING_BYTES_MAX = 1 << 20


class PtyPort:
    """A pseudo-terminal whose other end, `path`, is opened by the driver under test.

    With `link`, a symbolic link of that name follows the terminal, as /dev/serial/by-id does, so
    that the device comes back under its name after `unplug` and `plug`. Use it as an async
    context manager, or `plug` it first and `unplug` it at the end.
    """

    def __init__(self, link: Path | None = None) -> None:
        self._link = link
        self._near = self._far = -1
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._drained = asyncio.Event()
        self._drained.set()
        self.path = str(link) if link else ""

    async def __aenter__(self) -> Self:
        await self.plug()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.unplug()

    async def plug(self) -> None:
        """Put the cable in; does nothing if it is in."""
        if self._near >= 0:
            return
        self._near, self._far = os.openpty()
        tty.setraw(self._near)
        tty.setraw(self._far)  # kept open: else our end reads an error until the driver comes
        os.set_blocking(self._near, False)
        asyncio.get_running_loop().add_reader(self._near, self._on_readable)
        terminal = os.ttyname(self._far)
        if self._link is None:
            self.path = terminal
        else:
            await asyncio.to_thread(_relink, self._link, terminal)

    async def unplug(self) -> None:
        """Pull the cable out; whatever was not read is lost."""
        if self._near < 0:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._near)
        loop.remove_writer(self._near)
        os.close(self._near)
        os.close(self._far)
        self._near = self._far = -1
        self._waiting.clear()
        self._waiting_bytes = 0
        self._drained.set()
        if self._link is not None:
            await asyncio.to_thread(self._link.unlink, missing_ok=True)

    def send(self, data: bytes) -> None:
        """Send bytes to the driver; more than 1 MiB that nobody reads is dropped."""
        if self._near < 0 or self._waiting_bytes + len(data) > WAITING_BYTES_MAX:
            return
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        self._drained.clear()
        self._on_writable()

    async def drain(self) -> None:
        """Wait until the terminal took everything that was sent; callers set the time limit."""
        await self._drained.wait()

    def on_bytes(self, data: bytes) -> None:
        """Take bytes from the driver; a device that listens overrides this."""

    def _on_readable(self) -> None:
        try:
            data = os.read(self._near, CHUNK_BYTES)
        except OSError:
            return
        if data:
            self.on_bytes(data)

    def _on_writable(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            data = self._waiting[0]
            try:
                sent_n = os.write(self._near, data)
            except BlockingIOError:
                loop.add_writer(self._near, self._on_writable)
                return
            self._waiting_bytes -= sent_n
            if sent_n < len(data):
                self._waiting[0] = data[sent_n:]
            else:
                self._waiting.popleft()
        loop.remove_writer(self._near)
        self._drained.set()


def _relink(link: Path, terminal: str) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(terminal)
