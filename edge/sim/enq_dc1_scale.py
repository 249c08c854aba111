"""A simulated counter scale that is asked by ENQ and DC1, on a pseudo-terminal."""

from __future__ import annotations

from functools import reduce
from operator import xor
from pathlib import Path
from typing import ClassVar

from edge.sim.scale_port import ScalePort

SOH, STX, ETX, EOT, ACK, NAK = b"\x01", b"\x02", b"\x03", b"\x04", b"\x06", b"\x15"
ENQ, DC1 = 0x05, 0x11


class SimScale(ScalePort):
    """`naks_n` questions are refused first; `wrong_sum` spoils the checksum."""

    KIND: ClassVar[str] = "enq_dc1_scale"

    def __init__(self, link: Path | None = None, *, capacity_g: int = 15_000) -> None:
        super().__init__(link, capacity_g=capacity_g)
        self.naks_n = 0
        self.wrong_sum = False

    def hear(self, data: bytes) -> None:
        for byte in data:
            if byte & 0x7F == ENQ:
                self._on_question()
            elif byte & 0x7F == DC1:
                text = self._data()
                bcc = reduce(xor, text, int(self.wrong_sum))
                self.answer(SOH + STX + text + bytes((bcc,)) + ETX + EOT)

    def _on_question(self) -> None:
        self.count()
        shake = NAK if self.naks_n else ACK
        self.naks_n = max(self.naks_n - 1, 0)
        if self.halved:
            self.send(shake)  # a single byte has no halves
        else:
            self.answer(shake)

    def _data(self) -> bytes:
        status = "U" if self.in_motion else "S"
        if self.is_over:
            return f"{status}FFFFFFFkg".encode()
        sign = "-" if self.is_under else " "
        whole, part = divmod(abs(self.net_g), 1000)
        return f"{status}{sign}{whole:02}.{part:03}kg".encode()


def make_sim(folder: Path) -> SimScale:
    """Make one that can be unplugged and comes back under the same name."""
    return SimScale(folder / "scale")
