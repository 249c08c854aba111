"""What every simulated scale can be made to do, whatever protocol it speaks."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from edge.sim.pty_port import PtyPort
from edge.sim.pulse import Pulse


class ScalePort(PtyPort):
    """Put a load on it with `set_load`; a protocol overrides `hear` and answers with `answer`.

    The switches may be turned at any time: `silent` hears nothing, `in_motion` does not settle,
    `garbled` sends `GARBAGE` for every answer, `halved` cuts each answer in two and loses the rest,
    `twice` says everything twice, `even_parity` sets bit 7 as a line of 7 bits and even parity
    does. While `late` is set answers are held back, and come before the first one after it.
    `questions_n` counts what it was asked and `asked` beats at each question. `tells_over` and
    `tells_under` are False where the protocol has no words for it, `speaks_by_itself` is True
    where nobody asks.
    """

    KIND: ClassVar[str] = ""
    tells_over: ClassVar[bool] = True
    tells_under: ClassVar[bool] = True
    speaks_by_itself: ClassVar[bool] = False
    GARBAGE: ClassVar[bytes] = b"ST,GS,+  1.234kg\r\n"

    def __init__(self, link: Path | None = None, *, capacity_g: int = 15_000) -> None:
        super().__init__(link)
        self.capacity_g = capacity_g
        self.load_g = 0
        self.tare_g = 0
        self.silent = self.in_motion = self.garbled = False
        self.halved = self.twice = self.even_parity = self.late = False
        self.questions_n = 0
        self.asked = Pulse()
        self._held_back = b""

    @property
    def net_g(self) -> int:
        """What it shows: the load less the tare."""
        return self.load_g - self.tare_g

    @property
    def is_over(self) -> bool:
        """Whether the load is above what it can carry."""
        return self.load_g > self.capacity_g

    @property
    def is_under(self) -> bool:
        """Whether it shows less than nothing."""
        return self.net_g < 0

    def set_load(self, weight_g: int) -> None:
        """Put this weight on the platter; it is at rest at once unless `in_motion`."""
        self.load_g = weight_g

    def table(self) -> dict[str, str | int]:
        """Give the settings of the driver that talks to it."""
        return {"kind": self.KIND, "port": self.path}

    async def garble(self) -> None:
        """Answer from now on in another protocol."""
        self.garbled = True

    def on_bytes(self, data: bytes) -> None:
        if not self.silent:
            self.hear(data)

    def hear(self, data: bytes) -> None:
        """Take bytes of the driver, at any cut; a protocol overrides this."""

    def count(self) -> None:
        """Note that a whole question came."""
        self.questions_n += 1
        self.asked.beat()

    def answer(self, data: bytes) -> None:
        """Send one answer, as the switches have it."""
        if self.garbled:
            data = self.GARBAGE
        if self.halved:
            data = data[: len(data) // 2]
        if self.even_parity:
            data = bytes(byte | (0x80 if byte.bit_count() % 2 else 0) for byte in data)
        if self.twice:
            data += data
        if self.late:
            self._held_back += data
            return
        held_back, self._held_back = self._held_back, b""
        self.send(held_back + data)
