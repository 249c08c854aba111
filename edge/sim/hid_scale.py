"""A simulated USB-HID scale: sends reports on a pseudo-terminal, in place of a hidraw node."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from edge.sim.speaking_scale import SpeakingScale

REPORT_ID = 3
AT_ZERO, IN_MOTION, AT_REST, UNDER, OVER = 2, 3, 4, 5, 6
GRAMS = 2


class SimScale(SpeakingScale):
    """Tells grams. `fault` is a status that it always tells, `unit` another unit it writes in.

    With `empties` every report is followed by one of zeros, as some scales send them.
    """

    KIND: ClassVar[str] = "hid_scale"
    GARBAGE: ClassVar[bytes] = b"\x03\x09\x02\x00\x01\x00"

    def __init__(
        self, link: Path | None = None, *, capacity_g: int = 15_000, every_s: float = 0.02
    ) -> None:
        super().__init__(link, capacity_g=capacity_g, every_s=every_s)
        self.fault = 0
        self.unit = GRAMS
        self.empties = False

    def tell(self) -> bytes:
        report = bytes((REPORT_ID, self._status(), self.unit, 0))
        report += min(abs(self.net_g), 0xFFFF).to_bytes(2, "little")
        return report + (bytes(6) if self.empties else b"")

    def _status(self) -> int:
        if self.fault:
            return self.fault
        if self.is_over or self.is_under:
            return OVER if self.is_over else UNDER
        if self.in_motion:
            return IN_MOTION
        return AT_REST if self.net_g else AT_ZERO


def make_sim(folder: Path) -> SimScale:
    """Make one that can be unplugged and comes back under the same name."""
    return SimScale(folder / "hidraw")
