"""Pricing by example: what a person would check on paper, and everything that is refused."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from cext.engine import COUPONS_MAX_N, Pricer
from cext.errors import Broken, Refused
from cext.lang.basket import LINES_MAX_N, Override
from cext.lang.item import Item, LabelLayout, Offer, Tax
from cext.lang.quote import Adjustment, Loss, Quote, TaxSum
from cext.lang.rights import Rights
from tests.engine.books import NOW_MS, make_basket, make_book, make_line, make_offer

TEA = Item(item="tea", name="Tea", price_minor=1250, department="drinks", tax="vat")
PEAR = Item(item="pear", name="Pear", price_minor=798, unit="g", per=500, department="fruit")
DEPT = Item(item="dept", name="Sundries", price_minor=0, open_price=True, department="rest")
VAT = {"none": Tax(rate_ppm=0), "vat": Tax(rate_ppm=200_000)}
BY_HAND = Override(amount_minor=1100, discount_minor=100, reason="dented", approved_by="ann")

SPECIAL = make_offer("sp", "special_price", {"item": "tea", "price_minor": 1000}, title="Week 9")
MEMBER = make_offer("me", "member_price", {"item": "tea", "price_minor": 999})
TENTH = make_offer("pc", "percent", {"department": "drinks", "rate_ppm": 100_000})
SOAP = make_offer(
    "co", "coupon", {"code": "990001", "item": "tea", "amount_minor": 700, "match_minor": 200}
)

POINTS = make_offer("po", "points", {"points_n": 100, "value_minor": 100})
FREE = make_offer("fr", "threshold", {"steps": [{"min_minor": 1, "rate_ppm": 1_000_000}]})


def _quote(*lines: Any, offers: tuple[Offer, ...] = (), **more: Any) -> Quote:
    pricer = Pricer(make_book(TEA, PEAR, DEPT, offers=offers, taxes=VAT))
    return pricer.quote(make_basket(*lines, **more), NOW_MS)


def _losses(quote: Quote) -> set[tuple[int, str, str]]:
    return {(loss.line, loss.rule, loss.why) for loss in quote.losses}


def test_an_empty_basket_costs_nothing() -> None:
    quote = _quote()
    assert (quote.lines, quote.taxes, quote.payable_minor) == ((), (), 0)


def test_386_g_of_pears_cost_6_16() -> None:
    assert _quote(make_line(1, "pear", 386)).payable_minor == 616


def test_9_99_with_20_percent_inside_is_net_plus_tax_to_the_cent() -> None:
    quote = _quote(make_line(1, "tea", label_minor=999))

    assert quote.taxes == (TaxSum(tax="vat", rate_ppm=200_000, net_minor=833, tax_minor=166),)
    assert quote.payable_minor == 999


def test_tax_on_top_is_rounded_once_for_the_group() -> None:
    book = make_book(TEA, taxes={"vat": Tax(rate_ppm=88_750)}, tax_included=False)
    lines = [make_line(n, "tea", label_minor=5) for n in (1, 2, 3)]

    quote = Pricer(book).quote(make_basket(*lines), NOW_MS)

    # 15 at 8.875 % is 1.33; three times 5 at 8.875 % rounded apart would be 0.
    assert quote.taxes == (TaxSum(tax="vat", rate_ppm=88_750, net_minor=15, tax_minor=1),)
    assert [line.tax_minor for line in quote.lines] == [1, 0, 0]
    assert quote.payable_minor == 16


def test_the_better_of_special_and_member_price_wins_and_the_other_is_named() -> None:
    quote = _quote(make_line(1, "tea"), offers=(SPECIAL, MEMBER), member="7")

    assert quote.lines[0].adjustments == (
        Adjustment(line=1, rule="me", kind="member_price", reason="Member price", amount_minor=251),
    )
    assert quote.losses == (Loss(line=1, rule="sp", why="beaten"),)


def test_without_a_card_the_special_price_counts_under_its_own_title() -> None:
    quote = _quote(make_line(1, "tea"), offers=(SPECIAL, MEMBER))

    assert [one.reason for one in quote.lines[0].adjustments] == ["Week 9"]
    assert _losses(quote) == {(1, "me", "not_applicable")}


def test_an_exclusive_offer_shuts_out_a_better_one() -> None:
    alone = replace(TENTH, conflict="exclusive")
    quote = _quote(make_line(1, "tea"), offers=(SPECIAL, alone))

    assert quote.discount_minor == 125
    assert _losses(quote) == {(1, "sp", "beaten")}


def test_a_stacking_offer_takes_its_share_of_what_is_left() -> None:
    stacked = replace(TENTH, conflict="stack")
    quote = _quote(make_line(1, "tea"), offers=(stacked, SPECIAL))

    assert [one.amount_minor for one in quote.lines[0].adjustments] == [100, 250]
    assert quote.losses == ()


def test_an_offer_counts_from_its_first_to_before_its_last_millisecond() -> None:
    timed = replace(SPECIAL, from_ms=10, until_ms=20)
    pricer = Pricer(make_book(TEA, offers=(timed,), taxes=VAT))
    basket = make_basket(make_line(1, "tea"))

    found = [pricer.quote(basket, at_ms).discount_minor for at_ms in (9, 10, 19, 20)]

    assert found == [0, 250, 250, 0]


def test_a_price_by_hand_replaces_the_gross_and_silences_offers_but_not_coupons() -> None:
    line = make_line(1, "tea", override=BY_HAND)
    quote = _quote(line, offers=(SPECIAL, SOAP), coupons=("990001",))

    assert quote.gross_minor == 1100
    assert [
        (one.rule, one.kind, one.amount_minor, one.funded_by, one.reason)
        for one in quote.lines[0].adjustments
    ] == [
        ("manual", "manual", 100, "store", "dented"),
        ("co", "match", 200, "store", "Coupon"),
        ("co", "coupon", 700, "maker", "Coupon"),
    ]
    assert _losses(quote) == {(1, "sp", "overridden")}
    assert quote.payable_minor == 100


def test_a_discount_by_hand_stops_at_the_value_of_the_line() -> None:
    override = replace(BY_HAND, amount_minor=None, discount_minor=9999)
    assert _quote(make_line(1, "tea", override=override)).payable_minor == 0


def test_a_label_fixes_the_amount_and_a_member_price_lowers_it_in_proportion() -> None:
    line = make_line(1, "tea", 400, label_minor=500, derived_quantity=True)
    quote = _quote(line, offers=(MEMBER,), member="7")

    assert quote.gross_minor == 500
    assert quote.discount_minor == 100  # 500 * (1250 - 999) over 1250 = 100.4


def test_the_match_goes_first_and_the_maker_pays_only_what_is_left() -> None:
    line = make_line(1, "tea", label_minor=250)
    quote = _quote(line, offers=(SOAP,), coupons=("990001",))

    assert [one.amount_minor for one in quote.lines[0].adjustments] == [200, 50]


def test_a_coupon_without_its_item_and_an_unknown_coupon_are_named() -> None:
    quote = _quote(make_line(1, "pear"), offers=(SOAP,), coupons=("990001", "990009"))

    assert _losses(quote) == {(0, "co", "not_applicable"), (0, "990009", "unknown_coupon")}


@pytest.mark.parametrize(
    ("points_n", "offers", "why"),
    [
        (0, (POINTS,), "not_applicable"),
        (99, (POINTS,), "not_applicable"),
        (500, (POINTS, FREE), "used_up"),
    ],
    ids=["no points", "not a step of points", "nothing left to pay"],
)
def test_points_that_take_nothing_say_whether_it_is_the_points_or_the_sum(
    points_n: int, offers: tuple[Offer, ...], why: str
) -> None:
    pricer = Pricer(make_book(TEA, offers=offers, taxes=VAT))
    basket = make_basket(make_line(1, "tea"), member="7")

    quote = pricer.quote(basket, NOW_MS, Rights(points_n=points_n))

    assert _losses(quote) == {(0, "po", why)}


def test_points_that_another_offer_spent_are_used_up() -> None:
    other = make_offer("pp", "points", {"points_n": 100, "value_minor": 100})
    pricer = Pricer(make_book(TEA, offers=(POINTS, other), taxes=VAT))

    quote = pricer.quote(make_basket(make_line(1, "tea"), member="7"), NOW_MS, Rights(points_n=150))

    assert quote.discount_minor == 100
    assert _losses(quote) == {(0, "pp", "used_up")}


@pytest.mark.parametrize(
    ("line", "price_minor", "offers", "why"),
    [
        (make_line(1, "pear", 500), 200, (), "not_applicable"),
        (make_line(1, "tea", label_minor=900), 200, (), "not_applicable"),
        (make_line(1, "tea"), 2000, (), "not_applicable"),
        (make_line(1, "tea"), 200, (FREE,), "used_up"),
    ],
    ids=["another item", "no pieces", "cheaper as it is", "free already"],
)
def test_an_exchange_coupon_that_takes_nothing_says_whether_there_was_something_to_take(
    line: Any, price_minor: int, offers: tuple[Offer, ...], why: str
) -> None:
    terms = {"code": "990002", "target": {"any_of": [{"item": "tea"}]}, "price_minor": price_minor}
    exchange = make_offer("ex", "coupon_exchange", terms)

    quote = _quote(line, offers=(exchange, *offers), coupons=("990002",))

    assert _losses(quote) == {(0, "ex", why)}


def test_a_coupon_takes_from_the_first_line_that_still_has_value() -> None:
    empty = make_line(1, "tea", label_minor=0)
    quote = _quote(empty, make_line(2, "tea"), offers=(SOAP,), coupons=("990001",))

    assert [line.net_minor for line in quote.lines] == [0, 350]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (make_line(1, "nuts"), "item_unknown"),
        (make_line(1, "dept"), "amount_needed"),
        (make_line(1, "tea", 0), "quantity_invalid"),
        (make_line(1, "tea", 10**9 + 1), "quantity_invalid"),
        (make_line(1, "tea", 10**30), "quantity_invalid"),
        (make_line(1, "tea", label_minor=-1), "amount_invalid"),
        (make_line(1, "tea", override=replace(BY_HAND, discount_minor=-1)), "amount_invalid"),
    ],
)
def test_a_line_that_cannot_be_priced_is_refused(line: Any, code: str) -> None:
    with pytest.raises(Refused) as refused:
        _quote(line)
    assert refused.value.code == code


def test_a_line_without_an_item_or_a_price_says_what_to_do_about_it() -> None:
    with pytest.raises(Refused, match="'plum'; check line 3, or add it to the book"):
        _quote(make_line(3, "plum"))
    with pytest.raises(Refused, match="no price of its own; enter an amount for line 4"):
        _quote(make_line(4, "dept"))
    pricer = Pricer(make_book(TEA, taxes=VAT))
    for door in (pricer.get_item, pricer.index_of):
        with pytest.raises(Refused, match="'plum'; check the id, or add the item to the book"):
            door("plum")


def test_a_line_above_every_sensible_amount_is_refused() -> None:
    gold = Item(item="gold", name="Gold", price_minor=10**9, per=1)
    lines = [make_line(n, "gold", quantity) for n, quantity in ((1, 1), (2, 10**9), (3, 1))]
    with pytest.raises(Refused) as refused:
        Pricer(make_book(gold)).quote(make_basket(*lines), NOW_MS)
    assert refused.value.code == "amount_too_large"
    assert refused.value.detail == (
        "line 2 comes to more than 100,000,000,000 minor units; "
        "check the quantity of line 2, or split the sale"
    )
    assert refused.value.facts["line"] == 2


def test_more_pieces_than_deals_can_look_at_names_the_line_that_has_most() -> None:
    three = {"target": {"any_of": [{"item": "tea"}]}, "any_n": 3}
    two = {"target": {"any_of": [{"item": "tea"}]}, "any_n": 2}
    offers = (make_offer("a", "cheapest_free", three), make_offer("b", "cheapest_free", two))
    lines = (make_line(1, "tea", 500_000_000), make_line(2, "tea", 600_000_000))
    with pytest.raises(Refused) as refused:
        _quote(*lines, offers=offers)
    assert refused.value.code == "pieces_too_many"
    assert refused.value.detail == (
        "deals cover more than 1,000,000 pieces of this basket; "
        "check the quantity of line 2, or split the sale"
    )
    assert refused.value.facts["line"] == 2


def test_a_basket_holds_500_lines_and_not_one_more() -> None:
    lines = [make_line(n, "tea") for n in range(1, LINES_MAX_N + 2)]
    assert _quote(*lines[:LINES_MAX_N]).gross_minor == 1250 * LINES_MAX_N
    for full in ({"coupons": ("990001",) * (COUPONS_MAX_N + 1)}, {}):
        with pytest.raises(Refused) as refused:
            _quote(*(lines if not full else ()), **full)
        assert refused.value.code == "basket_full"
        assert refused.value.detail == "at most 500 lines and 100 coupons; split the sale"


@pytest.mark.parametrize("wrong", [1.0, True, "1"])
def test_a_quantity_that_is_not_exactly_an_int_breaks(wrong: Any) -> None:
    with pytest.raises(Broken, match="exact_int"):
        _quote(make_line(1, "tea", wrong))


def test_line_numbers_must_rise() -> None:
    with pytest.raises(Broken, match="basket_lines_rise"):
        _quote(make_line(2, "tea"), make_line(2, "tea"))


def test_every_fault_of_a_book_is_listed_at_once() -> None:
    wrong = make_book(
        replace(TEA, codes=("111",), plu="5"),
        replace(PEAR, codes=("111",), plu="005", tax="gone"),
        replace(DEPT, item="tea"),
        layouts=(LabelLayout(pattern="22 I{5} A{5} C"), LabelLayout(pattern="2 M{11} C")),
        taxes=VAT,
        offers=(SPECIAL, SPECIAL),
    )

    with pytest.raises(Refused) as refused:
        Pricer(wrong)

    assert refused.value.code == "price_book_invalid"
    assert refused.value.facts["problems"] == (
        "item 'tea' is there twice",
        "offer 'sp' is there twice",
        "item 'pear': there is no tax 'gone'",
        "layouts '22 I{5} A{5} C' and '2 M{11} C' match one code",
        "PLU '5' belongs to 'tea' and 'pear'",
        "code '111' belongs to 'tea' and 'pear'",
    )


@pytest.mark.parametrize(
    ("offer", "problem"),
    [
        (make_offer("x", "special_prize", {}), "did you mean 'special_price'?"),
        (make_offer("x", "special_price", {"item": "nuts", "price_minor": 1}), "item 'nuts'"),
        (make_offer("x", "special_price", {"item": "tea", "price_minor": 1.5}), "int"),
        (make_offer("x", "percent", {"department": "toys", "rate_ppm": 1}), "department 'toys'"),
        (make_offer("x", "percent", {"rate_ppm": 1}), "name its items in exactly one way"),
        (replace(SPECIAL, conflict="maybe"), "conflict 'maybe'"),
        (replace(SPECIAL, from_ms=5, until_ms=5), "ends before it begins"),
    ],
)
def test_an_offer_that_cannot_be_lowered_makes_the_book_unusable(
    offer: Offer, problem: str
) -> None:
    with pytest.raises(Refused, match="offer") as refused:
        Pricer(make_book(TEA, taxes=VAT, offers=(offer,)))
    assert refused.value.code == "price_book_invalid"
    assert problem in refused.value.detail


def test_numbers_out_of_bounds_in_a_book_are_named() -> None:
    wrong = make_book(
        replace(TEA, price_minor=-1),
        replace(PEAR, per=0),
        taxes={"none": Tax(rate_ppm=0), "vat": Tax(rate_ppm=-1)},
    )
    with pytest.raises(Refused, match="tax 'vat'") as refused:
        Pricer(wrong)
    assert "item 'tea': price -1" in refused.value.detail
    assert "item 'pear': per 0" in refused.value.detail


def test_the_pricer_knows_its_book_and_its_items() -> None:
    book = make_book(TEA, taxes=VAT)
    pricer = Pricer(book)
    assert pricer.book is book
    assert pricer.get_item("tea") is TEA
    with pytest.raises(Refused, match="nuts"):
        pricer.get_item("nuts")


def test_of_equal_savings_the_higher_priority_then_the_first_id_wins_in_any_book_order() -> None:
    same = make_offer("aa", "special_price", {"item": "tea", "price_minor": 1000})
    first = replace(same, offer="zz", priority=1)

    for offers in ((SPECIAL, same), (same, SPECIAL)):
        assert _quote(make_line(1, "tea"), offers=offers).lines[0].adjustments[0].rule == "aa"
    quote = _quote(make_line(1, "tea"), offers=(SPECIAL, same, first))
    assert quote.lines[0].adjustments[0].rule == "zz"


def test_the_order_of_scanning_two_coupons_does_not_decide_who_pays() -> None:
    other = make_offer("cz", "coupon", {"code": "990002", "item": "tea", "amount_minor": 700})
    quotes = [
        _quote(make_line(1, "tea", label_minor=1000), offers=(SOAP, other), coupons=coupons)
        for coupons in (("990001", "990002"), ("990002", "990001"))
    ]

    assert quotes[0] == quotes[1]
    assert [one.amount_minor for one in quotes[0].lines[0].adjustments] == [200, 700, 100]
