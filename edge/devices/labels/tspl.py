"""A label in TSPL.

Commands as in TSC's and Gprinter's programming manuals (SIZE, GAP, TEXT, BAR, BITMAP, BARCODE,
PRINT). Text with characters outside ASCII, or wider than the fixed fonts allow, is sent as dots.
That a bit 0 of BITMAP is black comes from public drivers, which all invert their pictures.
"""

from __future__ import annotations

from edge.devices.labels.draw import Raster
from edge.devices.labels.label import Label, Media
from edge.devices.labels.layout import Block, Code, Field, Words, lay_out, to_dots

# Name, width and height in dots of the fonts every TSPL printer has (manual, TEXT).
FONTS = (("5", 32, 48), ("4", 24, 32), ("3", 16, 24), ("2", 12, 20), ("1", 8, 12))
NEAR_SIZE = 0.6  # a fixed font smaller than that would look lost in its place


def render(label: Label, media: Media) -> bytes:
    """Give the commands that print one label."""
    head = (
        f"SIZE {media.width_mm} mm,{media.height_mm} mm",
        f"GAP {media.gap_mm} mm,0 mm",
        "DIRECTION 1",
        "REFERENCE 0,0",
        "CLS",
    )
    lines = [line.encode("ascii") for line in head]
    lines += [_field(field) for field in lay_out(label, media)]
    return b"\r\n".join([*lines, b"PRINT 1,1", b""])


def _field(field: Field) -> bytes:
    match field:
        case Words():
            return _words(field)
        case Block():
            said = f"BAR {field.x},{field.y},{field.width},{field.height}"
        case Code():
            # Digits below, not turned; the printer makes the thirteenth digit, checked before.
            how = f'"EAN13",{field.height},1,0,{field.module},{field.module}'
            said = f'BARCODE {field.x},{field.y},{how},"{field.digits[:12]}"'
        case Raster():
            said = f"BITMAP {field.x},{field.y},{field.width // 8},{field.height},1,"
            return said.encode("ascii") + bytes(255 - byte for byte in field.rows)
    return said.encode("ascii")


def _words(words: Words) -> bytes:
    """Text in the largest fixed font that fits, or as dots if there is none."""
    if not words.needs_raster() and '"' not in words.text:
        for name, wide, high in FONTS:
            width = wide * len(words.text)
            if words.size * NEAR_SIZE <= high <= words.size and width <= words.width:
                x = words.x + (words.width - width if words.align == "right" else 0)
                y = words.y + (words.size - high) // 2
                return f'TEXT {x},{y},"{name}",0,1,1,"{words.text}"'.encode("ascii")
    return _field(to_dots(words))
