"""EAN-13 and EAN-8 as bars (GS1 General Specifications, section 5.2)."""

from __future__ import annotations

_ODD = (
    *("0001101", "0011001", "0010011", "0111101", "0100011"),
    *("0110001", "0101111", "0111011", "0110111", "0001011"),
)
_RIGHT = [code.translate({48: 49, 49: 48}) for code in _ODD]
_EVEN = [code[::-1] for code in _RIGHT]
# Which of the six left digits of an EAN-13 are even tells its first digit.
_FIRST = (
    *("OOOOOO", "OOEOEE", "OOEEOE", "OOEEEO", "OEOOEE"),
    *("OEEOOE", "OEEEOO", "OEOEOE", "OEOEEO", "OEEOEO"),
)
GUARD, MIDDLE = "101", "01010"


def is_ean(digits: str) -> bool:
    """Whether `digits` is 8 or 13 digits with a right check digit."""
    if len(digits) not in (8, 13) or not (digits.isascii() and digits.isdigit()):
        return False
    weights = (1, 3) if len(digits) == 13 else (3, 1)
    return sum(int(digit) * weights[index % 2] for index, digit in enumerate(digits)) % 10 == 0


def encode_bars(digits: str) -> str:
    """Give the modules of an EAN as 1 for a bar and 0 for a space: 95 of them, or 67."""
    if len(digits) == 8:
        left, order, right = digits[:4], "OOOO", digits[4:]
    else:
        left, order, right = digits[1:7], _FIRST[int(digits[0])], digits[7:]
    codes = {"O": _ODD, "E": _EVEN}
    bars_left = "".join(codes[kind][int(digit)] for digit, kind in zip(left, order, strict=True))
    bars_right = "".join(_RIGHT[int(digit)] for digit in right)
    return GUARD + bars_left + MIDDLE + bars_right + GUARD
