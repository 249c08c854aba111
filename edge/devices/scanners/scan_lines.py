"""From the bytes of a scanner to whole codes; pure, with the time of arrival passed in."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

GS = "\x1d"  # FNC1 between GS1 elements
_MARKS = re.compile(rb"[\r\n\t]")
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_SHOWN_BYTES_N = 12


class Code(Struct, frozen=True):
    """A clean code: AIM identifier (or empty) and text."""

    symbology: str
    text: str


class Garbage(Struct, frozen=True):
    """What is no code. `reason` is stable; README.md has each as the error code `scan_<reason>`."""

    reason: Literal[
        "unprintable", "too_long", "unfinished", "keys_lost", "report_wrong", "layout_changed"
    ]
    detail: str


def read_code(text: str) -> Code | Garbage:
    """Tell the AIM identifier from the code, and refuse what cannot be printed except GS."""
    if not text.replace(GS, "").isprintable():
        return Garbage("unprintable", f"no code: {text[:_SHOWN_BYTES_N]!r}")
    aim = _AIM.match(text)
    if aim is None:
        return Code("", text)
    if aim.end() == len(text):
        return Garbage("unfinished", f"an identifier without a code: {text}")
    return Code(aim.group(), text[aim.end() :])


class ScanLines:
    """Cuts a scanner's bytes into codes.

    A code ends with CR, LF or Tab; with `ends_in_silence` also after `silence_ms` without a byte.
    Otherwise a code that stays unfinished that long is dropped, so that it is never glued to the
    next one. Holds at most `longest_n` bytes.
    """

    def __init__(
        self,
        *,
        longest_n: int = 256,
        silence_ms: int = 300,
        ends_in_silence: bool = False,
        utf8: bool = False,
    ) -> None:
        self._longest_n = longest_n
        self._silence_ns = silence_ms * 1_000_000
        self._ends_in_silence = ends_in_silence
        self._encoding = "utf-8" if utf8 else "ascii"
        self._held = bytearray()
        self._size_n = 0
        self._last_ns = 0

    def feed(self, data: bytes, at_mono_ns: int) -> list[Code | Garbage]:
        """Take bytes that arrived at `at_mono_ns`; gives what became whole, in order."""
        found = self.tick(at_mono_ns)
        self._last_ns = at_mono_ns
        start = 0
        for mark in _MARKS.finditer(data):
            self._hold(data[start : mark.start()])
            start = mark.end()
            if self._size_n:
                found.append(self._take())
        self._hold(data[start:])
        return found

    def tick(self, at_mono_ns: int) -> list[Code | Garbage]:
        """Let time pass: end or drop a code that has been silent for too long."""
        if not self._size_n or at_mono_ns - self._last_ns < self._silence_ns:
            return []
        if self._ends_in_silence or self._size_n > self._longest_n:
            return [self._take()]
        detail = f"{self._size_n} bytes without an end: {_show(bytes(self._held))}"
        self._clear()
        return [Garbage("unfinished", detail)]

    def next_tick_ns(self) -> int | None:
        """When `tick` is due, in monotonic nanoseconds; None if nothing is held."""
        return self._last_ns + self._silence_ns if self._size_n else None

    def _hold(self, data: bytes) -> None:
        self._size_n += len(data)
        self._held += data[: max(0, self._longest_n - len(self._held))]

    def _take(self) -> Code | Garbage:
        raw, size_n = bytes(self._held), self._size_n
        self._clear()
        if size_n > self._longest_n:
            return Garbage("too_long", f"{size_n} bytes without an end: {_show(raw)}")
        try:
            text = raw.decode(self._encoding)
        except UnicodeDecodeError:
            return Garbage("unprintable", _show(raw))
        found = read_code(text)
        if isinstance(found, Garbage) and found.reason == "unprintable":
            return Garbage("unprintable", _show(raw))
        return found

    def _clear(self) -> None:
        self._held.clear()
        self._size_n = 0


def _show(raw: bytes) -> str:
    tail = "..." if len(raw) > _SHOWN_BYTES_N else ""
    return raw[:_SHOWN_BYTES_N].hex(" ") + tail
