r"""Paper as bytes of Star Line Mode: every line is drawn and sent as rows of dots.

From Star's Line Mode Command Specifications (line thermal printers: pages 3-66 to 3-74 for
`ESC * r A`, `ESC * r B`, `ESC * r E n NUL` and `b n1 n2`; HSP7000: pages 3-63 and 3-91 to 3-94):
leaving the raster mode with rows in it obeys the EOT mode, which cuts unless it is set to 1
(form feed alone). `ESC d 3` feeds to the knife and cuts in part; `ESC BEL n1 n2` sets the pulse of
the first drawer in units of 10 ms, `BEL` gives it, `SUB` drives the second for 200 ms. From
general knowledge: page length 0 (`ESC * r P 0 NUL`) means a strip without pages. A row may be
shorter than the paper, so white at its right end is not sent. No printer has seen these bytes yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from edge.devices.paper.profiles import DOTS_PER_COLUMN

if TYPE_CHECKING:
    from PIL import Image

START = b"\x1b*rB\x1b@"  # a job that broke off may have left it in raster mode
RASTER_ON = b"\x1b*rA\x1b*rP0\x00\x1b*rE1\x00"
RASTER_OFF = b"\x1b*rB"
FEED_AND_CUT = b"\x1bd\x03"
KICK = {2: b"\x1b\x07\x0c\x32\x07", 5: b"\x1a"}  # 120 ms on, 500 ms off
BLOCK_ROWS = 400  # 5 cm: what may be sent before the printer is asked whether it is on paper


def render_star(document: Document) -> bytes:
    """Give the bytes that print `document`: the very rows of its picture, in black and white.

    Refused font_missing, shaping_missing. Call it in a thread: loads Pillow at the first call.
    """
    press = _Press(document)
    return b"".join((START, *map(press.print, document.parts), press.flush()))


class _Press:
    """Draws parts in turn; rows wait until something else than ink is to be done."""

    def __init__(self, document: Document) -> None:
        self._width_n = document.width_n
        self._rtl = document.rtl
        self._dots = document.width_n * DOTS_PER_COLUMN
        self._row_bytes = -(-self._dots // 8)
        self._rows = bytearray()

    def print(self, part: Part) -> bytes:
        """Give the bytes of one part; those of rows wait for what follows."""
        match part:
            case Cut():
                return self.flush() + FEED_AND_CUT
            case Kick():
                return self.flush() + KICK[part.pin]
            case Text():
                self._draw_text(part)
            case _:
                self._draw(part)
        return b""

    def flush(self) -> bytes:
        """Give the rows that still wait."""
        rows, self._rows = bytes(self._rows), bytearray()
        out = bytearray()
        step = BLOCK_ROWS * self._row_bytes
        for at in range(0, len(rows), step):
            out += RASTER_ON
            for row_at in range(at, min(at + step, len(rows)), self._row_bytes):
                row = rows[row_at : row_at + self._row_bytes].rstrip(b"\x00") or b"\x00"
                out += b"b" + len(row).to_bytes(2, "little") + row
            out += RASTER_OFF
        return bytes(out)

    def _draw_text(self, part: Text) -> None:
        from edge.devices.paper.cells import look_of, pack_row  # noqa: PLC0415 - loads Pillow

        look = look_of(part, self._width_n, column_dots=DOTS_PER_COLUMN, rtl=self._rtl)
        for line in set_text(part, self._width_n // part.size, rtl=self._rtl):
            self._rows += pack_row(line.rstrip(), look)

    def _draw(self, part: Barcode | Qr | Rule | Feed | Picture) -> None:
        # These load Pillow, which costs 10 MB and half a second once.
        from edge.devices.paper.cells import CELL_H, draw_rule, pack  # noqa: PLC0415
        from edge.devices.paper.codes import draw_barcode, draw_qr  # noqa: PLC0415

        match part:
            case Feed():
                self._rows += bytes(part.lines_n * CELL_H * self._row_bytes)
            case Rule():
                self._rows += pack(draw_rule(self._dots, double=part.double))
            case Barcode():
                self._rows += pack(draw_barcode(part, self._dots))
            case Qr():
                self._rows += pack(draw_qr(part.text, self._dots))
            case Picture():
                self._rows += pack(self._centered(part.png))

    def _centered(self, png: bytes) -> Image.Image:
        from PIL import Image  # noqa: PLC0415 - see above

        from edge.devices.paper.cells import PAPER  # noqa: PLC0415 - see above
        from edge.devices.paper.logo import fit_picture  # noqa: PLC0415 - see above

        logo = fit_picture(png, self._dots)
        strip = Image.new("L", (self._dots, logo.height), PAPER)
        strip.paste(logo, ((self._dots - logo.width) // 2, 0))
        return strip
