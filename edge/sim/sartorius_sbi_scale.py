"""A simulated balance that speaks SBI, on a pseudo-terminal."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from edge.sim.scale_port import ScalePort

ESC = b"\x1b"


class SimScale(ScalePort):
    """Takes ESC P, T, U and V, with or without CR LF; `labels` makes its lines 22 characters long.

    `unit_told` is written as it stands, with the weight in kilograms.
    """

    KIND: ClassVar[str] = "sartorius_sbi_scale"

    def __init__(
        self, link: Path | None = None, *, capacity_g: int = 15_000, labels: bool = True
    ) -> None:
        super().__init__(link, capacity_g=capacity_g)
        self._labels = labels
        self._escaped = False
        self.unit_told = "kg"

    def hear(self, data: bytes) -> None:
        for byte in data:
            char = bytes((byte & 0x7F,))
            if self._escaped:
                self._on_command(char)
            self._escaped = char == ESC

    def _on_command(self, char: bytes) -> None:
        if char == b"P":
            self.count()
            self.answer(self.tell())
        elif self.in_motion:
            return
        elif char == b"U":
            self.tare_g = self.load_g
        elif char == b"V" and not self.tare_g:
            self.load_g = 0
        elif char == b"T":
            self.load_g = self.tare_g = 0

    def tell(self) -> bytes:
        """What it answers now."""
        label = ("N" if self.tare_g else "G#").ljust(6) if self._labels else ""
        if self.is_over:
            return f"{'Stat'.ljust(6) if self._labels else ''}      High    \r\n".encode()
        whole, part = divmod(abs(self.net_g), 1000)
        number = f"{whole}.{part:03}".rjust(9)
        sign = "-" if self.is_under else "+"
        unit = "" if self.in_motion else self.unit_told
        return f"{label}{sign}{number} {unit:<3}\r\n".encode()


def make_sim(folder: Path) -> SimScale:
    """Make one that can be unplugged and comes back under the same name."""
    return SimScale(folder / "scale")
