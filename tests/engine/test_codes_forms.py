"""Every form of a number: GTIN lengths, UPC-E, ISBN, ISSN, packs; and what scanners say of them."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.engine import Codes, price_verifier, to_gtin, with_check_digit
from cext.engine.codes.codes import TEXT_MAX_N
from cext.errors import Broken, Refused
from cext.lang.code import CouponCode, Decoded, ItemCode, UnknownCode
from cext.lang.item import Item
from tests.engine.books import make_book
from tests.oracle import codes as oracle

NOBODY = Codes(make_book())
DIGITS = st.text("0123456789", min_size=1, max_size=20)


def codes_of(*codes: str) -> Codes:
    """A book of one item with these codes."""
    return Codes(make_book(Item(item="tea", name="Tea", price_minor=1, codes=codes)))


@given(DIGITS | st.text("0123456789", min_size=8, max_size=8))
def test_digits_are_a_gtin_where_the_oracle_says_so(digits: str) -> None:
    decoded = NOBODY.decode(digits)
    wanted = oracle.find_gtin(digits)
    if isinstance(decoded, CouponCode):
        assert decoded.coupon.zfill(14) == wanted
    elif len(digits) in (8, 12, 13, 14):
        assert isinstance(decoded, UnknownCode)
        assert (decoded.reason == "bad_check_digit") == (wanted is None)
        assert decoded.gtin == (wanted or "")


@given(st.text("0123456789", min_size=8, max_size=8).map(with_check_digit).map(lambda c: c[1:]))
def test_a_check_digit_is_the_oracles(code: str) -> None:
    assert oracle.has_check(code) == (oracle.check_digit(code[:-1]) == int(code[-1]))
    assert with_check_digit(code) == f"{code}{oracle.check_digit(code)}"


@given(st.integers(0, 99_999))
def test_a_price_verifier_is_the_oracles(amount: int) -> None:
    assert price_verifier(f"{amount:05d}") == oracle.price_verifier(f"{amount:05d}")
    assert price_verifier(f"{amount % 10_000:04d}") == oracle.price_verifier(
        f"{amount % 10_000:04d}"
    )


@given(st.integers(0, 10**7 - 1))
def test_a_upc_e_is_widened_as_the_oracle_widens_it(number: int) -> None:
    body = f"{number:07d}"
    for check in "0123456789":
        wide = oracle.widen_upc_e(body + check)
        if wide is not None:
            assert codes_of(wide).decode(body + check) == ItemCode("tea")
            assert NOBODY.decode(body[1:], "]E0") != ItemCode("tea")


@given(st.text("0123456789", min_size=9, max_size=9), st.sampled_from("0123456789Xx"))
def test_an_isbn_or_issn_is_the_gtin_the_oracle_makes_of_it(body: str, check: str) -> None:
    for code in (body + check, f"{body[:4]}-{body[4:7]}{check}"):
        wanted = oracle.find_book_gtin(code)
        if wanted is None:
            with pytest.raises(Refused, match="no GTIN"):
                to_gtin(code)
        else:
            assert to_gtin(code) == wanted
            assert codes_of(wanted[1:]).decode(code) == ItemCode("tea")


@pytest.mark.parametrize(
    ("code", "gtin"),
    [
        ("978-3-16-148410-0", "09783161484100"),
        ("3-16-148410-X", "09783161484100"),
        ("0317-8471", "09770317847001"),
        ("2434561X", "09772434561006"),
        ("01234565", "00000001234565"),
        ("04252614", "00042100005264"),
        ("96385074", "00000096385074"),
        ("036000291452", "00036000291452"),
    ],
)
def test_printed_numbers_are_gtins(code: str, gtin: str) -> None:
    assert to_gtin(code) == gtin


@pytest.mark.parametrize(
    "wrong", ["", "--", "3-16-148410-1", "400-6381333931", "T-1", "9783161484101"]
)
def test_what_is_no_number_of_goods_is_refused(wrong: str) -> None:
    with pytest.raises(Refused, match="no GTIN"):
        to_gtin(wrong)


@pytest.mark.parametrize("listed", ["036000291452", "0036000291452", "00036000291452"])
def test_an_item_is_found_by_every_length_of_its_gtin(listed: str) -> None:
    codes = codes_of(listed)
    for text in ("036000291452", "0036000291452", "00036000291452"):
        assert codes.decode(text) == ItemCode("tea")
    scan = codes.decode("0100036000291452", "]C1")
    assert isinstance(scan, ItemCode)


def test_an_item_listed_by_its_upc_e_is_found_by_the_long_form() -> None:
    codes = codes_of("04252614")
    for text in ("04252614", "042100005264", "0042100005264"):
        assert codes.decode(text) == ItemCode("tea")


def test_a_pack_is_looked_up_as_itself_and_then_names_what_is_inside() -> None:
    pack = with_check_digit("1400638133393")
    found = codes_of("4006381333931").decode(pack)
    assert found == UnknownCode(
        pack,
        "unknown_pack",
        hint="a pack of 4006381333931, which is item tea; the pack itself has no price",
        gtin=pack,
        item="tea",
    )
    assert codes_of("4006381333931", pack).decode(pack) == ItemCode("tea")


@pytest.mark.parametrize("listed", ["4006381333930", "123456", "1", "T/1", "１２"])
def test_a_listed_code_comes_first_whatever_it_is(listed: str) -> None:
    for aim in ("", "]C1", "]E0", "]Q1", "nonsense"):
        assert codes_of(listed).decode(listed, aim) == ItemCode("tea")
    assert codes_of(listed).decode(f"]C0{listed}\r") == ItemCode("tea")


@pytest.mark.parametrize(
    ("text", "aim", "reason"),
    [
        ("0195011015300031", "]E0", "unknown_item"),
        ("AB", "]E0", "not_a_code"),
        ("01095011015300030", "]C0", "unknown_item"),
        ("0109501101530003", "]C0", "unknown_item"),
        ("https://example.com/x", "]Q1", "not_a_code"),
        ("]C1", "", "empty"),
        ("12345678", "]E4", "bad_check_digit"),
        ("04252614", "]E4", "bad_check_digit"),
        ("04252614", "]E0", "unknown_item"),
        ("4006381333931123", "]E3", "unknown_item"),
        ("12345678", "]C1", "gs1_value"),
    ],
)
def test_the_carrier_decides_the_family(text: str, aim: str, reason: str) -> None:
    found = NOBODY.decode(text, aim)
    assert isinstance(found, UnknownCode)
    assert found.reason == reason


def test_a_magazine_with_its_add_on_is_the_magazine() -> None:
    assert codes_of("9770317847001").decode("977031784700112", "]E3") == ItemCode("tea")
    assert codes_of("9770317847001").decode("977031784700112345", "]E3") == ItemCode("tea")


def test_an_in_store_code_nobody_reads_says_so() -> None:
    found = NOBODY.decode(with_check_digit("229999900100"))
    assert isinstance(found, UnknownCode)
    assert "in-store" in found.hint


@pytest.mark.parametrize(
    "code", [with_check_digit("991234567890"), with_check_digit("981234567890")]
)
def test_a_coupon_is_known_by_its_prefix(code: str) -> None:
    assert NOBODY.decode(code) == CouponCode(code)


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")), st.text(max_size=4))
def test_hostile_text_gives_something_that_can_be_sent_on(text: str, aim: str) -> None:
    found = NOBODY.decode(text, aim)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Decoded) == found


@pytest.mark.parametrize(
    "text",
    [
        *(chr(byte) for byte in range(256)),
        *(chr(byte) * 19 for byte in range(256)),
        "9" * 10_000,
        "(" * 10_000,
        "(01)" * 100,
        "0" * TEXT_MAX_N,
        "10A\x1d" * 128,
        "\ud800\udfff",
        "０１２３４５６７８９０１２",
        "]",
        "]C",
        "https://" + "/01" * 150,
        "https://a/01/%",
        "http://?#",
        "\x00" * 13,
    ],
)
def test_no_text_gets_past_the_reader(text: str) -> None:
    for given_text in (text, "]C1" + text, "01" + text):
        assert isinstance(NOBODY.decode(given_text), UnknownCode)


def test_a_long_text_is_refused_by_name() -> None:
    found = NOBODY.decode("A" * (TEXT_MAX_N + 1))
    assert isinstance(found, UnknownCode)
    assert (found.reason, len(found.text)) == ("too_long", TEXT_MAX_N)


class Word(str):
    """Text that is not exactly text."""

    __slots__ = ()


@pytest.mark.parametrize("wrong", [None, True, 1, 1.5, b"1", Word("1")])
def test_doors_take_nothing_but_text(wrong: object) -> None:
    for door in (NOBODY.decode, to_gtin, price_verifier):
        with pytest.raises(Broken, match="exact_str"):
            door(wrong)  # type: ignore[operator]
    with pytest.raises(Broken, match="exact_str"):
        NOBODY.decode("1", wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"separators": ["{GS}"]}, Broken),
        ({"separators": (b"x",)}, Broken),
        ({"separators": ("",)}, Refused),
        ({"separators": ("29",)}, Refused),
        ({"separators": ("~",) * 9}, Refused),
        ({"year": 2026.0}, Broken),
        ({"year": 1}, Refused),
    ],
)
def test_settings_of_the_reader_are_checked(
    more: dict[str, object], refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        Codes(make_book(), **more)  # type: ignore[arg-type]
