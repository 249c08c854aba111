"""The bars of a barcode, and whether they fit across the paper."""

from __future__ import annotations

from edge.devices.paper import code128, ean
from edge.devices.paper.document import Barcode

QUIET_MODULES_N = 10
MODULE_DOTS = 2  # thinner bars are hard to read off thermal paper


def bars_of(code: Barcode) -> str:
    """The modules of a barcode, 1 for a bar."""
    return ean.encode_bars(code.text) if code.symbology == "ean" else code128.encode_bars(code.text)


def is_turned(code: Barcode, dots: int) -> bool:
    """Whether the bars must run across the paper, since the code is longer than that is wide."""
    return (len(bars_of(code)) + 2 * QUIET_MODULES_N) * MODULE_DOTS > dots
