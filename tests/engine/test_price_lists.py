"""Prices by store, channel, tier of member and time: which one counts, at any past moment."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.engine import Pricer
from cext.lang.item import Item, Price, PriceBook
from cext.lang.rights import Rights
from tests.engine.books import make_basket, make_book, make_line

TEA = Item(item="tea", name="Tea", price_minor=1000)
PEAR = Item(item="pear", name="Pear", price_minor=798, unit="g", per=500)


def _book(*prices: Price) -> PriceBook:
    return make_book(TEA, PEAR, prices=prices)


def _price(price_minor: int, item: str = "tea", **more: str | int) -> Price:
    return Price(item=item, price_minor=price_minor, **more)  # type: ignore[arg-type]


def _asked(
    book: PriceBook, at_ms: int, rights: Rights | None = None, member: str | None = None
) -> int:
    basket = make_basket(make_line(1, "tea"), member=member)
    line = Pricer(book).quote(basket, at_ms, rights or Rights()).lines[0]
    assert line.gross_minor == line.price_minor
    return line.price_minor


def test_a_price_counts_from_its_first_to_before_its_last_millisecond() -> None:
    book = _book(_price(900, from_ms=10, until_ms=20), _price(800, from_ms=20, until_ms=30))

    assert [_asked(book, at_ms) for at_ms in (9, 10, 19, 20, 29, 30)] == [
        *(1000, 900, 900),
        *(800, 800, 1000),
    ]


def test_the_price_that_asks_for_the_most_counts_even_when_it_is_dearer() -> None:
    book = _book(
        _price(700),
        _price(800, channel="mall"),
        _price(850, channel="mall", tier="gold"),
        _price(870, channel="mall", tier="gold", store="s1"),
        _price(1, store="s2"),
    )

    assert _asked(book, 0) == 700
    assert _asked(book, 0, Rights(channel="mall")) == 800
    assert _asked(book, 0, Rights(channel="mall", tier="gold")) == 800  # no card, no tier
    assert _asked(book, 0, Rights(channel="mall", tier="gold"), "7") == 870


def test_of_two_that_ask_for_the_same_the_later_one_counts_and_then_the_lower_one() -> None:
    later = _book(_price(700, from_ms=1), _price(900, from_ms=5))
    equal = _book(_price(900), _price(700), _price(800))

    assert _asked(later, 5) == 900
    assert _asked(equal, 0) == 700


def test_another_price_buys_the_items_own_quantity() -> None:
    pricer = Pricer(_book(_price(598, item="pear")))

    line = pricer.quote(make_basket(make_line(1, "pear", 386)), 0).lines[0]

    assert (line.price_minor, line.per, line.gross_minor) == (598, 500, 462)


WORD = st.sampled_from(("", "x", "y"))
ROWS = st.lists(
    st.builds(
        Price,
        item=st.just("tea"),
        price_minor=st.integers(0, 5),
        store=st.sampled_from(("", "s1", "s2")),
        channel=WORD,
        tier=WORD,
        from_ms=st.integers(0, 3),
        until_ms=st.integers(2, 6),
    ),
    max_size=6,
)


@settings(max_examples=100, deadline=None)
@given(ROWS, WORD, WORD, st.booleans(), st.randoms())
def test_the_price_at_any_moment_is_the_strongest_row_that_fits(
    rows: list[Price], channel: str, tier: str, member: bool, shuffle: object
) -> None:
    rights = Rights(channel=channel, tier=tier)
    shuffled = sorted(rows, key=lambda _: shuffle.random())  # type: ignore[attr-defined]
    for at_ms in range(7):
        fits = [
            (sum(map(bool, (row.store, row.channel, row.tier))), row.from_ms, -row.price_minor)
            for row in rows
            if row.from_ms <= at_ms < row.until_ms
            and row.store != "s2"
            and row.channel in ("", channel)
            and row.tier in ("", tier if member else "")
        ]
        wanted = -max(fits)[2] if fits else 1000
        assert _asked(_book(*shuffled), at_ms, rights, "7" if member else None) == wanted


@pytest.mark.parametrize("prices", [(), (Price(item="pear", price_minor=1),)])
def test_without_a_row_of_its_own_an_item_has_its_own_price(prices: tuple[Price, ...]) -> None:
    assert _asked(_book(*prices), 0) == 1000
