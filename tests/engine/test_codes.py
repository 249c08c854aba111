"""What a scanned text is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.engine import Codes, check_digit, clashes, is_gtin, make_code, with_check_digit
from cext.errors import Broken, Refused
from cext.lang.code import (
    CouponCode,
    ItemCode,
    MemberCard,
    PricedLabel,
    UnknownCode,
    WeighedLabel,
)
from cext.lang.item import Item, LabelLayout, Offer
from tests.engine.books import make_book, make_offer

PRICED = LabelLayout(pattern="22 I{5} A{5} C")
WEIGHED = LabelLayout(pattern="21 I{5} W{5} C", decimals=3)
BOTH = LabelLayout(pattern="25 I{5} W{5} A{5} C")
CARD = LabelLayout(pattern="26 M{10} C")
SLIP = LabelLayout(pattern="27 K{10} C")
TEA = Item(item="tea", name="Tea", price_minor=1, codes=("036000291452", "T-1", "4011"))
PEAR = Item(item="pear", name="Pear", price_minor=1, codes=("4112345015013",), plu="06013")
COUPON = make_offer("co", "coupon", {"code": "FIVE-OFF", "item": "tea", "amount_minor": 5})
CODES = Codes(make_book(TEA, PEAR, layouts=(PRICED, WEIGHED, BOTH, CARD, SLIP), offers=(COUPON,)))


@pytest.mark.parametrize(
    ("digits", "check"),
    [("211234501500", 2), ("210601304008", 3), ("03600029145", 2), ("9638507", 4)],
)
def test_check_digits_of_printed_codes(digits: str, check: int) -> None:
    assert check_digit(digits) == check
    assert with_check_digit(digits) == f"{digits}{check}"
    assert is_gtin(f"{digits}{check}")


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(digits: str, at: int, shift: int) -> None:
    code = with_check_digit(digits)
    wrong = code[:at] + str((int(code[at]) + shift) % 10) + code[at + 1 :]

    assert is_gtin(code)
    assert not is_gtin(wrong)


@pytest.mark.parametrize("wrong", ["", "12a", "٣", "1" * 33])
def test_a_check_digit_is_of_digits(wrong: str) -> None:
    with pytest.raises(Refused, match="digits"):
        check_digit(wrong)
    assert not is_gtin(wrong)


@pytest.mark.parametrize("wrong", [12, None, b"12"])
def test_a_code_is_text(wrong: object) -> None:
    for door in (check_digit, is_gtin, CODES.decode):
        with pytest.raises(Broken, match="exact_str"):
            door(wrong)  # type: ignore[operator]


@pytest.mark.parametrize(
    "text",
    ["036000291452", "0036000291452", "00036000291452", "]E00036000291452", " T-1\r\n", "4011"],
)
def test_an_item_is_found_as_printed_and_with_the_zeros_and_marks_scanners_add(text: str) -> None:
    assert CODES.decode(text) == ItemCode("tea")


def test_an_item_code_as_printed_comes_before_any_reading_of_it() -> None:
    # A shop's own EAN-13 with a wrong check digit, kept because it hangs on the shelf.
    assert CODES.decode("4112345015013") == ItemCode("pear")


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("2206013012346", PricedLabel("pear", 1234)),
        ("2106013012349", WeighedLabel("pear", 1234)),
        (with_check_digit("25" + "06013" + "00250" + "00499"), PricedLabel("pear", 499, 250)),
        (with_check_digit("260000004711"), MemberCard("4711")),
        (with_check_digit("270000004711"), CouponCode(with_check_digit("270000004711"))),
        ("FIVE-OFF", CouponCode("FIVE-OFF")),
    ],
)
def test_labels_cards_and_coupons_say_what_is_in_them(text: str, decoded: object) -> None:
    assert CODES.decode(text) == decoded


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \r\n", "empty"),
        ("9" * 513, "too_long"),
        ("9" * 512, "not_a_code"),
        ("0112345678901231\x1d10AB", "unknown_item"),
        ("0112345678901231\x1c10AB", "not_printable"),
        ("hello", "not_a_code"),
        ("٠٣٦٠٠٠٢٩١٤٥٢", "not_a_code"),
        ("036000291453", "bad_check_digit"),
        ("2206013012347", "bad_check_digit"),
        ("4006381333931", "unknown_item"),
        (with_check_digit("229999900100"), "unknown_item"),
        ("99", "unknown_item"),
    ],
)
def test_what_is_not_known_is_refused_with_its_reason(text: str, reason: str) -> None:
    decoded = CODES.decode(text)
    assert isinstance(decoded, UnknownCode)
    assert decoded.reason == reason


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    CODES.decode(text)


@given(st.integers(0, 99_999))
def test_an_amount_or_weight_printed_on_a_label_is_read_back(value: int) -> None:
    priced = make_code(PRICED, item="06013", amount_minor=value)
    weighed = make_code(WEIGHED, item="6013", weight_g=value)

    assert is_gtin(priced)
    assert CODES.decode(priced) == PricedLabel("pear", value)
    assert CODES.decode(weighed) == WeighedLabel("pear", value)


def test_decimals_shift_what_the_field_holds() -> None:
    jiao = LabelLayout(pattern="23 I{5} A{5} C", decimals=1)
    tens = LabelLayout(pattern="24 I{5} W{5} C", decimals=2)
    codes = Codes(make_book(PEAR, layouts=(jiao, tens)))

    assert codes.decode(with_check_digit("230601300123")) == PricedLabel("pear", 1230)
    assert codes.decode(with_check_digit("240601300123")) == WeighedLabel("pear", 1230)
    assert make_code(jiao, item="06013", amount_minor=1230) == with_check_digit("230601300123")


@pytest.mark.parametrize(
    "values",
    [
        {"amount_minor": 100_000, "item": "1"},
        {"item": "123456"},
        {"item": "A"},
        {"item": ""},
    ],
)
def test_a_value_that_does_not_fit_its_field_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        make_code(PRICED, **values)  # type: ignore[arg-type]
    assert refused.value.code == "label_invalid"


def test_an_amount_finer_than_the_label_is_refused() -> None:
    with pytest.raises(Refused, match="multiple of 10"):
        make_code(LabelLayout(pattern="22 I{5} A{5} C", decimals=1), item="1", amount_minor=15)


@pytest.mark.parametrize(
    ("layouts", "problem"),
    [
        ((PRICED, LabelLayout(pattern="2 I{6} A{5} C")), "match one code"),
        ((PRICED, LabelLayout(pattern="M{13}")), "match one code"),
        ((LabelLayout(pattern="03 I{5} A{5}"),), "code 036000291452 of item 'tea'"),
        ((LabelLayout(pattern="00 I{5} A{5} C"),), "code 036000291452 of item 'tea'"),
        ((LabelLayout(pattern="22 X{5}"),), "cannot be read"),
        ((LabelLayout(pattern=""),), "cannot be read"),
        ((LabelLayout(pattern="22 I{5} I{5} C"),), "each letter once"),
        ((LabelLayout(pattern="22 C I{5}"),), "C at the end"),
        ((LabelLayout(pattern="22 A{5} C"),), "neither item, member nor coupon"),
        ((LabelLayout(pattern="22 I{5} A{5} C", decimals=3),), "more than the currency"),
        ((LabelLayout(pattern="22 I{5} W{5} C", decimals=4),), "finer than a gram"),
        ((LabelLayout(pattern="22 I{31}"),), "longer than 32"),
    ],
)
def test_layouts_that_mislead_are_refused(layouts: tuple[LabelLayout, ...], problem: str) -> None:
    book = make_book(TEA, layouts=layouts)

    assert problem in clashes(book)[0]
    with pytest.raises(Refused) as refused:
        Codes(book)
    assert refused.value.code == "price_book_invalid"


def test_layouts_that_differ_in_one_fixed_digit_or_in_length_do_not_clash() -> None:
    assert clashes(make_book(layouts=(PRICED, WEIGHED, BOTH, CARD, SLIP))) == ()


def test_one_number_printed_with_and_without_zeros_belongs_to_one_item() -> None:
    other = Item(item="ham", name="Ham", price_minor=1, codes=("0036000291452",))
    assert "are one number" in clashes(make_book(TEA, other))[0]


def test_a_coupon_belongs_to_one_offer_and_is_no_items_code() -> None:
    def coupon(offer: str, code: str) -> Offer:
        return make_offer(offer, "coupon", {"code": code, "item": "tea", "amount_minor": 5})

    doubled = clashes(make_book(TEA, offers=(coupon("c1", "88"), coupon("c2", "88"))))
    items = clashes(make_book(TEA, offers=(coupon("c1", "4011"),)))

    assert doubled == ("code '88' belongs to 'offer c1' and 'offer c2'",)
    assert items == ("code '4011' belongs to 'tea' and 'offer c1'",)


def test_a_coupon_may_lie_inside_the_layout_of_coupons() -> None:
    inside = make_offer(
        "co", "coupon", {"code": with_check_digit("270000000001"), "item": "tea", "amount_minor": 5}
    )
    assert clashes(make_book(TEA, layouts=(SLIP,), offers=(inside,))) == ()


def test_a_plu_is_digits() -> None:
    assert "not digits" in clashes(make_book(Item(item="a", name="a", price_minor=1, plu="x1")))[0]
