"""Gifts and add-ons: what is offered, what counts as a use, and what is paid instead."""

from __future__ import annotations

from typing import Any

import pytest

from cext.engine import Pricer
from cext.lang.item import Item, Limits, Offer, Price
from cext.lang.quote import Gift, Quote
from cext.lang.rights import NO_RIGHTS, Rights
from tests.engine.books import NOW_MS, make_basket, make_book, make_line, make_offer
from tests.engine.tails import Scene, make_lines, make_row, make_rows
from tests.oracle.judge import judge
from tests.oracle.sale import Row, Rules

GIFT: dict[str, Any] = {
    "benefit": "unit_price",
    "pieces_n": 1,
    "gift": True,
    "seen": ("a",),
    "bears": ("e",),
}
ALL = ("a", 600)


def give(value: int = 0, *, each: int = 0, **more: Any) -> list[Row]:
    """A gift from 1.00 on, or of every `each`, as the only row."""
    row = make_row("reward", (each or 100, value), **{**GIFT, "repeat": each > 0, **more})
    return make_rows((row, {}))


def run(rows: list[Row], *lines: Any, **more: Any) -> tuple[int, Any, Any]:
    """(what is taken in all, uses, gifts offered), once the slow one has said the same."""
    scene = Scene(rows, make_lines(ALL, *lines), **more)
    ran, slow = scene.run(), scene.work_out()
    assert ran[0] == sum(amount for _, _, amount, _ in slow.taken) <= ran[1]
    assert dict(ran[4]) == slow.times
    assert [gift[1] for gift in ran[5]] == [gift[3] for gift in slow.gifts]
    return ran[0], ran[4], ran[5]


def of(**left: int) -> Rights:
    return Rights(gifts=left)


# --- what is a use


def test_a_gift_is_offered_taken_from_the_basket_or_replaced_by_an_amount() -> None:
    rows = give(instead_minor=30)

    assert run(rows) == (0, [], [(0, 1, 0)])
    assert run(rows, ("e", 50)) == (50, [(0, 1)], [])
    assert run(rows, rights=of(e=0)) == (30, [(0, 1)], [])


def test_a_gift_that_is_only_offered_is_no_use_and_is_not_lost_either() -> None:
    scene = Scene(give(), make_lines(ALL))

    assert (scene.run()[3], scene.run()[4]) == ([], [])
    assert run(give(), rights=of(e=0)) == (0, [], [])


def test_uses_are_counted_by_the_pieces_they_take_the_last_one_as_a_whole() -> None:
    rows = give(each=200, pieces_n=2)

    assert run(rows, ("e", 50, 1)) == (50, [(0, 1)], [(0, 5, 0)])
    assert run(rows, ("e", 150, 3)) == (150, [(0, 2)], [(0, 3, 0)])
    assert run(rows, ("e", 300, 6)) == (300, [(0, 3)], [])


def test_pieces_that_are_no_gift_are_counted_alike() -> None:
    rows = give(each=200, gift=False)

    assert run(rows, ("e", 100, 2)) == (100, [(0, 2)], [])


def test_a_limit_bounds_what_is_offered_as_well() -> None:
    facts: dict[int, tuple[int, int | None, int]] = {0: (0, 2, 0)}

    assert run(give(each=100), facts=facts) == (0, [], [(0, 2, 0)])
    assert run(give(each=100), ("e", 50), facts=facts) == (50, [(0, 1)], [(0, 1, 0)])


# --- what is left


def test_no_more_pieces_are_offered_than_are_left_of_all_items_together() -> None:
    rows = give(each=100, bears=("d", "e"))

    assert run(rows, rights=of(d=1, e=3)) == (0, [], [(0, 4, 0)])
    assert run(rows, rights=of(d=1, e=30)) == (0, [], [(0, 6, 0)])
    assert run(rows, rights=of(d=1)) == (0, [], [(0, 6, 0)])  # of e nobody knows
    assert run(rows, ("d", 50, 2), rights=of(d=0, e=3)) == (50, [(0, 2)], [(0, 3, 0)])


@pytest.mark.parametrize(("left", "off"), [(0, 100), (1, 67), (2, 33), (3, 0), (9, 0)])
def test_each_missing_piece_is_paid_by_its_part_of_the_amount(left: int, off: int) -> None:
    rows = give(pieces_n=3, instead_minor=100)
    offered = [(0, min(left, 3), 0)] if left else []

    assert run(rows, rights=of(e=left)) == (off, [(0, 1)] if off else [], offered)


def test_a_piece_in_the_basket_is_not_paid_again_and_half_a_cent_goes_up() -> None:
    rows = give(pieces_n=2, instead_minor=33)

    assert run(rows, ("e", 50), rights=of(e=0)) == (50 + 17, [(0, 1)], [])
    assert run(rows, ("e", 50), rights=of(e=1)) == (50, [(0, 1)], [(0, 1, 0)])


def test_of_many_uses_those_that_are_paid_count_and_those_offered_do_not() -> None:
    rows = give(each=100, instead_minor=20)

    assert run(rows, ("e", 50), rights=of(e=2)) == (50 + 3 * 20, [(0, 4)], [(0, 2, 0)])


def test_money_instead_is_never_more_than_the_goods_it_is_for_have_left() -> None:
    rows = give(pieces_n=100_000, instead_minor=10**11)

    assert run(rows, rights=of(e=99_999)) == (600, [(0, 1)], [(0, 99_999, 0)])


def test_a_coupon_scanned_again_finds_what_the_scan_before_it_left() -> None:
    rows = make_rows((make_row("reward", (0, 0), **GIFT, instead_minor=20), {"coupon": "c"}))
    facts: dict[int, tuple[int, int | None, int]] = {0: (0, 3, 3)}

    assert run(rows, facts=facts, rights=of(e=1)) == (40, [(0, 2)], [(0, 1, 0)])
    assert run(rows, facts=facts) == (0, [], [(0, 1, 0)] * 3)


# --- what it costs


def test_an_add_on_is_offered_at_its_price_and_lowers_the_dearest_piece_to_it() -> None:
    rows = give(10, bears=("d", "e"))

    assert run(rows) == (0, [], [(0, 1, 10)])
    assert run(rows, ("d", 90, 3), ("e", 50)) == (40, [(0, 1)], [])


@pytest.mark.parametrize(("own", "offered"), [(9, []), (10, []), (11, [(0, 1, 10)])])
def test_an_add_on_that_is_not_cheaper_than_its_item_is_not_offered(own: int, offered: Any) -> None:
    prices = dict.fromkeys("abcdez", own)

    assert run(give(10), prices=prices) == (0, [], offered)


def test_of_an_add_on_only_what_is_worth_it_counts_as_left_and_as_missing() -> None:
    rows = give(10, bears=("d", "e"), instead_minor=30)
    prices = {**dict.fromkeys("abcz", 1), "d": 10, "e": 11}

    assert run(rows, prices=prices, rights=of(d=5, e=1)) == (0, [], [(0, 1, 10)])
    assert run(rows, prices=prices, rights=of(d=5, e=0)) == (30, [(0, 1)], [])
    assert run(rows, prices=dict.fromkeys("abcdez", 10), rights=of(d=0)) == (0, [], [])


# --- as a quote says it

CUP = Item(item="cup", name="Cup", price_minor=1000)
LID = Item(item="lid", name="Lid", price_minor=300)
MAT = Item(item="mat", name="Mat", price_minor=200)
PEN = Item(item="pen", name="Pen", price_minor=0, open_price=True)


def quote(
    offer: Offer, *lines: tuple[str, int], rights: Rights = NO_RIGHTS, prices: Any = ()
) -> Quote:
    """What engine and oracle say of a cup and more."""
    book = make_book(CUP, LID, MAT, PEN, offers=(offer,), prices=prices)
    pairs = (("cup", 1), *lines)
    basket = make_basket(*(make_line(n, name, k * 1000) for n, (name, k) in enumerate(pairs, 1)))
    found = Pricer(book).quote(basket, NOW_MS, rights)
    assert judge(Rules(book), basket, NOW_MS, found, rights) == []
    return found


def test_a_customers_last_use_is_not_spent_on_a_gift_left_on_the_shelf() -> None:
    limits = Limits(customer_n=1)
    gift = make_offer("g", "gift", {"gifts": ["lid"], "min_minor": 1000}, limits=limits)

    first = quote(gift)
    later = quote(gift, ("lid", 1), rights=Rights(used={use.rule: 1 for use in first.uses}))

    assert (first.uses, [one.rule for one in first.gifts]) == ((), ["g"])
    assert (later.discount_minor, [use.times for use in later.uses]) == (300, [1])
    assert quote(gift, ("lid", 1), rights=Rights(used={"g": 1})).discount_minor == 0


def test_a_quote_offers_the_items_that_are_left() -> None:
    terms = {"gifts": ["mat", "lid"], "min_minor": 500, "repeat": True, "instead_minor": 70}

    found = quote(make_offer("g", "gift", terms), rights=Rights(gifts={"mat": 0, "lid": 1}))

    assert [(gift.items, gift.pieces_n) for gift in found.gifts] == [(("lid",), 1)]
    assert (found.discount_minor, found.uses[0].times) == (70, 1)


def test_a_quote_offers_add_ons_below_the_price_in_force() -> None:
    terms = {"items": ["mat", "lid", "pen"], "price_minor": 200, "min_minor": 1000}
    add_on = make_offer("x", "add_on", terms)
    lower = Price(item="lid", price_minor=200, from_ms=0)

    def items(gifts: tuple[Gift, ...]) -> list[tuple[str, ...]]:
        return [gift.items for gift in gifts]

    assert items(quote(add_on).gifts) == [("lid", "pen")]  # who knows what a pen will cost
    assert items(quote(add_on, prices=(lower,)).gifts) == [("pen",)]
    assert items(quote(add_on, rights=Rights(gifts={"pen": 0}), prices=(lower,)).gifts) == []
