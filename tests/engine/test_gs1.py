"""GS1 messages: every AI of the dictionary, judged by the engine and by the oracle alike."""

from __future__ import annotations

import random
import runpy
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.engine import Codes, with_check_digit
from cext.engine.codes.carrier import SEPARATORS
from cext.lang.code import (
    CouponCode,
    Gs1,
    ItemCode,
    LocationCode,
    MemberCard,
    OrderCode,
    PricedLabel,
    ShippingUnit,
    UnknownCode,
    WeighedLabel,
)
from cext.lang.item import Item
from tests.engine.books import make_book
from tests.engine.code_values import (
    GS,
    make_message,
    write_bracketed,
    write_elements,
)
from tests.oracle.codes import day_of, judge_elements, load_identifiers

HOME = Path(__file__).parents[2]
YEAR = 2026
GTIN = "09501101530003"
GSRN = with_check_digit("95011015300000001")
LOOSE = with_check_digit("9950110153000")
TEA = Item(item="tea", name="Tea", price_minor=1, codes=(GTIN[1:],))
HAM = Item(item="ham", name="Ham", price_minor=1, unit="g", codes=(LOOSE,))
CODES = Codes(make_book(TEA, HAM), year=YEAR)
NOBODY = Codes(make_book(), year=YEAR)
# What the engine says of sound data that this empty book has no use for.
SOUND = {"unknown_item", "unknown_pack", "gs1_nothing", "measure_missing", "foreign_currency"}
SOUND |= {"price_too_fine"}


def judge(text: str, aim: str = "]C1") -> tuple[str, Gs1 | None]:
    """(the reason against a text, or "" for sound data, and what it says)."""
    decoded = NOBODY.decode(text, aim)
    if isinstance(decoded, UnknownCode):
        return ("" if decoded.reason in SOUND else decoded.reason), decoded.gs1
    assert isinstance(decoded, ShippingUnit | LocationCode | CouponCode | MemberCard | OrderCode)
    return "", decoded.gs1 if isinstance(decoded, ShippingUnit | LocationCode) else None


def test_the_table_of_identifiers_is_what_the_dictionary_says_today() -> None:
    cutter = runpy.run_path(str(HOME / ".ci" / "gs1_table.py"))
    made = cutter["make_table"](cutter["SOURCE"].read_text(encoding="utf-8"))
    assert cutter["TABLE"].read_text(encoding="utf-8") == made


@pytest.mark.parametrize("seed", range(4))
def test_every_identifier_is_read_back_from_every_way_to_write_it(seed: int) -> None:
    rng = random.Random(seed)
    for ai in load_identifiers():
        elements = make_message(ai, rng)
        text = write_elements(elements)
        assert judge_elements(text, YEAR) == (set(), elements)

        for written, form in (
            (text, "element_string"),
            (write_bracketed(elements), "bracketed"),
        ):
            reason, gs1 = judge(written)
            assert reason == "", (written, NOBODY.decode(written, "]C1"))
            if gs1 is not None:
                assert gs1.elements == elements
                assert gs1.form == form


@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_message_is_refused_for_a_reason_the_oracle_gives(seed: int) -> None:
    rng = random.Random(1000 + seed)
    alphabet = "0123456789AZaz-/%()_?" + GS
    for ai in load_identifiers():
        text = write_elements(make_message(ai, rng))
        for _ in range(4):
            at = rng.randrange(len(text))
            worse = text[:at] + rng.choice(alphabet) + text[at + rng.randint(0, 2) :]
            check_alike(worse)


@given(st.text(GS + "0123456789A", max_size=40), st.sampled_from(("01", "10", "17", "3103", "")))
def test_any_text_is_judged_alike(text: str, ai: str) -> None:
    check_alike(f"01{GTIN}{ai}{text}")


def check_alike(text: str) -> None:
    if text[:1] == "(":
        return  # brackets are read as such, whatever the scanner says
    faults, elements = judge_elements(text, YEAR)
    reason, gs1 = judge(text)
    assert (reason in faults) if faults else reason == "", (text, reason, faults)
    if not faults and gs1 is not None:
        assert gs1.elements == elements


@given(st.text(max_size=60))
def test_no_text_behind_a_key_breaks_the_reader(text: str) -> None:
    for head in (f"01{GTIN}", f"(01){GTIN}", f"https://a.b/01/{GTIN}/10/", "]C1", "http://a/00/"):
        CODES.decode(head + text)


@pytest.mark.parametrize("separator", [GS, *SEPARATORS, "Alt029", "<GS>"])
def test_every_substitute_for_the_separator_reads_the_same(separator: str) -> None:
    codes = Codes(make_book(TEA), separators=(*SEPARATORS, "Alt029", "<GS>"))
    elements = (("01", GTIN), ("10", "AB-1"), ("21", "X/7"), ("17", "261231"))
    plain = codes.decode(write_elements(elements), "]d2")

    assert isinstance(plain, ItemCode)
    assert codes.decode(write_elements(elements, separator)) == plain
    assert codes.decode("]d2" + write_elements(elements, separator)) == plain
    assert codes.decode(separator + write_elements(elements, separator) + GS, "]d2") == plain


@pytest.mark.parametrize("year", [1999, 2000, 2025, 2026, 2051])
def test_two_digits_of_a_year_lie_within_half_a_century(year: int) -> None:
    codes = Codes(make_book(TEA), year=year)
    for two in range(100):
        for rest in ("0100", "0200", "0229", "1231"):
            value = f"{two:02d}{rest}"
            decoded = codes.decode(f"(01){GTIN}(17){value}")
            wanted = day_of(value, year)
            if wanted is None:
                assert isinstance(decoded, UnknownCode)
                assert decoded.reason == "gs1_value"
            else:
                assert isinstance(decoded, ItemCode)
                assert decoded.gs1 is not None
                assert date.fromisoformat(decoded.gs1.expiry) == wanted


def test_a_label_says_lot_dates_serial_and_count() -> None:
    decoded = CODES.decode(
        f"(01){GTIN}(10)AB-1(11)260101(13)260102(15)260630(16)260625(17)260700(21)S9(30)12"
    )
    assert isinstance(decoded, ItemCode)
    gs1 = decoded.gs1
    assert gs1 is not None
    assert (decoded.item, gs1.gtin, gs1.lot, gs1.serial, gs1.count) == (
        "tea",
        GTIN,
        "AB-1",
        "S9",
        12,
    )
    assert (gs1.produced, gs1.packed, gs1.best_before) == ("2026-01-01", "2026-01-02", "2026-06-30")
    assert (gs1.sell_by, gs1.expiry) == ("2026-06-25", "2026-07-31")


def test_an_expiry_with_a_time_is_an_expiry() -> None:
    decoded = CODES.decode(f"(01){GTIN}(7003)2607091530")
    assert isinstance(decoded, ItemCode)
    assert decoded.gs1 is not None
    assert decoded.gs1.expiry == "2026-07-09"


@pytest.mark.parametrize(
    ("ai", "weight_g"),
    [("3100", 1234000), ("3102", 12340), ("3103", 1234), ("3104", 123), ("3105", 12)],
)
def test_a_net_weight_is_told_in_grams(ai: str, weight_g: int) -> None:
    decoded = CODES.decode(f"(01){LOOSE}({ai})001234")
    assert isinstance(decoded, WeighedLabel)
    assert (decoded.item, decoded.weight_g) == ("ham", weight_g)


def test_the_weight_of_a_piece_is_only_told() -> None:
    decoded = CODES.decode(f"(01){GTIN}(3103)001234")
    assert isinstance(decoded, ItemCode)
    assert decoded.gs1 is not None
    assert decoded.gs1.weight_g == 1234


@pytest.mark.parametrize(
    ("price", "minor"),
    [
        ("(3922)1099", 1099),
        ("(3920)10", 1000),
        ("(3923)10990", 1099),
        ("(3932)1561099", 1099),
    ],
)
def test_a_price_is_told_in_the_money_of_the_store(price: str, minor: int) -> None:
    decoded = CODES.decode(f"(01){LOOSE}(3103)001234{price}")
    assert isinstance(decoded, PricedLabel)
    assert (decoded.item, decoded.amount_minor, decoded.weight_g) == ("ham", minor, 1234)


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        (f"(01){LOOSE}", "measure_missing", ""),
        (f"(01){LOOSE}(3103)001234(3923)10995", "price_too_fine", ""),
        (f"(01){LOOSE}(3103)001234(3932)8401099", "foreign_currency", ""),
        (f"(01){GTIN}(37)5", "gs1_pairs", "AI 01"),
        ("(02)" + GTIN + "(37)5", "gs1_pairs", ""),
        (f"(01){GTIN}(10)A(10)B", "gs1_pairs", "twice"),
        (f"(01){GTIN}(17)261301", "gs1_value", "AI 17"),
        ("(01)09501101530004", "bad_check_digit", "AI 01"),
        (f"(01){GTIN}(10)" + "A" * 21, "gs1_unreadable", "separator"),
        (f"(01){GTIN}(19)A", "gs1_unreadable", "place 19"),
        ("]C101", "gs1_unreadable", "AI 01 is too short"),
        ("(8003)09501101530003", "gs1_nothing", ""),
        ("(01)19501101530000", "unknown_pack", "item tea"),
        (f"01{GTIN}10A^B", "gs1_unreadable", "AI 10 holds a character"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_reason_and_words(
    text: str, reason: str, hint: str
) -> None:
    decoded = CODES.decode(text)
    assert isinstance(decoded, UnknownCode)
    assert decoded.reason == reason
    assert hint in decoded.hint


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("(414)9501101530003(254)A1", LocationCode),
        ("(00)106141412345678908", ShippingUnit),
        ("106141412345678908", ShippingUnit),
        ("(255)9501101530003123", CouponCode("9501101530003123")),
        (f"(8018){GSRN}", MemberCard(GSRN)),
        ("(400)A-12", OrderCode("A-12")),
        ("(8110)106141416543213150110120", CouponCode("106141416543213150110120")),
    ],
)
def test_a_message_can_name_other_things_than_an_item(text: str, decoded: object) -> None:
    found = CODES.decode(text)
    assert type(found) is decoded if isinstance(decoded, type) else found == decoded


def test_a_pallet_tells_what_is_inside() -> None:
    found = CODES.decode(f"(00)106141412345678908(02){GTIN}(37)25(10)L")
    assert isinstance(found, ShippingUnit)
    assert found.gs1 is not None
    assert (found.sscc, found.gs1.gtin, found.gs1.count) == ("106141412345678908", GTIN, 25)


def test_the_same_element_twice_counts_once() -> None:
    found = CODES.decode(f"(01){GTIN}(10)A(10)A")
    assert isinstance(found, ItemCode)
    assert found.gs1 is not None
    assert found.gs1.elements == (("01", GTIN), ("10", "A"))


def test_an_element_string_needs_no_sign_when_it_is_sound() -> None:
    assert isinstance(CODES.decode(f"01{GTIN}10AB1"), ItemCode)
    assert isinstance(CODES.decode(f"01{GTIN}17261231"), ItemCode)
    # Another carrier says that it is none.
    assert isinstance(CODES.decode(f"01{GTIN}10AB1", "]C0"), UnknownCode)
    wrong = CODES.decode(f"01{GTIN}17261331")
    assert isinstance(wrong, UnknownCode)
    assert wrong.reason == "gs1_value"
