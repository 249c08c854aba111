"""Paper as ESC/POS bytes.

Text and codes are written here; only a picture goes through python-escpos, which is loaded for
it. Chinese is sent as `FS &`, GB18030 pairs, `FS .`: the form that Chinese printers read, whereas
raw GB18030 without the switch prints as rubbish on printers that start in a Western code page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from cext.errors import Refused
from edge.devices.paper.document import (
    Barcode,
    Cut,
    Document,
    Feed,
    Kick,
    Part,
    Picture,
    Qr,
    Rule,
    Text,
)
from edge.devices.paper.layout import columns_of, set_text

START = b"\x1b@"
HANZI_ON, HANZI_OFF = b"\x1c&", b"\x1c."
BOLD_ON, BOLD_OFF = b"\x1bE\x01", b"\x1bE\x00"
DOUBLE_ON, DOUBLE_OFF = b"\x1d!\x11", b"\x1d!\x00"
CENTER, LEFT = b"\x1ba\x01", b"\x1ba\x00"
FEED_AND_CUT = b"\x1dVB\x00"
KICK = {2: b"\x1bp\x00\x3c\xfa", 5: b"\x1bp\x01\x3c\xfa"}  # 120 ms on, 500 ms off
DOTS_PER_COLUMN = 12
_RUNS = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]")


class Profile(Struct, frozen=True):
    """What a printer can print: code pages as (number for ESC t, codec), and Chinese or not."""

    code_pages: tuple[tuple[int, str], ...]
    hanzi: bool


# The yen sign is 9D in code page 437 and BE in 858. It is never sent as GB18030, where it has
# four bytes that printers take for two odd characters.
PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "western": Profile(code_pages=((0, "cp437"), (19, "cp858"), (16, "cp1252")), hanzi=False),
        "chinese": Profile(code_pages=((0, "cp437"), (19, "cp858")), hanzi=True),
    }
)


def render_escpos(document: Document, profile: str = "western") -> bytes:
    """Give the bytes that print `document`, from ESC @ on. Refused profile_unknown.

    Text with Chinese characters that the printer lacks is drawn and sent as a picture; any other
    character it lacks becomes `?`, so that columns stay in line. Pictures load Pillow and
    python-escpos, which costs 20 MB and half a second once.
    """
    if profile not in PROFILES:
        raise Refused("profile_unknown", f"Known: {', '.join(PROFILES)}.", profile=profile)
    # A printer may wake up in Chinese mode: single bytes mean something else there.
    out = [START, HANZI_OFF]
    writer = _Writer(PROFILES[profile])
    out.extend(_part(part, document.width_n, writer) for part in document.parts)
    return b"".join(out)


def _part(part: Part, width_n: int, writer: _Writer) -> bytes:
    match part:
        case Text():
            done = _text(part, width_n, writer)
        case Rule():
            done = writer.encode(("=" if part.double else "-") * width_n) + b"\n"
        case Feed():
            done = b"\n" * part.lines_n
        case Barcode():
            done = _barcode(part.digits)
        case Qr():
            done = _qr(part.text, width_n)
        case Picture():
            done = _picture(part.png, width_n)
        case Cut():
            done = FEED_AND_CUT
        case Kick():
            done = KICK[part.pin]
    return done


def _text(part: Text, width_n: int, writer: _Writer) -> bytes:
    lines = [line.rstrip() for line in set_text(part, width_n // part.size)]
    if not writer.has_all(lines):
        return b"".join(_drawn(line, part, width_n) for line in lines)
    body = b"".join(writer.encode(line) + b"\n" for line in lines)
    if part.size == 2:
        body = DOUBLE_ON + body + DOUBLE_OFF
    return BOLD_ON + body + BOLD_OFF if part.bold else body


def _drawn(line: str, part: Text, width_n: int) -> bytes:
    from edge.devices.paper.picture import draw_row  # noqa: PLC0415 - see render_escpos

    return _raster(draw_row(line, width_n=width_n, size=part.size, bold=part.bold))


def _barcode(digits: str) -> bytes:
    kind = 67 if len(digits) == 13 else 68
    look = b"\x1dh\x50\x1dw\x02\x1dH\x02\x1df\x00"  # 80 dots high, 2 dots a module, digits below
    body = bytes((0x1D, 0x6B, kind, len(digits))) + digits.encode("ascii")
    return CENTER + look + body + b"\n" + LEFT


def _qr(text: str, width_n: int) -> bytes:
    data = text.encode()
    dots = 6 if width_n > 32 else 5

    def command(function: int, body: bytes) -> bytes:
        size_n = len(body) + 2
        return b"\x1d(k" + bytes((size_n & 0xFF, size_n >> 8, 0x31, function)) + body

    return (
        CENTER
        + command(0x41, b"\x32\x00")  # model 2
        + command(0x43, bytes((dots,)))
        + command(0x45, b"\x31")  # recovers 15 %
        + command(0x50, b"0" + data)
        + command(0x51, b"0")
        + b"\n"
        + LEFT
    )


def _picture(png: bytes, width_n: int) -> bytes:
    from PIL import Image  # noqa: PLC0415 - see render_escpos

    with Image.open(BytesIO(png)) as source:
        picture = source.convert("L")
    widest = width_n * DOTS_PER_COLUMN
    if picture.width > widest:
        picture = picture.resize((widest, max(1, picture.height * widest // picture.width)))
    return CENTER + _raster(picture) + LEFT


def _raster(picture: Any) -> bytes:
    from escpos.printer import Dummy  # noqa: PLC0415 - see render_escpos

    printer = Dummy()
    printer.image(picture, impl="bitImageRaster", fragment_height=255)
    data: bytes = printer.output
    return data


class _Writer:
    """Encodes lines; remembers which code page the printer is in."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._page = 0  # every printer starts in page 0 after ESC @
        self._hanzi = False

    def has_all(self, lines: list[str]) -> bool:
        """Whether the printer has every wide character of `lines`."""
        wide = {char for line in lines if not line.isascii() for char in line}
        return all(self._has_wide(char) for char in wide if columns_of(char) == 2)

    def encode(self, line: str) -> bytes:
        """Give the bytes of one line; the printer is out of Chinese mode after it."""
        if line.isascii():
            return line.encode("ascii")
        out = bytearray()
        for run in _RUNS.findall(line):
            out += run.encode("ascii") if run.isascii() else self._char(run)
        return bytes(out + self._switch_hanzi(on=False))

    def _char(self, char: str) -> bytes:
        columns_n = columns_of(char)
        if columns_n == 2:
            if self._has_wide(char):
                return self._switch_hanzi(on=True) + char.encode("gb18030")
        else:
            for page, codec in self._pages():
                coded = _try(char, codec)
                if coded:
                    return self._switch_hanzi(on=False) + self._switch_page(page) + coded
        return b"?" * columns_n

    def _has_wide(self, char: str) -> bool:
        return self._profile.hanzi and len(char.encode("gb18030")) == 2

    def _pages(self) -> list[tuple[int, str]]:
        """Give the code pages, the present one first: switching costs bytes."""
        return sorted(self._profile.code_pages, key=lambda page: page[0] != self._page)

    def _switch_page(self, page: int) -> bytes:
        if page == self._page:
            return b""
        self._page = page
        return bytes((0x1B, 0x74, page))

    def _switch_hanzi(self, *, on: bool) -> bytes:
        if on == self._hanzi:
            return b""
        self._hanzi = on
        return HANZI_ON if on else HANZI_OFF


def _try(char: str, codec: str) -> bytes:
    try:
        return char.encode(codec)
    except UnicodeEncodeError:
        return b""
