"""In-store labels: the layouts of the trade by name, both ways, and every clash at set-up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.engine import (
    Codes,
    clashes,
    derive_range,
    make_code,
    price_verifier,
    round_half_up,
    with_check_digit,
)
from cext.errors import Broken, Refused
from cext.lang.code import (
    Decoded,
    ItemCode,
    LocationCode,
    MemberCard,
    OrderCode,
    PricedLabel,
    UnknownCode,
    WeighedLabel,
)
from cext.lang.item import Item, LabelLayout
from tests.engine.books import make_book
from tests.oracle import codes as oracle

PEAR = Item(item="pear", name="Pear", price_minor=1, unit="g", plu="06013")


def read(pattern: str, text: str, *, decimals: int = 2) -> Decoded:
    """What `text` is in a shop with one layout and one item of PLU 06013."""
    layout = LabelLayout(pattern=pattern, decimals=decimals)
    return Codes(make_book(PEAR, layouts=(layout,))).decode(text)


def test_two_digits_five_of_the_item_five_of_the_amount() -> None:
    # The code printed in RULES for 21 06013 04008 and its check digit 3.
    assert read("21 I{5} A{5} C", "2106013040083") == PricedLabel("pear", 4008)


def test_two_digits_five_of_the_item_five_of_the_weight() -> None:
    text = with_check_digit("22" + "06013" + "01235")
    assert read("22 I{5} W{5} C", text, decimals=3) == WeighedLabel("pear", 1235)


def test_one_flag_six_of_the_item_five_of_the_amount_in_fen() -> None:
    text = with_check_digit("2" + "006013" + "99999")
    assert read("2 I{6} A{5} C", text) == PricedLabel("pear", 99999)


def test_eighteen_digits_hold_weight_and_amount() -> None:
    text = with_check_digit("28" + "06013" + "01235" + "00617")
    assert len(text) == 18
    assert read("2x I{5} W{5} A{5} C", text) == PricedLabel("pear", 617, 1235)
    assert read("2x I{5} W{5} A{5} C", text[:-1] + "0") == UnknownCode(
        text[:-1] + "0", "bad_check_digit"
    )


def test_a_weight_of_one_and_a_half_kilograms_as_odoo_prints_it() -> None:
    pear = Item(item="pear", name="Pear", price_minor=1, unit="g", plu="12345")
    layout = LabelLayout(pattern="21 I{5} W{5} C", decimals=3)
    assert Codes(make_book(pear, layouts=(layout,))).decode("2112345015002") == WeighedLabel(
        "pear", 1500
    )


@pytest.mark.parametrize(("amount", "verifier"), [("2875", 9), ("14685", 6)])
def test_a_price_verifier_as_gs1_prints_it(amount: str, verifier: int) -> None:
    assert price_verifier(amount) == oracle.price_verifier(amount) == verifier
    pattern = f"2 I{{{10 - len(amount)}}} V A{{{len(amount)}}} C"
    plu = "6013".zfill(10 - len(amount))

    text = with_check_digit(f"2{plu}{verifier}{amount}")
    wrong = with_check_digit(f"2{plu}{(verifier + 1) % 10}{amount}")
    assert read(pattern, text) == PricedLabel("pear", int(amount))
    assert read(pattern, wrong) == UnknownCode(wrong, "bad_verifier")


@given(st.integers(0, 9999), st.integers(0, 9))
def test_any_verifier_but_the_right_one_is_refused(amount: int, verifier: int) -> None:
    text = with_check_digit(f"206013{verifier}{amount:04d}0")
    found = read("2 I{5} V A{4} x C", text)
    right = oracle.price_verifier(f"{amount:04d}") == verifier
    assert found == (PricedLabel("pear", amount) if right else UnknownCode(text, "bad_verifier"))


def test_a_label_of_two_yuan_a_kilogram_at_two_forty_seven() -> None:
    found = derive_range(247, price_minor=200, per=1000)
    assert (found.low_milli, found.high_milli) == (1_232_500, 1_237_500)


@given(st.integers(0, 10**6), st.integers(1, 10**5), st.sampled_from((500, 1000, 100, 1)))
def test_every_weight_that_rounds_to_the_amount_lies_inside(
    amount: int, price: int, per: int
) -> None:
    found = derive_range(amount, price_minor=price, per=per)
    for milli in (found.low_milli - 1, found.low_milli, found.high_milli, found.high_milli + 1):
        if milli >= 0 and round_half_up(milli * price, per * 1000) == amount:
            assert found.low_milli <= milli <= found.high_milli
    middle = (found.low_milli + found.high_milli) // 2
    if found.high_milli - found.low_milli > 2:
        assert round_half_up(middle * price, per * 1000) == amount


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        ((1, 0, 1000), Refused),
        ((-1, 1, 1000), Refused),
        ((1, 1, 0), Refused),
        ((True, 1, 1), Broken),
        ((1, 1.5, 1), Broken),
        ((1, 1, None), Broken),
        ((2**70, 1, 1), Refused),
    ],
)
def test_a_range_needs_whole_numbers(values: tuple[int, ...], refused: type[Exception]) -> None:
    amount, price, per = values
    with pytest.raises(refused):
        derive_range(amount, price_minor=price, per=per)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("24 O{10} C", OrderCode("4711")),
        ("24 L{10} C", LocationCode("4711")),
        ("24 M{10} C", MemberCard("4711")),
    ],
)
def test_orders_places_and_members_are_layouts_too(pattern: str, found: object) -> None:
    layout = LabelLayout(pattern=pattern)
    text = make_code(layout, digits="4711")
    assert Codes(make_book(layouts=(layout,))).decode(text) == found


def test_a_layout_of_twelve_digits_is_read_behind_a_zero() -> None:
    text = with_check_digit("20601304008")
    assert read("2 I{5} A{5} C", text) == PricedLabel("pear", 4008)
    assert read("2 I{5} A{5} C", "0" + text) == PricedLabel("pear", 4008)


@given(st.integers(0, 99_999), st.integers(0, 99_999))
def test_what_is_printed_is_read_back(amount: int, weight: int) -> None:
    for pattern in ("2x I{5} W{5} A{5} C", "21 I{5} V A{5} W{5} C", "I{6} A{5} W{5} 77"):
        layout = LabelLayout(pattern=pattern)
        text = make_code(layout, item="6013", amount_minor=amount, weight_g=weight)
        assert read(pattern, text) == PricedLabel("pear", amount, weight)


@pytest.mark.parametrize("wrong", [None, 6013, True, b"6013"])
def test_a_label_is_made_of_text(wrong: object) -> None:
    with pytest.raises(Broken, match="exact_str"):
        make_code(LabelLayout(pattern="21 I{5} A{5} C"), item=wrong)  # type: ignore[arg-type]


def layouts(*patterns: str) -> tuple[LabelLayout, ...]:
    """Layouts with two decimals."""
    return tuple(LabelLayout(pattern=pattern) for pattern in patterns)


@pytest.mark.parametrize(
    ("patterns", "problem"),
    [
        (("2x I{5} W{5} A{5} C", "25 I{15} C"), "match one code"),
        (("2 I{5} V A{4} x C", "20 I{5} A{5} C"), "match one code"),
        (("2 I{5} A{5} C", "02 O{10} C"), "match one code"),
        (("25 O{10} C", "2 M{11} C"), "match one code"),
        (("25 O{5} M{5} C",), "two things"),
        (("25 O{5} A{5} C",), "amount of nothing"),
        (("25 I{5} V A{3} C",), "four or five digits"),
        (("25 I{5} V C",), "four or five digits"),
        (("25 I{1} A{13} C",), "more than 12 digits"),
        (("25 V I{5} V A{5} C",), "each letter once"),
    ],
)
def test_layouts_that_mislead_are_refused(patterns: tuple[str, ...], problem: str) -> None:
    assert any(problem in line for line in clashes(make_book(layouts=layouts(*patterns))))


@pytest.mark.parametrize(
    ("pattern", "code", "clash"),
    [
        ("2x I{5} W{5} A{5} C", with_check_digit("25060130123500617"), True),
        ("2x I{5} W{5} A{5} C", "250601301235006170", False),  # its check digit is wrong
        ("20 I{5} V A{5} x", "2006013914685"[:7] + "6146850", True),
        ("20 I{5} V A{5} x", "2006013" + "5146850", False),  # its verifier is wrong
        ("02 I{5} A{4} C", "0" + with_check_digit("02060130400"), True),
        ("2 I{11} C", "0" + with_check_digit("260130400")[:7], False),
    ],
)
def test_an_item_may_not_have_a_code_that_is_a_label(pattern: str, code: str, clash: bool) -> None:
    item = Item(item="tea", name="Tea", price_minor=1, codes=(code,))
    found = clashes(make_book(item, layouts=layouts(pattern)))
    assert bool(found) == clash
    if clash:
        assert f"matches code {code} of item 'tea'" in found[0]


def test_a_upc_e_and_the_upc_it_stands_for_belong_to_one_item() -> None:
    short = Item(item="short", name="s", price_minor=1, codes=("04252614",))
    long = Item(item="long", name="l", price_minor=1, codes=("0042100005264",))
    assert "are one number" in clashes(make_book(short, long))[0]
    assert "are one number" in clashes(make_book(long, short))[0]


@pytest.mark.parametrize("pattern", ["0421 I{7} C", "0042 I{8} C"])
def test_a_layout_may_not_take_what_an_items_upc_e_stands_for(pattern: str) -> None:
    # The scanner widens 04252614 to 042100005264, and adds a zero if it likes.
    tea = Item(item="tea", name="Tea", price_minor=1, codes=("04252614",))
    assert clashes(make_book(tea, layouts=(LabelLayout(pattern=pattern),))) == (
        f"layout {pattern!r} matches code 042100005264 of item 'tea'",
    )


def test_every_clash_is_told_at_once() -> None:
    one = Item(item="one", name="1", price_minor=1, codes=("111", "T-1"), plu="7")
    two = Item(item="two", name="2", price_minor=1, codes=("111", "T-1"), plu="007")
    book = make_book(one, two, layouts=layouts("1 I{2}", "11 O{1}"))
    with pytest.raises(Refused) as refused:
        Codes(book)
    problems = refused.value.facts["problems"]
    assert isinstance(problems, tuple)
    assert len(problems) == 8  # two codes, a PLU, two layouts, and each item's 111 under both


def test_a_plu_of_any_length_and_its_item() -> None:
    plu = "9" * 20
    item = Item(item="tea", name="Tea", price_minor=1, plu=plu)
    codes = Codes(make_book(item, layouts=layouts("2 I{20}")))
    assert codes.decode("2" + plu) == ItemCode("tea")
