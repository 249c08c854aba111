"""GS1 Digital Links: where a key stands, what follows it, and what is somebody else's."""

from __future__ import annotations

import random
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.engine import Codes
from cext.lang.code import ItemCode, LocationCode, ShippingUnit, UnknownCode
from cext.lang.item import Item
from tests.engine.books import make_book
from tests.engine.code_values import make_value
from tests.oracle.codes import Identifier, judge_values, load_identifiers

GTIN = "09501101530003"
TEA = Item(item="tea", name="Tea", price_minor=1, codes=(GTIN[1:],))
CODES = Codes(make_book(TEA))


def elements_of(text: str) -> tuple[tuple[str, str], ...]:
    """The elements of a link to an item."""
    found = CODES.decode(text)
    assert isinstance(found, ItemCode), found
    assert found.gs1 is not None
    assert found.gs1.form == "digital_link"
    return found.gs1.elements


@pytest.mark.parametrize(
    "text",
    [
        f"https://id.gs1.org/01/{GTIN}/10/AB-1",
        f"HTTP://shop.example:8080/some/path/01/{GTIN}/10/AB-1",
        f"https://example.com/01/{GTIN}/10/AB-1/",
        f"https://example.com/01/{GTIN}/10/AB%2D1#more",
        f"https://example.com/01/{GTIN}/10/AB-1?utm=x&lang=de&x",
        "https://example.com/01/9501101530003/10/AB-1",
        "https://example.com/gtin/9501101530003/lot/AB-1",
        f"https://10/01/{GTIN}/10/AB-1",
    ],
)
def test_any_domain_and_path_can_carry_a_key(text: str) -> None:
    assert elements_of(text) == (("01", GTIN), ("10", "AB-1"))
    assert elements_of("]Q1" + text) == elements_of(text)


def test_qualifiers_stand_in_their_order_and_attributes_in_the_query() -> None:
    text = f"https://a.b/01/{GTIN}/22/2A/10/L%2F1/21/S%251?17=261231&3103=000195;exp=261231"
    assert elements_of(text) == (
        ("01", GTIN),
        ("22", "2A"),
        ("10", "L/1"),
        ("21", "S%1"),
        ("17", "261231"),
        ("3103", "000195"),
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://a.b/00/106141412345678908?02=00614141123452&37=25&10=ABC123", ShippingUnit),
        ("https://a.b/414/9501101530003/254/7", LocationCode),
    ],
)
def test_other_keys_name_other_things(text: str, kind: type) -> None:
    assert isinstance(CODES.decode(text), kind)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://a.b/", "not_a_code"),
        ("https://", "not_a_code"),
        (f"https://a.b/10/L/01/{GTIN}/x", "not_a_code"),
        (f"https://a.b/01/{GTIN}/x/y", "not_a_code"),
        (f"https://a.b/01/{GTIN}/21/S/10/L", "gs1_unreadable"),
        (f"https://a.b/01/{GTIN}/10/L/235/T", "gs1_unreadable"),
        (f"https://a.b/01/{GTIN}?21=S", "gs1_unreadable"),
        (f"https://a.b/01/{GTIN}?17", "gs1_unreadable"),
        (f"https://a.b/01/{GTIN}?9999999=1", "gs1_unreadable"),
        (f"https://a.b/01/{GTIN}/10/%4", "gs1_unreadable"),
        (f"https://a.b/01/{GTIN}/10/%C3%BC", "gs1_unreadable"),
        (f"https://a.b/01/{GTIN}?17=261331", "gs1_value"),
        (f"https://a.b/01/{GTIN}?17=261231&17=271231", "gs1_pairs"),
        (f"https://a.b/01/{GTIN}?02={GTIN}", "gs1_pairs"),
        ("https://a.b/01/9501101530004", "bad_check_digit"),
        ("https://a.b" + "/x" * 100 + f"/01/{GTIN}", "gs1_unreadable"),
    ],
)
def test_a_link_that_is_none_is_refused_with_its_reason(text: str, reason: str) -> None:
    found = CODES.decode(text)
    assert isinstance(found, UnknownCode)
    assert found.reason == reason


def _write(key: Identifier, seed: int) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A link of `key` with some of its qualifiers, and its elements."""
    known, rng = load_identifiers(), random.Random(seed)
    order = rng.choice(key.orders) if key.orders else ()
    ais = [key.ai, *(ai for ai in order if rng.random() < 0.7)]
    elements = tuple((ai, make_value(known[ai], rng)) for ai in ais)
    path = "".join(f"/{ai}/{quote(value, safe='')}" for ai, value in elements)
    return f"https://example.com{path}", elements


@given(st.integers(0, 10**9))
def test_every_key_is_read_back_with_its_qualifiers(seed: int) -> None:
    for key in load_identifiers().values():
        if not key.key:
            continue
        text, elements = _write(key, seed)
        faults, _ = judge_values(elements, 2025)
        found = CODES.decode(text)
        if isinstance(found, UnknownCode):
            assert (
                found.reason in faults
                or found.reason in ("unknown_item", "unknown_pack")
                or (found.reason in ("gs1_nothing", "measure_missing") and not faults)
            ), (text, found)
        gs1 = getattr(found, "gs1", None)
        if gs1 is not None:
            assert gs1.elements == elements
