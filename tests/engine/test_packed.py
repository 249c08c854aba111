"""Packed items are the items: same order, same words, found by id and by name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.engine import Codes, Pricer, clashes, pack_book
from cext.engine.book import find_problems
from cext.engine.packed import PackedItems
from cext.errors import Broken, Refused
from cext.lang.item import Item, LabelLayout, Price, PriceBook
from cext.offers import Catalogue
from cext.offers.rows import Match, Target
from tests.engine.books import make_basket, make_book, make_line, make_offer

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
ITEMS = st.lists(
    st.builds(
        Item,
        item=st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True),
        name=NAMES,
        price_minor=st.integers(0, 10**9),
        unit=st.sampled_from(("piece", "g", "ml")),
        per=st.integers(1, 10**6),
        codes=st.lists(st.text("0123456789", min_size=1, max_size=14), max_size=3).map(tuple),
        plu=st.none() | st.just("01234"),
        department=st.sampled_from(("", "food", "drinks")),
        category=NAMES,
        tags=st.lists(NAMES, max_size=2).map(tuple),
        role=st.sampled_from(("goods", "delivery")),
        open_price=st.booleans(),
        minimum_age=st.integers(0, 150),
    ),
    max_size=30,
    unique_by=lambda item: item.item,
)


@settings(max_examples=150, deadline=None)
@given(ITEMS)
def test_packed_items_equal_the_items_they_were_made_of(items: list[Item]) -> None:
    packed = PackedItems(items)

    assert packed == tuple(items)
    assert tuple(packed) == tuple(items)
    assert [packed.id_at(at) for at in range(len(packed))] == [item.item for item in items]
    assert [packed.find(item.item) for item in items] == list(range(len(items)))
    assert packed[1:3] == tuple(items[1:3])
    assert packed.doubled == ()


@settings(max_examples=100, deadline=None)
@given(ITEMS, NAMES)
def test_a_search_finds_every_name_that_holds_the_text_in_book_order(
    items: list[Item], text: str
) -> None:
    wanted = text.casefold()
    expected = [at for at, item in enumerate(items) if wanted and wanted in item.name.casefold()]

    assert PackedItems(items).search(text, 5) == tuple(expected[:5])


@settings(max_examples=50, deadline=None)
@given(ITEMS)
def test_packed_items_are_grouped_by_every_word_in_book_order(items: list[Item]) -> None:
    packed = PackedItems(items)

    for name in ("department", "category", "brand", "tax", "unit", "role"):
        expected: dict[str, list[int]] = {}
        for at, item in enumerate(items):
            expected.setdefault(getattr(item, name), []).append(at)
        assert {word: list(found) for word, found in packed.group(name).items()} == expected
    for word, found in packed.group("tags").items():
        assert list(found) == [at for at, item in enumerate(items) if word in item.tags]
    assert set(packed.group("tags")) == {tag for item in items for tag in item.tags}
    assert [packed.measure_at(at) for at in range(len(items))] == [
        (item.unit, item.per) for item in items
    ]


def test_a_field_that_holds_no_word_has_no_groups() -> None:
    with pytest.raises(Broken):
        PackedItems().group("name")


OFTEN = 9  # times as often is a field what it should be
ODD = st.builds(
    Item,
    item=st.sampled_from("abcdefghijklmnopqrstuvwx"),
    name=st.just("n"),
    price_minor=st.sampled_from(OFTEN * (0, 7, 200, 70_000, 10**9) + (10**9 + 1, 2**63, -1)),
    unit=st.sampled_from(("piece", "g")),
    per=st.sampled_from(OFTEN * (1000, 500, 70_000) + (0,)),
    codes=st.lists(
        st.sampled_from(("1", "04210005", "042100005264", "2200018001234", "A1", "9" * 20)),
        max_size=2,
    ).map(tuple),
    plu=st.sampled_from(OFTEN * (None, None) + ("00018", "x")),
    department=st.sampled_from(("food", "rest")),
    tags=st.sampled_from(((), (), ("new",))),
    role=st.sampled_from(("goods", "goods", "delivery")),
    tax=st.sampled_from(OFTEN * ("none",) + ("lost",)),
    open_price=st.sampled_from((False, False, True)),
)
BOOKS = st.one_of(
    st.lists(
        ODD,
        max_size=5,
        unique_by=(lambda item: item.item, lambda item: item.codes[:1] or item.item),
    ),
    st.lists(ODD, max_size=5, unique_by=lambda item: item.item),
    st.lists(ODD, max_size=5),
)
OFFERS = (
    make_offer("o1", "percent", {"department": "food", "rate_ppm": 100_000}, conflict="stack"),
    make_offer("o2", "threshold", {"steps": [{"min_minor": 100, "amount_minor": 9}]}),
)


@settings(max_examples=200, deadline=None)
@given(
    BOOKS,
    st.sampled_from(((), (LabelLayout(pattern="22I{5}A{5}C"),))),
    st.sampled_from(("", "", "a", "z")),
)
def test_a_packed_book_compiles_to_what_the_same_book_does(
    items: list[Item], layouts: tuple[LabelLayout, ...], priced: str
) -> None:
    offers = OFFERS if any(item.department == "food" for item in items) else OFFERS[1:]
    prices = (Price(item=priced, price_minor=5),) if priced else ()
    plain = make_book(*items, offers=offers, layouts=layouts, prices=prices)
    packed, _ = pack_book(plain)

    assert find_problems(packed) == find_problems(plain)
    assert clashes(packed) == clashes(plain)
    assert _compiled(packed, items) == _compiled(plain, items)


def _compiled(book: PriceBook, items: list[Item]) -> object:
    """What a book says of all its items, or why it says nothing."""
    try:
        pricer, codes = Pricer(book), Codes(book)
    except Refused as exc:
        return exc.detail
    lines = [make_line(n, item.item) for n, item in enumerate(items, 1) if not item.open_price]
    read = [codes.decode(code) for item in items for code in item.codes]
    return pricer.quote(make_basket(*lines), 1), read, pricer.say_offer("o2"), pricer.say_offer("x")


@settings(max_examples=50, deadline=None)
@given(ITEMS, st.lists(st.sampled_from(("food", "drinks")), min_size=1, max_size=2))
def test_a_set_holds_the_same_items_packed_or_not(items: list[Item], words: list[str]) -> None:
    any_of = tuple(Match(department=word) for word in words)
    for target in (Target(any_of=any_of), Target(but=any_of), Target()):
        assert _find(Catalogue(PackedItems(items)), target) == _find(Catalogue(items), target)


def _find(catalogue: Catalogue, target: Target) -> tuple[object, ...]:
    try:
        return catalogue.find(target), catalogue.find(target), catalogue.find_wide(target)
    except Refused as exc:
        return (exc.detail,)


def test_an_id_that_is_not_there_is_not_found() -> None:
    packed = PackedItems([Item(item=f"t{n}", name="", price_minor=1) for n in range(100)])

    assert packed.find("t100") == packed.find("") == packed.find("茶") == -1
    with pytest.raises(Broken, match="exact_str"):
        packed.find(7)  # type: ignore[arg-type]
    with pytest.raises(IndexError):
        packed[100]


def test_a_doubled_id_is_named_and_the_first_is_found() -> None:
    twice = [Item(item="tea", name=name, price_minor=1) for name in ("one", "two")]

    packed = PackedItems(twice)

    assert packed.doubled == ("tea",)
    assert packed.find("tea") == 0


def test_an_id_that_is_not_ascii_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="ASCII"):
        PackedItems([Item(item="茶", name="", price_minor=1)])


def test_a_hundred_thousand_items_take_a_dozen_megabytes() -> None:
    packed = PackedItems(
        Item(item=f"{690000000000 + n}", name=f"商品名称 {n} 500g", price_minor=n, codes=(f"{n}",))
        for n in range(100_000)
    )

    assert packed.size_bytes < 15_000_000
    assert packed.find("690000099999") == 99_999
