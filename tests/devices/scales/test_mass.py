"""Text to grams: exact factors, halves away from zero, and nothing from rubbish."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.scales.mass import decode_grams, decode_unit, encode_grams, round_grams


@pytest.mark.parametrize(
    ("text", "unit", "weight_g"),
    [
        ("  1.234", "kg", 1234),
        ("0.0005", "kg", 1),
        ("-0.0005", "kg", -1),
        ("+ 12.", "g", 12),
        ("2.50", "lb", 1134),
        ("1", "oz", 28),
        ("16.0000", "oz", 454),
        ("- 0.000", "kg", 0),
    ],
)
def test_a_number_is_read_as_whole_grams(text: str, unit: str, weight_g: int) -> None:
    assert decode_grams(text, unit) == weight_g  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", " ", ".", ".5", "1.2.3", "--1", "1,5", "²", "9" * 17, "+"])
def test_what_is_no_number_gives_no_weight(text: str) -> None:
    assert decode_grams(text, "kg") is None


def test_units_are_known_as_scales_write_them() -> None:
    texts = ("KG", " g", "lb ", "lbs", "OZ", "ct", "", "pcs")
    assert [decode_unit(text) for text in texts] == ["kg", "g", "lb", "lb", "oz", None, None, None]


def test_an_ounce_is_the_sixteenth_of_a_pound() -> None:
    assert [round_grams(n, "oz") for n in (16, 160)] == [round_grams(n, "lb") for n in (1, 10)]


@given(st.integers(0, 999_999))
def test_a_weight_written_to_the_gram_is_read_back(weight_g: int) -> None:
    for unit, decimals_n in (("kg", 3), ("g", 0), ("lb", 4), ("oz", 2)):
        text = encode_grams(weight_g, unit, decimals_n=decimals_n)  # type: ignore[arg-type]
        assert decode_grams(text, unit) == weight_g  # type: ignore[arg-type]
