"""What is on a strip of paper, from top to bottom."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from cext.errors import must
from edge.devices.paper.code128 import is_128
from edge.devices.paper.ean import is_ean

Align = Literal["left", "center", "right"]
WIDEST_N = 64
QR_MAX_BYTES = 1_000


class Text(Struct, frozen=True):
    """One line, or several when `left` is too long: then it wraps and `right` ends the last.

    With `right`, `align` does not count. `size` 2 is twice as wide and high. Lines after the
    first are indented by `hang_n` columns more.
    """

    left: str = ""
    right: str = ""
    bold: bool = False
    size: Literal[1, 2] = 1
    align: Align = "left"
    hang_n: int = 0


class Rule(Struct, frozen=True):
    """A line across the paper."""

    double: bool = False


class Feed(Struct, frozen=True):
    """Empty lines."""

    lines_n: int = 1


class Barcode(Struct, frozen=True):
    """A barcode, centred, with its text below.

    An `ean` is an EAN-13 or EAN-8, by the number of digits; a `code128` up to 40 ASCII
    characters, of which control characters are not shown in the text below.
    """

    text: str
    symbology: Literal["ean", "code128"] = "ean"

    def __post_init__(self) -> None:
        if self.symbology == "ean":
            must(is_ean(self.text), "barcode_is_ean", text=self.text)
        else:
            must(is_128(self.text), "barcode_is_ascii", text=self.text)

    @property
    def shown(self) -> str:
        """What stands below the bars."""
        return "".join(char if char.isprintable() else " " for char in self.text)


class Qr(Struct, frozen=True):
    """A QR code, centred. `text` is at most 1000 bytes of UTF-8."""

    text: str

    def __post_init__(self) -> None:
        must(0 < len(self.text.encode()) <= QR_MAX_BYTES, "qr_fits", size=len(self.text))


class Picture(Struct, frozen=True):
    """A black and white picture such as a logo, centred; `png` is at most as wide as the paper."""

    png: bytes


class Cut(Struct, frozen=True):
    """Feed the paper past the knife and cut."""


class Kick(Struct, frozen=True):
    """Open the cash drawer at `pin`, with the paper; a drawer alone is a port of its own."""

    pin: Literal[2, 5] = 2


Part = Text | Rule | Feed | Barcode | Qr | Picture | Cut | Kick


class Document(Struct, frozen=True):
    """`width_n` columns: 32 on 58 mm paper, 42 or 48 on 80 mm. A Chinese character takes two.

    On an `rtl` page every line begins at the right: `left` stands there, `right` at the left.
    """

    width_n: int
    parts: tuple[Part, ...]
    rtl: bool = False

    def __post_init__(self) -> None:
        must(16 <= self.width_n <= WIDEST_N, "paper_width_is_known", width_n=self.width_n)
