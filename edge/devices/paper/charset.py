"""Text as the bytes of one printer: code pages, or two-byte characters, or UTF-8.

Two-byte characters go between `FS &` and `FS .`: raw, they print as rubbish on printers that
start in a Western code page. The yen sign goes by code page (or as UTF-8): GB18030 has four
bytes for it, which printers take for two odd characters.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from edge.devices.paper.bidi import has_rtl
from edge.devices.paper.layout import columns_of
from edge.devices.paper.profiles import Encoding, Profile

DOUBLE_ON, DOUBLE_OFF = b"\x1c&", b"\x1c."
# Of GB18030 only pairs: its four-byte characters are in few printers. cp950 has Big5's pairs as
# printers have them.
_CODECS = {"gb18030": "gb18030", "gbk": "gbk", "big5": "cp950"}
# Characters that surely take two columns are encoded many at a time; others one by one.
_RUNS = re.compile(
    "([\x00-\x7f]+)|([\u3001-\u303e\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff60]+)|(.)", re.S
)
Pages = tuple[tuple[int, str], ...]


class _Piece(Struct, frozen=True):
    """Part of a line: one byte in some of the code pages, or bytes that are the same in all."""

    kind: Literal["ascii", "double", "single", "missing"]
    data: bytes = b""
    by_page: tuple[tuple[int, bytes], ...] = ()


class Charset:
    """What one printer can print as text; remembers which page it is in."""

    def __init__(self, profile: Profile, encoding: Encoding = "profile") -> None:
        """`profile` as encoding means what the profile has: Chinese as GB18030, or none."""
        self._pages = profile.code_pages
        if encoding == "profile":
            encoding = "gb18030" if profile.hanzi else "western"
        self._is_drawn = encoding == "raster"
        self._is_utf8 = encoding == "utf8"
        self._double = _CODECS.get(encoding, "")
        self._page = -1  # not known: switches on a printer set another page to start with
        self._in_double = False

    def has_all(self, lines: Sequence[str]) -> bool:
        """Whether the printer can print `lines` as text; else they are drawn."""
        return not self._is_drawn and all(line.isascii() or self._has(line) for line in lines)

    def encode(self, line: str) -> bytes:
        """Give the bytes of one line, `?` for what it has not; leaves the two-byte mode."""
        if line.isascii():
            return line.encode("ascii")
        if self._is_utf8:
            return line.encode()
        out = bytearray()
        for piece in _split(line, self._double, self._pages):
            if piece.kind == "ascii":
                out += piece.data
            elif piece.kind == "single":
                out += self._switch_double(on=False) + self._single(piece)
            else:
                out += self._switch_double(on=piece.kind == "double") + piece.data
        return bytes(out + self._switch_double(on=False))

    def _has(self, line: str) -> bool:
        if has_rtl(line):
            return False
        if self._is_utf8:
            return all(ord(char) < 0x10000 for char in line)
        pieces = _split(line, self._double, self._pages)
        return all(piece.kind != "missing" for piece in pieces)

    def _single(self, piece: _Piece) -> bytes:
        by_page = dict(piece.by_page)
        # The page it is in, if that has the character: switching costs bytes.
        page = self._page if self._page in by_page else piece.by_page[0][0]
        switch = b"" if page == self._page else bytes((0x1B, 0x74, page))
        self._page = page
        return switch + by_page[page]

    def _switch_double(self, *, on: bool) -> bytes:
        if on == self._in_double:
            return b""
        self._in_double = on
        return DOUBLE_ON if on else DOUBLE_OFF


@functools.lru_cache(2048)
def _split(line: str, double: str, pages: Pages) -> tuple[_Piece, ...]:
    pieces: list[_Piece] = []
    for plain, wide, other in _RUNS.findall(line):
        if plain:
            pieces.append(_Piece("ascii", plain.encode("ascii")))
            continue
        coded = _try(wide, double) if double else b""
        if wide and len(coded) == 2 * len(wide):
            pieces.append(_Piece("double", coded))
        else:
            pieces.extend(_piece(char, double, pages) for char in wide or other)
    return tuple(pieces)


@functools.lru_cache(4096)
def _piece(char: str, double: str, pages: Pages) -> _Piece:
    columns_n = columns_of(char)
    if columns_n == 2:
        coded = _try(char, double) if double else b""
        return _Piece("double", coded) if len(coded) == 2 else _Piece("missing", b"??")
    tried = ((page, _try(char, codec)) for page, codec in pages)
    by_page = tuple((page, coded) for page, coded in tried if len(coded) == 1)
    if columns_n != 1 or not by_page:
        return _Piece("missing", b"?" * columns_n)
    return _Piece("single", by_page=by_page)


def _try(text: str, codec: str) -> bytes:
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return b""
