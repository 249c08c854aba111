"""Right-to-left text: which it is, and the marks that keep a field of it together.

A field with Hebrew or Arabic letters is put between an isolate and its end (Unicode, UAX #9),
in logical order. So it can be searched and copied, and whoever shows the line by the Unicode
rules (a browser, a terminal, HarfBuzz for pictures) shows the same order.
"""

from __future__ import annotations

import re
import unicodedata

LRI, RLI, PDI = "\u2066", "\u2067", "\u2069"
_LETTERS = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff"
                      "\U0001e800-\U0001efff]")  # fmt: skip
# Marks that a text brings along would break out of its field.
_MARKS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
MARKS: dict[int, str | None] = {ord(mark): None for mark in _MARKS}
JOINERS = "\u200c\u200d"


def has_rtl(text: str) -> bool:
    """Whether `text` holds a letter that is written from right to left."""
    return not text.isascii() and _LETTERS.search(text) is not None


def is_isolated(line: str) -> bool:
    """Whether a line set by `layout` has a field that runs from right to left."""
    return PDI in line


def isolate(text: str, *, rtl: bool) -> str:
    """Put `text` between marks, if it needs them; `rtl` is the direction it runs in as a whole."""
    return f"{RLI if rtl else LRI}{text}{PDI}" if has_rtl(text) else text


def begins_rtl(text: str) -> bool:
    """Whether the first letter of `text` is written from right to left."""
    if text.isascii():
        return False
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in ("L", "R", "AL"):
            return kind != "L"
    return False
