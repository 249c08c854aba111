"""What is on a shelf label, and what it is printed on."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from cext.errors import Refused
from cext.lang.money import Currency
from edge.devices.paper.ean import is_ean

EAN_13_N = 13


class Media(Struct, frozen=True, kw_only=True):
    """Labels on a roll with gaps between them, in millimetres, and the dots of the print head."""

    width_mm: int = 60
    height_mm: int = 40
    gap_mm: int = 2
    dpi: Literal[203, 300] = 203

    def dots(self, length_mm: float) -> int:
        """How many dots are so many millimetres; both heads have whole dots per millimetre.

        8 at 203 dpi and 12 at 300 dpi, as the TSPL manual counts them (BAR, note).
        """
        return round(length_mm * (8 if self.dpi == 203 else 12))

    @property
    def width_dots(self) -> int:
        """How wide a label is."""
        return self.dots(self.width_mm)

    @property
    def height_dots(self) -> int:
        """How high a label is."""
        return self.dots(self.height_mm)


class Label(Struct, frozen=True, kw_only=True):
    """One price at the shelf.

    `unit` is what `unit_price_minor` is for, such as "500 g" or "kg"; `was_minor` is struck
    through; `ean` is an EAN-13; `printed_on` the store's day as 2026-11-22. What is None or empty
    is left out. Refused label_code_wrong for a wrong check digit, label_incomplete for a unit
    price without its unit or an empty name.
    """

    name: str
    currency: Currency
    price_minor: int
    was_minor: int | None = None
    unit_price_minor: int | None = None
    unit: str = ""
    ean: str = ""
    printed_on: str = ""
    lang: Literal["en", "zh"] = "en"

    def __post_init__(self) -> None:
        if self.ean and not (len(self.ean) == EAN_13_N and is_ean(self.ean)):
            raise Refused(
                "label_code_wrong",
                f"{self.ean!r} is no EAN-13: give 13 digits with their check digit.",
            )
        if not self.name.strip():
            raise Refused("label_incomplete", "A label needs the item's name: give it one.")
        if (self.unit_price_minor is None) != (not self.unit):
            raise Refused(
                "label_incomplete",
                "A unit price needs its unit, and a unit its price: give both or none.",
                item=self.name,
            )
