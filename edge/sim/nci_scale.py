"""A simulated scale that answers NCI, SCP-01 or its ECR form, on a pseudo-terminal."""

from __future__ import annotations

from pathlib import Path

from edge.sim.scale_port import ScalePort

MOTION, AT_ZERO, UNDER, OVER, BITS, MORE, NET = 1, 2, 1, 2, 0x30, 0x40, 4


class SimScale(ScalePort):
    """With `ecr` it sends an `S` before its status; `unit_told` is written as it stands."""

    KIND = "nci_scale"

    def __init__(
        self, link: Path | None = None, *, capacity_g: int = 15_000, ecr: bool = True
    ) -> None:
        super().__init__(link, capacity_g=capacity_g)
        self.unit_told = "KG" if ecr else "kg"
        self._mark = b"S" if ecr else b""
        self._heard = b""

    def hear(self, data: bytes) -> None:
        *questions, self._heard = (self._heard + bytes(b & 0x7F for b in data)).split(b"\r")
        for question in questions:
            self._on_question(question)

    def _on_question(self, question: bytes) -> None:
        if question == b"Z" and not self.in_motion:
            self.load_g = self.tare_g = 0
        if question not in (b"W", b"S", b"Z"):
            self.answer(b"\n?\r\x03")
        else:
            tells = question == b"W" and not (self.in_motion or self.is_over or self.is_under)
            self.answer((self._weight() if tells else b"") + self._status())
        self.count()

    def _weight(self) -> bytes:
        whole, part = divmod(self.net_g, 1000)
        return f"\n{whole:02}.{part:03}{self.unit_told}\r".encode()

    def _status(self) -> bytes:
        first = BITS | (MOTION if self.in_motion else 0) | (0 if self.load_g else AT_ZERO)
        second = BITS | (UNDER if self.is_under else 0) | (OVER if self.is_over else 0)
        third = b""
        if self.tare_g:
            second, third = second | MORE, bytes((BITS | NET,))
        return b"\n" + self._mark + bytes((first, second)) + third + b"\r\x03"


def make_sim(folder: Path) -> SimScale:
    """Make one that can be unplugged and comes back under the same name."""
    return SimScale(folder / "scale")
