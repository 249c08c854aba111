"""A label in ZPL II.

Commands as in Zebra's programming guide (^FO, ^A0, ^FB, ^FH, ^FD, ^GB, ^GF, ^BY, ^BE, ^PQ). Text
with characters outside ASCII is sent as dots (^GFA), because what a printer has of Unicode fonts
cannot be known. That font 0 is not wider than the font the layout was measured with is not
verified on a printer; ^FB keeps it to one line.
"""

from __future__ import annotations

from edge.devices.labels.draw import Raster
from edge.devices.labels.label import Label, Media
from edge.devices.labels.layout import Block, Code, Field, Words, lay_out, to_dots

_SPECIAL = "^~_"  # the two prefixes, and the sign that ^FH itself reads
_ALIGN = {"left": "L", "right": "R"}


def render(label: Label, media: Media) -> bytes:
    """Give the format that prints one label."""
    head = f"^XA^PW{media.width_dots}^LL{media.height_dots}^LH0,0\n"
    body = "".join(_field(field) + "^FS\n" for field in lay_out(label, media))
    return (head + body + "^PQ1^XZ\n").encode("ascii")


def escape(text: str) -> str:
    """Write the characters of ^FD that ZPL itself reads as ^FH does: `_` and two hex digits."""
    return "".join(f"_{ord(char):02X}" if char in _SPECIAL else char for char in text)


def _field(field: Field) -> str:
    at = f"^FO{field.x},{field.y}"
    match field:
        case Words() if field.needs_raster():
            return _field(to_dots(field))
        case Words():
            how = f"^A0N,{field.size},{field.size}^FB{field.width},1,0,{_ALIGN[field.align]}"
            return f"{at}{how}^FH^FD{escape(field.text)}"
        case Block():
            return f"{at}^GB{field.width},{field.height},{min(field.width, field.height)}"
        case Code():
            # The printer makes the thirteenth digit, which was checked before.
            return f"{at}^BY{field.module}^BEN,{field.height},Y,N^FD{field.digits[:12]}"
        case Raster():
            size, row = len(field.rows), field.width // 8
            return f"{at}^GFA,{size},{size},{row},{field.rows.hex().upper()}"
