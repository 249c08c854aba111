"""The one place where money is divided."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.engine import round_half_up, share_fairly
from cext.errors import Broken, Refused
from tests.oracle.money import nearest, split

AMOUNTS = st.integers(-(10**13), 10**13) | st.integers(-50, 50)
WEIGHTS = st.lists(st.integers(0, 5) | st.integers(0, 10**12), min_size=1, max_size=12)


def test_386_g_at_7_98_per_500_g_cost_6_16() -> None:
    assert round_half_up(386 * 798, 500) == 616


@pytest.mark.parametrize(("numerator", "rounded"), [(5, 3), (-5, -3), (4, 2), (-1, -1), (0, 0)])
def test_a_half_goes_away_from_zero_so_that_a_refund_mirrors_its_sale(
    numerator: int, rounded: int
) -> None:
    assert round_half_up(numerator, 2) == rounded


@given(st.integers(), st.integers(1, 10**30))
def test_rounding_equals_exact_fractions_at_any_size(numerator: int, denominator: int) -> None:
    assert round_half_up(numerator, denominator) == nearest(Fraction(numerator, denominator))


@pytest.mark.parametrize("wrong", [1.5, True, "1", None])
def test_only_an_exact_int_is_an_amount(wrong: object) -> None:
    with pytest.raises(Broken, match="exact_int"):
        round_half_up(wrong, 2)  # type: ignore[arg-type]
    with pytest.raises(Broken, match="exact_int"):
        share_fairly(10, (1, wrong))  # type: ignore[arg-type]


def test_a_denominator_must_be_positive() -> None:
    with pytest.raises(Broken, match="denominator_positive"):
        round_half_up(1, 0)


@given(AMOUNTS, WEIGHTS.filter(any))
def test_shares_equal_the_oracle_and_add_up(total: int, weights: list[int]) -> None:
    parts = share_fairly(total, weights)

    assert list(parts) == split(total, weights)
    assert sum(parts) == total


@given(
    st.integers(-(2**30), 2**30) | st.integers(-60, 60) | st.just(2**29 - 1),
    st.lists(st.integers(0, 3) | st.integers(0, 2**25) | st.just(700), min_size=1, max_size=40),
)
def test_few_small_parts_have_the_shares_that_many_and_large_ones_have(
    total: int, weights: list[int]
) -> None:
    if any(weights):
        assert list(share_fairly(total, weights)) == split(total, weights)


@pytest.mark.parametrize("sum_minor", [2**29 - 2, 2**29 - 1, 2**29, 2**31 - 1, 2**31])
@pytest.mark.parametrize("parts_n", [2, 3, 23, 24, 25])
def test_shares_are_the_same_on_both_sides_of_each_width(sum_minor: int, parts_n: int) -> None:
    weights = [sum_minor // parts_n] * (parts_n - 1)
    weights.append(sum_minor - sum(weights))

    for total in (1, parts_n - 1, 2**29 - 1, 2**29, sum_minor - 1, sum_minor):
        assert list(share_fairly(total, weights)) == split(total, weights)


@given(AMOUNTS, WEIGHTS.filter(any))
def test_a_share_lies_within_one_unit_of_its_due_and_keeps_the_sign(
    total: int, weights: list[int]
) -> None:
    parts = share_fairly(total, weights)

    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1
        assert part * total >= 0
        assert weight or not part


@given(AMOUNTS, WEIGHTS.filter(any), st.data())
def test_a_zero_line_changes_nothing(total: int, weights: list[int], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(weights)))

    parts = share_fairly(total, [*weights[:at], 0, *weights[at:]])

    assert [*parts[:at], *parts[at + 1 :]] == list(share_fairly(total, weights))


def test_a_tie_goes_to_the_larger_weight_then_to_the_lower_index() -> None:
    assert share_fairly(1, (1, 1)) == (1, 0)
    assert share_fairly(2, (1, 3)) == (0, 2)  # both lack a half; the larger weight gets it
    assert share_fairly(-1, (1, 1)) == (-1, 0)


def test_shares_of_the_largest_amounts_do_not_overflow() -> None:
    weights = (2**60, 2**60 - 1, 2**60 - 3)
    assert list(share_fairly(2**62, weights)) == split(2**62, weights)


def test_nothing_to_share_needs_no_weight_and_something_does() -> None:
    assert share_fairly(0, (0, 0)) == (0, 0)
    assert share_fairly(0, ()) == ()
    with pytest.raises(Broken, match="share_has_weight"):
        share_fairly(1, (0, 0))


def test_a_negative_weight_or_an_amount_beyond_62_bits_is_refused() -> None:
    with pytest.raises(Refused, match="weight -1"):
        share_fairly(1, (-1, 3))
    with pytest.raises(Refused, match="amount"):
        share_fairly(2**63, (1,))
