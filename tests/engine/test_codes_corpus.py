"""Real codes, and every AI, read by the engine and by biip: one verdict, or a named difference."""

from __future__ import annotations

import csv
import random
from collections import Counter
from pathlib import Path

import biip

from cext.engine import Codes, is_gtin
from cext.lang.code import CouponCode, Decoded, LocationCode, ShippingUnit, UnknownCode
from tests.engine.books import make_book
from tests.engine.code_values import GS, make_message, write_elements
from tests.oracle.codes import load_identifiers

DATA = Path(__file__).parent / "data"
CODES = Codes(make_book())
# What is refused here for the shop's sake, though the data is sound.
SHOP = {"foreign_currency", "price_too_fine"}
Verdict = tuple[object, ...]
REFUSED: Verdict = ("refused",)


def ours(text: str) -> Verdict:
    """What the engine takes a text for; the book is empty, so that no item comes first."""
    return _say(CODES.decode(text))


def _say(decoded: Decoded) -> Verdict:
    match decoded:
        case CouponCode(coupon):
            return ("gtin", coupon.zfill(14))
        case ShippingUnit(gs1=None):
            return ("sscc", decoded.sscc)
        case UnknownCode() | ShippingUnit() | LocationCode():
            if decoded.gs1 is not None:
                return ("gs1", decoded.gs1.elements)
            if isinstance(decoded, UnknownCode) and decoded.gtin:
                return ("gtin", decoded.gtin)
    return REFUSED


def theirs(text: str) -> Verdict:
    """What biip takes it for; a GTIN or UPC comes before an element string of the same digits."""
    parsed = biip.parse(text)
    if parsed.gtin is not None and parsed.gtin.value == text:
        return ("gtin", parsed.gtin.as_gtin_14())
    if parsed.upc is not None:
        return ("gtin", parsed.upc.as_upc_a().zfill(14))
    if parsed.gs1_message is not None:
        elements = parsed.gs1_message.element_strings
        return ("gs1", tuple((element.ai.ai, element.value) for element in elements))
    return REFUSED if parsed.sscc is None else ("sscc", parsed.sscc.value)


def name_difference(text: str, engine: Verdict, peer: Verdict) -> str:
    """The reason why two verdicts differ on purpose; "" when there is none."""
    if engine == REFUSED and peer[0] == "gtin" and len(text) in (6, 7):
        # A number typed or printed by the shop is no UPC-E until the scanner says so (]E0).
        return "upc_e_without_check_digit"
    if engine == REFUSED and peer[0] == "gs1":
        first = peer[1]
        assert isinstance(first, tuple)
        ai, value = first[0]
        if ai in ("01", "02", "03") and not is_gtin(value):
            # biip tells such a GTIN as an error beside the elements.
            return "wrong_check_digit_inside"
        if ai not in ("00", "01"):
            # Any digits begin with some AI; without a key they name nothing.
            return "element_without_key"
    return ""


def test_real_codes_get_one_verdict_or_a_named_difference() -> None:
    texts = [
        row["code"]
        for name in ("openfoodfacts_codes.csv", "price_list_codes.csv")
        for row in csv.DictReader((DATA / name).read_text(encoding="utf-8").splitlines())
    ]
    found = Counter[str]()
    for text in texts:
        engine, peer = ours(text), theirs(text)
        difference = "same" if engine == peer else name_difference(text, engine, peer)
        assert difference, (text, engine, peer)
        found[difference] += 1

    assert found == {
        "same": 457,
        "upc_e_without_check_digit": 43,
        "element_without_key": 32,
        "wrong_check_digit_inside": 1,
    }


def test_both_take_a_upc_e_alike_when_the_scanner_says_so() -> None:
    for number in range(0, 10**6, 1999):
        text = f"{number:06d}"
        assert _say(CODES.decode(text, "]E0")) == theirs(text)


def _elements(text: str) -> Verdict | str:
    """The elements the engine takes, or its reason for taking none."""
    decoded = CODES.decode(text, "]C1")
    verdict = _say(decoded)
    if verdict[0] == "gs1":
        return verdict
    reason = decoded.reason if isinstance(decoded, UnknownCode) else ""
    return "" if reason in SHOP else reason


def test_every_identifier_is_cut_alike() -> None:
    rng = random.Random(5)
    for ai in load_identifiers():
        elements = make_message(ai, rng)
        text = write_elements(elements)
        assert theirs(f"]C1{text}") == ("gs1", elements)
        assert _elements(text) in (("gs1", elements), "")


def test_what_the_engine_takes_biip_takes_and_what_only_biip_takes_has_a_reason() -> None:
    rng = random.Random(77)
    found = Counter[str]()
    for ai in load_identifiers():
        text = write_elements(make_message(ai, rng))
        for _ in range(2):
            at = rng.randrange(len(text))
            worse = text[:at] + rng.choice("0123456789AZaz-/%?" + GS) + text[at + 1 :]
            engine, peer = _elements(worse), theirs(f"]C1{worse}")
            if isinstance(engine, tuple):
                assert engine == peer, worse
            elif peer != REFUSED:
                found[engine] += 1
            else:
                assert engine, worse  # sound for the engine, refused by biip
    # biip checks neither what goes with what nor the content of most values, keeps a wrong check
    # digit as an error beside the data, and ends a value at its greatest length when the
    # separator is missing. Without a word: coupons and orders, whose elements are not told.
    assert set(found) <= {"bad_check_digit", "gs1_pairs", "gs1_value", "gs1_unreadable", ""}
    assert found["gs1_unreadable"] <= 20
