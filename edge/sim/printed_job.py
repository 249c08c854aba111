"""What came out of a simulated printer, to read and to look at."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from edge.devices.paper import Barcode, Document, Part, Qr, Rule, Text, render_png
from edge.sim.escpos_reader import PaperLine

RULE_LEAST_N = 16


class Job(Struct, frozen=True):
    """What came out up to one cut: the bytes, and the lines on the paper."""

    raw: bytes
    lines: tuple[PaperLine, ...]
    text: tuple[str, ...]

    def draw(self, *, width_n: int = 48) -> bytes:
        """Give a picture of the paper as PNG; takes some 50 ms, so call it in a thread."""
        parts = [draw_line(line) for line in self.lines]
        return render_png(Document(width_n, tuple(part for part in parts if part is not None)))


def draw_line(line: PaperLine) -> Part | None:
    """Say what a line on the paper looks like; a picture that was printed is left out."""
    if line.mark == "picture":
        return None
    if line.mark == "barcode":
        return Barcode(line.text)
    if line.mark == "qr":
        return Qr(line.text)
    for sign in "-=":
        if len(line.text) > RULE_LEAST_N and set(line.text) == {sign}:
            return Rule(double=sign == "=")
    size: Literal[1, 2] = 2 if line.size > 1 else 1
    return Text(line.text, bold=line.bold, size=size, align=line.align)
