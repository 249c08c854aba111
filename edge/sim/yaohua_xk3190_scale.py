"""A simulated Yaohua XK3190 indicator in command mode, on a pseudo-terminal."""

from __future__ import annotations

from functools import reduce
from operator import xor
from pathlib import Path
from typing import ClassVar

from edge.sim.scale_port import ScalePort

STX, ETX = b"\x02", b"\x03"
COMMAND_N = 6


class SimScale(ScalePort):
    """Answers A to D at its address. In motion no answer is as the one before.

    Above its range it sends no digits. `wrong_sum` spoils the checksum of the net; `steady_ms` is
    what its `table()` gives the driver.
    """

    KIND: ClassVar[str] = "yaohua_xk3190_scale"
    tells_over: ClassVar[bool] = False

    def __init__(
        self,
        link: Path | None = None,
        *,
        capacity_g: int = 15_000,
        address: str = "A",
        steady_ms: int = 100,
    ) -> None:
        super().__init__(link, capacity_g=capacity_g)
        self._address = address
        self._steady_ms = steady_ms
        self._heard = b""
        self.wrong_sum = False

    def table(self) -> dict[str, str | int]:
        return {**super().table(), "address": self._address, "steady_ms": self._steady_ms}

    def hear(self, data: bytes) -> None:
        for byte in data:
            self._heard = (self._heard + bytes((byte,)))[-COMMAND_N:]
            frame = self._heard
            if len(frame) == COMMAND_N and frame[:1] == STX and frame[-1:] == ETX:
                self._heard = b""
                self._on_command(frame)

    def _on_command(self, frame: bytes) -> None:
        check = f"{frame[1] ^ frame[2]:02X}".encode()
        command = chr(frame[2])
        if frame[1:2] != self._address.encode() or frame[3:5] != check or command not in "ABCD":
            return
        self.count()
        self.answer(self.tell(command))

    def tell(self, command: str) -> bytes:
        """What it answers now."""
        shown_g = {"B": self.load_g, "C": self.tare_g, "D": self.net_g}.get(command, 0)
        if command != "C" and self.in_motion:
            shown_g += self.questions_n % 5
        number = "------" if self.is_over and command != "C" else f"{abs(shown_g):06}"
        value = f"{'-' if shown_g < 0 else '+'}{number}3" if command != "A" else ""
        text = f"{self._address}{command}{value}".encode()
        check = reduce(xor, text, int(self.wrong_sum and command == "D"))
        return STX + text + f"{check:02X}".encode() + ETX


def make_sim(folder: Path) -> SimScale:
    """Make one that can be unplugged and comes back under the same name."""
    return SimScale(folder / "scale")
