"""Paper as a picture: the same columns as on the printer, on a strip with a torn end."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

from edge.devices.paper.cells import CELL_H, CELL_W, PAPER, draw_rule, look_of, paste_line
from edge.devices.paper.codes import draw_barcode, draw_qr
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

MARGIN = 30
TOOTH = 10
HIGHEST_DOTS = 30_000
CLEAR = 15  # palette index of what is not paper
GREYS = [round(index * PAPER / (CLEAR - 1)) for index in range(CLEAR)] + [PAPER]


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
        self._rtl = document.rtl
        self._scale = scale
        self._cell_h = CELL_H * scale
        self._margin = MARGIN * scale
        self._inner_w = self._width_n * CELL_W * scale
        self._image = Image.new("L", (self._inner_w + 2 * self._margin, 1600 * scale), PAPER)
        self._y = self._margin

    def draw(self, part: Part) -> None:
        """Draw one part below the last one."""
        if isinstance(part, Text):
            self._draw_text(part)
        elif isinstance(part, Rule):
            self._paste(draw_rule(self._inner_w, double=part.double, scale=self._scale))
        elif isinstance(part, Feed):
            self._make_room(part.lines_n * self._cell_h)
            self._y += part.lines_n * self._cell_h
        elif isinstance(part, Barcode):
            self._paste(draw_barcode(part, self._width_n * CELL_W, scale=self._scale))
        elif isinstance(part, Qr):
            self._paste(draw_qr(part.text, self._width_n * CELL_W, scale=self._scale))
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

    def _make_room(self, high: int) -> None:
        """Make the strip long enough for `high` more dots and its end."""
        needed = self._y + high + 2 * self._margin
        if needed <= self._image.height:
            return
        longer = min(max(needed, 2 * self._image.height), HIGHEST_DOTS * self._scale)
        image = Image.new("L", (self._image.width, longer), PAPER)
        image.paste(self._image, (0, 0))
        self._image = image

    def _paste(self, picture: Image.Image) -> None:
        self._make_room(picture.height)
        self._image.paste(picture, (self._margin, self._y))
        self._y += picture.height

    def _draw_text(self, part: Text) -> None:
        look = look_of(part, self._width_n, column_dots=CELL_W * self._scale, rtl=self._rtl)
        for line in set_text(part, self._width_n // part.size, rtl=self._rtl):
            self._make_room(look.row_dots)
            paste_line(self._image, line, (self._margin, self._y), look)
            self._y += look.row_dots

    def _draw_picture(self, png: bytes) -> None:
        with Image.open(BytesIO(png)) as source:
            picture = source.convert("L")
        wide = min(picture.width * self._scale, self._inner_w)
        high = picture.height * wide // picture.width
        self._make_room(high)
        self._image.paste(picture.resize((wide, high)), ((self._image.width - wide) // 2, self._y))
        self._y += high
