"""A simulated scale that tells its weight in lines of text, on a pseudo-terminal."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from edge.sim.speaking_scale import SpeakingScale

STABLE, HOLD, GROSS, TARE, ZERO, ALWAYS = 0x40, 0x10, 0x04, 0x02, 0x01, 0x80

Form = Literal["generic", "cas_22", "cas_10", "kern_eoc", "dini_3590"]
QUESTIONS = {"kern_eoc": b"W", "dini_3590": b"READ\r\n"}
LONGEST_QUESTION_N = 6


class SimScale(SpeakingScale):
    """Speaks in one of the first three forms by itself, in the others when it is asked.

    `hold` freezes what it shows, as its key does.
    """

    KIND: ClassVar[str] = "ascii_lines_scale"
    GARBAGE: ClassVar[bytes] = b"W 01.234 kg\r\n"

    def __init__(
        self,
        link: Path | None = None,
        *,
        capacity_g: int = 15_000,
        every_s: float = 0.02,
        form: Form = "generic",
    ) -> None:
        super().__init__(link, capacity_g=capacity_g, every_s=0 if form in QUESTIONS else every_s)
        self._form: Form = form
        self._heard = b""
        self.hold = False

    def table(self) -> dict[str, str | int]:
        asks = self._form if self._form in QUESTIONS else ""
        return {**super().table(), "asks": asks}

    def hear(self, data: bytes) -> None:
        for byte in data:
            self._heard = (self._heard + bytes((byte,)))[-LONGEST_QUESTION_N:]
            if self._form in QUESTIONS and self._heard.endswith(QUESTIONS[self._form]):
                self._heard = b""
                self.speak()

    def tell(self) -> bytes:
        sign = "-" if self.is_under else "+"
        whole, part = divmod(abs(self.net_g), 1000)
        status = "OL" if self.is_over else "US" if self.in_motion else "ST"
        if self._form == "dini_3590":
            return f"{status},1,{sign}{whole:3}.{part:03}kg,  0.000kg\r\n".encode()
        head = f"{status},{'NT' if self.tare_g else 'GS'},"
        if self._form in {"generic", "kern_eoc"}:
            number = " " * 7 if self.is_over else f"{whole:3}.{part:03}"
            return f"{head}{sign}{number}kg\r\n".encode()
        number = f"{sign}{whole:3}.{part:03}".replace("+", " ").rjust(8)
        if self._form == "cas_10":
            return f"{number}\r\n".encode()
        return head.encode() + b"1" + bytes((self._lamps(),)) + f",{number} kg\r\n".encode()

    def _lamps(self) -> int:
        return (
            ALWAYS
            | (0 if self.in_motion else STABLE)
            | (HOLD if self.hold else 0)
            | (TARE if self.tare_g else GROSS)
            | (ZERO if self.load_g == 0 else 0)
        )


def make_sim(folder: Path) -> SimScale:
    """Make one that can be unplugged and comes back under the same name."""
    return SimScale(folder / "scale")
