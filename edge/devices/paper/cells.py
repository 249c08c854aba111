"""Lines of text as dots, each character in its cell: for pictures, and for printers that lack it.

A row is drawn once and kept, since the labels of a receipt come again on every one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from msgspec import Struct
from PIL import Image, ImageDraw

from edge.devices.paper.bidi import LRI, RLI
from edge.devices.paper.document import Text
from edge.devices.paper.fonts import Font, choose_kind, has_glyph, load_font, load_script_font
from edge.devices.paper.layout import columns_of, count_columns

CELL_W, CELL_H = 12, 27  # dots of a column and a line: 48 columns are the 576 dots of 80 mm
INK, PAPER = 26, 253
# A dot is black from this shade on. Dithered letters would be grey on paper.
BLACK_BELOW = 137
_BASE = 0.74  # all characters of a line stand on one base line, whatever font they come from
_FONT_DOTS = {"hanzi": 22, "script": 21}
_LATIN_DOTS = 20
_FIELDS = re.compile("([\u2066\u2067])([^\u2069]*)\u2069|([^\u2066\u2067\u2069]+)")


class Look(Struct, frozen=True):
    """How a line is set: `width_n` columns of `column_dots`; `rtl` and `centered` as its page."""

    width_n: int
    column_dots: int = CELL_W
    size: int = 1
    bold: bool = False
    rtl: bool = False
    centered: bool = False

    @property
    def row_dots(self) -> int:
        """How high the row is."""
        return round(CELL_H * self.column_dots / CELL_W) * self.size


def look_of(part: Text, width_n: int, *, column_dots: int, rtl: bool) -> Look:
    """How the lines of `part` are drawn."""
    return Look(
        width_n=width_n,
        column_dots=column_dots,
        size=part.size,
        bold=part.bold,
        rtl=rtl,
        centered=part.align == "center" and not part.right,
    )


class _Field(Struct, frozen=True):
    """Text from column `start_n` to `end_n`; `direction` is empty for cells of their own."""

    text: str
    start_n: int
    end_n: int
    direction: str


@functools.lru_cache(512)
def pack_row(line: str, look: Look) -> bytes:
    """Draw one line in black and white: rows of whole bytes, the left dot in the highest bit."""
    row = Image.new("L", (look.width_n * look.column_dots, look.row_dots), PAPER)
    paste_line(row, line, (0, 0), look)
    return pack(row)


def pack(picture: Image.Image) -> bytes:
    """Make grey dots bits, 1 for black; each row ends with a whole byte."""
    black = picture.point(_BLACK, "1")
    return black.tobytes()


def draw_rule(wide: int, *, double: bool, scale: int = 1) -> Image.Image:
    """Draw a line across the paper, dashed or double, on a row of its own."""
    row = Image.new("L", (wide, CELL_H * scale), PAPER)
    pen = ImageDraw.Draw(row)
    middle = row.height // 2
    thick = max(1, scale)
    if double:
        for y in (middle - 2 * scale, middle + 2 * scale):
            pen.rectangle((0, y, wide - 1, y + thick - 1), fill=INK)
    else:
        dash = 6 * scale
        for x in range(0, wide, 2 * dash):
            pen.rectangle((x, middle, min(x + dash, wide) - 1, middle + thick - 1), INK)
    return row


_BLACK = [255 if shade < BLACK_BELOW else 0 for shade in range(256)]


def paste_line(image: Image.Image, line: str, at: tuple[int, int], look: Look) -> None:
    """Draw `line` with its upper left corner `at`."""
    left, top = at
    wide = look.column_dots * look.size
    for field in _split(line):
        x = left + field.start_n * wide
        if field.direction:
            run = _run(field.text, field.direction, look)
            x += _slack(field, look, (field.end_n - field.start_n) * wide - run.width)
            image.paste(run, (x, top))
        else:
            _paste_cells(image, field.text, (x, top), look)


def _split(line: str) -> Iterator[_Field]:
    at_n = 0
    for mark, run, plain in _FIELDS.findall(line):
        text = run or plain
        end_n = at_n + count_columns(text)
        direction = {"": "", LRI: "ltr", RLI: "rtl"}[mark]
        yield _Field(text, at_n, end_n, direction)
        at_n = end_n


def _paste_cells(image: Image.Image, text: str, at: tuple[int, int], look: Look) -> None:
    x, y = at
    last: tuple[str, int] = ("", x)
    for char in text:
        columns_n = columns_of(char)
        if not columns_n:  # an accent of its own goes over the character before it
            image.paste(_glyph(last[0] + char, look), (last[1], y))
            continue
        if char != " ":
            image.paste(_glyph(char, look), (x, y))
        last = (char, x)
        x += columns_n * look.column_dots * look.size


def _glyph(char: str, look: Look) -> Image.Image:
    return _draw_glyph(char, look.column_dots * look.size, look.bold)


@functools.lru_cache(4096)
def _draw_glyph(char: str, wide: int, bold: bool) -> Image.Image:  # noqa: FBT001 - a cache key
    """One character in the middle of its cell; what no font has is a question mark."""
    columns_n = max(1, count_columns(char))
    high = round(CELL_H * wide / CELL_W)
    kind = choose_kind(char[0], bold=bold, wide=columns_n == 2)
    cell = Image.new("L", (columns_n * wide, high), PAPER)
    font = _sized(kind or ("bold" if bold else "regular"), wide)
    at = (cell.width / 2, high * _BASE)
    pen = ImageDraw.Draw(cell)
    pen.text(at, char if kind else "?", INK, font, anchor="ms")
    if bold and kind == "hanzi":
        # There is no bold font of it: struck twice, as a printer does.
        pen.text((at[0] + max(1, wide // 16), at[1]), char, INK, font, anchor="ms")
    return cell


def _sized(kind: str, wide: int) -> Font:
    return load_font(kind, round(_FONT_DOTS.get(kind, _LATIN_DOTS) * wide / CELL_W))


def _run(text: str, direction: str, look: Look) -> Image.Image:
    columns_n = count_columns(text)
    return _draw_run(text, direction, columns_n * look.column_dots * look.size, look)


@functools.lru_cache(256)
def _draw_run(text: str, direction: str, room: int, look: Look) -> Image.Image:
    """A field of joined letters in the order they are read, no wider than its columns."""
    wide = look.column_dots * look.size
    high = round(CELL_H * wide / CELL_W)
    font = load_script_font(round(_FONT_DOTS["script"] * wide / CELL_W), bold=look.bold)
    known = "".join(char if _can_run(char) else "?" for char in text)
    # Measured by its ink: asking the font first would set the whole field twice.
    ink = Image.new("L", (2 * room + 4 * wide, high))
    pen = ImageDraw.Draw(ink)
    pen.text((1, high * _BASE), known, 255, font, anchor="ls", direction=direction)
    box = ink.getbbox()
    ink = ink.crop((0, 0, (box[2] if box else 0) + 1, high))
    if ink.width > room > 0:
        ink = ink.resize((room, high), Image.Resampling.LANCZOS)
    run = Image.new("L", ink.size, PAPER)
    run.paste(INK, (0, 0), ink)
    return run


def _can_run(char: str) -> bool:
    return char == " " or columns_of(char) == 0 or has_glyph("script", char)


def _slack(field: _Field, look: Look, free: int) -> int:
    """Where in its room a run stands: at the edge of the paper it touches, or where lines begin."""
    if look.centered:
        return free // 2
    touches_left = field.start_n == 0
    touches_right = field.end_n >= look.width_n // look.size
    at_right = touches_right if touches_left != touches_right else look.rtl
    return free if at_right else 0
