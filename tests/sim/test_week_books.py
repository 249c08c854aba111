"""The week's derivation against an independent reading of the shipped files."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from cext.engine import Codes, Pricer, clashes, is_gtin
from cext.errors import ConfigError
from cext.lang.basket import Basket, BasketLine, Override
from cext.lang.code import CouponCode, ItemCode, MemberCard, PricedLabel
from edge.sim.data.cut import ITEMS_FILE, LINES_FILE
from edge.sim.week.book import Shelf, derive_shelf
from edge.sim.week.fit import Price, Seen, choose_weight, fit_pieces, weights_for
from edge.sim.week.measure import How
from edge.sim.week.plan import HISTORY_PRICE, PlannedBasket, Ring, WeekPlan, plan_weeks
from edge.sim.week.sums import BY_HAND, COUPON_ABOVE, Tally, sum_file, tally_rules
from edge.sim.week.trade import Trade, load_trade, parse_day, week_days, week_of
from edge.sim.week.view import say

WEEKS = [(store, week) for store, trade in load_trade().items() for week in trade.weeks()]


@pytest.fixture(scope="module")
def trades() -> dict[str, Trade]:
    return load_trade()


@pytest.fixture(scope="module")
def shelves(trades: dict[str, Trade]) -> dict[str, Shelf]:
    lines = [line for trade in trades.values() for line in trade.lines]
    return {store: derive_shelf(trade, measured_on=lines) for store, trade in trades.items()}


def plan_of(shelf: Shelf, trade: Trade, week: int) -> WeekPlan:
    (plan,) = plan_weeks(shelf, trade.baskets(*week_days(week)))
    return plan


def rows(store: str, week: int) -> list[dict[str, str]]:
    with gzip.open(LINES_FILE, "rt") as file:
        return [
            row
            for row in csv.DictReader(file)
            if row["store_id"] == store and row["week"] == str(week)
        ]


def test_every_week_of_the_cut_has_its_baskets_in_its_own_seven_days(
    trades: dict[str, Trade],
) -> None:
    for store, week in WEEKS:
        baskets = trades[store].baskets(*week_days(week))
        assert {basket.basket for basket in baskets} == {
            row["basket_id"] for row in rows(store, week)
        }
        assert all(week_of(week_days(week)[place]) == week for place in (0, 1))


@pytest.mark.parametrize(("store", "week"), WEEKS)
def test_the_file_column_and_the_set_asides_add_up_to_an_independent_sum_of_the_file(
    store: str, week: int, trades: dict[str, Trade], shelves: dict[str, Shelf]
) -> None:
    plan = plan_of(shelves[store], trades[store], week)
    raw = rows(store, week)

    column = sum_file(plan.baskets)
    rules = tally_rules(plan.baskets)

    def cents(*names: str) -> int:
        return int(sum(Decimal(row[name]) for row in raw for name in names) * 100)

    assert column.total.lines_n + rules[How.ASIDE].lines_n == len(raw)
    assert column.total.gross_minor == cents("sales_value", "retail_disc", "coupon_match_disc")
    assert column.reasons["member_price"] + column.reasons["manual"] == cents("retail_disc")
    assert column.reasons["match"] == cents("coupon_match_disc")
    coupons_minor = column.reasons["coupon"] + rules[COUPON_ABOVE].amount_minor
    assert coupons_minor == cents("coupon_disc")
    paid_minor = cents("sales_value") - cents("coupon_disc") + rules[COUPON_ABOVE].amount_minor
    assert column.total.net_minor == sum(column.tenders.values()) == paid_minor
    assert column.total.gross_minor - column.total.discount_minor == column.total.net_minor


@pytest.mark.parametrize(("store", "week"), WEEKS)
def test_departments_of_the_file_column_equal_an_independent_sum(
    store: str, week: int, trades: dict[str, Trade], shelves: dict[str, Shelf]
) -> None:
    with gzip.open(ITEMS_FILE, "rt") as file:
        department = {row["product_id"]: row["department"] for row in csv.DictReader(file)}
    expected: Counter[str] = Counter()
    for row in rows(store, week):
        paid = Decimal(row["sales_value"]) - min(
            Decimal(row["sales_value"]), Decimal(row["coupon_disc"])
        )
        expected[department.get(row["product_id"], "UNKNOWN") or "UNKNOWN"] += int(paid * 100)

    column = sum_file(plan_of(shelves[store], trades[store], week).baskets)

    found = Counter({name: sums.net_minor for name, sums in column.departments.items()})
    assert +found == +expected


@pytest.mark.parametrize(("store", "week"), WEEKS)
def test_the_engine_prices_every_basket_of_the_cut_to_the_historic_cent(
    store: str, week: int, trades: dict[str, Trade], shelves: dict[str, Shelf]
) -> None:
    plan = plan_of(shelves[store], trades[store], week)
    pricer, codes = Pricer(plan.book), Codes(plan.book)
    assert clashes(plan.book) == ()

    differing = []
    for planned in plan.baskets:
        quote = pricer.quote(_basket(planned, codes), planned.past.at_ms)
        if quote.payable_minor != planned.expected_minor:
            differing.append((planned.past.basket, quote.payable_minor, planned.expected_minor))

    assert differing == []


def _basket(planned: PlannedBasket, codes: Codes) -> Basket:
    card = codes.decode(planned.card)
    assert isinstance(card, MemberCard)
    return Basket(
        lines=tuple(_line(place, ring, codes) for place, ring in enumerate(planned.rings, 1)),
        member=card.member,
        coupons=tuple(ring.coupon for ring in planned.rings if ring.coupon),
    )


def _line(place: int, ring: Ring, codes: Codes) -> BasketLine:
    label_minor = None
    if ring.how.by_key:
        label_minor = ring.past.gross_minor
    else:
        decoded = codes.decode(ring.code)
        assert isinstance(decoded, ItemCode | PricedLabel)
        assert decoded.item == ring.item
        if isinstance(decoded, PricedLabel):
            label_minor = decoded.amount_minor
    hand = ring.hand and Override(
        amount_minor=ring.hand.amount_minor,
        discount_minor=ring.hand.discount_minor,
        reason=HISTORY_PRICE,
        approved_by="manager",
    )
    if ring.coupon:
        assert isinstance(codes.decode(ring.coupon), CouponCode)
    return BasketLine(
        line=place,
        item=ring.item,
        quantity=ring.quantity,
        label_minor=label_minor,
        derived_quantity=ring.how is How.LABEL,
        override=hand or None,
    )


@pytest.mark.parametrize(("store", "week"), WEEKS)
def test_nine_lines_in_ten_need_no_price_by_hand(
    store: str, week: int, trades: dict[str, Trade], shelves: dict[str, Shelf]
) -> None:
    rules = tally_rules(plan_of(shelves[store], trades[store], week).baskets)

    by_hand_n = rules[BY_HAND].lines_n
    lines_n = sum(rules[how].lines_n for how in How)

    assert by_hand_n * 10 < lines_n
    assert rules[How.WEIGHED].lines_n > 0
    assert rules[How.LABEL].lines_n > 0


def test_given_an_item_when_its_code_is_made_then_it_is_a_valid_in_store_number(
    shelves: dict[str, Shelf],
) -> None:
    book = shelves["367"].book(4)

    for item in book.items:
        assert all(is_gtin(code) and code.startswith("20") for code in item.codes)
        assert item.codes or item.open_price


def test_given_three_for_two_when_fitted_then_the_price_is_for_three() -> None:
    assert fit_pieces([Seen(200, 0, 3), Seen(200, 0, 3), Seen(67, 0, 1)]) == Price(200, None, 3000)


def test_given_a_discount_on_most_lines_when_fitted_then_it_is_a_member_price() -> None:
    lines = [Seen(150, 30, 1), Seen(300, 60, 2), Seen(150, 0, 1)]

    assert fit_pieces(lines) == Price(150, 120, 1000)


@pytest.mark.parametrize("price_minor", [100, 333, 999, 1000])
def test_every_amount_is_reached_by_a_weight_in_whole_grams(price_minor: int) -> None:
    for gross_minor in range(1, 3000):
        weights = weights_for(gross_minor, price_minor)
        assert weights
        for weight_g in (weights[0], weights[-1]):
            assert (2 * price_minor * weight_g + 1000) // 2000 == gross_minor


def test_given_a_member_price_by_weight_when_a_weight_fits_both_then_it_is_chosen() -> None:
    weight_g, fits = choose_weight(Price(271, 180, 1000), Seen(192, 64, 1))

    assert fits
    assert (271 * weight_g + 500) // 1000 == 192
    assert (180 * weight_g + 500) // 1000 == 128


def test_given_a_week_number_or_a_day_then_both_are_read_and_anything_else_is_refused() -> None:
    assert parse_day("4").isoformat() == "2017-01-16"
    assert parse_day("4", end=True).isoformat() == "2017-01-22"
    assert parse_day("2017-01-18").isoformat() == "2017-01-18"
    with pytest.raises(ConfigError, match="neither a day"):
        parse_day("week four")


def test_the_table_of_rules_in_the_readme_holds_for_the_whole_cut(
    trades: dict[str, Trade], shelves: dict[str, Shelf]
) -> None:
    sums: dict[str, Tally] = {}
    for store, week in WEEKS:
        for name, tally in tally_rules(
            plan_of(shelves[store], trades[store], week).baskets
        ).items():
            whole = sums.setdefault(name, Tally())
            whole.lines_n += tally.lines_n
            whole.units_n += tally.units_n
            whole.amount_minor += tally.amount_minor
    readme = (Path(LINES_FILE).parents[1] / "README.md").read_text()

    for name, tally in sums.items():
        row = f"| {name} | {tally.lines_n} | {tally.units_n} | {say(tally.amount_minor)} |"
        assert row in readme


def test_the_scale_can_carry_every_derived_weight(
    trades: dict[str, Trade], shelves: dict[str, Shelf]
) -> None:
    for store, week in WEEKS:
        for basket in plan_of(shelves[store], trades[store], week).baskets:
            for ring in basket.rings:
                assert ring.how is not How.WEIGHED or 1 <= ring.quantity <= 15_000
