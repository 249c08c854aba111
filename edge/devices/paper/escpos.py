"""Paper as ESC/POS bytes.

What the printer has characters for is sent as text, every other line as dots (`GS v 0`), which
any printer understands. Drawing loads Pillow, which costs 10 MB and half a second once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.devices.paper import code128
from edge.devices.paper.bars import is_turned
from edge.devices.paper.charset import DOUBLE_OFF, Charset
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
from edge.devices.paper.layout import set_text
from edge.devices.paper.profiles import Encoding, Profile, find_profile

if TYPE_CHECKING:
    from PIL import Image

START = b"\x1b@"
BOLD_ON, BOLD_OFF = b"\x1bE\x01", b"\x1bE\x00"
DOUBLE_SIZE_ON, DOUBLE_SIZE_OFF = b"\x1d!\x11", b"\x1d!\x00"
CENTER, LEFT = b"\x1ba\x01", b"\x1ba\x00"
FEED_AND_CUT = b"\x1dVB\x00"
FEED_TO_TEAR = b"\n" * 5
KICK = {2: b"\x1bp\x00\x3c\xfa", 5: b"\x1bp\x01\x3c\xfa"}  # 120 ms on, 500 ms off
SLICE_ROWS = 255  # what printers with one byte for the height still take


def render_escpos(
    document: Document, profile: str = "western", encoding: Encoding = "profile"
) -> bytes:
    """Give the bytes that print `document`, from ESC @ on.

    A line is drawn if one of its characters is not in the printer (or if it runs from right to
    left). On a printer that cannot print dots such a character becomes `?`, so that columns stay
    in line, a code its text, and a picture is left out. Refused profile_unknown, font_missing,
    shaping_missing. Call it in a thread: a new drawn line takes up to 5 ms.
    """
    # A printer may wake up in Chinese mode: single bytes mean something else there.
    press = _Press(document, find_profile(profile), encoding)
    return b"".join((START, DOUBLE_OFF, *map(press.print, document.parts), press.flush()))


def can_print(text: str, profile: str, encoding: Encoding = "profile") -> bool:
    """Whether a printer can put `text` on paper without `?`. Refused profile_unknown."""
    found = find_profile(profile)
    return found.has_raster or Charset(found, encoding).has_all([text])


class _Press:
    """Prints parts in turn; dots that follow each other are sent as one picture."""

    def __init__(self, document: Document, profile: Profile, encoding: Encoding) -> None:
        self._width_n = document.width_n
        self._rtl = document.rtl
        self._profile = profile
        self._charset = Charset(profile, encoding)
        self._column_dots = profile.dots_per_column(document.width_n)
        self._dots = self._column_dots * document.width_n
        self._rows = bytearray()

    def flush(self) -> bytes:
        """Give the dots that still wait."""
        rows, self._rows = bytes(self._rows), bytearray()
        return _raster(rows, _bytes_of(self._dots)) if rows else b""

    def print(self, part: Part) -> bytes:
        """Give the bytes of one part; those of drawn lines wait for what follows."""
        match part:
            case Text():
                return self._text(part)
            case Barcode():
                done = self._barcode(part)
            case Qr():
                done = self._qr(part.text)
            case Picture():
                done = self._picture(part.png)
            case Rule():
                done = (b"=" if part.double else b"-") * self._width_n + b"\n"
            case Feed():
                done = b"\n" * part.lines_n
            case Cut():
                done = FEED_AND_CUT if self._profile.has_cut else FEED_TO_TEAR
            case Kick():
                done = KICK[part.pin]
        return self.flush() + done

    def _text(self, part: Text) -> bytes:
        lines = set_text(part, self._width_n // part.size, rtl=self._rtl)
        if self._profile.has_raster and not self._charset.has_all(lines):
            self._draw(part, lines)
            return b""
        body = b"".join(self._charset.encode(line.rstrip()) + b"\n" for line in lines)
        if part.size == 2:
            body = DOUBLE_SIZE_ON + body + DOUBLE_SIZE_OFF
        return self.flush() + (BOLD_ON + body + BOLD_OFF if part.bold else body)

    def _draw(self, part: Text, lines: list[str]) -> None:
        from edge.devices.paper.cells import look_of, pack_row  # noqa: PLC0415 - see the module

        look = look_of(part, self._width_n, column_dots=self._column_dots, rtl=self._rtl)
        for line in lines:
            self._rows += pack_row(line.rstrip(), look)

    def _barcode(self, part: Barcode) -> bytes:
        if not self._profile.has_barcode or is_turned(part, self._dots):
            if not self._profile.has_raster:
                return self._text_instead(part.shown)
            from edge.devices.paper.codes import draw_barcode  # noqa: PLC0415 - see the module

            return self._picture_of(draw_barcode(part, self._dots))
        if part.symbology == "ean":
            kind, body = (67 if len(part.text) == 13 else 68), part.text.encode("ascii")
        else:
            kind, body = 73, code128.encode_escpos(part.text)
        look = b"\x1dh\x50\x1dw\x02\x1dH\x02\x1df\x00"  # 80 dots high, 2 a module, text below
        return CENTER + look + bytes((0x1D, 0x6B, kind, len(body))) + body + b"\n" + LEFT

    def _qr(self, text: str) -> bytes:
        if self._profile.has_qr:
            return CENTER + _qr(text, 6 if self._width_n > 32 else 5) + b"\n" + LEFT
        if not self._profile.has_raster:
            return self._text_instead(text)
        from edge.devices.paper.codes import draw_qr  # noqa: PLC0415 - see the module

        return self._picture_of(draw_qr(text, self._dots))

    def _text_instead(self, text: str) -> bytes:
        lines = set_text(Text(text, align="center"), self._width_n)
        return b"".join(self._charset.encode(line) + b"\n" for line in lines)

    def _picture(self, png: bytes) -> bytes:
        if not self._profile.has_raster:
            return b""
        from edge.devices.paper.logo import fit_picture  # noqa: PLC0415 - see the module

        return CENTER + self._picture_of(fit_picture(png, self._dots)) + LEFT

    def _picture_of(self, picture: Image.Image) -> bytes:
        from edge.devices.paper.cells import pack  # noqa: PLC0415 - see the module

        return _raster(pack(picture), _bytes_of(picture.width))


def _bytes_of(dots: int) -> int:
    return -(-dots // 8)


def _raster(rows: bytes, row_bytes: int) -> bytes:
    """`GS v 0`, in slices."""
    out = bytearray()
    step = SLICE_ROWS * row_bytes
    for at in range(0, len(rows), step):
        piece = rows[at : at + step]
        high = len(piece) // row_bytes
        out += bytes((0x1D, 0x76, 0x30, 0, row_bytes & 0xFF, row_bytes >> 8, high, 0)) + piece
    return bytes(out)


def _qr(text: str, dots: int) -> bytes:
    def command(function: int, body: bytes) -> bytes:
        size_n = len(body) + 2
        return b"\x1d(k" + bytes((size_n & 0xFF, size_n >> 8, 0x31, function)) + body

    return (
        command(0x41, b"\x32\x00")  # model 2
        + command(0x43, bytes((dots,)))
        + command(0x45, b"\x31")  # recovers 15 %
        + command(0x50, b"0" + text.encode())
        + command(0x51, b"0")
    )
