"""A label as a picture: every dot where the printer puts it, on the liner of its roll."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

from edge.devices.labels.draw import Raster, from_raster
from edge.devices.labels.label import Label, Media
from edge.devices.labels.layout import Block, Code, Field, Words, lay_out, to_dots
from edge.devices.paper.ean import encode_bars
from edge.devices.paper.fonts import load_font

LINER_MM, CORNER_MM = 2, 2
LINER, PAPER, INK = 214, 255, 0
GUARDS = (*range(3), *range(45, 50), *range(92, 95))


def draw_png(label: Label, media: Media) -> bytes:
    """Draw the label with round corners on its liner, one pixel a dot, as a grey PNG."""
    return put_on_liner(draw_dots(label, media), media)


def draw_dots(label: Label, media: Media) -> Image.Image:
    """Draw the label alone, grey, one pixel a dot."""
    return draw_fields(lay_out(label, media), (media.width_dots, media.height_dots))


def draw_fields(fields: tuple[Field, ...], size: tuple[int, int]) -> Image.Image:
    """Draw placed fields on white paper of `size` dots."""
    image = Image.new("L", size, PAPER)
    pen = ImageDraw.Draw(image)
    for field in fields:
        if isinstance(field, Block):
            right, bottom = field.x + field.width - 1, field.y + field.height - 1
            pen.rectangle((field.x, field.y, right, bottom), fill=INK)
        elif isinstance(field, Code):
            _draw_code(pen, field)
        else:
            _paste(image, to_dots(field) if isinstance(field, Words) else field)
    return image


def put_on_liner(dots: Image.Image, media: Media) -> bytes:
    """Give the PNG of a label's dots on its liner."""
    edge, corner = media.dots(LINER_MM), media.dots(CORNER_MM)
    whole = Image.new("L", (dots.width + 2 * edge, dots.height + 2 * edge), LINER)
    mask = Image.new("L", dots.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, dots.width - 1, dots.height - 1), corner, 255)
    whole.paste(dots, (edge, edge), mask)
    out = BytesIO()
    whole.save(out, "PNG")
    return out.getvalue()


def _paste(image: Image.Image, raster: Raster) -> None:
    """Put black dots on the label; white ones leave what is there."""
    dots = from_raster(raster)
    ink = Image.new("L", dots.size, INK)
    image.paste(ink, (raster.x, raster.y), dots.point([255 - value for value in range(256)]))


def _draw_code(pen: ImageDraw.ImageDraw, code: Code) -> None:
    longer = 5 * code.module  # the guards reach down between the digits
    for index, bar in enumerate(encode_bars(code.digits)):
        if bar == "1":
            x = code.x + index * code.module
            bottom = code.y + code.height + (longer if index in GUARDS else 0)
            pen.rectangle((x, code.y, x + code.module - 1, bottom - 1), fill=INK)
    font = load_font("regular", 10 * code.module)
    base_y = code.y + code.height + 9 * code.module
    pen.text((code.x - 7 * code.module, base_y), code.digits[0], INK, font, anchor="ms")
    for index, digit in enumerate(code.digits[1:]):
        start = 3 if index < 6 else 8
        middle = code.x + code.module * (start + 7 * index + 3.5)
        pen.text((middle, base_y), digit, INK, font, anchor="ms")
