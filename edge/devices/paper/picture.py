"""Paper as a picture: the same columns as on the printer, on a strip with a torn end."""

from __future__ import annotations

import functools
from io import BytesIO
from pathlib import Path

import qrcode
from PIL import Image, ImageDraw, ImageFont

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
from edge.devices.paper.ean import encode_bars
from edge.devices.paper.layout import columns_of, set_text

CELL_W, CELL_H = 12, 27  # dots of a column and a line: 48 columns are the 576 dots of 80 mm
MARGIN = 30
TOOTH = 10
INK, PAPER = 26, 253
HIGHEST_DOTS = 30_000
CLEAR = 15  # palette index of what is not paper
GREYS = [round(index * PAPER / (CLEAR - 1)) for index in range(CLEAR)] + [PAPER]

_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")
_REGULAR = ("truetype/dejavu/DejaVuSansMono.ttf", "truetype/liberation/LiberationMono-Regular.ttf")
_BOLD = ("truetype/dejavu/DejaVuSansMono-Bold.ttf", "truetype/liberation/LiberationMono-Bold.ttf")
_HANZI = (
    "truetype/wqy/wqy-microhei.ttc",
    "truetype/wqy/wqy-zenhei.ttc",
    "opentype/noto/NotoSansCJK-Regular.ttc",
    "truetype/droid/DroidSansFallbackFull.ttf",
)
_SANS = (
    "truetype/dejavu/DejaVuSansCondensed.ttf",
    "truetype/liberation/LiberationSans-Regular.ttf",
)
_SANS_BOLD = (
    "truetype/dejavu/DejaVuSansCondensed-Bold.ttf",
    "truetype/liberation/LiberationSans-Bold.ttf",
)
_FILES = {
    "regular": _REGULAR,
    "bold": _BOLD,
    "hanzi": _HANZI,
    "sans": _SANS,
    "sans_bold": _SANS_BOLD,
}
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def draw_png(document: Document, *, scale: int) -> bytes:
    """Draw the whole strip as a grey PNG with a transparent torn edge."""
    brush = _Brush(document, scale)
    for part in document.parts:
        brush.draw(part)
    return brush.finish()


class _Brush:
    """Draws parts from top to bottom on a strip that grows."""

    def __init__(self, document: Document, scale: int) -> None:
        self._width_n = document.width_n
        self._scale = scale
        self._cell_w, self._cell_h = CELL_W * scale, CELL_H * scale
        self._margin = MARGIN * scale
        self._inner_w = self._width_n * self._cell_w
        self._image = Image.new("L", (self._inner_w + 2 * self._margin, 1600 * scale), PAPER)
        self._pen = ImageDraw.Draw(self._image)
        self._y = self._margin

    def draw(self, part: Part) -> None:
        """Draw one part below the last one."""
        if isinstance(part, Text):
            self._draw_text(part)
        elif isinstance(part, Rule):
            self._draw_rule(double=part.double)
        elif isinstance(part, Feed):
            self._room(part.lines_n * self._cell_h)
            self._y += part.lines_n * self._cell_h
        elif isinstance(part, Barcode):
            self._draw_barcode(part.digits)
        elif isinstance(part, Qr):
            self._draw_qr(part.text)
        elif isinstance(part, Picture):
            self._draw_picture(part.png)
        elif isinstance(part, Cut | Kick):
            return  # no ink

    def finish(self) -> bytes:
        """Cut the strip below the last part and tear its end."""
        high = self._y + self._margin
        strip = self._image.crop((0, 0, self._image.width, high + TOOTH * self._scale))
        # Fifteen greys and a transparent one: a quarter of the size, and quicker than an alpha.
        strip = strip.point([value * CLEAR // 256 for value in range(256)])
        strip.putpalette([value for grey in GREYS for value in (grey, grey, grey)])
        pen = ImageDraw.Draw(strip)
        tooth = TOOTH * self._scale
        teeth_n = max(1, round(strip.width / (2 * tooth)))
        step = strip.width / teeth_n
        for index in range(teeth_n):
            left = index * step
            middle = (left + step / 2, strip.height)
            pen.polygon([(left, strip.height), (left, high), middle], fill=CLEAR)
            pen.polygon([middle, (left + step, high), (left + step, strip.height)], fill=CLEAR)
        out = BytesIO()
        strip.save(out, "PNG", bits=4, transparency=CLEAR, compress_level=6)
        return out.getvalue()

    def _room(self, high: int) -> None:
        """Make the strip long enough for `high` more dots and its end."""
        needed = self._y + high + 2 * self._margin
        if needed <= self._image.height:
            return
        longer = min(max(needed, 2 * self._image.height), HIGHEST_DOTS * self._scale)
        image = Image.new("L", (self._image.width, longer), PAPER)
        image.paste(self._image, (0, 0))
        self._image, self._pen = image, ImageDraw.Draw(image)

    def _draw_text(self, part: Text) -> None:
        high = self._cell_h * part.size
        for line in set_text(part, self._width_n // part.size):
            self._room(high)
            at = (self._margin, self._y)
            _draw_cells(self._pen, line, at, scale=self._scale * part.size, bold=part.bold)
            self._y += high

    def _draw_rule(self, *, double: bool) -> None:
        self._room(self._cell_h)
        left, right = self._margin, self._margin + self._inner_w
        middle = self._y + self._cell_h // 2
        thick = max(1, self._scale)
        if double:
            for y in (middle - 2 * self._scale, middle + 2 * self._scale):
                self._pen.rectangle((left, y, right - 1, y + thick - 1), fill=INK)
        else:
            dash = 6 * self._scale
            for x in range(left, right, 2 * dash):
                self._pen.rectangle((x, middle, min(x + dash, right) - 1, middle + thick - 1), INK)
        self._y += self._cell_h

    def _draw_barcode(self, digits: str) -> None:
        bars = encode_bars(digits)
        module = 3 * self._scale if self._width_n > 32 else 2 * self._scale
        high, guard = 84 * self._scale, 10 * self._scale
        total = high + guard + 22 * self._scale
        self._room(total)
        left = (self._image.width - len(bars) * module) // 2
        top = self._y + 6 * self._scale
        half_n = (len(bars) - 11) // 2
        for index, bar in enumerate(bars):
            if bar == "1":
                longer = index < 3 or index >= len(bars) - 3 or half_n + 3 <= index < half_n + 8
                x = left + index * module
                bottom = top + high + (guard if longer else 0)
                self._pen.rectangle((x, top, x + module - 1, bottom - 1), fill=INK)
        self._draw_digits(digits, left, module, top + high + 20 * self._scale)
        self._y += total

    def _draw_digits(self, digits: str, left: int, module: int, base_y: int) -> None:
        font = _font("regular", self._scale)
        if len(digits) == 13:
            self._pen.text((left - 8 * module, base_y), digits[0], INK, font, anchor="ms")
            digits = digits[1:]
        half_n = len(digits) // 2
        for index, digit in enumerate(digits):
            start = 3 if index < half_n else 8
            x = left + module * (start + 7 * index + 3.5)
            self._pen.text((x, base_y), digit, INK, font, anchor="ms")

    def _draw_qr(self, text: str) -> None:
        code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
        code.add_data(text.encode())
        code.make(fit=True)
        matrix = code.get_matrix()
        module = max(2, min(6, self._width_n * CELL_W // 2 // len(matrix))) * self._scale
        side = len(matrix) * module
        pad = 12 * self._scale
        self._room(side + 2 * pad)
        left, top = (self._image.width - side) // 2, self._y + pad
        for row, cells in enumerate(matrix):
            for column, cell in enumerate(cells):
                if cell:
                    x, y = left + column * module, top + row * module
                    self._pen.rectangle((x, y, x + module - 1, y + module - 1), fill=INK)
        self._y += side + 2 * pad

    def _draw_picture(self, png: bytes) -> None:
        with Image.open(BytesIO(png)) as source:
            picture = source.convert("L")
        wide = min(picture.width * self._scale, self._inner_w)
        high = picture.height * wide // picture.width
        self._room(high)
        self._image.paste(picture.resize((wide, high)), ((self._image.width - wide) // 2, self._y))
        self._y += high


def draw_row(line: str, *, width_n: int, size: int, bold: bool) -> Image.Image:
    """Draw one line of text as grey dots, for a printer that lacks its characters."""
    row = Image.new("L", (width_n * CELL_W, CELL_H * size), 255)
    _draw_cells(ImageDraw.Draw(row), line, (0, 0), scale=size, bold=bold)
    return row


def _draw_cells(
    pen: ImageDraw.ImageDraw, line: str, at: tuple[int, int], *, scale: int, bold: bool
) -> None:
    """Draw `line` with its upper left corner `at`, each character in the middle of its cell."""
    x, top = at
    # All characters of a line stand on one base line, whatever font they come from.
    base_y = top + round(CELL_H * scale * 0.74)
    for char in line:
        columns_n = columns_of(char)
        if char != " ":
            kind = "hanzi" if columns_n == 2 else "bold" if bold else "regular"
            middle = x + CELL_W * scale * max(columns_n, 1) / 2
            stroke = scale // 3 if bold and kind == "hanzi" else 0
            font = _font(kind, scale)
            pen.text((middle, base_y), char, INK, font, anchor="ms", stroke_width=stroke)
        x += CELL_W * scale * columns_n


def _font(kind: str, scale: int) -> Font:
    return load_font(kind, (22 if kind == "hanzi" else 20) * scale)


@functools.cache
def load_font(kind: str, size: int) -> Font:
    """Load a font of so many dots: regular or bold in columns, sans or sans_bold, or hanzi.

    Pillow's own where the machine has none of those that look right.
    """
    for folder in _FOLDERS:
        for name in _FILES[kind]:
            path = Path(folder, name)
            if path.exists():
                return ImageFont.truetype(str(path), size)
    return ImageFont.load_default(size)
