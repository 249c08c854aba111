"""A simulated counter scale: answers the Mettler Toledo 8217 dialogue on a pseudo-terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from edge.sim.scale_port import ScalePort

STX, CR = b"\x02", b"\r"
MOTION, OVER, UNDER, OUTSIDE_ZERO, CENTRE_ZERO, NET, ALWAYS = 1, 2, 4, 8, 16, 32, 64
_NANOGRAMS_PER_CENTIPOUND = 4_535_923_700


class SimScale(ScalePort):
    """A counter scale that shows kilograms or pounds; its switches are those of `ScalePort`."""

    KIND = "toledo_8217_scale"

    def __init__(
        self,
        link: Path | None = None,
        *,
        unit: Literal["kg", "lb"] = "kg",
        capacity_g: int = 15_000,
    ) -> None:
        super().__init__(link, capacity_g=capacity_g)
        self._unit = unit
        self._echoes = False
        self._tare_digits: bytes | None = None

    def table(self) -> dict[str, str | int]:
        return {**super().table(), "unit": self._unit}

    def hear(self, data: bytes) -> None:
        for byte in data:
            self._on_byte(bytes((byte & 0x7F,)))

    def _on_byte(self, char: bytes) -> None:
        if self._echoes:
            self._echoes = char != b"F"
            if self._echoes:
                self.answer(char)
        elif self._tare_digits is not None:
            self._on_tare(char)
        elif char not in b"\r\n":
            self._on_command(char)

    def _on_command(self, char: bytes) -> None:
        if char == b"W":
            self.answer(STX + self._weight() + CR)
        elif char == b"E":
            self._echoes = True
            self.answer(STX + b"E" + CR)
        elif char == b"A":
            self.answer(STX + CR)
        elif char == b"B":
            self.answer(STX + b"?@" + CR)
        elif char == b"T":
            self._tare_digits = b""
        else:
            self._on_zero_or_clear(char)
        self.count()

    def _on_zero_or_clear(self, char: bytes) -> None:
        if char == b"C" and not self.in_motion:
            self.tare_g = 0
        elif char == b"Z" and not self.in_motion and not self.tare_g:
            self.load_g = 0
        self.answer(STX + b"?" + bytes((self._status(),)) + CR)

    def _on_tare(self, char: bytes) -> None:
        digits = self._tare_digits or b""
        if char.isdigit() and len(digits) < 5:
            self._tare_digits = digits + char
            return
        self._tare_digits = None
        tare = int(digits or b"0")
        if self._unit == "lb":
            tare = (tare * _NANOGRAMS_PER_CENTIPOUND + 500_000_000) // 1_000_000_000
        self.tare_g = tare if digits else self.load_g
        self.answer(STX + b"?" + bytes((self._status(),)) + CR)

    def _weight(self) -> bytes:
        net_g = self.net_g
        if self.in_motion or self.is_under or self.is_over:
            return b"?" + bytes((self._status(),))
        number, form = net_g, "{:02}.{:03}"
        if self._unit == "lb":
            number = (net_g * 1_000_000_000 + _NANOGRAMS_PER_CENTIPOUND // 2) // (
                _NANOGRAMS_PER_CENTIPOUND
            )
            form = "{:03}.{:02}"
        text = form.format(*divmod(number, 1000 if self._unit == "kg" else 100))
        return (text + ("N" if self.tare_g else "")).encode()

    def _status(self) -> int:
        return (
            ALWAYS
            | (MOTION if self.in_motion else 0)
            | (OVER if self.is_over else 0)
            | (UNDER if self.is_under else 0)
            | (CENTRE_ZERO if self.load_g == 0 else OUTSIDE_ZERO)
            | (NET if self.tare_g else 0)
        )


def make_sim(folder: Path) -> SimScale:
    """Make one that can be unplugged and comes back under the same name."""
    return SimScale(folder / "scale")
