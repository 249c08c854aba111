"""Text as dots: what a label printer's own fonts do not have, or cannot set finely enough."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from msgspec import Struct
from PIL import Image, ImageDraw

from edge.devices.paper.fonts import Font, load_font
from edge.devices.paper.layout import columns_of

BASE_LINE = 0.82  # of the height of a line, from its top
INK_BELOW = 128
BOLDER_DOTS = 40  # a bold Chinese character is struck twice, a dot apart for so many of its size


class Raster(Struct, frozen=True):
    """Dots at (`x`, `y`): rows of whole bytes, the leftmost dot in the highest bit, 1 is black."""

    x: int
    y: int
    width: int
    height: int
    rows: bytes


class Glyphs(Struct, frozen=True):
    """Text in one size, in a picture of several; `rise` lifts it above the base line."""

    text: str
    size: int
    bold: bool = True
    rise: int = 0


def measure(text: str, size: int, *, bold: bool) -> int:
    """How many dots wide `text` is."""
    return round(sum(_font(run, size, bold=bold).getlength(run) for run in _runs(text)))


def draw_text(text: str, size: int, *, bold: bool) -> Image.Image:
    """Draw one line, grey on white, as high as `size` and as wide as its text."""
    image = Image.new("L", (measure(text, size, bold=bold) + size // 4, round(size * 1.1)), 255)
    _put(image, Glyphs(text, size, bold), 0, round(size * BASE_LINE))
    return image


def draw_glyphs(parts: Sequence[Glyphs], base_y: int, height: int) -> Image.Image:
    """Draw parts of several sizes on one base line, `base_y` below the top."""
    widths = [measure(part.text, part.size, bold=part.bold) for part in parts]
    image = Image.new("L", (sum(widths) + 2, height), 255)
    x = 0
    for part, width in zip(parts, widths, strict=True):
        _put(image, part, x, base_y - part.rise)
        x += width
    return image


def to_raster(image: Image.Image, x: int, y: int) -> Raster:
    """Make dots of a grey picture, without the white around it; its corner was at (`x`, `y`)."""
    ink = image.point([255 if value < INK_BELOW else 0 for value in range(256)])
    left, top, right, bottom = ink.getbbox() or (0, 0, 1, 1)
    width = -(-(right - left) // 8) * 8
    dots = ink.crop((left, top, left + width, bottom)).convert("1", dither=Image.Dither.NONE)
    return Raster(x + left, y + top, width, bottom - top, dots.tobytes())


def from_raster(raster: Raster) -> Image.Image:
    """Make a picture of the dots again, black is 0."""
    size = (raster.width, raster.height)
    return Image.frombytes("1", size, bytes(255 - byte for byte in raster.rows)).convert("L")


def _put(image: Image.Image, part: Glyphs, x: int, base_y: int) -> None:
    pen = ImageDraw.Draw(image)
    at = float(x)
    for run in _runs(part.text):
        font = _font(run, part.size, bold=part.bold)
        pen.text((at, base_y), run, 0, font, anchor="ls")
        if part.bold and _is_hanzi(run[0]):
            again = at + max(1, round(part.size / BOLDER_DOTS))
            pen.text((again, base_y), run, 0, font, anchor="ls")
        at += font.getlength(run)


def _runs(text: str) -> list[str]:
    return ["".join(run) for _, run in itertools.groupby(text, _is_hanzi)]


def _is_hanzi(char: str) -> bool:
    return columns_of(char) == 2


def _font(run: str, size: int, *, bold: bool) -> Font:
    if _is_hanzi(run[0]):
        return load_font("hanzi", size)
    return load_font("sans_bold" if bold else "sans", size)
