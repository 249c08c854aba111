"""What a receipt's bytes put on paper: lines and cuts, for the statistics of a printer."""

from __future__ import annotations

from edge.devices.paper import Language
from edge.devices.printers.star_parts import count_star

LINE_ROWS = 27  # dots of a drawn line of text, as `paper` draws it
ESC, GS, LF = 0x1B, 0x1D, 0x0A
# How many bytes of arguments follow the two of a command; 1 where it is not named here.
_ESC_ARGUMENTS_N = {0x40: 0, 0x70: 3, 0x32: 0, 0x69: 0, 0x6D: 0, 0x24: 2, 0x5C: 2}
_GS_ARGUMENTS_N = {0x24: 2, 0x4C: 2, 0x57: 2, 0x50: 2}
_FEEDING_CUTS = (65, 66, 97, 98, 103, 104)  # functions of GS V that take a further number


def count_job(job: bytes, language: Language = "escpos") -> tuple[int, int]:
    """(lines, cuts) of a job. A line feed inside of a picture or a QR code is no line.

    In Star's language, where all is drawn, so many rows as a line of text has are one.
    """
    if language == "star":
        rows_n, cuts_n = count_star(job)
        return rows_n // LINE_ROWS, cuts_n
    lines_n = cuts_n = at = 0
    while at < len(job):
        if job[at] == LF:
            lines_n += 1
        elif job[at : at + 2] == b"\x1dV":
            cuts_n += 1
        at += _length(job, at)
    return lines_n, cuts_n


def _length(job: bytes, at: int) -> int:
    """How many bytes the character or command at `at` takes."""
    if at + 1 >= len(job):
        return 1
    if job[at] == ESC:
        return _escape_length(job, at)
    return _group_length(job, at) if job[at] == GS else 1


def _escape_length(job: bytes, at: int) -> int:
    if job[at + 1] == 0x2A:  # ESC * m nL nH: columns of one or of three bytes
        return 5 + (3 if _at(job, at + 2) >= 32 else 1) * _pair(job, at + 3)
    return 2 + _ESC_ARGUMENTS_N.get(job[at + 1], 1)


def _group_length(job: bytes, at: int) -> int:
    match job[at + 1]:
        case 0x28:  # GS ( x pL pH: p bytes
            return 5 + _pair(job, at + 3)
        case 0x76:  # GS v 0 m xL xH yL yH: rows of dots
            return 8 + _pair(job, at + 4) * _pair(job, at + 6)
        case 0x6B if _at(job, at + 2) >= 65:  # GS k m n: a barcode of n characters
            return 4 + _at(job, at + 3)
        case 0x6B:  # GS k m: a barcode up to NUL
            end = job.find(b"\x00", at + 3)
            return (end + 1 if end >= 0 else len(job)) - at
        case 0x56:  # GS V m: cut; some first feed n
            return 3 + (_at(job, at + 2) in _FEEDING_CUTS)
        case other:
            return 2 + _GS_ARGUMENTS_N.get(other, 1)


def _at(job: bytes, at: int) -> int:
    return job[at] if at < len(job) else 0


def _pair(job: bytes, at: int) -> int:
    return _at(job, at) | _at(job, at + 1) << 8
