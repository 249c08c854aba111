"""Texts made to mislead: each gets an answer, and is an item only where it names that item."""

from __future__ import annotations

import random

import msgspec
import pytest

from cext.engine import Codes, with_check_digit
from cext.lang.code import Decoded, Gs1, ItemCode, PricedLabel, UnknownCode, WeighedLabel
from cext.lang.item import Item, LabelLayout
from tests.engine.books import make_book, make_offer
from tests.engine.code_values import GS, make_message, write_bracketed, write_elements
from tests.oracle.codes import find_book_gtin, find_gtin, load_identifiers, widen_upc_e

GTIN = "9501101530003"
ITEMS = {
    name: Item(item=name, name=name, price_minor=1, unit=unit, codes=codes, plu=plu)
    for name, codes, plu, unit in (
        ("tea", ("036000291452", "T-1", "4011"), None, "piece"),
        ("pear", ("4112345015013",), "06013", "g"),  # a wrong check digit, and printed so
        ("milk", (GTIN,), None, "piece"),
        ("ham", (with_check_digit("9950110153000"),), "77", "g"),
        ("egg", ("96385074",), None, "piece"),
        ("cola", ("04252614",), None, "piece"),  # a UPC-E
        ("crate", ("10614141543219",), None, "piece"),
        ("book", ("9780306406157",), None, "piece"),
        ("cup", ("茶-1", " x "), None, "piece"),
    )
}
LAYOUTS = tuple(
    LabelLayout(pattern=pattern)
    for pattern in ("22 I{5} A{5} C", "25 I{5} W{5} A{5} C", "26 M{10} C", "20 I{4} V A{5} C")
)
COUPON = make_offer("co", "coupon", {"code": "FIVE-OFF", "item": "tea", "amount_minor": 5})
SHOPS = (
    Codes(make_book(*ITEMS.values(), layouts=LAYOUTS, offers=(COUPON,))),
    Codes(make_book(*ITEMS.values()), separators=("~", "FNC1", "{GS}", "^]")),
)
SEEDS = [code for item in ITEMS.values() for code in item.codes] + [
    "2206013012346",
    "FIVE-OFF",
    f"https://id.gs1.org/01/{GTIN}/10/AB?17=261231",
    f"http://a/gtin/{GTIN}/lot/A%2F",
    "0-306-40615-2",
]
AIMS = ("", "", "", "]E0", "]E4", "]C1", "]C0", "]d2", "]I1", "x", "]")
LETTERS = "0123456789" * 4 + "AZaz-/%()_?&=.:#;~^]{} \\\t\n\x00\x7f\xff茶\ud800\U0001f600²٣" + GS
HEADS = ("0", "00", "]E0", "]E4", "]C1", "]d2", " ", "01", "(01)")


def make_text(rng: random.Random) -> str:
    """A code of the book, a sound message, or anything at all."""
    match rng.randrange(5):
        case 0 | 1:
            return rng.choice(SEEDS)
        case 2:
            message = make_message(rng.choice(list(load_identifiers())), rng)
            head = f"https://a.b/{message[0][0]}/{message[0][1]}?"
            return rng.choice(
                (
                    write_elements(message, rng.choice((GS, "^]", "~"))),
                    write_bracketed(message),
                    head + "&".join(f"{ai}={value}" for ai, value in message[1:]),
                )
            )
        case 3:
            digits = "".join(rng.choices("0123456789", k=rng.choice((6, 7, 8, 12, 13, 14, 18, 30))))
            return with_check_digit(digits)
        case _:
            return "".join(rng.choices(LETTERS, k=rng.randint(0, 40)))


def spoil(text: str, rng: random.Random) -> str:
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
        at = rng.randint(0, len(text))
        match rng.randrange(5):
            case 0:
                text = text[:at] + rng.choice(LETTERS) + text[at:]
            case 1:
                text = text[:at] + text[at + 1 :]
            case 2:
                text = text[:at] + rng.choice(LETTERS) + text[at + 1 :]
            case 3:
                text = rng.choice(HEADS) + text
            case _:
                text += text[at:]
    return text


def numbers_in(text: str) -> set[str]:
    """Every GTIN that plain text can stand for, as the oracle reads it."""
    found = {find_gtin(text), find_book_gtin(text)}
    if text.isascii() and text.isdigit():
        found |= {find_gtin(text[:13]), text.zfill(14)}  # an add-on is cut off
        wide = {6: f"0{text}", 7: text}.get(len(text))
        wide = widen_upc_e(wide + find_upc_check(wide)) if wide else None
        found |= {wide.zfill(14)} if wide else set()
    return {number for number in found if number}


def find_upc_check(seven: str) -> str:
    return next((check for check in "0123456789" if widen_upc_e(seven + check)), "")


def is_of(item: Item, text: str, gs1: Gs1 | None) -> bool:
    """Whether a text that was taken for an item names it."""
    plain = text.strip(" \t\r\n")
    bare = plain[3:] if plain.startswith("]") else plain
    if not {text, plain, bare}.isdisjoint(item.codes):
        return True
    listed = {number for code in item.codes if code.isascii() for number in numbers_in(code)}
    if gs1 is None:
        return not listed.isdisjoint(numbers_in(plain) | numbers_in(bare))
    named = dict(gs1.elements)
    return (gs1.gtin or named["8006"][:14]) in listed


def check_answer(decoded: Decoded, text: str) -> None:
    msgspec.json.encode(decoded)
    match decoded:
        case ItemCode(item, gs1):
            assert is_of(ITEMS[item], text, gs1), (text, decoded)
        case PricedLabel(item, _, _, gs1) | WeighedLabel(item, _, gs1):
            plu = (ITEMS[item].plu or "?").lstrip("0")
            assert is_of(ITEMS[item], text, gs1) if gs1 else plu in text, (text, decoded)
            assert isinstance(decoded, WeighedLabel) or 0 <= decoded.amount_minor < 10**18
        case UnknownCode():
            assert len(decoded.text) <= 6 * 512


@pytest.mark.parametrize("seed", range(2))
def test_no_text_is_an_item_it_does_not_name(seed: int) -> None:
    rng = random.Random(seed)
    seen = set()
    for _ in range(6_000):
        text = spoil(make_text(rng), rng)
        for codes in SHOPS:
            decoded = codes.decode(text, rng.choice(AIMS))
            check_answer(decoded, text)
            seen.add(type(decoded))
    assert {ItemCode, PricedLabel, UnknownCode} <= seen


@pytest.mark.parametrize(
    "text",
    [
        f"https://a.b/01/{GTIN}?01=09501101530010",
        f"https://a.b/01/{GTIN}/10/A%00B",
        f"https://a.b/01/{GTIN}/10/A%1D21X",
        f"https://a.b/01/{GTIN}/21/X/10/A",
        f"https://a.b/01/{GTIN}?17=%32%36%31%33%30%31",
        f"https://a.b//01/{GTIN}/",
        f"https://a.b/01/{GTIN}/01",
        f"https://a.b/10/A/01/{GTIN}%",
        f"https://a.b@c.d:80/x/01/{GTIN}?3103=0000010",
        f"https://a.b?/01/{GTIN}",
        f"https://a.b#/01/{GTIN}",
        f"https:///01/{GTIN}",
    ],
)
def test_a_link_that_says_two_things_or_hides_one_is_no_link(text: str) -> None:
    decoded = SHOPS[0].decode(text)
    if isinstance(decoded, ItemCode):
        assert decoded.gs1 is not None
        assert decoded.gs1.elements == (("01", "0" + GTIN),)
        assert text == f"https://a.b//01/{GTIN}/"
    else:
        assert isinstance(decoded, UnknownCode)


@pytest.mark.parametrize("currency", ["CNY", "JPY", "KWD"])
def test_the_longest_price_of_a_message_stays_exact(currency: str) -> None:
    book = make_book(ITEMS["ham"])
    codes = Codes(msgspec.structs.replace(book, currency=currency))
    digits = {"CNY": 2, "JPY": 0, "KWD": 3}[currency]
    for decimals in range(digits + 1):
        price = "9" * 15
        text = f"(01){ITEMS['ham'].codes[0]}(3103)000100(392{decimals}){price}"
        decoded = codes.decode(text)
        assert isinstance(decoded, PricedLabel)
        assert decoded.amount_minor == int(price) * 10 ** (digits - decimals)
