"""A simulated scale that answers SMA SCP-0499 on a pseudo-terminal."""

from __future__ import annotations

from pathlib import Path

from edge.sim.scale_port import ScalePort

STATUSES = {"over": "O", "under": "U", "zero": "Z"}


class SimScale(ScalePort):
    """Takes `W`, `Z`, `T`, `T` with a value, `C`, `M` and `A`; `unit_told` is written as it is."""

    KIND = "sma_scale"

    def __init__(self, link: Path | None = None, *, capacity_g: int = 15_000) -> None:
        super().__init__(link, capacity_g=capacity_g)
        self.unit_told = "kg"
        self._heard = b""

    def hear(self, data: bytes) -> None:
        *questions, self._heard = (self._heard + data).rpartition(b"\x1b")[2].split(b"\r")
        for question in questions:
            self._on_question(question.lstrip(b"\n").decode("latin-1"))

    def _on_question(self, question: str) -> None:
        letter, value = question[:1], question[1:]
        error = ""
        if letter == "Z":
            if self.in_motion or self.is_over:
                error = "E"
            else:
                self.load_g = self.tare_g = 0
        elif letter == "T":
            grams = int(value.replace(".", "")) if value else self.load_g
            error = "T" if self.in_motion else ""
            self.tare_g = self.tare_g if error else grams
        elif letter == "C":
            self.tare_g = 0
        if letter == "A":
            self.answer(b"\nSMA:2/1.0\r")
        elif letter in "WZTC" and letter:
            self.answer(self._standard(error))
        else:
            self.answer(b"\n?\r")
        self.count()

    def _standard(self, error: str) -> bytes:
        status = error or (
            "O" if self.is_over else "U" if self.is_under else " " if self.net_g else "Z"
        )
        number = f"{self.net_g // 1000}.{self.net_g % 1000:03}"
        if status in "OUET":
            number = "-" * 10
        net = "N" if self.tare_g else "G"
        motion = "M" if self.in_motion else " "
        return f"\n{status}1{net}{motion} {number:>10}{self.unit_told:<3}\r".encode()


def make_sim(folder: Path) -> SimScale:
    """Make one that can be unplugged and comes back under the same name."""
    return SimScale(folder / "scale")
