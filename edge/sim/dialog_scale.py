"""A simulated counter scale that speaks Checkout-Dialog 02 and 04, on a pseudo-terminal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

from edge.sim.scale_port import ScalePort

ACK, NAK = b"\x06", b"\x15"
LONGEST_N = 40

CHECKED_N = 2  # weighings until it asks again; fifty on a real one

_CHECKSUMS = re.compile(rb"\x04\x0210\x1b([0-9A-F]{4})([0-9A-F]{4})\x03")
_PRICE = re.compile(rb"\x04\x02(?:01\x1b(\d{5,6})\x1b|03\x1b(\d{5,6})\x1b(\d{4}))\x03")


class SimScale(ScalePort):
    """Takes the records 01, 03 and 08, and ENQ.

    `asks_checksums` makes it a Dialog 06, whose secret is `polynomial`; with `lifts` it tells goods
    once only, and `min_g` is the least it weighs, as such scales have it. `fault` is a status that
    it always tells, `extra_minor` what its amount is too much. `prices` are those it was told.
    """

    KIND: ClassVar[str] = "dialog_scale"

    def __init__(self, link: Path | None = None, *, capacity_g: int = 15_000) -> None:
        super().__init__(link, capacity_g=capacity_g)
        self.asks_checksums = self.lifts = False
        self.min_g = 0
        self.fault = ""
        self.polynomial = 0x1234
        self.extra_minor = 0
        self.prices: list[int] = []
        self._turns = (11, 2)
        self._checked_n = 0
        self._verdict = b""
        self._told_g: int | None = None
        self._price = b""
        self._heard = b""

    def hear(self, data: bytes) -> None:
        for byte in data:
            char = bytes((byte & 0x7F,))
            self._heard = (self._heard + char)[-LONGEST_N:]
            if char == b"\x04":
                self._heard = char
            elif self._heard == b"\x04\x05":
                self._on_result_asked()
            elif char == b"\x03":
                self._on_record()

    def _on_record(self) -> None:
        match = _PRICE.fullmatch(self._heard)
        if checksums := _CHECKSUMS.fullmatch(self._heard):
            self._on_checksums(*(int(one, 16) for one in checksums.groups()))
        if self._heard == b"\x04\x0208\x03":
            self.answer(b"\x0209\x1b" + (self._problem() or "00").encode() + b"\x03")
        elif match:
            self.count()
            if not self.fault:
                self._price = match[1] or match[2]
                self.prices.append(int(self._price))
                self.tare_g = int(match[3]) if match[3] else self.tare_g
            self._shake(NAK if self.fault else ACK)

    def _on_result_asked(self) -> None:
        if self._verdict:
            self.answer(b"\x0211\x1b" + self._verdict + b"\x03")
            self._verdict = b""
        elif self.asks_checksums and self._checked_n == 0:
            digits = bytes(0x30 + turn for turn in self._turns)
            self.answer(b"\x0211\x1b2" + digits + b"\x03")
        elif self._problem():
            self._shake(NAK)
        else:
            self._told_g = self.load_g
            self._checked_n -= bool(self._checked_n)
            amount = (self.net_g * int(self._price) + 500) // 1000 + self.extra_minor
            parts = ["02", "3", f"{self.net_g:05}", self._price.decode(), f"{amount:06}"]
            self.answer(b"\x02" + "\x1b".join(parts).encode() + b"\x03")

    def _on_checksums(self, turned: int, rest: int) -> None:
        """Turn both back and divide: what was sent is right if nothing is left."""
        left, right = self._turns
        number = int(f"{turned:016b}"[-left:] + f"{turned:016b}"[:-left], 2)
        kept = int(f"{rest:016b}"[right:] + f"{rest:016b}"[:right], 2)
        number, divisor = number << 16 | kept, 0x10000 | self.polynomial
        for place in range(15, -1, -1):
            if number >> (place + 16) & 1:
                number ^= divisor << place
        self._verdict, self._checked_n = (b"0", 0) if number else (b"1", CHECKED_N)
        self._turns = (self._turns[1] + 3 & 15 or 1, self._turns[0] + 5 & 15 or 1)
        self._shake(ACK)

    def _problem(self) -> str:
        """The status that keeps it from telling a weight, or nothing."""
        if self.fault:
            return self.fault
        if self.in_motion:
            return "20"
        if self.is_over or self.is_under:
            return "32" if self.is_over else "31"
        if self.lifts and self.load_g == self._told_g:
            return "21"
        return "30" if self.net_g < self.min_g else ""

    def _shake(self, char: bytes) -> None:
        if self.halved:
            self.send(char)  # a single byte has no halves
        else:
            self.answer(char)


def make_sim(folder: Path) -> SimScale:
    """Make one that can be unplugged and comes back under the same name."""
    return SimScale(folder / "scale")
