"""What came out of a simulated printer, to read and to look at."""

from __future__ import annotations

from io import BytesIO
from typing import Literal

from msgspec import Struct

from edge.devices.paper import Barcode, Document, Part, Picture, Qr, Rule, Text, render_png
from edge.devices.paper.ean import is_ean
from edge.sim.escpos_reader import PaperLine

RULE_LEAST_N = 16


class Job(Struct, frozen=True):
    """What came out up to one cut: the bytes, and the lines on the paper."""

    raw: bytes
    lines: tuple[PaperLine, ...]
    text: tuple[str, ...]

    def draw(self, *, width_n: int = 48) -> bytes:
        """Give a picture of the paper as PNG; takes some 50 ms, so call it in a thread."""
        return render_png(Document(width_n, tuple(draw_line(line) for line in self.lines)))


def draw_line(line: PaperLine) -> Part:
    """Say what a line on the paper looks like."""
    if line.mark == "picture":
        return Picture(draw_dots(line))
    if line.mark == "barcode":
        return Barcode(line.text, "ean" if is_ean(line.text) else "code128")
    if line.mark == "qr":
        return Qr(line.text)
    for sign in "-=":
        if len(line.text) > RULE_LEAST_N and set(line.text) == {sign}:
            return Rule(double=sign == "=")
    size: Literal[1, 2] = 2 if line.size > 1 else 1
    return Text(line.text, bold=line.bold, size=size, align=line.align)


def draw_dots(line: PaperLine) -> bytes:
    """The printed dots of a picture as PNG."""
    from PIL import Image  # noqa: PLC0415 - costs 10 MB, and most papers hold no picture

    wide, high = map(int, line.text.split("x"))
    out = BytesIO()
    Image.frombytes("1", (wide, high), line.dots, "raw", "1;I").save(out, "PNG")
    return out.getvalue()
