"""Packed items are the items: same order, same words, found by id and by name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.engine.packed import PackedItems
from cext.errors import Broken, Refused
from cext.lang.item import Item

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
