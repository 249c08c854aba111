"""A simulated scale that answers MT-SICS on a pseudo-terminal."""

from __future__ import annotations

from pathlib import Path

from edge.sim.scale_port import ScalePort


class SimScale(ScalePort):
    """Takes `SI`, `Z`, `T`, `TA`, `TAC`, `I4` and `@`; `unit_told` is written as it stands."""

    KIND = "mt_sics_scale"
    SERIAL = "1234567890"

    def __init__(self, link: Path | None = None, *, capacity_g: int = 15_000) -> None:
        super().__init__(link, capacity_g=capacity_g)
        self.unit_told = "kg"
        self._heard = b""

    def hear(self, data: bytes) -> None:
        *questions, self._heard = (self._heard + data).split(b"\r\n")
        for question in questions:
            self.answer(self._reply(question.decode("latin-1")).encode() + b"\r\n")
            self.count()

    def _reply(self, question: str) -> str:
        command, _, rest = question.partition(" ")
        if command == "SI":
            return self._weight()
        if command in ("I4", "@"):
            return f'I4 A "{self.SERIAL}"'
        if command in ("Z", "T", "TA", "TAC"):
            return self._order(command, rest)
        return "ES"

    def _weight(self) -> str:
        if self.is_over:
            return "S +"
        sign, number = "-" if self.is_under else "", abs(self.net_g)
        text = f"{sign}{number // 1000}.{number % 1000:03}"
        return f"S {'D' if self.in_motion else 'S'} {text:>10} {self.unit_told}"

    def _order(self, command: str, rest: str) -> str:
        if self.in_motion and command != "TAC":
            return f"{command} I"
        if command == "Z":
            self.load_g = self.tare_g = 0
            return "Z A"
        if command == "T":
            self.tare_g = self.load_g
            return f"T S {self.tare_g // 1000}.{self.tare_g % 1000:03} kg"
        number, _, _ = rest.partition(" ")
        self.tare_g = int(number.replace(".", "")) if command == "TA" else 0
        return f"{command} A {rest}".rstrip()


def make_sim(folder: Path) -> SimScale:
    """Make one that can be unplugged and comes back under the same name."""
    return SimScale(folder / "scale")
