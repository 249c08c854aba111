"""From the key events of a scanner that acts as a keyboard to whole codes; pure.

Events come as the numbers Linux gives them (input-event-codes.h), each with its time of arrival.
Whatever comes, nothing is raised and at most `longest_n` characters are held.
"""

from __future__ import annotations

import unicodedata

from msgspec import Struct

from edge.devices.scanners.layouts import ACCENTS, KEYPAD_DIGITS, LAYOUTS, SPACE, Layout, Level
from edge.devices.scanners.scan_lines import GS, Code, Garbage, read_code

EV_SYN, EV_KEY = 0, 1
SYN_REPORT, SYN_DROPPED = 0, 3
UP, DOWN = 0, 1  # 2 is the kernel's autorepeat

TAB, ENTER, KEYPAD_ENTER, LINEFEED = 15, 28, 96, 101
SHIFTS = frozenset((42, 54))
CTRLS = frozenset((29, 97))
ALT, ALTGR, CAPS_LOCK, NUM_LOCK = 56, 100, 58, 69
MODIFIERS = SHIFTS | CTRLS | {ALT, ALTGR}
MARKS = frozenset((TAB, ENTER, KEYPAD_ENTER, LINEFEED))

_BUTTONS_FROM = 0x100  # mouse buttons and touch pads, which are no keys
_ALT_DIGITS_MAX_N = 4  # Alt + 0255 is the longest
_END_CHARS = "\r\n\t"
_SHOWN_N = 12


class WedgeSettings(Struct, frozen=True, kw_only=True):
    """How the scanner is set.

    `gs_char` is a printable character it sends for GS, if it does not send Ctrl+] or Alt+029,
    which are always understood. `caps` is whether Caps Lock is on before the first event.
    """

    layout: str = "US"
    ends_in_silence: bool = False
    silence_ms: int = 300
    longest_n: int = 256
    gs_char: str = ""
    caps: bool = False


class WedgeKeys:
    """Puts key events together to codes.

    A code ends with Enter, Tab or line feed on whichever key; with `ends_in_silence` also after
    `silence_ms` without a key. Otherwise a code that stays unfinished that long is dropped and
    told, so that it is never glued to the next one. When the kernel says that events were lost,
    the code around the gap is dropped up to its end, as its rest may look like a code.

    Num Lock is of no account: the keypad's keys have numbers of their own, apart from the arrows,
    and no scanner means an arrow by them.
    """

    def __init__(self, settings: WedgeSettings | None = None) -> None:
        self._settings = settings or WedgeSettings()
        self._layout: Layout = LAYOUTS[self._settings.layout]
        self._silence_ns = self._settings.silence_ms * 1_000_000
        self._caps = self._settings.caps
        self._down: set[int] = set()
        self._text: list[str] = []
        self._size_n = 0
        self._alt_digits = ""
        self._accent = ""
        self._bad = ""
        self._is_gap = False  # between SYN_DROPPED and the next SYN_REPORT nothing counts
        self._is_torn = False  # the rest of a code that lost keys
        self._last_ns = 0

    def feed(self, kind: int, code: int, value: int, at_mono_ns: int) -> list[Code | Garbage]:
        """Take one event (its type, code and value); gives what became whole, in order."""
        found = self.tick(at_mono_ns)
        if kind == EV_SYN:
            return found + self._on_syn(code, at_mono_ns)
        if kind != EV_KEY or self._is_gap or value not in (UP, DOWN):
            return found
        if not 0 < code < _BUTTONS_FROM:
            return found
        self._last_ns = at_mono_ns
        if value == UP:
            self._down.discard(code)
            end = self._take_alt() if code == ALT else False
        else:
            end = self._press(code)
        return found + self._take() if end else found

    def tick(self, at_mono_ns: int) -> list[Code | Garbage]:
        """Let time pass: end or drop a code that has been silent for too long."""
        if not self._is_busy() or at_mono_ns - self._last_ns < self._silence_ns:
            return []
        if self._alt_digits:
            self._alt_digits = ""
            self._spoil("Alt was held on for too long")
        if self._settings.ends_in_silence or self._is_torn or self._bad:
            return self._take()
        if self._size_n > self._settings.longest_n:
            return self._take()
        self._put_accent()
        detail = f"{self._size_n} characters without an end: {self._shown()}"
        self._clear()
        return [Garbage("unfinished", detail)]

    def next_tick_ns(self) -> int | None:
        """When `tick` is due, in monotonic nanoseconds; None if nothing is held."""
        return self._last_ns + self._silence_ns if self._is_busy() else None

    def set_keys(self, *, down: frozenset[int] = frozenset(), caps: bool = False) -> None:
        """Learn what is held and whether Caps Lock is on, as the kernel tells after a gap."""
        self._down = set(down & MODIFIERS)
        self._caps = caps

    def _is_busy(self) -> bool:
        return bool(self._size_n or self._alt_digits or self._accent or self._bad or self._is_torn)

    def _on_syn(self, code: int, at_mono_ns: int) -> list[Code | Garbage]:
        if code == SYN_DROPPED:
            told = self._is_torn
            self._clear()
            self._down.clear()
            self._is_gap = self._is_torn = True
            self._last_ns = at_mono_ns
            detail = "keys came faster than they were taken; this code must be scanned again"
            return [] if told else [Garbage("keys_lost", detail)]
        if code == SYN_REPORT:
            self._is_gap = False
        return []

    def _press(self, key: int) -> bool:
        """Take a key that went down; whether the code ends with it."""
        if key in MODIFIERS:
            self._down.add(key)
            return False
        if key in (CAPS_LOCK, NUM_LOCK):
            self._caps ^= key == CAPS_LOCK
            return False
        if key in MARKS:
            return True
        has_alt, has_ctrl = ALT in self._down, bool(self._down & CTRLS)
        if has_alt and not has_ctrl:
            self._press_with_alt(key)
            return False
        has_altgr = ALTGR in self._down or has_alt
        if has_ctrl and not has_altgr:
            return self._put(self._control_char(key), key)
        return self._press_plain(key, has_altgr=has_altgr)

    def _press_plain(self, key: int, *, has_altgr: bool) -> bool:
        has_shift = bool(self._down & SHIFTS)
        if self._caps and key in self._layout.letters and not has_altgr:
            has_shift = not has_shift
        level = Level(has_shift + 2 * has_altgr)
        char = self._layout.char(key, level)
        if (key, level) in self._layout.dead:
            self._put_accent()
            self._accent = char
            return False
        if self._accent and key == SPACE:
            self._put_accent()
            return False
        if self._accent and char:
            both = unicodedata.normalize("NFC", char + ACCENTS[self._accent])
            if len(both) == 1:
                self._accent, char = "", both
        self._put_accent()
        return self._put(char, key)

    def _press_with_alt(self, key: int) -> None:
        digit = KEYPAD_DIGITS.get(key)
        if digit is None or len(self._alt_digits) >= _ALT_DIGITS_MAX_N:
            self._alt_digits = ""
            self._spoil(f"Alt with key {key} is no character")
        else:
            self._alt_digits += digit

    def _take_alt(self) -> bool:
        digits, self._alt_digits = self._alt_digits, ""
        if not digits:
            return False
        number = int(digits)
        char = ""
        if 0 < number < 0x7F:
            char = chr(number)
        elif digits[0] == "0" and 0x7F < number <= 0xFF:
            char = bytes((number,)).decode("cp1252", errors="ignore")
        self._put_accent()
        if not char:
            self._spoil(f"Alt + {digits} is no character")
            return False
        return self._put(char, ALT)

    def _control_char(self, key: int) -> str:
        """Ctrl with a letter or a bracket, by this layout or else by its place as in US."""
        for layout in (self._layout, LAYOUTS["US"]):
            char = layout.char(key, Level.PLAIN).upper()
            if len(char) == 1 and "A" <= char <= "_":
                return chr(ord(char) & 0x1F)
        return ""

    def _put(self, char: str, key: int) -> bool:
        """Hold one more character; whether it is one that ends the code."""
        if char and char in _END_CHARS:
            return True
        if not char:
            self._spoil(f"key {key} has no character in layout {self._layout.name}")
            return False
        self._size_n += 1
        if self._size_n <= self._settings.longest_n:
            self._text.append(char)
        return False

    def _put_accent(self) -> None:
        accent, self._accent = self._accent, ""
        if accent:
            self._put(accent, SPACE)

    def _spoil(self, why: str) -> None:
        self._bad = self._bad or why

    def _take(self) -> list[Code | Garbage]:
        """End the code here; nothing if it is empty, or the rest of one that lost keys."""
        self._put_accent()
        if self._alt_digits:
            self._spoil("Alt was still held at the end")
        bad, size_n, is_torn = self._bad, self._size_n, self._is_torn
        text, shown = "".join(self._text), self._shown()
        self._clear()
        if is_torn or not (size_n or bad):
            return []
        if bad:
            return [Garbage("unprintable", f"{bad}; the scanner may be set to another layout")]
        if size_n > self._settings.longest_n:
            return [Garbage("too_long", f"{size_n} characters without an end: {shown}")]
        found = read_code(text)
        if isinstance(found, Code) and self._settings.gs_char:
            return [Code(found.symbology, found.text.replace(self._settings.gs_char, GS))]
        return [found]

    def _shown(self) -> str:
        text = "".join(self._text)
        return text[:_SHOWN_N] + ("..." if len(text) > _SHOWN_N else "")

    def _clear(self) -> None:
        self._text.clear()
        self._size_n = 0
        self._alt_digits = self._accent = self._bad = ""
        self._is_torn = False
