"""The keys of a simulated scanner, and what our decoder makes of them. For tests."""

from __future__ import annotations

from collections.abc import Iterable

from edge.devices.scanners.layouts import KEY_CODES, LAYOUTS, SPACE
from edge.devices.scanners.scan_lines import Code, Garbage
from edge.devices.scanners.wedge_keys import ENTER, WedgeKeys
from edge.sim.scanner_keys import (
    CTRL,
    GS_KEYS,
    KEYPAD_KEYS,
    SHIFT,
    Key,
    alt_code,
    as_events,
    stroke,
    type_char,
    type_text,
)

CTRL_GS, ALT_GS = GS_KEYS["control"], GS_KEYS["alt_code"]
END = stroke(ENTER)


def typable(layout: str) -> str:
    """Every character that the keys of a layout give."""
    table = LAYOUTS[layout]
    chars = {table.char(key, level) for key in (*KEY_CODES, SPACE) for level in range(4)}
    return "".join(sorted(chars - {""}))


def decode(keys: Iterable[Key], wedge: WedgeKeys, *, at_ns: int = 0) -> list[Code | Garbage]:
    """Feed keys that all come at one time."""
    return [found for event in as_events(keys) for found in wedge.feed(*event, at_ns)]


__all__ = [
    "ALT_GS",
    "CTRL",
    "CTRL_GS",
    "END",
    "KEYPAD_KEYS",
    "SHIFT",
    "Key",
    "alt_code",
    "as_events",
    "decode",
    "stroke",
    "typable",
    "type_char",
    "type_text",
]
