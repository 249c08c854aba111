"""From the reports of a HID-POS scanner to whole codes; pure, with the time passed in.

A report has 64 bytes (USB HID Point of Sale usage tables, scanned data report, as in the USB
guides of Hand Held Products, page 1-11, and Access-IS LSR118, page 68): 0 report id 2; 1 number of
data bytes, at most 56; 2 to 4 AIM identifier; 5 to 60 data; 61 maker's symbology; 62 reserved;
63 bit 0: the code goes on in the next report.
"""

from __future__ import annotations

import re

from edge.devices.scanners.scan_lines import Code, Garbage, read_code

REPORT_BYTES = 64
REPORT_ID = 2
DATA_MAX_BYTES = 56

_AIM_AT, _DATA_AT, _MORE_AT = 2, 5, 63
_AIM = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
_NO_AIM = {b"\0\0\0", b"   "}
_END_BYTES = b"\r\n\t"


class HidPosReports:
    """Puts reports together to codes; how the bytes of a report were split does not matter.

    A code whose reports cannot all be trusted is refused whole, up to its last report: a piece of
    a code may look like another code. What stays unfinished for `silence_ms` is dropped, half a
    report too, so that the next one begins where it should. Holds at most `longest_n` bytes.
    """

    def __init__(self, *, longest_n: int = 256, silence_ms: int = 300, utf8: bool = False) -> None:
        self._longest_n = longest_n
        self._silence_ns = silence_ms * 1_000_000
        self._encoding = "utf-8" if utf8 else "ascii"
        self._piece = b""  # of a report
        self._held = bytearray()
        self._size_n = 0
        self._aim: bytes | None = None  # of the code that is under way
        self._is_torn = False  # refused already, its last report is still to come
        self._last_ns = 0

    def feed(self, data: bytes, at_mono_ns: int) -> list[Code | Garbage]:
        """Take bytes that arrived at `at_mono_ns`; gives what became whole, in order.

        Only `tick` drops: USB loses no report, so that bytes found late, after the loop was held
        up, are the rest of the code and not the next one.
        """
        found: list[Code | Garbage] = []
        self._last_ns = at_mono_ns
        stream = self._piece + data
        whole_n = len(stream) - len(stream) % REPORT_BYTES
        self._piece = stream[whole_n:]
        for at in range(0, whole_n, REPORT_BYTES):
            found += self._take_report(stream[at : at + REPORT_BYTES])
        return found

    def tick(self, at_mono_ns: int) -> list[Code | Garbage]:
        """Let time pass: drop what has been unfinished for too long."""
        if not self._is_busy() or at_mono_ns - self._last_ns < self._silence_ns:
            return []
        was_torn, size_n, piece_n = self._is_torn, self._size_n, len(self._piece)
        self._clear()
        self._piece = b""
        if was_torn and not piece_n:
            return []
        return [Garbage("unfinished", f"{size_n} bytes of a code and {piece_n} of a report")]

    def next_tick_ns(self) -> int | None:
        """When `tick` is due, in monotonic nanoseconds; None if nothing is held."""
        return self._last_ns + self._silence_ns if self._is_busy() else None

    def _is_busy(self) -> bool:
        return bool(self._piece) or self._aim is not None or self._is_torn

    def _take_report(self, report: bytes) -> list[Code | Garbage]:
        goes_on = bool(report[_MORE_AT] & 1)
        problem = self._find_problem(report)
        if problem:
            # Reports of another kind may stand between codes, but their last byte says nothing.
            is_data = report[0] == REPORT_ID
            was_torn = self._is_torn
            is_torn = goes_on if is_data else was_torn or self._aim is not None
            self._clear()
            self._is_torn = is_torn
            return [] if was_torn else [Garbage("report_wrong", problem)]
        if self._is_torn:
            self._is_torn = goes_on
            return []
        data_n = report[1]
        self._aim = report[_AIM_AT:_DATA_AT]
        self._size_n += data_n
        room_n = max(0, self._longest_n - len(self._held))
        self._held += report[_DATA_AT : _DATA_AT + min(data_n, room_n)]
        return [] if goes_on else self._take_code()

    def _find_problem(self, report: bytes) -> str:
        aim = report[_AIM_AT:_DATA_AT]
        if report[0] != REPORT_ID:
            return f"report {report[0]} is not {REPORT_ID}: the scanner is not in HID-POS mode"
        if report[1] > DATA_MAX_BYTES:
            return f"a report of {report[1]} bytes, where {DATA_MAX_BYTES} is the most"
        if aim not in _NO_AIM and not _AIM.fullmatch(aim):
            return f"a report whose AIM identifier is {aim.hex(' ')}"
        if self._aim is not None and aim != self._aim:
            return "a report of another code came before the last one of this code"
        return ""

    def _take_code(self) -> list[Code | Garbage]:
        raw, size_n, aim = bytes(self._held), self._size_n, self._aim or b""
        self._clear()
        if size_n > self._longest_n:
            return [Garbage("too_long", f"{size_n} bytes in one code")]
        prefix = b"" if aim in _NO_AIM else aim
        # Some scanners send what they send in other modes: the identifier again, or a CR.
        raw = raw.removeprefix(prefix).rstrip(_END_BYTES)
        if not raw:
            return []
        try:
            text = raw.decode(self._encoding)
        except UnicodeDecodeError as exc:
            return [Garbage("unprintable", f"no {self._encoding}: byte {raw[exc.start]:02x}")]
        return [read_code(prefix.decode("ascii") + text)]

    def _clear(self) -> None:
        self._held.clear()
        self._size_n = 0
        self._aim = None
        self._is_torn = False
