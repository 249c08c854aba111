"""What came out of a simulated label printer: its fields, and a picture of them."""

from __future__ import annotations

from io import BytesIO
from typing import Literal

from msgspec import Struct
from PIL import Image, ImageDraw

from edge.devices.paper.ean import encode_bars
from edge.devices.paper.fonts import load_font


class Printed(Struct, frozen=True, kw_only=True):
    """One field at (`x`, `y`) in dots.

    `text` has `height` dots and for `align` right ends at `x` + `width`; `dots` are `width` by
    `height` with 1 for black in `rows`; a `code` has `text` as its 13 digits and `width` as its
    module.
    """

    kind: Literal["text", "box", "code", "dots"]
    x: int
    y: int
    width: int
    height: int
    text: str = ""
    align: Literal["left", "right"] = "left"
    rows: bytes = b""


class PrintedLabel(Struct, frozen=True):
    """One label of `width` by `height` dots."""

    width: int
    height: int
    fields: tuple[Printed, ...]

    def texts(self) -> tuple[str, ...]:
        """Give what was printed in the printer's own font."""
        return tuple(field.text for field in self.fields if field.kind == "text")

    def codes(self) -> tuple[str, ...]:
        """Give the digits of the bar codes."""
        return tuple(field.text for field in self.fields if field.kind == "code")

    def draw(self) -> Image.Image:
        """Draw the label, grey, one pixel a dot."""
        image = Image.new("L", (self.width, self.height), 255)
        for field in self.fields:
            _draw(image, field)
        return image

    def draw_png(self) -> bytes:
        """Give the picture as a PNG; call it in a thread."""
        out = BytesIO()
        self.draw().save(out, "PNG")
        return out.getvalue()


def _draw(image: Image.Image, field: Printed) -> None:
    pen = ImageDraw.Draw(image)
    if field.kind == "box":
        corner = (field.x + field.width - 1, field.y + field.height - 1)
        pen.rectangle(((field.x, field.y), corner), fill=0)
    elif field.kind == "dots":
        mask = Image.frombytes("1", (field.width, field.height), field.rows)
        image.paste(0, (field.x, field.y), mask)
    elif field.kind == "code":
        for index, bar in enumerate(encode_bars(field.text)):
            if bar == "1":
                left = field.x + index * field.width
                bottom = field.y + field.height - 1
                pen.rectangle(((left, field.y), (left + field.width - 1, bottom)), fill=0)
    else:
        font = load_font("sans_bold", max(8, field.height))
        x = field.x + (field.width if field.align == "right" else 0)
        pen.text((x, field.y), field.text, 0, font, anchor="ra" if x > field.x else "la")


def complete_ean(digits: str) -> str:
    """Give twelve digits their thirteenth, as a printer does; thirteen stay."""
    if len(digits) != 12:
        return digits
    total = sum(int(digit) * (1, 3)[index % 2] for index, digit in enumerate(digits))
    return digits + str(-total % 10)
