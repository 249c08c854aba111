"""Refunds of sales that the compiled engine priced, with every kind of offer a shop writes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from random import Random
from typing import Any, Literal

import msgspec
import pytest
from msgspec import Raw
from msgspec.structs import replace

from cext.engine import Pricer, Refunds, Sold
from cext.lang.basket import Basket, BasketLine, Tender
from cext.lang.item import Item, Offer
from cext.lang.quote import Quote
from cext.lang.rights import NO_RIGHTS, Rights
from tests.engine.books import make_basket, make_book, make_line
from tests.engine.kind_worlds import KindWorld
from tests.engine.returns import draw_series, draw_tenders
from tests.engine.test_refunds import check_sums, compare, follow, paid
from tests.oracle.money import nearest
from tests.oracle.refunds import Books

WORLDS_N = 60
SALES_N = 12
Scheme = Literal["pro_rata", "reprice"]

CUP = Item(item="cup", name="Cup", price_minor=5000)
TEA = Item(item="tea", name="Tea", price_minor=3000)
BAG = Item(item="bag", name="Bag", price_minor=800)


def offer(name: str, kind: str, refund: Scheme = "pro_rata", **terms: Any) -> Offer:
    raw = Raw(msgspec.json.encode(terms))
    return Offer(offer=name, kind=kind, title=name, terms=raw, refund=refund)


def sell(basket: Basket, *offers: Offer, rights: Rights = NO_RIGHTS) -> Refunds:
    """The refunds of a basket that was paid in cash."""
    pricer = Pricer(make_book(CUP, TEA, BAG, offers=offers))
    quote = pricer.quote(basket, 0, rights)
    cash = Tender(kind="cash", amount_minor=quote.payable_minor)
    return Refunds(Sold(basket=basket, quote=quote, tenders=(cash,), rights=rights), pricer)


def two_cups_and_a_bag() -> Basket:
    return make_basket(make_line(1, "cup", 2000), make_line(2, "bag"))


# --- by hand


def test_a_gift_that_is_kept_is_paid_for_when_its_goods_fall_below_the_sum() -> None:
    gift = offer("gift", "gift", "reprice", gifts=["bag"], min_minor=10000)

    refunds = sell(two_cups_and_a_bag(), gift)

    assert [paid(back) for back in follow(refunds, [{1: 1000}, {1: 1000}, {2: 1000}])] == [
        4200,  # a cup, less the bag that is no gift any more
        5000,
        800,
    ]
    assert [paid(back) for back in follow(refunds, [{1: 1000, 2: 1000}, {1: 1000}])] == [5000, 5000]
    assert follow(refunds, [{1: 1000}])[0].uses == (("gift", 1),)


def test_what_was_taken_off_for_a_gift_out_of_stock_goes_with_the_goods_it_was_for() -> None:
    gift = offer("gift", "gift", "reprice", gifts=["bag"], min_minor=10000, instead_minor=300)
    cups = make_basket(make_line(1, "cup", 2000))

    refunds = sell(cups, gift, rights=Rights(gifts={"bag": 0}))

    assert [paid(back) for back in follow(refunds, [{1: 1000}, {1: 1000}])] == [4700, 5000]


def test_points_coupon_and_threshold_come_back_as_the_rest_needs_them() -> None:
    """130.00 less 10.00 at 100.00, a coupon of 5.00 and 57.50 in points, half of what was left."""
    offers = (
        offer("sum", "threshold", "reprice", steps=[{"min_minor": 10000, "amount_minor": 1000}]),
        offer("coupon", "coupon_amount", code="C", amount_minor=500, min_minor=5000),
        offer("points", "points", points_n=1, value_minor=1, cap_ppm=500_000),
    )
    lines = (make_line(1, "cup", 2000), make_line(2, "tea"))
    basket = replace(make_basket(*lines, coupons=("C",)), member="m")

    refunds = sell(basket, *offers, rights=Rights(points_n=100_000))
    backs = follow(refunds, [{2: 1000}, {1: 1000}, {1: 1000}])

    # 100.00 - 10.00 - 5.00, half of it in points; then 50.00 - 5.00; then nothing is kept.
    assert [(paid(back), back.points_n) for back in backs] == [
        (5750 - 4250, 5750 - 4250),
        (4250 - 2250, 4250 - 2250),
        (2250, 2250),
    ]
    assert [dict(back.uses) for back in backs] == [{}, {"sum": 1}, {"coupon": 1, "points": 1}]


def test_a_deal_that_is_broken_is_priced_again_or_shared_as_its_offer_says() -> None:
    def half(refund: Scheme) -> Refunds:
        deal = offer(
            "half", "nth_unit", refund, target={"any_of": [{"item": "tea"}]}, rate_ppm=500_000
        )
        return sell(make_basket(make_line(1, "tea", 3000)), deal)

    three = [{1: 1000}] * 3

    assert [paid(back) for back in follow(half("pro_rata"), three)] == [2500, 2500, 2500]
    assert [paid(back) for back in follow(half("reprice"), three)] == [3000, 1500, 3000]


# --- the laws


def draw_sold(random: Random, world: KindWorld, pricer: Pricer) -> Sold:
    (case,) = world.cases(1)
    quote = pricer.quote(case.basket, case.at_ms, case.rights)
    rounding = -(quote.payable_minor % random.choice((1, 10, 50)))
    return Sold(
        basket=case.basket,
        quote=quote,
        tenders=draw_tenders(random, quote.payable_minor + rounding),
        rounding_minor=rounding,
        at_ms=case.at_ms,
        rights=case.rights,
    )


def share(amount: int | None, kept: int, line: BasketLine) -> Any:
    back = line.quantity - kept
    return amount if amount is None else amount - nearest(Fraction(amount * back, line.quantity))


def keep_part(line: BasketLine, kept: int) -> BasketLine:
    override = line.override
    if override is not None:
        override = replace(
            override,
            amount_minor=share(override.amount_minor, kept, line),
            discount_minor=share(override.discount_minor, kept, line),
        )
    label = share(line.label_minor, kept, line)
    return replace(line, quantity=kept, label_minor=label, override=override)


def open_books(sold: Sold, pricer: Pricer, scheme: str) -> Books:
    def price_rest(kept: Mapping[int, int]) -> Quote | None:
        lines = tuple(
            keep_part(line, kept[line.line]) for line in sold.basket.lines if line.line in kept
        )
        basket = replace(sold.basket, lines=lines)
        return pricer.quote(basket, sold.at_ms, sold.rights) if lines else None

    rest = price_rest if scheme == "reprice" else None
    return Books(sold.quote, sold.tenders, sold.rounding_minor, rest)


@pytest.mark.parametrize("scheme", ["pro_rata", "reprice"])
def test_any_series_of_a_real_sale_sums_to_what_was_paid_and_equals_the_slow_books(
    scheme: Scheme,
) -> None:
    schemes = set()
    for seed in range(WORLDS_N):
        random, world = Random(seed), KindWorld(seed)
        offers = tuple(
            replace(one, refund=random.choice((scheme, "pro_rata"))) for one in world.book.offers
        )
        pricer = Pricer(replace(world.book, offers=offers))
        for _ in range(SALES_N):
            sold = draw_sold(random, world, pricer)
            refunds = Refunds(sold, pricer)
            schemes.add(refunds.scheme)
            series = draw_series(random, sold.basket)
            backs = follow(refunds, series)
            check_sums(sold, backs, pro_rata=refunds.scheme == "pro_rata")
            books = open_books(sold, pricer, refunds.scheme)
            for returned, back in zip(series, backs, strict=True):
                compare(back, books.take_back(returned))
    assert scheme in schemes
