"""A simulated counter scale: answers the Mettler Toledo 8217 dialogue on a pseudo-terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from edge.sim.pty_port import PtyPort
from edge.sim.pulse import Pulse

STX, CR = b"\x02", b"\r"
MOTION, OVER, UNDER, OUTSIDE_ZERO, CENTRE_ZERO, NET, ALWAYS = 1, 2, 4, 8, 16, 32, 64
_NANOGRAMS_PER_CENTIPOUND = 4_535_923_700


class SimScale(PtyPort):
    """Put a load on it with `set_load`. `path` is the port for `toledo_8217_scale` settings.

    `silent`, `in_motion` and `garbled` may be switched at any time; `questions_n` counts what it
    was asked and `asked` beats at each question.
    """

    def __init__(
        self,
        link: Path | None = None,
        *,
        unit: Literal["kg", "lb"] = "kg",
        capacity_g: int = 15_000,
    ) -> None:
        super().__init__(link)
        self._unit = unit
        self._capacity_g = capacity_g
        self._load_g = 0
        self._tare_g = 0
        self._echoes = False
        self._tare_digits: bytes | None = None
        self.silent = False
        self.in_motion = False
        self.garbled = False
        self.even_parity = False
        self.questions_n = 0
        self.asked = Pulse()

    def set_load(self, weight_g: int) -> None:
        """Put this weight on the platter; it is at rest at once unless `in_motion`."""
        self._load_g = weight_g

    def table(self) -> dict[str, str | int]:
        """Give the settings of the driver that talks to it."""
        return {"kind": "toledo_8217_scale", "port": self.path, "unit": self._unit}

    async def garble(self) -> None:
        """Answer from now on in another protocol."""
        self.garbled = True

    def on_bytes(self, data: bytes) -> None:
        for byte in data:
            self._on_byte(bytes((byte & 0x7F,)))

    def _on_byte(self, char: bytes) -> None:
        if self.silent:
            return
        if self._echoes:
            self._echoes = char != b"F"
            if self._echoes:
                self._answer(char)
        elif self._tare_digits is not None:
            self._on_tare(char)
        elif char not in b"\r\n":
            self._on_command(char)

    def _on_command(self, char: bytes) -> None:
        self.questions_n += 1
        if self.garbled:
            self.send(b"ST,GS,+  1.234kg\r\n")
        elif char == b"W":
            self._answer(STX + self._weight() + CR)
        elif char == b"E":
            self._echoes = True
            self._answer(STX + b"E" + CR)
        elif char == b"A":
            self._answer(STX + CR)
        elif char == b"B":
            self._answer(STX + b"?@" + CR)
        elif char == b"T":
            self._tare_digits = b""
        else:
            self._on_zero_or_clear(char)
        self.asked.beat()

    def _on_zero_or_clear(self, char: bytes) -> None:
        if char == b"C" and not self.in_motion:
            self._tare_g = 0
        elif char == b"Z" and not self.in_motion and not self._tare_g:
            self._load_g = 0
        self._answer(STX + b"?" + bytes((self._status(),)) + CR)

    def _on_tare(self, char: bytes) -> None:
        digits = self._tare_digits or b""
        if char.isdigit() and len(digits) < 5:
            self._tare_digits = digits + char
            return
        self._tare_digits = None
        self._tare_g = int(digits) if digits else self._load_g
        self._answer(STX + b"?" + bytes((self._status(),)) + CR)

    def _weight(self) -> bytes:
        net_g = self._load_g - self._tare_g
        if self.in_motion or net_g < 0 or self._load_g > self._capacity_g:
            return b"?" + bytes((self._status(),))
        number, form = net_g, "{:02}.{:03}"
        if self._unit == "lb":
            number = (net_g * 1_000_000_000 + _NANOGRAMS_PER_CENTIPOUND // 2) // (
                _NANOGRAMS_PER_CENTIPOUND
            )
            form = "{:03}.{:02}"
        text = form.format(*divmod(number, 1000 if self._unit == "kg" else 100))
        return (text + ("N" if self._tare_g else "")).encode()

    def _status(self) -> int:
        return (
            ALWAYS
            | (MOTION if self.in_motion else 0)
            | (OVER if self._load_g > self._capacity_g else 0)
            | (UNDER if self._load_g < self._tare_g else 0)
            | (CENTRE_ZERO if self._load_g == 0 else OUTSIDE_ZERO)
            | (NET if self._tare_g else 0)
        )

    def _answer(self, data: bytes) -> None:
        if self.even_parity:
            data = bytes(byte | (0x80 if byte.bit_count() % 2 else 0) for byte in data)
        self.send(data)


def make_sim(folder: Path) -> SimScale:
    """Make one that can be unplugged and comes back under the same name."""
    return SimScale(folder / "scale")
