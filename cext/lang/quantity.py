"""Quantities: integers in a fixed fraction of a unit, so that nothing is ever a float."""

from __future__ import annotations

from typing import Literal

Unit = Literal["piece", "g", "ml"]

# One piece is counted as 1,000 so that half a melon is a whole number (RULES: numbers).
PIECE = 1000
KILOGRAM = 1000
JIN = 500  # 斤, the market unit on Chinese price signs


def say_quantity(quantity: int, unit: Unit) -> str:
    """`quantity` as a person reads it: "3", "0.5", "386 g"."""
    if unit != "piece":
        return f"{quantity} {unit}"
    sign = "-" if quantity < 0 else ""
    whole, rest = divmod(abs(quantity), PIECE)
    return f"{sign}{whole}" + (f".{rest:03d}".rstrip("0") if rest else "")
