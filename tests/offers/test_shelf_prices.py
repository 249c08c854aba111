"""Real shelves with all their offers are priced, and every price keeps the laws."""

from __future__ import annotations

import itertools
from pathlib import Path
from random import Random

from bench.shelf_baskets import draw_baskets, find_breaches
from bench.shelf_lists import load_shelves
from cext.engine import Pricer
from tests.oracle.judge import judge
from tests.oracle.sale import Rules

FOLDER = Path(__file__).parent / "data" / "shelf_lists"
BASKETS_N = 1_500  # of each shop
JUDGED_N = 250


def test_the_shops_compile_and_price_lawfully() -> None:
    for seed, shelf in enumerate(load_shelves(FOLDER, "2026-08-10")):
        pricer = Pricer(shelf.book)
        items = {item.item: item for item in shelf.book.items}
        saved_n = 0
        for basket, at_ms in itertools.islice(draw_baskets(shelf.book, Random(seed)), BASKETS_N):
            quote = pricer.quote(basket, at_ms)
            assert find_breaches(items, basket, quote) == [], (basket, at_ms)
            saved_n += quote.discount_minor > 0
        assert saved_n > BASKETS_N // 4


def test_the_slow_oracle_agrees_on_every_figure_of_real_baskets() -> None:
    for seed, shelf in enumerate(load_shelves(FOLDER, "2026-08-10")):
        pricer, rules = Pricer(shelf.book), Rules(shelf.book)
        drawn = draw_baskets(shelf.book, Random(1_000 + seed))
        for basket, at_ms in itertools.islice(drawn, JUDGED_N):
            assert judge(rules, basket, at_ms, pricer.quote(basket, at_ms)) == [], (basket, at_ms)
