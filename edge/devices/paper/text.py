"""Paper as plain text, for logs, tests and people who cannot see a picture."""

from __future__ import annotations

from edge.devices.paper.document import (
    Barcode,
    Cut,
    Document,
    Feed,
    Kick,
    Part,
    Picture,
    Qr,
    Rule,
    Text,
)
from edge.devices.paper.layout import set_text


def render_text(document: Document) -> str:
    """Set the document in lines of `width_n` columns, each ended by a line feed.

    Fields that run from right to left stand in logical order between the marks of `bidi`, so that
    whoever shows them by the rules of Unicode shows the order of the paper.
    """
    lines: list[str] = []
    for part in document.parts:
        lines.extend(_lines(part, document.width_n, rtl=document.rtl))
    return "".join(line.rstrip() + "\n" for line in lines)


def _lines(part: Part, width_n: int, *, rtl: bool) -> list[str]:
    match part:
        case Text():
            lines = set_text(part, width_n, rtl=rtl)
        case Rule():
            lines = [("=" if part.double else "-") * width_n]
        case Feed():
            lines = [""] * part.lines_n
        case Barcode():
            lines = set_text(Text(part.shown, align="center"), width_n)
        case Qr():
            lines = set_text(Text(part.text, align="center"), width_n)
        case Picture() | Cut() | Kick():
            lines = []
    return lines
