"""A simulated HID-POS scanner: sends reports on a pseudo-terminal, in place of a hidraw node."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge.sim.pty_port import PtyPort

DATA_BYTES = 56


class SimHidPosScanner(PtyPort):
    """Point it at a code with `type`. `path` is the port for `hid_pos_scanner` settings.

    `symbology` is the AIM identifier of what it reads.
    """

    def __init__(self, link: Path | None = None, *, symbology: str = "]C0") -> None:
        super().__init__(link)
        self._symbology = symbology
        self.typed_n = 0

    async def type(self, code: str) -> None:
        """Send one code in as many reports as it takes; returns when the port took them."""
        await self.send_raw(b"".join(encode_reports(code.encode(), self._symbology)))
        self.typed_n += 1

    async def send_raw(self, data: bytes) -> None:
        """Send bytes as they are: half reports, wrong ones."""
        self.send(data)
        await self.drain()

    def table(self) -> dict[str, str | int]:
        """Give the settings of the driver that talks to it."""
        return {"kind": "hid_pos_scanner", "port": self.path}

    async def garble(self) -> None:
        """Send a report that is none of scanned data."""
        await self.send_raw(b"\x07" + bytes(63))


def encode_reports(data: bytes, symbology: str) -> Iterator[bytes]:
    """Cut a code into reports of 64 bytes: id, length, identifier, data, more-follows bit."""
    pieces = [data[at : at + DATA_BYTES] for at in range(0, len(data), DATA_BYTES)]
    for number, piece in enumerate(pieces, 1):
        goes_on = number < len(pieces)
        head = bytes((2, len(piece))) + symbology.encode().ljust(3, b"\0")
        yield head + piece.ljust(DATA_BYTES, b"\0") + bytes((0, 0, goes_on))


def make_sim(folder: Path) -> SimHidPosScanner:
    """Make one that can be unplugged and comes back under the same name."""
    return SimHidPosScanner(folder / "hidraw")
