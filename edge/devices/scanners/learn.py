"""Learn how a scanner in keyboard mode is set, from one scan of a known barcode; pure.

The barcode holds `CALIBRATION`, printed as Code 128 or Data Matrix with the character GS in it.
Why these characters:

- digits and `aZqWmY` tell QWERTY, QWERTZ, AZERTY, Turkish and Russian keyboards apart, and being
  in both cases they show a Caps Lock or a case conversion;
- `-+=!"/:;` tell FR from BE, DE from CH and PT from the rest, US from UK;
- `#@` tell ES from IT, which agree on everything that GS1 allows in a code;
- GS shows how the scanner sends it, and the `9` after it that the code went on;
- none of them is a dead key in any layout, whose space bar some scanners leave out.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Literal

from msgspec import Struct

from cext.errors import Refused
from edge.devices.scanners.layouts import KEYPAD_DIGITS, LAYOUTS
from edge.devices.scanners.scan_lines import GS, Code
from edge.devices.scanners.wedge_keys import (
    ALT,
    CTRLS,
    DOWN,
    ENTER,
    EV_KEY,
    EV_SYN,
    KEYPAD_ENTER,
    LINEFEED,
    MODIFIERS,
    SYN_DROPPED,
    TAB,
    UP,
    WedgeKeys,
    WedgeSettings,
)

HEAD = '0123456789aZqWmY-+=!"/:;#@'
TAIL = "9"
CALIBRATION = HEAD + GS + TAIL
EVENTS_MAX_N = 4_000  # the longest form, everything as Alt codes with reports, is below 1,000

Event = tuple[int, int, int]
Terminator = Literal["enter", "keypad_enter", "tab", "line_feed", "enter_line_feed", "none"]
Case = Literal["kept", "caps_lock", "upper", "lower"]
GsForm = Literal["control", "alt_code", "character", "missing"]

_LETTER_J, _LETTER_M, _LETTER_I = 36, 50, 23
_MARK_NAMES = {ENTER: "enter", KEYPAD_ENTER: "keypad_enter", TAB: "tab", LINEFEED: "line_feed"}
_CTRL_NAMES = {_LETTER_J: "line_feed", _LETTER_M: "enter", _LETTER_I: "tab"}
_ALT_NAMES = {"10": "line_feed", "13": "enter", "9": "tab"}
_TERMINATORS: dict[tuple[str, ...], Terminator] = {
    (): "none",
    ("enter",): "enter",
    ("keypad_enter",): "keypad_enter",
    ("tab",): "tab",
    ("line_feed",): "line_feed",
    ("enter", "line_feed"): "enter_line_feed",
}


class Learned(Struct, frozen=True, kw_only=True):
    """What one scan told.

    `layouts` are those that read the scan as it was printed: one, or several if the scan cannot
    tell them apart, as with a scanner that sends everything as Alt codes. `lost` are characters
    that the layout has no keys for. `advice` has a sentence for each setting of the scanner that
    should be changed.
    """

    layouts: tuple[str, ...]
    terminator: Terminator
    case: Case
    gs: GsForm
    gs_char: str
    sends_aim: bool
    lost: str = ""
    advice: tuple[str, ...]

    def settings(self) -> WedgeSettings:
        """The settings that decode this scanner, with the first of `layouts`."""
        return WedgeSettings(
            layout=self.layouts[0],
            ends_in_silence=self.terminator == "none",
            gs_char=self.gs_char,
            caps=self.case == "caps_lock",
        )


class _Fit(Struct, frozen=True):
    case: Case
    lost: str
    gs_char: str
    has_gs: bool
    sends_aim: bool


def learn(events: Iterable[Event]) -> Learned:
    """Give the settings that read these events (type, code, value) as `CALIBRATION`.

    The events are those of one scan, from the first key to a silence. Raises
    Refused("calibration_unread") when no layout fits, and says what to do.
    """
    taken = list(islice(events, EVENTS_MAX_N + 1))
    if len(taken) > EVENTS_MAX_N:
        raise _unread("more came than one scan: scan the calibration barcode once")
    if any(kind == EV_SYN and code == SYN_DROPPED for kind, code, _ in taken):
        raise _unread("keys were lost: scan the calibration barcode once more")
    fits = {name: fit for name in LAYOUTS if (fit := _fit(name, taken)) is not None}
    if not fits:
        raise _unread(
            "this was not the calibration barcode, or the scanner adds or drops characters: "
            "switch its prefixes off, set it to one of " + ", ".join(LAYOUTS) + ", and scan again"
        )
    # A layout that lost nothing explains the scan better than one that had to.
    best = min(fits.values(), key=lambda fit: len(fit.lost))
    names = tuple(name for name, fit in fits.items() if fit == best)
    marks, alt_codes = _marks_and_alt_codes(taken)
    gs: GsForm = "missing"
    if best.gs_char:
        gs = "character"
    elif best.has_gs:
        gs = "alt_code" if "29" in alt_codes else "control"
    terminator = _TERMINATORS.get(marks, "enter")
    return Learned(
        layouts=names,
        terminator=terminator,
        case=best.case,
        gs=gs,
        gs_char=best.gs_char,
        sends_aim=best.sends_aim,
        lost=best.lost,
        advice=_advise(best, names, terminator),
    )


def _fit(layout: str, events: list[Event]) -> _Fit | None:
    """How the scan reads in this layout, or None if not as the calibration barcode."""
    wedge = WedgeKeys(WedgeSettings(layout=layout, ends_in_silence=True))
    found = [one for event in events for one in wedge.feed(*event, 0)]
    silence_ns = wedge.next_tick_ns()
    found += wedge.tick(silence_ns) if silence_ns is not None else []
    if len(found) != 1 or not isinstance(found[0], Code):
        return None
    text, sends_aim = found[0].text, bool(found[0].symbology)
    for head, case, lost in _heads(layout):
        gs = text.removeprefix(head).removesuffix(TAIL)
        if text == head + gs + TAIL and len(gs) <= 1:
            # A letter or digit in the place of GS is in other codes too: of no use as a mark.
            mark = "" if gs == GS or gs.isalnum() else gs
            return _Fit(case, lost, mark, bool(mark) or gs == GS, sends_aim)
    return None


def _heads(layout: str) -> list[tuple[str, Case, str]]:
    """The ways `HEAD` may come: (characters, case, characters the layout has no keys for)."""
    has = set(LAYOUTS[layout].chars.values())
    kept = "".join(char for char in HEAD if char in has)
    lost = "".join(char for char in HEAD if char not in has)
    heads: list[tuple[str, Case, str]] = [
        (HEAD, "kept", ""),
        (HEAD.swapcase(), "caps_lock", ""),
        (HEAD.upper(), "upper", ""),
        (HEAD.lower(), "lower", ""),
    ]
    return [*heads, (kept, "kept", lost)] if lost else heads


def _marks_and_alt_codes(events: list[Event]) -> tuple[tuple[str, ...], set[str]]:
    """What ends the scan after its last character, and every Alt code without leading zeros."""
    marks: list[str] = []
    down: set[int] = set()
    digits, alt_codes = "", set()
    for kind, key, value in events:
        if kind != EV_KEY or value not in (UP, DOWN):
            continue
        name = None
        if value == UP:
            down.discard(key)
            if key != ALT or not digits:
                continue
            name = _ALT_NAMES.get(digits.lstrip("0"))
            alt_codes.add(digits.lstrip("0"))
            digits = ""
        elif key in MODIFIERS:
            down.add(key)
            continue
        elif ALT in down:
            digits += KEYPAD_DIGITS.get(key, "")
            continue
        else:
            name = (_CTRL_NAMES if down & CTRLS else _MARK_NAMES).get(key)
        marks = [*marks, name] if name else []
    return tuple(marks), alt_codes


def _advise(fit: _Fit, layouts: tuple[str, ...], terminator: Terminator) -> tuple[str, ...]:
    advice = []
    if fit.lost:
        advice.append(f"Set the scanner to US: layout {layouts[0]} has no keys for {fit.lost}")
    if not fit.has_gs:
        advice.append("Let the scanner send GS (FNC1) as Ctrl+]: GS1 codes run together.")
    if fit.case in ("upper", "lower"):
        advice.append("Switch its case conversion off: codes with letters come out wrong.")
    if fit.case == "caps_lock":
        advice.append("Switch Caps Lock off: letters come out in the wrong case.")
    if not fit.sends_aim:
        advice.append("Let the scanner send AIM identifiers: they tell GS1 codes from others.")
    if terminator == "none":
        advice.append("Let the scanner end each code with Enter: silence costs time.")
    if len(layouts) > 1:
        advice.append(f"This scan cannot tell {', '.join(layouts)} apart; each reads it well.")
    return tuple(advice)


def _unread(why: str) -> Refused:
    return Refused("calibration_unread", f"The scan could not be read: {why}.")
