"""Paper that a printer of receipts puts out: described once, rendered as bytes, picture or text."""

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
from edge.devices.paper.escpos import can_print, render_escpos
from edge.devices.paper.profiles import PROFILES, Encoding, Profile, find_profile
from edge.devices.paper.roll import Language, Roll, render_job
from edge.devices.paper.text import render_text


def render_png(document: Document, *, scale: int = 2) -> bytes:
    """Draw the paper as a PNG, 12 * `scale` pixels a column. Loads Pillow at the first call.

    Takes some 20 ms: call it in a thread.
    """
    from edge.devices.paper.picture import draw_png  # noqa: PLC0415 - Pillow costs 10 MB

    return draw_png(document, scale=scale)


__all__ = [
    "PROFILES",
    "Barcode",
    "Cut",
    "Document",
    "Encoding",
    "Feed",
    "Kick",
    "Language",
    "Part",
    "Picture",
    "Profile",
    "Qr",
    "Roll",
    "Rule",
    "Text",
    "can_print",
    "find_profile",
    "render_escpos",
    "render_job",
    "render_png",
    "render_text",
]
