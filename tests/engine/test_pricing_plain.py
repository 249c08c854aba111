"""The short way of the bulk call: what is plain, and that it comes to the same to the bit."""

from __future__ import annotations

from random import Random

import pytest
from msgspec.structs import replace

from cext.engine import Pricer, pack_baskets
from cext.lang.item import Item, PriceBook, Tax
from tests.engine.books import NOW_MS, make_basket, make_book, make_line, make_offer
from tests.engine.duel import strip_basket
from tests.engine.kind_worlds import KindWorld
from tests.engine.raw_rows import known_rows
from tests.engine.worlds import MOMENTS, World

WORLDS_N = 250
CASES_N = 24


@pytest.mark.parametrize("kind", [World, KindWorld])
def test_random_shops_cost_the_same_both_ways(kind: type[World]) -> None:
    baskets_n = plain_n = 0
    with known_rows():
        for seed in range(WORLDS_N):
            world = kind(seed)
            pricer = Pricer(world.book)
            baskets = [strip_basket(pricer, case.basket) for case in world.cases(CASES_N)]
            at_ms = MOMENTS[seed % len(MOMENTS)]

            result = pricer.price_many(pack_baskets(pricer, baskets, at_ms))

            alone = [pricer.price(basket, at_ms) for basket in baskets]
            assert list(result.payable) == [one.payable_minor for one in alone], seed
            assert list(result.discount) == [one.discount_minor for one in alone], seed
            assert list(result.gap) == [one.gap_minor for one in alone], seed
            baskets_n += len(baskets)
            plain_n += result.plain_n
    assert 0.1 * baskets_n < plain_n < 0.9 * baskets_n


TEA = Item(item="tea", name="Tea", price_minor=1000)
JAM = Item(item="jam", name="Jam", price_minor=700)
BAG = Item(item="bag", name="Bag", price_minor=50, role="delivery")
BOTH = {"any_of": [{"item": "tea"}, {"item": "jam"}]}
ONLY_JAM = {"any_of": [{"item": "jam"}]}
THREE = make_offer("three", "any_n", {"target": BOTH, "any_n": 3, "price_minor": 1900})
TWO = make_offer("two", "any_n", {"target": BOTH, "any_n": 2, "price_minor": 1300})
TWO_JAM = make_offer("two-jam", "any_n", {"target": ONLY_JAM, "any_n": 2, "price_minor": 1100})
FIVE_JAM = make_offer("five-jam", "any_n", {"target": ONLY_JAM, "any_n": 5, "price_minor": 2400})
FROM_TWO = make_offer(
    "from-two",
    "tier",
    {"target": ONLY_JAM, "steps": [{"from_quantity": 2000, "rate_ppm": 100_000}]},
)
LESS = make_offer("less", "percent", {"target": ONLY_JAM, "rate_ppm": 100_000})
OVER = make_offer("over", "threshold", {"steps": [{"min_minor": 2000, "amount_minor": 150}]})
OVER_TEA = make_offer(
    "over-tea",
    "threshold",
    {"target": {"any_of": [{"item": "tea"}]}, "steps": [{"min_minor": 1, "amount_minor": 5}]},
)
TWO_RATES = {"none": Tax(rate_ppm=0), "high": Tax(rate_ppm=130_000)}


@pytest.mark.parametrize(
    ("name", "book", "plain_n"),
    [
        ("nothing on offer", make_book(TEA, JAM), 3),
        ("a sum to reach", make_book(TEA, JAM, offers=(OVER,)), 3),
        ("a set of several prices", make_book(TEA, JAM, offers=(THREE,)), 3),
        # Without the set the sum reaches its step: only a search can tell which is worth more.
        ("a set that keeps a sum from its step", make_book(TEA, JAM, offers=(THREE, OVER)), 2),
        ("two sets of one thing", make_book(TEA, JAM, offers=(TWO_JAM, FIVE_JAM)), 3),
        ("two sets of things of several prices", make_book(TEA, JAM, offers=(THREE, TWO)), 2),
        ("two sets with one thing in common", make_book(TEA, JAM, offers=(THREE, TWO_JAM)), 2),
        ("a tier of one step", make_book(TEA, JAM, offers=(FROM_TWO,)), 3),
        ("a tier and a set on one line", make_book(TEA, JAM, offers=(FROM_TWO, TWO_JAM)), 1),
        ("an item price on a line of a set", make_book(TEA, JAM, offers=(THREE, LESS)), 1),
        ("a sum of some goods", make_book(TEA, JAM, offers=(OVER_TEA,)), 0),
        ("tax on top", make_book(TEA, JAM, taxes=TWO_RATES, tax_included=False), 0),
    ],
)
def test_what_is_plain(name: str, book: PriceBook, plain_n: int) -> None:
    pricer = Pricer(book)
    baskets = [
        make_basket(make_line(1, "tea", 1000)),
        make_basket(make_line(1, "tea", 1000), make_line(2, "jam", 2000)),
        make_basket(make_line(1, "jam", 2000)),
    ]

    result = pricer.price_many(pack_baskets(pricer, baskets, NOW_MS))

    alone = [pricer.price(basket, NOW_MS).payable_minor for basket in baskets]
    assert (result.plain_n, list(result.payable)) == (plain_n, alone), name


def test_a_hundred_priorities_are_a_hundred_passes() -> None:
    items = tuple(Item(item=f"i{n}", name=f"I {n}", price_minor=100 + n) for n in range(100))
    offers = tuple(
        replace(
            make_offer(
                f"o{n}",
                "percent",
                {"target": {"any_of": [{"item": f"i{n}"}]}, "rate_ppm": 100_000},
            ),
            priority=n,
        )
        for n in range(100)
    )
    pricer = Pricer(replace(make_book(*items, offers=offers), zones="apart"))
    baskets = [
        make_basket(*(make_line(1 + n, f"i{n}", 1000) for n in range(some))) for some in (1, 2, 100)
    ]

    result = pricer.price_many(pack_baskets(pricer, baskets, NOW_MS))

    assert list(result.payable) == [pricer.price(one, NOW_MS).payable_minor for one in baskets]
    assert result.plain_n == 1


def test_members_and_coupons_have_a_tail_of_their_own() -> None:
    """One basket's tail is prepared once for many; none of them may see another's."""
    card = make_offer("card", "threshold", {"steps": [{"min_minor": 1, "amount_minor": 70}]})
    card = replace(card, when=replace(card.when, member=True))
    coupon = make_offer("co", "coupon_amount", {"code": "990001", "amount_minor": 30})
    other = make_offer("other", "coupon_amount", {"code": "990002", "amount_minor": 9})
    pricer = Pricer(make_book(TEA, JAM, offers=(card, coupon, other)))
    random = Random(7)
    baskets = [
        make_basket(
            make_line(1, random.choice(("tea", "jam")), 1000 * random.randint(1, 3)),
            member=random.choice((None, "7")),
            coupons=random.choice(((), (), ("990001",), ("990002",), ("990001", "990001"))),
        )
        for _ in range(300)
    ]

    result = pricer.price_many(pack_baskets(pricer, baskets, NOW_MS))

    assert list(result.payable) == [pricer.price(one, NOW_MS).payable_minor for one in baskets]
    assert result.plain_n == len(baskets)


def test_what_is_not_goods_counts_towards_no_sum() -> None:
    pricer = Pricer(make_book(TEA, BAG, offers=(OVER,)))
    baskets = [
        make_basket(make_line(1, "bag", 50_000)),
        make_basket(make_line(1, "bag", 50_000), make_line(2, "tea", 1000)),
        make_basket(make_line(1, "bag", 1000), make_line(2, "tea", 2000)),
    ]

    result = pricer.price_many(pack_baskets(pricer, baskets, NOW_MS))

    assert list(result.payable) == [2500, 3500, 1900]
    assert result.plain_n == 2  # with nothing but a bag the whole way is taken
