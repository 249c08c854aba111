"""Sums worked out on paper, one for each sentence of the rules; engine and oracle must know them.

The fixtures of concurrency are those of "Retail discount concurrency control" (Dynamics): A 10 %
and B 20 % at priority 99, C 15 % at 0, D 35 % at 99.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from cext.engine import Pricer
from cext.lang.item import Item, Limits, Offer, PriceBook, When
from cext.lang.rights import NO_RIGHTS, Rights
from cext.offers.rows import BasketRow, DealRow, ItemRow, Slot, Step, TierRow
from tests.engine.books import NOW_MS, make_basket, make_book, make_line, make_offer
from tests.engine.raw_rows import NAME, known_rows
from tests.oracle.judge import judge, price_best
from tests.oracle.sale import Rules

ALL = ("a", "b", "c")
A = Item(item="a", name="a", price_minor=1000)
B = Item(item="b", name="b", price_minor=600)
C = Item(item="c", name="c", price_minor=301)
HAM = Item(item="ham", name="ham", price_minor=798, unit="g", per=500)
FEE = Item(item="fee", name="fee", price_minor=500, role="delivery")


@pytest.fixture(autouse=True)
def _rows() -> Iterator[None]:
    with known_rows():
        yield


def offer(name: str, row: Any, **more: Any) -> Offer:
    shapes = {ItemRow: "singles", TierRow: "tiers", DealRow: "deals", BasketRow: "baskets"}
    return make_offer(name, NAME, {shapes[type(row)]: (row,)}, **more)


def rate(name: str, percent: int, **more: Any) -> Offer:
    row = ItemRow(kind="percent", items=ALL, benefit="rate", value=percent * 10_000)
    return offer(name, row, **more)


def deal(
    items: tuple[str, ...], pieces_n: int, benefit: Any, value: int, get_n: int = 0
) -> DealRow:
    slots = (Slot(items=items, pieces_n=pieces_n),)
    return DealRow(kind="deal", slots=slots, benefit=benefit, value=value, get_n=get_n)


def full(least: int, value: int, **more: Any) -> BasketRow:
    steps = (Step(min_minor=least, value=value),)
    return BasketRow(
        **{"kind": "full", "stage": "threshold", "steps": steps, "benefit": "amount"} | more
    )


def book(*offers: Offer, **more: Any) -> PriceBook:
    return make_book(A, B, C, HAM, FEE, offers=offers, **more)


def agree(
    book: PriceBook, lines: dict[str, int], to_pay: int, rights: Rights = NO_RIGHTS, **more: Any
) -> None:
    """Both say `to_pay` for these quantities, and the engine's quote is right in every figure."""
    made = [make_line(n, item, q) for n, (item, q) in enumerate(lines.items(), start=1)]
    basket = make_basket(*made, **more)

    assert price_best(book, basket, NOW_MS, rights) == {to_pay}
    quote = Pricer(book).quote(basket, NOW_MS, rights)
    assert (quote.payable_minor, quote.proof) == (to_pay, "optimal")
    assert judge(Rules(book), basket, NOW_MS, quote, rights) == []


AB = (rate("A", 10, conflict="stack", priority=99), rate("B", 20, conflict="stack", priority=99))
BEST_AB = (rate("A", 10, group="99", priority=99), rate("B", 20, group="99", priority=99))


@pytest.mark.parametrize(
    ("shop", "to_pay"),
    [
        (book(*AB, rate("C", 15, conflict="stack"), zones="apart"), 720),
        (book(*AB, rate("C", 15), rate("D", 35, priority=99), zones="apart"), 650),
        (book(*BEST_AB, rate("C", 15, group="0")), 680),
        (book(*BEST_AB, rate("C", 15, group="0"), rate("D", 35, group="99", priority=99)), 552),
    ],
    ids=["zone: A and B", "zone: D alone", "across: B and C", "across: D and C"],
)
def test_offers_of_two_priorities_go_together_as_in_the_published_examples(
    shop: PriceBook, to_pay: int
) -> None:
    # 35 % then 15 % off 10.00 leaves 5.525; the 15 % are 0.975, which is 0.98.
    agree(shop, {"a": 1000}, to_pay)


def test_an_exclusive_offer_keeps_every_other_away_from_its_lines() -> None:
    alone = offer(
        "x", ItemRow(kind="p", items=("a",), benefit="rate", value=10_000), conflict="exclusive"
    )

    agree(book(alone, rate("h", 50)), {"a": 1000, "b": 1000}, 990 + 300)


@pytest.mark.parametrize(
    ("row", "lines", "to_pay"),
    [
        (deal(("a", "b"), 3, "price", 1500), {"a": 2000, "b": 2000}, 1500 + 600),
        (deal(("a", "b"), 2, "off", 100), {"a": 2000, "b": 3000}, 3800 - 200),
        (deal(("a",), 2, "rate", 500_000, get_n=1), {"a": 3000}, 2500),
        (deal(("a", "b", "c"), 3, "rate", 1_000_000, get_n=1), {"a": 3000, "b": 3000}, 3800 - 600),
        (deal(("c",), 3, "amount", 1), {"c": 7000}, 7 * 301 - 6),
        (deal(("a",), 1, "unit_price", 999), {"a": 2000}, 1998),
        (deal(("a",), 2, "price", 2100), {"a": 2000}, 2000),
        (deal(("ham",), 1, "off", 50), {"ham": 386}, 616),
    ],
    ids=[
        "3 for 15.00: the dear ones",
        "two at a time",
        "second at half",
        "cheapest of three free: all dear ones together",
        "one cent off each",
        "one price",
        "a price above the sum is no offer",
        "weighed goods are in no deal",
    ],
)
def test_a_deal_is_used_as_often_and_on_the_pieces_that_save_most(
    row: DealRow, lines: dict[str, int], to_pay: int
) -> None:
    agree(book(offer("d", row)), lines, to_pay)


def test_a_set_of_different_items_gives_the_second_slot_its_benefit() -> None:
    slots = (Slot(items=("a",), pieces_n=1, gets=False), Slot(items=("b", "c"), pieces_n=1))
    row = DealRow(kind="set", slots=slots, benefit="rate", value=1_000_000)

    agree(book(offer("d", row)), {"a": 1000, "b": 1000, "c": 1000}, 1000 + 301)


def test_the_largest_deal_is_not_taken_when_it_loses_the_threshold() -> None:
    # Half off a would save 5.00 and miss the 9.99; 10 cents off b and 6.00 off the sum save 6.10.
    big = offer("big", deal(("a", "b"), 2, "off", 700))
    small = offer("small", deal(("b",), 1, "off", 10))

    agree(book(big, small, offer("t", full(1500, 800))), {"a": 1000, "b": 1000}, 1600 - 10 - 800)


@pytest.mark.parametrize(
    ("minor", "quantity", "to_pay"), [(0, 2000, 1100), (0, 1000, 600)], ids=["reached", "missed"]
)
def test_a_tier_takes_all_pieces_at_the_price_of_its_step(
    minor: int, quantity: int, to_pay: int
) -> None:
    steps = (Step(min_quantity=2000, value=550), Step(min_quantity=5000, value=500))
    row = TierRow(kind="tier", items=("b",), benefit="unit_price", steps=steps)

    agree(book(offer("t", row)), {"b": quantity}, to_pay)
    agree(book(offer("t", row)), {"b": 6000}, 3000)


def test_a_marginal_tier_counts_only_what_lies_above_each_step() -> None:
    steps = (Step(min_quantity=2000, value=550), Step(min_quantity=5000, value=500))
    row = TierRow(kind="tier", items=("b",), benefit="unit_price", steps=steps, marginal=True)

    # Two at 6.00, three at 5.50, one at 5.00.
    agree(book(offer("t", row)), {"b": 6000}, 1200 + 1650 + 500)


@pytest.mark.parametrize(("spent", "off"), [(9900, 0), (9999, 0), (10_000, 1000), (10_001, 1000)])
def test_a_threshold_is_exact_one_unit_below_at_and_above(spent: int, off: int) -> None:
    one = make_book(
        Item(item="a", name="a", price_minor=1, per=1000), offers=(offer("t", full(10_000, 1000)),)
    )
    agree(one, {"a": spent * 1000}, spent - off)


@pytest.mark.parametrize(
    ("row", "lines", "to_pay"),
    [
        (full(1000, 100, repeat=True), {"a": 3000, "b": 1000}, 3600 - 300),
        (full(0, 100_000, benefit="rate", cap_minor=150), {"a": 3000}, 2850),
        (full(0, 100_000, benefit="rate", bears=("b",), seen=("a",)), {"a": 1000, "b": 1000}, 1540),
        (full(1200, 500, seen_but=("b",), bears_but=("b",)), {"a": 1000, "b": 1000}, 1600),
        (full(0, 500, stage="delivery", bears=("fee",)), {"a": 1000, "fee": 1000}, 1000),
        (
            full(500, 1_000_000, stage="reward", benefit="rate", bears=("c",), pieces_n=1),
            {"a": 1000, "c": 2000},
            1301,
        ),
        (
            full(500, 99, stage="reward", benefit="unit_price", bears=("c",), pieces_n=1),
            {"a": 1000, "c": 2000},
            1000 + 99 + 301,
        ),
    ],
    ids=[
        "repeating",
        "capped",
        "one sees, another bears",
        "excluded",
        "delivery",
        "gift",
        "add-on",
    ],
)
def test_what_follows_from_the_sum_of_a_basket(
    row: BasketRow, lines: dict[str, int], to_pay: int
) -> None:
    agree(book(offer("t", row)), lines, to_pay)


def test_stages_come_in_their_order_and_each_sees_what_is_left() -> None:
    shop = book(
        offer("p", full(0, 1, stage="points", benefit="points", points_n=10)),
        offer("c", full(900, 50, stage="coupon"), when=When(coupon="k")),
        offer("t", full(1000, 100)),
    )
    rights = Rights(points_n=105)

    # 10.00 less 1.00, less 0.50 by the coupon, less 10 steps of 10 points at 0.01.
    agree(shop, {"a": 1000}, 840, rights, coupons=("k",))


def test_a_limit_bounds_how_often_and_a_piece_is_one_use_of_a_price() -> None:
    row = ItemRow(kind="special", items=("a",), benefit="unit_price", value=700)
    limited = offer("s", row, limits=Limits(basket_n=3, customer_n=3))

    agree(book(limited), {"a": 5000}, 3 * 700 + 2000)
    agree(book(limited), {"a": 5000}, 1 * 700 + 4000, Rights(used={"s": 2}))
    agree(book(limited), {"a": 5000}, 5000, Rights(used={"s": 3}))


def test_a_free_piece_always_gets_its_item_price_even_when_that_loses_a_deal() -> None:
    # A deal of the group "" goes without the best item price of the same group.
    shop = book(rate("p", 10), offer("d", deal(("a",), 2, "off", 300)))

    agree(shop, {"a": 3000}, 1700 + 900)


@pytest.mark.parametrize(
    ("left", "offered", "off"),
    [({}, 1, 0), ({"c": 3}, 1, 0), ({"c": 0}, 0, 33)],
    ids=["stock not known", "in stock", "out of stock"],
)
def test_a_gift_that_is_not_in_the_basket_is_offered_or_an_amount_stands_in(
    left: dict[str, int], offered: int, off: int
) -> None:
    row = full(500, 1_000_000, stage="reward", benefit="rate", bears=("c",), pieces_n=1, gift=True)
    shop = book(offer("g", replace(row, instead_minor=33)))
    rights = Rights(gifts=left)

    agree(shop, {"a": 1000}, 1000 - off, rights)
    gifts = Pricer(shop).quote(make_basket(make_line(1, "a")), NOW_MS, rights).gifts
    assert sum(gift.pieces_n for gift in gifts) == offered
