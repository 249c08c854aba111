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
from cext.lang.basket import Basket, BasketLine, Override
from cext.lang.item import Item, Offer, PriceBook, Tax
from cext.lang.money import Currency
from cext.offers import KINDS, Catalogue, Example, OfferRow, list_coupons, load_kind, lower_offer
from tests.engine.books import NOW_MS
from tests.oracle.judge import judge, price_best
from tests.oracle.sale import Rules

FEW = settings(max_examples=15, deadline=None)
CNY = Currency(code="CNY")
EXAMPLES = [(kind, example) for kind in KINDS for example in load_kind(kind).EXAMPLES]
IDS = [f"{kind}: {example.says}" for kind, example in EXAMPLES]
# Every kind of today only asks for "at least". One that asks for "at most", or for an exact
# number, may give less for one piece more; it is named here, with the reason.
ASKS_FOR_MORE_THAN_AT_LEAST: frozenset[str] = frozenset()


def _offer(kind: str, terms: object, **more: Any) -> Offer:
    return Offer(offer="o1", kind=kind, title="", terms=Raw(msgspec.json.encode(terms)), **more)


def _book(kind: str, example: Example) -> PriceBook:
    return PriceBook(
        version="b1",
        store="s1",
        currency="CNY",
        effective_ms=0,
        items=example.items,
        offers=(_offer(kind, example.terms, **example.more),),
        taxes={"none": Tax(rate_ppm=0)},
    )


def test_the_table_and_the_folder_name_the_same_kinds() -> None:
    folder = Path(cext.offers.__file__).parent
    files = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")} - {"rows"}

    assert files == set(KINDS)
    assert all(path == f"cext.offers.{kind}" for kind, path in KINDS.items())


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_everything_a_kind_needs(kind: str) -> None:
    module = cast("ModuleType", load_kind(kind))

    assert module.__doc__
    assert module.Terms.__doc__
    assert module.Terms.__struct_config__.frozen
    assert module.Terms.__struct_config__.forbid_unknown_fields
    assert len(module.EXAMPLES) >= 3
    assert any(example.discount_minor for example in module.EXAMPLES)
    assert (
        any(not example.discount_minor for example in module.EXAMPLES)
        or len({example.discount_minor for example in module.EXAMPLES}) >= 2
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_lowers_its_examples_to_rows_the_engine_knows(kind: str) -> None:
    for example in load_kind(kind).EXAMPLES:
        offer = _offer(kind, example.terms, **example.more)
        lowered = lower_offer(offer, Catalogue(example.items, "CNY"))

        assert lowered.rows
        assert lowered.reason == load_kind(kind).say(example.terms, CNY) != ""
        assert "\n" not in lowered.reason
        assert len(lowered.reason) <= 64
        for row in lowered.rows:
            assert isinstance(row, OfferRow)


@pytest.mark.parametrize("kind", KINDS)
def test_terms_with_an_unknown_key_or_item_are_refused(kind: str) -> None:
    example = load_kind(kind).EXAMPLES[0]
    terms = cast("dict[str, Any]", msgspec.to_builtins(example.terms))
    nothing: tuple[Item, ...] = ()

    for wrong, items in (({**terms, "prise": 1}, example.items), (terms, nothing)):
        with pytest.raises(Refused) as refused:
            lower_offer(_offer(kind, wrong), Catalogue(items))
        assert refused.value.code == "offer_invalid"


@pytest.mark.parametrize(("kind", "example"), EXAMPLES, ids=IDS)
def test_an_example_saves_what_it_says_in_the_engine_and_in_the_oracle(
    kind: str, example: Example
) -> None:
    book = _book(kind, example)

    quote = Pricer(book).quote(example.basket, NOW_MS, example.rights)
    paid = price_best(book, example.basket, NOW_MS, example.rights)

    assert quote.discount_minor == example.discount_minor
    assert paid == {quote.gross_minor - example.discount_minor}


def _lines(item: Item, number: int, *, plain: bool) -> st.SearchStrategy[BasketLine]:
    whole = st.integers(1, 4).map(lambda pieces_n: pieces_n * 1000)
    weight = st.integers(1, 6000)
    by_hand = st.builds(
        Override,
        amount_minor=st.none() | st.integers(0, 5000),
        discount_minor=st.integers(0, 3000),
        reason=st.just("dented"),
        approved_by=st.just("ann"),
    )
    nothing = st.none()
    return st.builds(
        BasketLine,
        line=st.just(number),
        item=st.just(item.item),
        quantity=whole if item.unit == "piece" and plain else whole | weight,
        label_minor=nothing if plain else nothing | nothing | st.integers(0, 4000),
        override=nothing if plain else nothing | nothing | nothing | by_hand,
    )


@st.composite
def sales(draw: st.DrawFn, kind: str, *, plain: bool = False) -> tuple[Example, PriceBook, Basket]:
    """An example of the kind, its book, and another basket of its items."""
    example = draw(st.sampled_from(load_kind(kind).EXAMPLES))
    book = _book(kind, example)
    items = draw(st.lists(st.sampled_from(example.items), min_size=1, max_size=4))
    codes = [code for code, _ in list_coupons(book)]
    basket = Basket(
        lines=tuple(
            draw(_lines(item, number, plain=plain)) for number, item in enumerate(items, start=1)
        ),
        member=draw(st.sampled_from(("7", "7", None))),
        coupons=tuple(draw(st.lists(st.sampled_from(codes), max_size=2))) if codes else (),
    )
    return example, book, basket


@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(data=st.data())
def test_a_kind_alone_equals_the_oracle_and_keeps_the_laws(kind: str, data: st.DataObject) -> None:
    example, book, basket = data.draw(sales(kind))
    order = data.draw(st.permutations(basket.lines))
    shuffled = tuple(replace(line, line=number) for number, line in enumerate(order, start=1))
    pricer = Pricer(book)

    quote = pricer.quote(basket, NOW_MS, example.rights)
    turned = pricer.quote(replace(basket, lines=shuffled), NOW_MS, example.rights)
    pricer.quote(replace(basket, lines=shuffled[:-1]), NOW_MS, example.rights)
    again = pricer.quote(basket, NOW_MS, example.rights)

    assert judge(Rules(book), basket, NOW_MS, quote, example.rights) == []
    assert quote.gross_minor - quote.discount_minor == quote.payable_minor >= 0
    for line in quote.lines:
        assert 0 <= line.net_minor <= line.gross_minor
    assert turned.payable_minor == quote.payable_minor
    assert again == quote


@pytest.mark.parametrize("kind", sorted(set(KINDS) - ASKS_FOR_MORE_THAN_AT_LEAST))
@FEW
@given(data=st.data())
def test_one_more_piece_never_makes_the_discount_smaller(kind: str, data: st.DataObject) -> None:
    example, book, basket = data.draw(sales(kind, plain=True))
    pricer = Pricer(book)
    chosen = data.draw(st.integers(0, len(basket.lines) - 1))
    more = [
        replace(line, quantity=line.quantity + 1000) if at == chosen else line
        for at, line in enumerate(basket.lines)
    ]

    less_off = pricer.quote(basket, NOW_MS, example.rights).discount_minor
    grown = pricer.quote(replace(basket, lines=tuple(more)), NOW_MS, example.rights)

    # A line grows by whole multiples of its `per`, so that no rounding can hide or make a cent.
    assert grown.discount_minor >= less_off


def test_an_unknown_kind_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(Refused, match="did you mean 'coupon'"):
        load_kind("cuopon")
