"""A scanner's side of the keyboard: which keys it presses for a code. For tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from edge.devices.scanners.layouts import KEY_CODES, KEYPAD_DIGITS, LAYOUTS, SPACE
from edge.devices.scanners.scan_lines import Code, Garbage
from edge.devices.scanners.wedge_keys import (
    ALT,
    ALTGR,
    DOWN,
    ENTER,
    EV_KEY,
    EV_SYN,
    SYN_REPORT,
    UP,
    WedgeKeys,
)

Key = tuple[int, int]  # key code, value
SHIFT, CTRL, RIGHT_BRACKET = 42, 29, 27
KEYPAD_KEYS = {digit: key for key, digit in KEYPAD_DIGITS.items()}


def stroke(key: int, *held: int) -> list[Key]:
    """Press and release a key while others are held."""
    return [
        *((one, DOWN) for one in held),
        (key, DOWN),
        (key, UP),
        *((one, UP) for one in reversed(held)),
    ]


def alt_code(digits: str) -> list[Key]:
    inner = [pair for digit in digits for pair in stroke(KEYPAD_KEYS[digit])]
    return [(ALT, DOWN), *inner, (ALT, UP)]


CTRL_GS = stroke(RIGHT_BRACKET, CTRL)
ALT_GS = alt_code("029")


def typable(layout: str) -> str:
    """Every character that the keys of a layout give."""
    table = LAYOUTS[layout]
    chars = {table.char(key, level) for key in (*KEY_CODES, SPACE) for level in range(4)}
    return "".join(sorted(chars - {""}))


def type_char(char: str, layout: str, *, caps: bool = False) -> list[Key]:
    """Press what gives `char`: a dead key is followed by the space bar."""
    table = LAYOUTS[layout]
    for level in range(4):
        for key in (SPACE, *KEY_CODES):
            if table.char(key, level) != char:
                continue
            has_shift = bool(level & 1) ^ (caps and key in table.letters and level < 2)
            held = [SHIFT] * has_shift + [ALTGR] * (level >= 2)
            dead = stroke(SPACE) if (key, level) in table.dead else []
            return stroke(key, *held) + dead
    raise AssertionError(f"{layout} cannot type {char!r}")


def type_text(
    text: str, layout: str, *, gs: Iterable[Key] = CTRL_GS, caps: bool = False
) -> list[Key]:
    keys: list[Key] = []
    for char in text:
        keys += gs if char == "\x1d" else type_char(char, layout, caps=caps)
    return keys


def as_events(keys: Iterable[Key]) -> Iterator[tuple[int, int, int]]:
    """What the kernel reports: each key, then that the report is complete."""
    for key, value in keys:
        yield EV_KEY, key, value
        yield EV_SYN, SYN_REPORT, 0


def decode(keys: Iterable[Key], wedge: WedgeKeys, *, at_ns: int = 0) -> list[Code | Garbage]:
    """Feed keys that all come at one time."""
    return [found for event in as_events(keys) for found in wedge.feed(*event, at_ns)]


END = stroke(ENTER)
