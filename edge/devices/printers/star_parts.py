r"""Where a job of Star Line Mode may be cut in two, and what it puts on paper; pure.

An ETB inside of rows would be dots, and in the raster mode it means nothing, so cuts need the
length of every command. Lengths: Star's Line Mode Command Specifications. After a command that
is not in the table nothing more is cut.
"""

from __future__ import annotations

from collections.abc import Iterator

PART_BYTES = 16_384
_PLAIN_LENGTH = {
    b"\x1b@": 2, b"\x1bd": 3, b"\x1b\x07": 4, b"\x1b\x1eE": 4, b"\x1b\x06\x01": 3,
    b"\x1b*rA": 4, b"\x1b*rB": 4, b"\x1b*rC": 4, b"\x1b*rR": 4,
    b"\x07": 1, b"\x19": 1, b"\x1a": 1, b"\x1c": 1, b"\x17": 1, b"\x18": 1, b"\n": 1, b"\r": 1,
}  # fmt: skip
_TO_NUL = tuple(b"\x1b*r" + name for name in (b"P", b"E", b"F", b"Q", b"T", b"D", b"Y"))
_RASTER_ON, _RASTER_OFF, _CUT = b"\x1b*rA", b"\x1b*rB", b"\x1bd"


def walk(job: bytes) -> Iterator[tuple[int, int, bool]]:
    """Every command as (begin, end, in raster mode); ends at one that is not known."""
    at, in_raster = 0, False
    while at < len(job):
        size_n = _size(job, at, in_raster=in_raster)
        if not size_n or at + size_n > len(job):
            return
        if job.startswith(_RASTER_ON, at):
            in_raster = True
        elif job.startswith(_RASTER_OFF, at):
            in_raster = False
        yield at, at + size_n, in_raster
        at += size_n


def split_job(job: bytes) -> list[bytes]:
    """Cut a job into parts of about `PART_BYTES`, between lines and never in the raster mode."""
    parts: list[bytes] = []
    begin = 0
    for at, end, in_raster in walk(job):
        is_seam = job.startswith((_RASTER_OFF, _CUT, b"\n"), at) and not in_raster
        if is_seam and end - begin >= PART_BYTES:
            parts.append(job[begin:end])
            begin = end
    if begin < len(job) or not parts:
        parts.append(job[begin:])
    return parts


def count_star(job: bytes) -> tuple[int, int]:
    """(rows of dots, cuts) of a job."""
    rows_n = cuts_n = 0
    for at, _, in_raster in walk(job):
        rows_n += in_raster and job[at] == ord("b")
        cuts_n += not in_raster and job.startswith(_CUT, at)
    return rows_n, cuts_n


def _size(job: bytes, at: int, *, in_raster: bool) -> int:
    if in_raster and job[at] in b"bk":
        return 3 + int.from_bytes(job[at + 1 : at + 3], "little")
    if job.startswith(_TO_NUL, at):
        return job.find(b"\x00", at) + 1 - at if b"\x00" in job[at:] else 0
    for n in (4, 3, 2, 1):
        size_n = _PLAIN_LENGTH.get(job[at : at + n])
        if size_n:
            return size_n
    return 0 if in_raster or job[at] < 0x20 else 1
