"""Text as the bytes of one printer: code pages, or two-byte characters, or UTF-8.

Two-byte characters go between `FS &` and `FS .`: raw, they print as rubbish on printers that
start in a Western code page. The yen sign goes by code page (or as UTF-8): GB18030 has four
bytes for it, which printers take for two odd characters.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from edge.devices.paper.bidi import has_rtl
from edge.devices.paper.layout import columns_of
from edge.devices.paper.profiles import Encoding, Profile

DOUBLE_ON, DOUBLE_OFF = b"\x1c&", b"\x1c."
# Of GB18030 only pairs: its four-byte characters are in few printers. cp950 has Big5's pairs as
# printers have them.
_CODECS = {"gb18030": "gb18030", "gbk": "gbk", "big5": "cp950"}
_RUNS = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]+")


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
        if self._is_drawn:
            return False
        return all(line.isascii() or self._has_line(line) for line in lines)

    def encode(self, line: str) -> bytes:
        """Give the bytes of one line, `?` for what it has not; leaves the two-byte mode."""
        if line.isascii():
            return line.encode("ascii")
        if self._is_utf8:
            return line.encode()
        out = bytearray()
        for run in _RUNS.findall(line):
            if run.isascii():
                out += run.encode("ascii")
            else:
                for char in run:
                    out += self._char(char)
        return bytes(out + self._switch_double(on=False))

    def _has_line(self, line: str) -> bool:
        if has_rtl(line):
            return False
        if self._is_utf8:
            return all(ord(char) < 0x10000 for char in line)
        return all(char < "\x80" or self._has(char) for char in line)

    def _has(self, char: str) -> bool:
        if _double(char, self._double):
            return True
        return bool(columns_of(char) == 1 and _single(char, self._pages))

    def _char(self, char: str) -> bytes:
        double = _double(char, self._double)
        if double:
            return self._switch_double(on=True) + double
        columns_n = columns_of(char)
        pages = _single(char, self._pages) if columns_n == 1 else {}
        if not pages:
            return self._switch_double(on=False) + b"?" * columns_n
        # The page it is in, if that has the character: switching costs bytes.
        page = self._page if self._page in pages else next(iter(pages))
        return self._switch_double(on=False) + self._switch_page(page) + pages[page]

    def _switch_page(self, page: int) -> bytes:
        if page == self._page:
            return b""
        self._page = page
        return bytes((0x1B, 0x74, page))

    def _switch_double(self, *, on: bool) -> bytes:
        if on == self._in_double:
            return b""
        self._in_double = on
        return DOUBLE_ON if on else DOUBLE_OFF


@functools.lru_cache(8192)
def _double(char: str, codec: str) -> bytes:
    """The pair of bytes of a character that is two columns wide; empty if there is none."""
    if not codec or columns_of(char) != 2:
        return b""
    coded = _try(char, codec)
    return coded if len(coded) == 2 else b""


@functools.lru_cache(1024)
def _single(char: str, pages: tuple[tuple[int, str], ...]) -> dict[int, bytes]:
    """The byte of a character in each code page that has it, in the order of the pages."""
    tried = ((page, _try(char, codec)) for page, codec in pages)
    return {page: coded for page, coded in tried if len(coded) == 1}


def _try(char: str, codec: str) -> bytes:
    try:
        return char.encode(codec)
    except UnicodeEncodeError:
        return b""
