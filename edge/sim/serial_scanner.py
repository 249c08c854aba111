"""A simulated barcode scanner: types codes on a pseudo-terminal, as a real one does."""

from __future__ import annotations

from pathlib import Path

from edge.sim.pty_port import PtyPort


class SimScanner(PtyPort):
    """Point it at a code with `type`. `path` is the port for `serial_scanner` settings.

    `prefix` is the AIM identifier it sends before a code, if any.
    """

    def __init__(
        self, link: Path | None = None, *, prefix: str = "", terminator: bytes = b"\r"
    ) -> None:
        super().__init__(link)
        self._prefix = prefix
        self._terminator = terminator
        self.typed_n = 0

    async def type(self, code: str) -> None:
        """Send one code with its terminator; returns when the port took it."""
        await self.send_raw((self._prefix + code).encode() + self._terminator)
        self.typed_n += 1

    async def send_raw(self, data: bytes) -> None:
        """Send bytes as they are: half codes, noise."""
        self.send(data)
        await self.drain()

    def table(self) -> dict[str, str | int]:
        """Give the settings of the driver that talks to it."""
        return {"kind": "serial_scanner", "port": self.path}

    async def garble(self) -> None:
        """Send what a scanner at the wrong speed sends."""
        await self.send_raw(b"\xff\x81\x00\xf8\r")


def make_sim(folder: Path) -> SimScanner:
    """Make one that can be unplugged and comes back under the same name."""
    return SimScanner(folder / "scanner")
