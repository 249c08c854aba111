r"""Where a job of ESC/POS bytes may be cut in two; pure.

A question to the printer inside a picture would be printed as dots, so cuts need the length of
every command. Lengths: Epson's command reference. After a command that is not in the table
nothing more is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

PART_BYTES = 2048
INITIALIZE = b"\x1b@"
_LINE_FEED = 0x0A
_LEADS = re.compile(rb"[\x1b\x1c\x1d\x10\n]")
# Command -> bytes after its two.
_FIXED = {
    b"\x1b": {
        **dict.fromkeys(b"@2<LSimv\x0c", 0),
        **dict.fromkeys(b"!-3EGJKMRTUVadertu{=? %", 1),
        **dict.fromkeys(b"$\\c", 2),
        ord("p"): 3,
        ord("W"): 8,
    },
    b"\x1d": {
        ord(":"): 0,
        **dict.fromkeys(b"!/BEHITabfhrw", 1),
        **dict.fromkeys(b"LPW$\\", 2),
    },
    b"\x1c": {**dict.fromkeys(b"&.", 0), **dict.fromkeys(b"!-CW", 1), **dict.fromkeys(b"Sp", 2)},
    b"\x10": {},
}
_FEEDS = {b"\x1bd", b"\x1bJ", b"\x1dV", b"\x1dv", b"\x1b*"}


def split_job(job: bytes, *, part_bytes: int = PART_BYTES) -> list[bytes]:
    """Cut `job` behind line ends into parts of about `part_bytes`; together they are the job.

    A picture is one command and never cut, so a part that holds one is longer.
    """
    parts, start = [], 0
    for end in _line_ends(job):
        if end - start >= part_bytes:
            parts.append(job[start:end])
            start = end
    if start < len(job) or not parts:
        parts.append(job[start:])
    return parts


def _line_ends(job: bytes) -> Iterator[int]:
    at = 0
    while found := _LEADS.search(job, at):
        at = found.start()
        if job[at] == _LINE_FEED:
            at += 1
            yield at
            continue
        size_n = _size(job, at)
        if not size_n or at + size_n > len(job):
            return
        lead = job[at : at + 2]
        at += size_n
        if lead in _FEEDS:
            yield at


def _size(job: bytes, at: int) -> int:
    """How many bytes the command at `at` has; 0 if that is not known."""
    head = job[at : at + 8]
    if len(head) < 2:
        return 0
    fixed = _FIXED[head[:1]].get(head[1])
    if fixed is not None:
        return 2 + fixed
    return _long_size(job, at, head)


def _long_size(job: bytes, at: int, head: bytes) -> int:
    command, size_n = head[:2], 0
    if command in (b"\x1d(", b"\x1b(", b"\x1c(") and len(head) >= 5:
        size_n = 5 + head[3] + 256 * head[4]
    elif command == b"\x1dv" and len(head) == 8:
        size_n = 8 + (head[4] + 256 * head[5]) * (head[6] + 256 * head[7])
    elif command == b"\x1b*" and len(head) >= 5:
        columns_n = head[3] + 256 * head[4]
        size_n = 5 + columns_n * (3 if head[2] in (32, 33) else 1)
    elif command == b"\x1dV" and len(head) >= 3:
        size_n = 4 if head[2] >= 65 else 3
    elif command == b"\x1dk" and len(head) >= 4:
        end = job.find(b"\0", at + 3)
        size_n = 4 + head[3] if head[2] >= 65 else (end + 1 - at if end >= 0 else 0)
    return size_n
