"""Thresholds and tiers at, just under and just over every step."""

from __future__ import annotations

import pytest

from cext.engine import Pricer
from cext.lang.item import Item, Offer
from tests.engine.books import NOW_MS, make_basket, make_book, make_line, make_offer

FEN = Item(item="fen", name="One fen", price_minor=1)
TEA = Item(item="tea", name="Tea", price_minor=1000)
STEPS = [
    {"min_minor": 5000, "amount_minor": 500},
    {"min_minor": 10000, "amount_minor": 1200},
    {"min_minor": 20000, "amount_minor": 3000},
]
SHARES = [{"min_minor": 5000, "rate_ppm": 100_000}, {"min_minor": 10000, "rate_ppm": 200_000}]
PIECES = [
    {"from_quantity": 3000, "price_minor": 900},
    {"from_quantity": 6000, "price_minor": 800},
]


def _discount(offer: Offer, item: str, pieces_n: int) -> int:
    pricer = Pricer(make_book(FEN, TEA, offers=(offer,)))
    basket = make_basket(make_line(1, item, pieces_n * 1000))
    return pricer.quote(basket, NOW_MS).discount_minor


@pytest.mark.parametrize("sees", ["before", "after"])
@pytest.mark.parametrize(
    ("sum_minor", "amount_minor"),
    [
        (4999, 0),
        (5000, 500),
        (5001, 500),
        (9999, 500),
        (10000, 1200),
        (10001, 1200),
        (19999, 1200),
        (20000, 3000),
        (20001, 3000),
    ],
)
def test_an_amount_at_a_fen_under_and_a_fen_over_each_step(
    sum_minor: int, amount_minor: int, sees: str
) -> None:
    offer = make_offer("o1", "threshold", {"steps": STEPS, "sees": sees})

    assert _discount(offer, "fen", sum_minor) == amount_minor


@pytest.mark.parametrize(
    ("sum_minor", "amount_minor"),
    [(4999, 0), (5000, 500), (5001, 500), (5005, 501), (9999, 1000), (10000, 2000), (10001, 2000)],
)
def test_a_share_at_a_fen_under_and_a_fen_over_each_step(sum_minor: int, amount_minor: int) -> None:
    offer = make_offer("o1", "threshold", {"steps": SHARES})

    assert _discount(offer, "fen", sum_minor) == amount_minor


@pytest.mark.parametrize(
    ("sum_minor", "times_n"), [(4999, 0), (5000, 1), (9999, 1), (10000, 2), (14999, 2), (15000, 3)]
)
def test_every_time_it_is_reached_counts_and_no_time_more(sum_minor: int, times_n: int) -> None:
    offer = make_offer("o1", "threshold", {"steps": STEPS[:1], "repeat": True})

    assert _discount(offer, "fen", sum_minor) == times_n * 500


@pytest.mark.parametrize(
    ("pieces_n", "all_units", "marginal"),
    [(2, 0, 0), (3, 300, 0), (4, 400, 100), (5, 500, 200), (6, 1200, 300), (7, 1400, 500)],
)
def test_a_tier_counts_for_all_pieces_or_for_those_above_its_step(
    pieces_n: int, all_units: int, marginal: int
) -> None:
    terms = {"target": {"any_of": [{"item": "tea"}]}, "steps": PIECES}

    assert _discount(make_offer("o1", "tier", terms), "tea", pieces_n) == all_units
    above = make_offer("o1", "tier", {**terms, "marginal": True})
    assert _discount(above, "tea", pieces_n) == marginal
