"""The contract of every offer kind: one file, one row, and these tests need no edit."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.structs import replace

import cext.offers
from cext.engine import Pricer
from cext.errors import Refused
from cext.lang.item import Item, Offer, PriceBook, Tax
from cext.lang.money import Currency
from cext.offers import KINDS, Catalogue, Example, OfferRow, load_kind, lower_offer
from tests.engine.books import NOW_MS, baskets, books
from tests.oracle.pricing import price

FEW = settings(max_examples=30, deadline=None)
EXAMPLES = [
    (kind, example)
    for kind in KINDS
    for example in load_kind(kind).EXAMPLES
    if not example.more and getattr(example.terms, "target", None) is None
]


def _offer(kind: str, terms: object) -> Offer:
    return Offer(offer="o1", kind=kind, title="", terms=Raw(msgspec.json.encode(terms)))


def _book(kind: str, example: Example) -> PriceBook:
    return PriceBook(
        version="b1",
        store="s1",
        currency="CNY",
        effective_ms=0,
        items=example.items,
        offers=(_offer(kind, example.terms),),
        taxes={"none": Tax(rate_ppm=0)},
    )


def test_the_table_and_the_folder_name_the_same_kinds() -> None:
    folder = Path(cext.offers.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "rows", "_checks", "_terms"}

    assert files >= set(KINDS)
    assert all(path == f"cext.offers.{kind}" for kind, path in KINDS.items())


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_everything_a_kind_needs(kind: str) -> None:
    module = cast("ModuleType", load_kind(kind))

    assert module.__doc__
    assert module.Terms.__struct_config__.frozen
    assert module.Terms.__struct_config__.forbid_unknown_fields
    assert any(example.discount_minor for example in module.EXAMPLES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_lowers_its_examples_to_rows_the_engine_knows(kind: str) -> None:
    for example in load_kind(kind).EXAMPLES:
        lowered = lower_offer(_offer(kind, example.terms), Catalogue(example.items))

        assert lowered.rows
        assert lowered.reason == load_kind(kind).say(example.terms, Currency(code="CNY")) != ""
        for row in lowered.rows:
            assert isinstance(row, OfferRow)


@pytest.mark.parametrize("kind", KINDS)
def test_terms_with_an_unknown_key_or_item_are_refused(kind: str) -> None:
    example = load_kind(kind).EXAMPLES[0]
    terms = cast("dict[str, Any]", msgspec.to_builtins(example.terms))

    for wrong, items in (({**terms, "prise": 1}, example.items), (terms, ())):
        with pytest.raises(Refused) as refused:
            lower_offer(_offer(kind, wrong), Catalogue(cast("tuple[Item, ...]", items)))
        assert refused.value.code == "offer_invalid"


@pytest.mark.parametrize(("kind", "example"), EXAMPLES, ids=lambda one: getattr(one, "says", one))
def test_an_example_saves_what_it_says_in_the_engine_and_in_the_oracle(
    kind: str, example: Example
) -> None:
    book = _book(kind, example)

    quote = Pricer(book).quote(example.basket, NOW_MS)
    expected = price(book, example.basket, NOW_MS)

    assert quote.discount_minor == example.discount_minor
    assert sum(line.gross - line.left for line in expected.lines) == example.discount_minor


@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(data=st.data())
def test_a_kind_alone_equals_the_oracle_and_never_takes_more_than_its_line(
    kind: str, data: st.DataObject
) -> None:
    alone, basket = data.draw(books(kinds=(kind,))), data.draw(baskets())

    quote = Pricer(alone).quote(basket, NOW_MS)

    assert quote.payable_minor == price(alone, basket, NOW_MS).payable
    for line in quote.lines:
        assert 0 <= line.net_minor <= line.gross_minor


@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(data=st.data())
def test_under_a_kind_alone_order_does_not_matter_and_a_void_restores(
    kind: str, data: st.DataObject
) -> None:
    pricer, basket = Pricer(data.draw(books(kinds=(kind,)))), data.draw(baskets())
    order = data.draw(st.permutations(basket.lines))
    shuffled = tuple(replace(line, line=number) for number, line in enumerate(order, start=1))
    before = pricer.quote(basket, NOW_MS)

    turned = pricer.quote(replace(basket, lines=shuffled), NOW_MS)
    pricer.quote(replace(basket, lines=shuffled[:-1]), NOW_MS)

    assert turned.payable_minor == before.payable_minor
    assert pricer.quote(basket, NOW_MS) == before


@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(data=st.data())
def test_one_more_piece_never_makes_the_discount_smaller(kind: str, data: st.DataObject) -> None:
    pricer, basket = Pricer(data.draw(books(kinds=(kind,)))), data.draw(baskets())
    plain = tuple(
        replace(line, override=None, label_minor=None, quantity=(line.quantity % 50 + 1) * 1000)
        for line in basket.lines
    )
    more = tuple(replace(line, quantity=line.quantity + 1000) for line in plain)

    less_off = pricer.quote(replace(basket, lines=plain), NOW_MS).discount_minor
    more_off = pricer.quote(replace(basket, lines=more), NOW_MS).discount_minor

    # `per` divides these quantities, so that no line's own rounding can hide or make a cent.
    assert more_off >= less_off


def test_an_unknown_kind_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(Refused, match="did you mean 'coupon'"):
        load_kind("cuopon")
