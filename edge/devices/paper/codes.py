"""Barcodes and QR codes as dots: for pictures, and for printers that cannot make them."""

from __future__ import annotations

import qrcode
from PIL import Image, ImageDraw

from edge.devices.paper.bars import QUIET_MODULES_N, bars_of, is_turned
from edge.devices.paper.cells import INK, PAPER
from edge.devices.paper.document import Barcode
from edge.devices.paper.fonts import load_font

BAR_DOTS, GUARD_DOTS = 80, 8
TURNED_MODULE_DOTS = 2
TURNED_BAR_DOTS = 170
_DIGITS_DOTS = 26


def draw_barcode(code: Barcode, dots: int, *, scale: int = 1) -> Image.Image:
    """Draw bars and text below on a picture of `dots` * `scale`; turned if it is too long."""
    bars = bars_of(code)
    if is_turned(code, dots):
        return _draw_turned(bars, dots, scale=scale)
    module = min(3, dots // (len(bars) + 2 * QUIET_MODULES_N)) * scale
    has_guards = code.symbology == "ean"
    high = BAR_DOTS * scale
    picture = Image.new("L", (dots * scale, high + (_DIGITS_DOTS + 8) * scale), PAPER)
    pen = ImageDraw.Draw(picture)
    left = (picture.width - len(bars) * module) // 2
    half_n = (len(bars) - 11) // 2
    for index, bar in enumerate(bars):
        if bar == "1":
            guard = index < 3 or index >= len(bars) - 3 or half_n + 3 <= index < half_n + 8
            bottom = high + (GUARD_DOTS * scale if guard and has_guards else 0)
            x = left + index * module
            pen.rectangle((x, 0, x + module - 1, bottom - 1), fill=INK)
    base_y = high + (_DIGITS_DOTS - 4) * scale
    if has_guards:
        _write_digits(pen, code.text, (left, base_y), module=module, scale=scale)
    else:
        font = load_font("regular", 20 * scale)
        pen.text((picture.width / 2, base_y), code.shown, INK, font, anchor="ms")
    return picture


def _draw_turned(bars: str, dots: int, *, scale: int) -> Image.Image:
    module = TURNED_MODULE_DOTS * scale
    quiet = QUIET_MODULES_N * module
    picture = Image.new("L", (dots * scale, len(bars) * module + 2 * quiet), PAPER)
    pen = ImageDraw.Draw(picture)
    wide = TURNED_BAR_DOTS * scale
    left = (picture.width - wide) // 2
    for index, bar in enumerate(bars):
        if bar == "1":
            y = quiet + index * module
            pen.rectangle((left, y, left + wide - 1, y + module - 1), fill=INK)
    return picture


def _write_digits(
    pen: ImageDraw.ImageDraw, digits: str, at: tuple[int, int], *, module: int, scale: int
) -> None:
    """Write the digits of an EAN below its halves, the first of thirteen before them."""
    left, base_y = at
    font = load_font("regular", 20 * scale)
    if len(digits) == 13:
        pen.text((left - 8 * module, base_y), digits[0], INK, font, anchor="ms")
        digits = digits[1:]
    half_n = len(digits) // 2
    for index, digit in enumerate(digits):
        start = 3 if index < half_n else 8
        x = left + module * (start + 7 * index + 3.5)
        pen.text((x, base_y), digit, INK, font, anchor="ms")


def draw_qr(text: str, dots: int, *, scale: int = 1) -> Image.Image:
    """Draw a QR code with error correction M, no wider than half of `dots` where that can be."""
    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text.encode())
    code.make(fit=True)
    matrix = code.get_matrix()
    module = max(2, min(6, dots // 2 // len(matrix))) * scale
    side = len(matrix) * module
    pad = 12 * scale
    picture = Image.new("L", (dots * scale, side + 2 * pad), PAPER)
    small = Image.new("L", (len(matrix), len(matrix)), PAPER)
    small.putdata([INK if cell else PAPER for row in matrix for cell in row])
    large = small.resize((side, side), Image.Resampling.NEAREST)
    picture.paste(large, ((picture.width - side) // 2, pad))
    return picture
