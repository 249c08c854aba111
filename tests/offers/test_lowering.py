"""What is refused of an offer whatever its kind, and how limits and conditions are lowered."""

from __future__ import annotations

from typing import Any

import pytest

from cext.errors import Refused
from cext.lang.item import Item, Limits, Offer, When
from cext.offers import (
    SLOT_PIECES_MAX_N,
    SLOTS_MAX_N,
    STEPS_MAX_N,
    BasketRow,
    Catalogue,
    DealRow,
    ItemRow,
    Match,
    Slot,
    Step,
    Target,
    list_coupons,
    lower_offer,
)
from cext.offers._checks import SET_ITEMS_MAX_N, check_rows
from tests.engine.books import make_book, make_offer

TEA = Item(
    item="tea", name="Tea", price_minor=1000, category="hot", brand="Leaf", tags=("green", "bio")
)
MINT = Item(item="mint", name="Mint", price_minor=800, category="hot", brand="Herb", tags=("bio",))
RICE = Item(item="rice", name="Rice", price_minor=400, unit="g", per=500, department="dry")
PAIR = Item(item="pair", name="Pair of socks", price_minor=400, per=2000)
BIKE = Item(item="bike", name="Delivery", price_minor=600, role="delivery")
ITEMS = (TEA, MINT, RICE, PAIR, BIKE)
ALL = Catalogue(ITEMS, "CNY")
TEAS = {"any_of": [{"category": "hot"}]}


def _refusal(kind: str, terms: dict[str, Any], **more: Any) -> str:
    with pytest.raises(Refused) as refused:
        lower_offer(make_offer("o1", kind, terms, **more), ALL)
    assert refused.value.code == "offer_invalid"
    return refused.value.detail


SPECIAL = {"item": "tea", "price_minor": 900}
BAD: tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...] = (
    ("none of", "special_price", SPECIAL, {"conflict": "both"}),
    ("priority", "special_price", SPECIAL, {"priority": 10**7}),
    ("ends before", "special_price", SPECIAL, {"from_ms": 5, "until_ms": 5}),
    ("hours begin", "special_price", SPECIAL, {"when": When(from_minute=60, until_minute=60)}),
    ("exactly one way", "special_price", {**SPECIAL, "target": TEAS}, {}),
    ("exactly one way", "percent", {"rate_ppm": 5, "items": ["tea"], "department": "dry"}, {}),
    ("exactly one way", "percent", {"rate_ppm": 5}, {}),
    ("different things", "fixed_price", {"target": {}, "price_minor": 5}, {}),
    ("no item", "amount", {"target": {"any_of": [{"brand": "Gone"}]}, "amount_minor": 5}, {}),
    (
        "names nothing",
        "amount",
        {"target": {"any_of": [{}]}, "amount_minor": 5},
        {},
    ),
    (
        "in its set",
        "amount",
        {"target": {"any_of": [{"item": "tea"}], "but": [{"tag": "bio"}]}, "amount_minor": 5},
        {},
    ),
    ("counts pieces", "any_n", {"target": {}, "any_n": 2, "price_minor": 5}, {}),
    (
        "counts pieces",
        "percent",
        {"rate_ppm": 5, "department": "dry"},
        {"limits": Limits(basket_n=1)},
    ),
    (
        "priced for one piece",
        "special_price",
        {"item": "pair", "price_minor": 5},
        {"limits": Limits(basket_n=1)},
    ),
    (
        "own 'A'",
        "coupon",
        {"code": "A", "item": "tea", "amount_minor": 5},
        {"when": When(coupon="B")},
    ),
    ("worth nothing", "coupon", {"code": "A", "item": "tea", "amount_minor": 0}, {}),
    ("exactly one of", "nth_unit", {"target": TEAS}, {}),
    (
        "exactly one of",
        "nth_unit",
        {"target": TEAS, "rate_ppm": 5, "amount_minor": 5},
        {},
    ),
    ("fewer pieces", "cheapest_free", {"target": TEAS, "any_n": 2, "free_n": 2}, {}),
    (
        "two of its sets",
        "bundle",
        {"parts": [{"target": TEAS}, {"target": {"any_of": [{"item": "tea"}]}}], "price_minor": 5},
        {},
    ),
    (
        "pieces in one use",
        "bundle",
        {
            "parts": [
                {"target": {"any_of": [{"item": "tea"}]}, "pieces_n": 600},
                {"target": {"any_of": [{"item": "mint"}]}, "pieces_n": 600},
            ],
            "price_minor": 5,
        },
        {},
    ),
    (
        "asks for more",
        "threshold",
        {
            "steps": [
                {"min_minor": 200, "amount_minor": 5},
                {"min_minor": 100, "amount_minor": 9},
            ]
        },
        {},
    ),
    (
        "repeats has one step",
        "threshold",
        {
            "steps": [
                {"min_minor": 100, "amount_minor": 5},
                {"min_minor": 200, "amount_minor": 9},
            ],
            "repeat": True,
        },
        {},
    ),
    ("repeats asks", "threshold", {"steps": [{"amount_minor": 5}], "repeat": True}, {}),
    (
        "give the same",
        "threshold",
        {"steps": [{"min_minor": 1, "amount_minor": 5}, {"min_minor": 2, "rate_ppm": 5}]},
        {},
    ),
    ("counts pieces", "threshold", {"steps": [{"min_pieces_n": 2, "amount_minor": 5}]}, {}),
    (
        "count in piece",
        "tier",
        {"target": {}, "steps": [{"from_quantity": 2000, "rate_ppm": 5}]},
        {},
    ),
    (
        "give the same",
        "tier",
        {
            "target": TEAS,
            "steps": [
                {"from_quantity": 2000, "rate_ppm": 5},
                {"from_quantity": 3000, "price_minor": 5},
            ],
        },
        {},
    ),
    ("from which amount", "gift", {"gifts": ["tea"]}, {}),
    (
        "in its set",
        "gift",
        {"gifts": ["tea"], "target": {"any_of": [{"item": "tea"}]}, "min_pieces_n": 1},
        {},
    ),
    ("is a gift", "add_on", {"items": ["tea"], "price_minor": 0, "min_minor": 5}, {}),
    ("not in the price book", "gift", {"gifts": ["gone"], "min_minor": 5}, {}),
)


@pytest.mark.parametrize(
    ("word", "kind", "terms", "more"), BAD, ids=[f"{row[1]}: {row[0]}" for row in BAD]
)
def test_what_cannot_be_is_refused_in_words(
    word: str, kind: str, terms: dict[str, Any], more: dict[str, Any]
) -> None:
    assert word in _refusal(kind, terms, **more)


def test_a_limit_turns_a_price_into_a_deal_of_one_piece() -> None:
    offer = make_offer("o1", "special_price", SPECIAL, limits=Limits(customer_n=2))

    assert lower_offer(offer, ALL).rows == (
        DealRow(
            kind="special_price",
            slots=(Slot(items=("tea",), pieces_n=1),),
            benefit="unit_price",
            value=900,
        ),
    )


def test_a_kind_brings_its_own_condition_beside_those_of_the_offer() -> None:
    member = make_offer("o1", "member_price", SPECIAL, when=When(weekdays=(2,)))
    coupon = make_offer("o2", "coupon", {"code": "A", "item": "tea", "amount_minor": 5})

    assert lower_offer(member, ALL).offer.when == When(member=True, weekdays=(2,))
    assert lower_offer(coupon, ALL).offer.when == When(coupon="A")


def test_every_coupon_of_a_book_is_listed_whatever_its_kind() -> None:
    fields: dict[str, dict[str, Any]] = {
        "coupon": {"item": "tea", "amount_minor": 5},
        "coupon_amount": {"amount_minor": 5},
        "coupon_percent": {"rate_ppm": 5},
        "coupon_exchange": {"target": TEAS},
    }
    offers: tuple[Offer, ...] = tuple(
        make_offer(f"o{n}", kind, {"code": f"c{n}", **terms})
        for n, (kind, terms) in enumerate(fields.items())
    )
    other = make_offer("o9", "percent", {"rate_ppm": 5, "items": ["tea"]}, when=When(coupon="c9"))
    bad = make_offer("o8", "coupon", {"code": "c8"})
    plain = make_offer("o7", "special_price", SPECIAL)

    assert list_coupons(make_book(*ITEMS, offers=(*offers, other, bad, plain))) == (
        ("c0", "o0"),
        ("c1", "o1"),
        ("c2", "o2"),
        ("c3", "o3"),
        ("c9", "o9"),
    )


@pytest.mark.parametrize(
    ("target", "items"),
    [
        (Target(), ("tea", "mint", "rice", "pair")),
        (Target(any_of=(Match(category="hot"),)), ("tea", "mint")),
        (Target(any_of=(Match(tag="bio", brand="Herb"),)), ("mint",)),
        (Target(any_of=(Match(item="rice"), Match(item="tea"))), ("tea", "rice")),
        (Target(any_of=(Match(tag="bio"),), but=(Match(tag="green"),)), ("mint",)),
        (Target(but=(Match(category="hot"), Match(item="pair"))), ("rice",)),
        (Target(any_of=(Match(item="bike"),)), ("bike",)),
    ],
)
def test_a_set_is_any_of_these_but_none_of_those(target: Target, items: tuple[str, ...]) -> None:
    assert ALL.find(target) == items


def test_all_goods_stay_a_word_and_are_not_spelled_out() -> None:
    assert ALL.find_wide(Target()) == (None, ())
    assert ALL.find_wide(Target(but=(Match(tag="bio"),))) == (None, ("tea", "mint"))
    assert ALL.find_wide(Target(any_of=(Match(tag="bio"),))) == (("tea", "mint"), ())


def test_no_offer_has_the_name_of_a_price_by_hand() -> None:
    with pytest.raises(Refused, match="rename the offer"):
        lower_offer(make_offer("manual", "special_price", SPECIAL), ALL)


@pytest.mark.parametrize(
    ("kind", "terms", "says"),
    [
        ("points", {"points_n": 1, "value_minor": 2}, "1 point = 0.02"),
        ("points", {"points_n": 100, "value_minor": 100}, "100 points = 1.00"),
        ("gift", {"gifts": ["tea"], "min_minor": 5000}, "gift from 50.00"),
        (
            "gift",
            {"gifts": ["tea"], "min_minor": 5000, "instead_minor": 300},
            "gift from 50.00, or -3.00",
        ),
    ],
)
def test_the_receipt_says_what_was_given(kind: str, terms: dict[str, Any], says: str) -> None:
    assert lower_offer(make_offer("o1", kind, terms), ALL).reason == says


def test_rows_have_sizes_with_a_name() -> None:
    part = Slot(items=("tea",), pieces_n=1)
    apart = tuple(Slot(items=(f"i{n}",), pieces_n=1) for n in range(SLOTS_MAX_N + 1))
    large = Slot(items=("tea",), pieces_n=SLOT_PIECES_MAX_N + 1)
    many = tuple(Step(min_minor=n, value=1) for n in range(STEPS_MAX_N + 1))
    crowd = tuple(f"i{n}" for n in range(SET_ITEMS_MAX_N + 1))

    check_rows((DealRow(kind="k", slots=(part,), benefit="price", value=1),))
    for slots in ((), apart, (large,)):
        with pytest.raises(Refused, match=r"parts|pieces in one use"):
            check_rows((DealRow(kind="k", slots=slots, benefit="price", value=1),))
    for steps in ((), many):
        with pytest.raises(Refused, match="steps"):
            check_rows((BasketRow(kind="k", stage="threshold", steps=steps, benefit="amount"),))
    with pytest.raises(Refused, match="items in a set"):
        check_rows((ItemRow(kind="k", items=crowd, benefit="rate", value=1),))
