"""The text of a weight to grams, exactly and without a float; pure."""

from __future__ import annotations

import re

from edge.devices.scales.reading import Unit

# International avoirdupois pound: 0.45359237 kg, exact; an ounce is its sixteenth.
NANOGRAMS: dict[Unit, int] = {
    "kg": 1_000_000_000_000,
    "g": 1_000_000_000,
    "lb": 453_592_370_000,
    "oz": 28_349_523_125,
}
NANOGRAMS_PER_GRAM = 1_000_000_000
LONGEST_N = 16

_NUMBER = re.compile(r"\s*([+-]?)\s*(\d+)(?:\.(\d*))?\s*", re.ASCII)
_UNITS: dict[str, Unit] = {"kg": "kg", "g": "g", "lb": "lb", "lbs": "lb", "oz": "oz"}


def decode_unit(text: str) -> Unit | None:
    """Read a unit as scales write it (`KG`, ` g`, `lb `); None if it is no unit of a shop."""
    return _UNITS.get(text.strip().lower())


def decode_grams(text: str, unit: Unit) -> int | None:
    """Read a number such as ` -  1.250` in `unit` as whole grams; None if it is no number.

    Spaces may stand around the sign and the digits. Halves are rounded away from zero.
    """
    match = _NUMBER.fullmatch(text) if len(text) <= LONGEST_N else None
    if match is None:
        return None
    sign, whole, part = match.groups(default="")
    weight_g = round_grams(int(whole + part), unit, decimals_n=len(part))
    return -weight_g if sign == "-" else weight_g


def round_grams(number: int, unit: Unit, *, decimals_n: int = 0) -> int:
    """`number` with its last `decimals_n` digits behind the point, at or above 0, half up."""
    divisor = NANOGRAMS_PER_GRAM * int(10**decimals_n)
    return (2 * number * NANOGRAMS[unit] + divisor) // (2 * divisor)


def encode_grams(weight_g: int, unit: Unit, *, decimals_n: int) -> str:
    """`weight_g`, at or above 0, as the number a scale that counts in `unit` would write.

    Rounded half up to `decimals_n` places; `decode_grams` gives the grams back if a step of the
    last place is no more than a gram.
    """
    places = int(10**decimals_n)
    steps = (2 * weight_g * NANOGRAMS_PER_GRAM * places + NANOGRAMS[unit]) // (2 * NANOGRAMS[unit])
    whole, part = divmod(steps, places)
    return f"{whole}.{part:0{decimals_n}}" if decimals_n else str(whole)
