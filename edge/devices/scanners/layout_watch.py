"""Notices that a scanner that acts as a keyboard has been set to another layout; pure.

A scanner forgets its settings, or somebody scans a page of its manual: from then on its keys mean
other characters. Two things show it. A code that is none here, but in another layout the same keys
are an EAN or UPC with its check digit: two of those in a row of different codes are proof. Or codes
as long as an EAN or UPC without a right check digit, or with keys that have no character: one is a
worn label or a number the shop made up, and a shop may have many of these, so it takes half of the
last eight, and twice as many as this scanner had before.
"""

from __future__ import annotations

from collections import deque

from edge.devices.scanners.layouts import KEY_CODES, LAYOUTS
from edge.devices.scanners.scan_lines import Code, Garbage

CODE_LENGTHS = frozenset((8, 12, 13, 14))
RECENT_N = 8
WRONG_FROM_N = 4
PROOFS_FROM_N = 2
SHOWN_MAX_N = 3
USUAL_N, USUAL_FROM_N = 64, 16
CURE = "set it up again on the devices page, or scan its maker's code for that layout"


class LayoutWatch:
    """Takes every find of one scanner; tells once when its layout must have changed.

    When none of the last eight codes is wrong any more, the next change is told again.
    """

    def __init__(self, layout: str) -> None:
        self._layout = layout
        self._recent: deque[bool] = deque(maxlen=RECENT_N)
        self._usual: deque[bool] = deque(maxlen=USUAL_N)
        self._proofs: deque[frozenset[str]] = deque(maxlen=PROOFS_FROM_N)
        self._last = ""
        self._told = False

    def take(self, found: Code | Garbage) -> str:
        """Take one find; gives a sentence for the clerk when the layout has changed, else ""."""
        text = found.text if isinstance(found, Code) else found.detail
        if text == self._last:  # a clerk tries one bad label again and again
            return ""
        layouts: frozenset[str] = frozenset()
        if isinstance(found, Garbage):
            is_right, counts = False, found.reason == "unprintable"
        else:
            is_right, counts = has_check_digit(text), len(text) in CODE_LENGTHS
            layouts = other_layouts(text, self._layout) if counts and not is_right else layouts
            counts = counts and (text.isdigit() or bool(layouts))
        if not counts:
            return ""
        self._last = text
        self._note(is_right=is_right)
        if is_right:
            self._proofs.clear()
        elif layouts:
            self._proofs.append(layouts)
        return self._judge()

    def _note(self, *, is_right: bool) -> None:
        if len(self._recent) == RECENT_N:
            self._usual.append(self._recent[0])
        self._recent.append(not is_right)
        self._told = self._told and any(self._recent)

    def _judge(self) -> str:
        if self._told:
            return ""
        proven = frozenset.intersection(*self._proofs) if self._proofs else frozenset[str]()
        if len(self._proofs) == PROOFS_FROM_N and proven:
            self._told = True
            by = " or ".join(sorted(proven)) if len(proven) <= SHOWN_MAX_N else "another layout"
            return f"the scanner no longer types as {self._layout} but as {by}: {CURE}"
        if not self._rises():
            return ""
        self._told = True
        return (
            f"{sum(self._recent)} of the last {len(self._recent)} codes are wrong: "
            f"the scanner may be set to another layout; {CURE}"
        )

    def _rises(self) -> bool:
        wrong_n, usual_n = sum(self._recent), sum(self._usual)
        if wrong_n < WRONG_FROM_N or len(self._usual) < USUAL_FROM_N:
            return False
        # Twice the usual share, in whole numbers.
        return wrong_n * len(self._usual) >= 2 * usual_n * len(self._recent)


def has_check_digit(text: str) -> bool:
    """Whether digits end in their GS1 check digit (weights 3 and 1 from the right)."""
    if not (text.isascii() and text.isdigit()):
        return False
    weighted = (int(digit) * (3, 1)[at % 2] for at, digit in enumerate(reversed(text[:-1])))
    return (sum(weighted) + int(text[-1])) % 10 == 0


def other_layouts(text: str, layout: str) -> frozenset[str]:
    """Layouts in which the keys that give `text` in `layout` are digits with their check digit."""
    keys: dict[str, tuple[int, int]] = {}
    for place, char in LAYOUTS[layout].chars.items():
        if place[0] in KEY_CODES:  # the keypad is the same in all
            keys.setdefault(char, place)
    if not text or any(char not in keys for char in text):
        return frozenset()
    readings = {
        name: "".join(other.char(*keys[char]) for char in text)
        for name, other in LAYOUTS.items()
        if name != layout
    }
    return frozenset(
        name for name, read in readings.items() if len(read) == len(text) and has_check_digit(read)
    )
