"""A scanner that was set to another layout is noticed; a shop's odd codes are not taken for it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.engine import with_check_digit
from edge.devices.scanners.layout_watch import (
    PROOFS_FROM_N,
    RECENT_N,
    WRONG_FROM_N,
    LayoutWatch,
    has_check_digit,
    other_layouts,
)
from edge.devices.scanners.layouts import LAYOUTS
from edge.devices.scanners.scan_lines import Code, Garbage
from edge.devices.scanners.wedge_keys import WedgeKeys, WedgeSettings
from edge.sim.scanner_keys import TERMINATOR_KEYS, type_text
from tests.devices.wedge_typing import decode

GOOD = [with_check_digit(f"{number:012}") for number in range(200)]
WRONG = [f"{code[:-1]}{(int(code[-1]) + 1) % 10}" for code in GOOD]
SPOILT = Garbage("unprintable", "key 86 has no character in layout US")


def misread(text: str, *, typed: str, read: str) -> list[Code | Garbage]:
    keys = type_text(text, typed) + TERMINATOR_KEYS["enter"]
    return decode(keys, WedgeKeys(WedgeSettings(layout=read)))


def told(watch: LayoutWatch, texts: list[str]) -> list[str]:
    return [sentence for text in texts if (sentence := watch.take(Code("", text)))]


@given(st.text("0123456789", min_size=1, max_size=17))
def test_a_check_digit_is_the_engines(digits: str) -> None:
    assert has_check_digit(with_check_digit(digits))
    assert not has_check_digit(digits + "x")


@pytest.mark.parametrize("typed", sorted(LAYOUTS))
@pytest.mark.parametrize("read", ["US", "FR", "DE"])
def test_a_layout_whose_digits_lie_elsewhere_is_known_after_two_codes(
    typed: str, read: str
) -> None:
    watch = LayoutWatch(read)
    found = [one for code in GOOD[-5:] for one in misread(code, typed=typed, read=read)]

    sentences = [sentence for one in found if (sentence := watch.take(one))]

    same_digits = all(one == Code("", code) for one, code in zip(found, GOOD[-5:], strict=True))
    assert bool(sentences) != same_digits
    if sentences:
        assert len(sentences) == 1
        assert f"no longer types as {read} but as" in sentences[0]
        assert typed in sentences[0] or "another layout" in sentences[0]
        assert "set it up again on the devices page" in sentences[0]


def test_of_one_code_alone_nothing_is_concluded() -> None:
    watch = LayoutWatch("US")
    (one,) = misread(GOOD[7], typed="FR", read="US")

    assert PROOFS_FROM_N == 2
    assert [watch.take(one) for _ in range(9)] == [""] * 9  # a clerk tries again and again


def test_wrong_digits_count_only_when_they_are_more_than_usual() -> None:
    watch = LayoutWatch("US")

    assert told(watch, GOOD[:40]) == []
    (sentence,) = told(watch, WRONG[:WRONG_FROM_N])
    assert f"{WRONG_FROM_N} of the last {RECENT_N} codes are wrong" in sentence


def test_a_shop_with_numbers_of_its_own_is_left_alone() -> None:
    watch = LayoutWatch("US")
    mixed = [text for pair in zip(GOOD, WRONG, strict=True) for text in pair]

    assert told(watch, mixed) == []
    assert told(LayoutWatch("US"), WRONG) == []


def test_codes_of_other_lengths_and_with_letters_say_nothing() -> None:
    watch = LayoutWatch("US")
    told(watch, GOOD[:40])

    assert told(watch, [f"LOT{number:010}" for number in range(40)]) == []
    assert told(watch, [f"{number:06}" for number in range(40)]) == []


def test_codes_with_keys_that_have_no_character_count_as_wrong() -> None:
    watch = LayoutWatch("US")
    told(watch, GOOD[:40])
    details = [Garbage("unprintable", f"{SPOILT.detail} {number}") for number in range(9)]

    assert [bool(watch.take(one)) for one in details].count(True) == 1
    assert watch.take(Garbage("keys_lost", "lost")) == ""


def test_it_is_told_once_and_again_only_after_all_was_well() -> None:
    watch = LayoutWatch("US")

    assert told(watch, GOOD[:40]) == []
    assert len(told(watch, WRONG[:8])) == 1
    assert told(watch, GOOD[40 : 40 + RECENT_N]) == []
    told(watch, GOOD[50:150])
    assert len(told(watch, WRONG[20:30])) == 1


@settings(max_examples=40)
@given(st.text(min_size=0, max_size=20), st.sampled_from(sorted(LAYOUTS)))
def test_whatever_was_read_nothing_is_raised(text: str, layout: str) -> None:
    assert layout not in other_layouts(text, layout)
    LayoutWatch(layout).take(Code("", text))
