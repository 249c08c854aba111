"""A simulated scale that answers a letter with digits, on a pseudo-terminal."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from edge.devices.scales.w_digits_scale import FAMILIES, FamilyName
from edge.sim.speaking_scale import SpeakingScale

LONGEST_QUESTION_N = 3
SPEAKS_EVERY_S = 0.02


class SimScale(SpeakingScale):
    """Speaks as one of the families. In motion no answer is as the one before.

    Above its range it answers without digits. `steady_ms` is what its `table()` gives the driver.
    """

    KIND: ClassVar[str] = "w_digits_scale"
    tells_over: ClassVar[bool] = False
    speaks_by_itself: ClassVar[bool] = False  # but for one family

    def __init__(
        self,
        link: Path | None = None,
        *,
        capacity_g: int = 15_000,
        family: FamilyName = "cas_pd2",
        steady_ms: int = 100,
    ) -> None:
        every_s = 0.0 if FAMILIES[family].question else SPEAKS_EVERY_S
        super().__init__(link, capacity_g=capacity_g, every_s=every_s)
        self._name: FamilyName = family
        self._family = FAMILIES[family]
        self._steady_ms = steady_ms
        self._heard = b""

    def table(self) -> dict[str, str | int]:
        return {**super().table(), "family": self._name, "steady_ms": self._steady_ms}

    def hear(self, data: bytes) -> None:
        for byte in data:
            self._heard = (self._heard + bytes((byte,)))[-LONGEST_QUESTION_N:]
            if self._family.question and self._heard.endswith(self._family.question):
                self._heard = b""
                self.count()
                self.answer(self.tell())

    def tell(self) -> bytes:
        """What it answers now."""
        end = bytes((self._family.ends,))
        if self.is_over:
            return end
        shown_g = abs(self.net_g) + (self.questions_n % 5 if self.in_motion else 0)
        sign = "-" if self.is_under else ""
        whole, part = divmod(shown_g, 1000)
        number = f"{whole:02}.{part:03}"
        forms = {
            "dialog1": f"{sign}{shown_g:05}",
            "acom_pc100": f"\n{sign}{number}KG\r",
            "mettler_ind221": f"{sign}{shown_g // 10:04}.{shown_g % 10}",
            "adam_cpwplus": f"N {sign or '+'} {number} kg\r",
            "mettler_tiger": f"\x02  {sign}{number} kg\r",
            "avery_6720": f"{sign}{number}L 000.00",
        }
        return forms.get(self._name, sign + number).encode() + end


def make_sim(folder: Path) -> SimScale:
    """Make one that can be unplugged and comes back under the same name."""
    return SimScale(folder / "scale")
