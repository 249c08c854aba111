"""Which keys a scanner that acts as a keyboard presses for a code, by the layout it is set to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from edge.devices.scanners.layouts import KEY_CODES, KEYPAD_DIGITS, LAYOUTS, SPACE
from edge.devices.scanners.wedge_keys import (
    ALT,
    ALTGR,
    DOWN,
    ENTER,
    EV_KEY,
    EV_SYN,
    KEYPAD_ENTER,
    LINEFEED,
    SYN_REPORT,
    TAB,
    UP,
)

Key = tuple[int, int]  # key code, value
SHIFT, CTRL, RIGHT_BRACKET, LETTER_J, LETTER_M = 42, 29, 27, 36, 50
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
    """Alt with digits of the keypad."""
    inner = [pair for digit in digits for pair in stroke(KEYPAD_KEYS[digit])]
    return [(ALT, DOWN), *inner, (ALT, UP)]


GS_KEYS = {"control": stroke(RIGHT_BRACKET, CTRL), "alt_code": alt_code("029"), "missing": []}
TERMINATOR_KEYS = {
    "enter": stroke(ENTER),
    "keypad_enter": stroke(KEYPAD_ENTER),
    "tab": stroke(TAB),
    "line_feed": stroke(LINEFEED),
    "control_j": stroke(LETTER_J, CTRL),
    "control_m": stroke(LETTER_M, CTRL),
    "alt_013": alt_code("013"),
    "enter_line_feed": stroke(ENTER) + stroke(LINEFEED),
    "none": [],
}


def type_char(char: str, layout: str, *, caps: bool = False) -> list[Key]:
    """Press what gives `char`, a dead key with the space bar after it; ValueError if none does."""
    table = LAYOUTS[layout]
    for level in range(4):
        for key in (SPACE, *KEY_CODES):
            if table.char(key, level) != char:
                continue
            has_shift = bool(level & 1) ^ (caps and key in table.letters and level < 2)
            held = [SHIFT] * has_shift + [ALTGR] * (level >= 2)
            dead = stroke(SPACE) if (key, level) in table.dead else []
            return stroke(key, *held) + dead
    raise ValueError(f"a scanner set to {layout} cannot type {char!r}")


def type_text(
    text: str, layout: str, *, gs: Iterable[Key] = tuple(GS_KEYS["control"]), caps: bool = False
) -> list[Key]:
    """Press the keys of a code, GS as `gs`."""
    keys: list[Key] = []
    for char in text:
        keys += gs if char == "\x1d" else type_char(char, layout, caps=caps)
    return keys


def as_events(keys: Iterable[Key]) -> Iterator[tuple[int, int, int]]:
    """What the kernel reports: each key, then that the report is complete."""
    for key, value in keys:
        yield EV_KEY, key, value
        yield EV_SYN, SYN_REPORT, 0
