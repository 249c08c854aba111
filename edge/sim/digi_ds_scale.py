"""A simulated DIGI DS-425 that tells net and tare by itself, on a pseudo-terminal."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from edge.sim.speaking_scale import SpeakingScale


class SimScale(SpeakingScale):
    """`codes` sends the byte of rest, `headers` the 0 and the 4 (SPEC02 bits 1 and 0)."""

    KIND: ClassVar[str] = "digi_ds_scale"
    tells_over: ClassVar[bool] = False

    def __init__(
        self,
        link: Path | None = None,
        *,
        capacity_g: int = 15_000,
        every_s: float = 0.02,
        codes: bool = True,
        headers: bool = True,
    ) -> None:
        super().__init__(link, capacity_g=capacity_g, every_s=every_s)
        self._codes = codes
        self._headers = headers

    def tell(self) -> bytes:
        code = ("\x01\r" if self.in_motion else "\x00\r") if self._codes else ""
        net = "-------" if self.is_over else _write(self.net_g)
        zero, four = ("0", "4") if self._headers else ("", "")
        return f"{code}{zero}{net}\r{four}{_write(self.tare_g)}\r\n".encode()


def _write(weight_g: int) -> str:
    whole, part = divmod(abs(weight_g), 1000)
    return f"-{whole:02}.{part:03}" if weight_g < 0 else f"{whole:03}.{part:03}"


def make_sim(folder: Path) -> SimScale:
    """Make one that can be unplugged and comes back under the same name."""
    return SimScale(folder / "scale")
