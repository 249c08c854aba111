"""Offers as supermarkets really publish them: read, or listed with the reason."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from bench.shelf_lists import Shelf, load_rows, load_shelves
from bench.shelf_words import Unclear, read_words
from cext.lang.item import Offer
from cext.offers import lower_offers

FOLDER = Path(__file__).parent / "data" / "shelf_lists"
DAY = "2026-08-10"
KG_FROM_1850_G = [{"from_quantity": 1850, "price_minor": 6000}]
CASES = [
    # "2 pieces for 28", and 28.00 is for both.
    ("Rami Levy", "910370557", "any_n", {"any_n": 2, "price_minor": 2800}),
    # "for 7.90", each.
    ("Rami Levy", "910370553", "fixed_price", {"price_minor": 790}),
    # "the second at half price", with a rate of 50.00 and no quantity.
    ("Rami Levy", "910370465", "nth_unit", {"nth": 2, "rate_ppm": 500_000}),
    # "2+1 gift".
    ("Rami Levy", "910369814", "buy_get", {"buy_n": 2, "get_n": 1}),
    # "2 for 120", from 1.85 kg, 111.00 for those: 60.00 a kilogram.
    ("Osher Ad", "0001114782", "tier", {"steps": KG_FROM_1850_G, "unit": "g"}),
    # "limited to 3".
    ("Osher Ad", "0001112962", "fixed_price", {"price_minor": 1990}),
    # "250 grams for 20": from 0.25 kg, and 80.00 is for one kilogram.
    (
        "Yohananof",
        "1336883",
        "tier",
        {"steps": [{"from_quantity": 250, "price_minor": 8000}], "unit": "g"},
    ),
    # A rate of "333" is 3.33 %.
    ("Yohananof", "1308149", "percent", {"rate_ppm": 33_300}),
]


@pytest.fixture(scope="module")
def shelves() -> dict[str, Shelf]:
    found = load_shelves(FOLDER, DAY)
    return {shelf.book.version.removesuffix(f" {DAY}"): shelf for shelf in found}


def offer_of(shelf: Shelf, number: str) -> Offer:
    return next(offer for offer in shelf.book.offers if offer.offer == number)


def terms_of(offer: Offer) -> dict[str, object]:
    terms = msgspec.json.decode(offer.terms)
    del terms["target"]
    return dict(terms)


def test_every_offer_of_the_list_is_read_or_listed_with_its_reason(
    shelves: dict[str, Shelf],
) -> None:
    rows = load_rows(FOLDER / f"promos_{DAY}.csv.gz")

    for chain, shelf in shelves.items():
        published = {row["promo_id"] for row in rows if row["chain"] == chain}
        read = {offer.offer.partition("-")[0] for offer in shelf.book.offers}
        listed = {one.offer for one in shelf.unread}
        assert read | listed == published
        assert not read & listed
        assert shelf.read_n == len(read)
        assert all(one.reason and one.description for one in shelf.unread)


def test_every_offer_that_was_read_is_one_the_engine_takes(shelves: dict[str, Shelf]) -> None:
    for shelf in shelves.values():
        assert [one.problem for one in lower_offers(shelf.book) if one.problem] == []


@pytest.mark.parametrize(("chain", "number", "kind", "terms"), CASES)
def test_offers_mean_what_they_say(
    shelves: dict[str, Shelf], *, chain: str, number: str, kind: str, terms: dict[str, object]
) -> None:
    offer = offer_of(shelves[chain], number)

    assert (offer.kind, terms_of(offer)) == (kind, terms)


def test_limits_cards_and_coupons_come_along(shelves: dict[str, Shelf]) -> None:
    limited = offer_of(shelves["Osher Ad"], "0001112962")
    with_coupon = offer_of(shelves["Yohananof"], "1340019")

    assert limited.limits.basket_n == 3
    assert (with_coupon.when.member, with_coupon.when.coupon) == (True, "1340019")


def test_an_offer_ends_with_its_last_day_in_the_shop(shelves: dict[str, Shelf]) -> None:
    offer = offer_of(shelves["Osher Ad"], "0001114782")  # 2026-08-15

    assert datetime.fromtimestamp(offer.until_ms / 1000, UTC) == datetime(
        2026, 8, 15, 21, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("text", "quantity", "each_minor"),
    [
        ("שמפו דאב 2 יח' ב-24 ש\"ח", 2, 1200),
        ("אורז קלרוז  מזרח ומערב  2 ב 22", 2, 1100),
        ("חצי עוף מקוצב טרי 2קג ב50 רשתי", 2, 2500),
        ("פסטרמות 250 גרם ב20", Decimal("0.25"), 8000),
    ],
)
def test_so_many_for_so_much_is_read_off_the_words(
    text: str, quantity: Decimal, each_minor: int
) -> None:
    group = read_words(text).group

    assert group is not None
    assert (group.quantity, group.each_minor) == (quantity, each_minor)


@pytest.mark.parametrize(
    ("text", "buy_get"),
    [
        ("מגוון מוצרי חזרה לבית הספר 2+1 מתנה !", (2, 1)),
        ("גיוזה מאמא מרי 300 גרם 1+1 מתנה", (1, 1)),
        ("קבב/המבורגר/נקניקיות 1+2 חינם הזול מביני", (2, 1)),
    ],
)
def test_what_comes_free_is_read_off_the_words(text: str, buy_get: tuple[int, int]) -> None:
    assert read_words(text).buy_get == buy_get


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("בקבוקי שתייה ב-17.90 למשלמים באשראי", "asks_for_a_tender"),
        ("שמן קנולה יוחננוף עד 3 יח מעל 99", "asks_for_a_sum"),
        ("כרעיים טרי ארוז 19.90 עד3קג", "limit_by_weight"),
    ],
)
def test_what_an_offer_cannot_ask_for_is_not_guessed(text: str, reason: str) -> None:
    with pytest.raises(Unclear) as refusal:
        read_words(text)
    assert refusal.value.reason == reason
