"""Refunds in parts: every series of returns ends at exactly what was paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from cext.engine.refunds import Back, Refunds, Sold
from cext.errors import Broken, Refused
from cext.lang.basket import Basket, Override, Tender
from cext.lang.quote import Quote
from cext.lang.rights import NO_RIGHTS, Rights
from tests.engine.books import make_basket, make_line
from tests.engine.returns import TailShop, draw_series, draw_tenders, make_sold
from tests.engine.tails import draw_rows, make_row, make_rows
from tests.oracle.refunds import Books
from tests.oracle.sale import Row

SALES_N = 500


def follow(refunds: Refunds, series: Sequence[Mapping[int, int]]) -> list[Back]:
    """Each return of a series."""
    backs: list[Back] = []
    for returned in series:
        backs.append(refunds.pay_back(returned, backs))
    return backs


def paid(back: Back) -> int:
    return back.payable_minor + back.rounding_minor


def shop_of(*rows: Row, prices: dict[str, int], **more: Any) -> TailShop:
    return TailShop(list(rows), prices, **more)


def two_lines(quantity: int = 1000) -> Basket:
    return make_basket(make_line(1, "a", quantity), make_line(2, "b"))


# --- by hand


def test_of_100_and_200_with_50_off_the_first_pays_back_83_33() -> None:
    rows = make_rows((make_row("threshold", (30000, 5000)), {}))
    refunds = Refunds(
        sold := make_sold(shop_of(*rows, prices={"a": 10000, "b": 20000}), two_lines()),
        shop_of(*rows, prices={}),
    )

    backs = follow(refunds, [{1: 1000}, {2: 1000}])

    assert refunds.scheme == "pro_rata"
    assert [paid(back) for back in backs] == [8333, 16667]
    assert sold.quote.payable_minor == 25000


def test_a_refund_of_one_item_bears_its_share_of_a_whole_order_discount() -> None:
    """solidusio/solidus#512: 6 and 4 with 10 % off; the 4 was paid back for the 6 or in full."""
    rows = make_rows((make_row("threshold", (0, 100_000), benefit="rate"), {}))
    shop = shop_of(*rows, prices={"a": 600, "b": 400})
    refunds = Refunds(make_sold(shop, two_lines()), shop)

    assert [paid(back) for back in follow(refunds, [{1: 1000}, {2: 1000}])] == [540, 360]


def test_a_part_return_does_not_hand_back_the_whole_discount() -> None:
    """odoo/odoo#286433: one of three pieces came back with the discount of all three."""
    rows = make_rows((make_row("coupon", (0, 300), fair=True), {"coupon": "c"}))
    shop = shop_of(*rows, prices={"a": 1000, "b": 0})
    basket = replace(two_lines(3000), coupons=("c",))
    refunds = Refunds(make_sold(shop, basket), shop)

    backs = follow(refunds, [{1: 1000}, {1: 1000}, {1: 1000}])

    assert [paid(back) for back in backs] == [900, 900, 900]
    assert [back.uses for back in backs] == [(), (), (("o0", 1),)]


def gift_shop() -> TailShop:
    row = make_row(
        "reward", (10000, 0), benefit="unit_price", pieces_n=1, gift=True, bears=("b",), seen=("a",)
    )
    return shop_of(*make_rows((row, {"refund": "reprice"})), prices={"a": 10000, "b": 3000})


def test_who_returns_the_goods_and_keeps_the_gift_pays_for_the_gift() -> None:
    refunds = Refunds(make_sold(gift_shop(), two_lines()), gift_shop())

    goods_first = follow(refunds, [{1: 1000}, {2: 1000}])
    gift_first = follow(refunds, [{2: 1000}, {1: 1000}])

    assert refunds.scheme == "reprice"
    assert [paid(back) for back in goods_first] == [7000, 3000]
    assert [paid(back) for back in gift_first] == [0, 10000]
    kept = goods_first[0].lines[1]
    assert (kept.line, kept.quantity, kept.net_minor) == (2, 0, -3000)


def test_what_is_kept_may_cost_more_than_was_paid_and_then_nothing_is_paid_back_yet() -> None:
    """Two reached half the price; one alone costs as much as both did."""
    row = make_row("threshold", (20000, 600_000), benefit="rate")
    shop = shop_of(*make_rows((row, {"refund": "reprice"})), prices={"a": 10000, "b": 10000})
    refunds = Refunds(make_sold(shop, two_lines()), shop)

    assert [paid(back) for back in follow(refunds, [{1: 1000}, {2: 1000}])] == [0, 8000]


def test_a_sale_rounded_from_7_50_to_7_00_pays_back_7_00() -> None:
    """odoo/odoo#96721: it paid back 8.00."""
    shop = shop_of(prices={"a": 250, "b": 0})
    refunds = Refunds(
        make_sold(shop, make_basket(make_line(1, "a", 3000)), rounding_minor=-50), shop
    )

    whole = refunds.pay_back({1: 3000})
    parts = follow(refunds, [{1: 1000}, {1: 1000}, {1: 1000}])

    assert (whole.payable_minor, whole.rounding_minor, whole.tenders_minor) == (750, -50, (700,))
    assert [(back.payable_minor, back.rounding_minor) for back in parts] == [
        (250, -17),
        (250, -16),
        (250, -17),
    ]


def test_what_is_not_cash_is_paid_back_first_in_its_order_and_cash_last() -> None:
    shop = shop_of(prices={"a": 1000, "b": 0})
    tenders = (
        Tender(kind="cash", amount_minor=2000, change_minor=500),
        Tender(kind="card", amount_minor=900),
        Tender(kind="voucher", amount_minor=600),
    )
    refunds = Refunds(make_sold(shop, make_basket(make_line(1, "a", 3000)), *tenders), shop)

    backs = follow(refunds, [{1: 1000}, {1: 1000}, {1: 1000}])

    assert [back.tenders_minor for back in backs] == [(0, 900, 100), (500, 0, 500), (1000, 0, 0)]


def test_change_beyond_the_last_cash_comes_out_of_the_cash_before_it() -> None:
    shop = shop_of(prices={"a": 1000, "b": 0})
    tenders = (
        Tender(kind="cash", amount_minor=1100),
        Tender(kind="card", amount_minor=500),
        Tender(kind="cash", amount_minor=10, change_minor=610),
    )
    refunds = Refunds(make_sold(shop, make_basket(make_line(1, "a")), *tenders), shop)

    assert refunds.pay_back({1: 1000}).tenders_minor == (500, 500, 0)


def test_points_come_back_with_the_lines_they_paid() -> None:
    row = replace(make_row("points", (0, 1), benefit="points", points_n=1), kind="points")
    shop = shop_of(*make_rows((row, {})), prices={"a": 100, "b": 200})
    sold = make_sold(shop, two_lines(), rights=Rights(points_n=100))
    refunds = Refunds(sold, shop)

    backs = follow(refunds, [{1: 500}, {1: 500}, {2: 1000}])

    assert [back.points_n for back in backs] == [17, 16, 67]


def test_a_label_and_a_price_by_hand_are_cut_with_their_line() -> None:
    row = make_row("threshold", (1, 1))
    shop = shop_of(*make_rows((row, {"refund": "reprice"})), prices={"a": 100, "b": 1})
    by_hand = Override(amount_minor=301, discount_minor=3, reason="dented", approved_by="ann")
    seen: list[Basket] = []

    class Watched(TailShop):
        def quote(self, basket: Basket, at_ms: int, rights: Rights = NO_RIGHTS) -> Quote:
            seen.append(basket)
            return super().quote(basket, at_ms, rights)

    lines = (make_line(1, "a", 3000, label_minor=200), make_line(2, "b", 2000, override=by_hand))
    sold = make_sold(shop, make_basket(*lines))
    Refunds(sold, Watched(shop.rows, {"a": 100})).pay_back({1: 1000, 2: 1000})

    kept = seen[0].lines
    assert (kept[0].quantity, kept[0].label_minor) == (2000, 133)
    assert kept[1].override is not None
    assert (kept[1].override.amount_minor, kept[1].override.discount_minor) == (150, 1)


# --- the laws


def draw_sold(random: Random, scheme: str) -> tuple[Sold, TailShop]:
    rows = [
        row._replace(
            row=replace(row.row, kind=row.row.benefit),
            offer=replace(row.offer, refund=random.choice((scheme, "pro_rata"))),
        )
        for row in draw_rows(random)
    ]
    prices = {name: random.choice((0, 1, 99, 333, 1000)) for name in "abcdez"}
    shop = TailShop(rows, prices, tax_included=random.random() < 0.5)
    lines = [
        make_line(n, item, random.choice((1000, 2000, 3000, 7000, random.randrange(1, 5000))))
        for n, item in enumerate(sorted(random.choices("abcdez", k=random.randrange(1, 5))), 1)
    ]
    coupons = tuple(
        sorted({row.offer.when.coupon for row in rows if row.offer.when.coupon})
        * random.choice((0, 1, 2))
    )
    basket = make_basket(*lines, coupons=coupons)
    rights = Rights(points_n=random.choice((0, 7, 1000)))
    payable = shop.quote(basket, 0, rights).payable_minor
    rounding = -(payable % random.choice((1, 10, 50)))
    tenders = draw_tenders(random, payable + rounding)
    return make_sold(shop, basket, *tenders, rounding_minor=rounding, rights=rights), shop


def check_sums(sold: Sold, backs: list[Back], *, pro_rata: bool) -> None:
    quote = sold.quote
    assert sum(back.payable_minor for back in backs) == quote.payable_minor
    assert sum(back.rounding_minor for back in backs) == sold.rounding_minor
    kept = [tender.amount_minor - tender.change_minor for tender in sold.tenders]
    assert [sum(parts) for parts in zip(*(b.tenders_minor for b in backs), strict=True)] == kept
    assert sum(back.points_n for back in backs) == quote.points_n
    for use in quote.uses:
        back_n = sum(times for back in backs for rule, times in back.uses if rule == use.rule)
        assert back_n == use.times
    for line in quote.lines:
        mine = [one for back in backs for one in back.lines if one.line == line.line]
        assert sum(one.net_minor for one in mine) == line.net_minor
        assert sum(one.tax_minor for one in mine) == line.tax_minor
        assert not pro_rata or all(one.net_minor >= 0 <= one.tax_minor for one in mine)
    for back in backs:
        assert min(paid(back), back.payable_minor, back.points_n, *back.tenders_minor) >= 0
        assert sum(back.tenders_minor) == paid(back)
        assert all(times > 0 for _, times in back.uses)
        assert sum(back.taxes_minor.values()) == sum(line.tax_minor for line in back.lines)


@pytest.mark.parametrize("scheme", ["pro_rata", "reprice"])
def test_any_series_sums_to_what_was_paid_and_equals_the_slow_books(scheme: str) -> None:
    for seed in range(SALES_N):
        random = Random(seed)
        sold, shop = draw_sold(random, scheme)
        refunds = Refunds(sold, shop)
        for _ in range(3):
            series = draw_series(random, sold.basket)
            backs = follow(refunds, series)
            check_sums(sold, backs, pro_rata=refunds.scheme == "pro_rata")
            books = open_books(sold, shop, refunds.scheme)
            for returned, back in zip(series, backs, strict=True):
                compare(back, books.take_back(returned))


def open_books(sold: Sold, shop: TailShop, scheme: str) -> Books:
    def price_rest(kept: Mapping[int, int]) -> Quote | None:
        lines = tuple(
            replace(line, quantity=kept[line.line])
            for line in sold.basket.lines
            if line.line in kept
        )
        basket = replace(sold.basket, lines=lines)
        return shop.quote(basket, sold.at_ms, sold.rights) if lines else None

    rest = price_rest if scheme == "reprice" else None
    return Books(sold.quote, sold.tenders, sold.rounding_minor, rest)


def compare(back: Back, slow: Any) -> None:
    lines = {one.line: (one.net_minor, one.tax_minor) for one in back.lines}
    assert {line: sums for line, sums in lines.items() if any(sums)} == slow.lines
    assert (back.payable_minor, back.rounding_minor) == (slow.payable, slow.rounding)
    assert (list(back.tenders_minor), back.points_n) == (slow.tenders, slow.points_n)
    assert dict(back.uses) == slow.uses


def test_the_order_of_returns_decides_nothing_pro_rata() -> None:
    shop = shop_of(*make_rows((make_row("threshold", (1, 100)), {})), prices={"a": 333, "b": 7})
    sold = make_sold(shop, two_lines(3000))
    refunds = Refunds(sold, shop)

    for series in permutations([{1: 1000}, {1: 2000}, {2: 1000}]):
        check_sums(sold, follow(refunds, series), pro_rata=True)


# --- refusals


def test_what_was_not_sold_or_came_back_before_is_refused() -> None:
    shop = shop_of(prices={"a": 100, "b": 1})
    refunds = Refunds(make_sold(shop, two_lines(3000)), shop)
    first = refunds.pay_back({1: 2000})

    for returned, code in (
        ({1: 1001}, "return_too_large"),
        ({3: 1}, "line_unknown"),
        ({1: 0}, "quantity_invalid"),
        ({1: -1}, "quantity_invalid"),
        ({}, "quantity_invalid"),
    ):
        with pytest.raises(Refused) as caught:
            refunds.pay_back(returned, [first])
        assert caught.value.code == code
    with pytest.raises(Broken, match="exact_int"):
        refunds.pay_back({1: 1.5})  # type: ignore[dict-item]
    with pytest.raises(Broken, match="exact_int"):
        refunds.pay_back({1: True})


def test_tenders_that_do_not_pay_the_sale_are_a_fault_of_the_caller() -> None:
    shop = shop_of(prices={"a": 100, "b": 1})
    sold = make_sold(shop, two_lines(), Tender(kind="card", amount_minor=1))

    with pytest.raises(Broken, match="tenders_pay_the_sale"):
        Refunds(sold, shop)
