"""The bench's workload: our engine, one by one and in bulk, agrees with plain Python on it."""

from __future__ import annotations

import pytest

from bench.plain_pricing import PlainPricer
from bench.pricing_book import AT_MS, make_basket, make_book
from bench.pricing_shop import World
from bench.pricing_world import make_world
from cext.engine import Pricer, pack_baskets


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(items_n=4_000, offers_n=100, lines_n=(1, 10, 50), baskets_n=60)


def test_the_workload_is_the_same_each_time(world: World) -> None:
    assert make_world(items_n=4_000, offers_n=100, lines_n=(1, 10, 50), baskets_n=60) == world


def test_one_by_one_and_in_bulk_come_to_the_totals_of_plain_python(world: World) -> None:
    plain, pricer = PlainPricer(world), Pricer(make_book(world))
    baskets = [basket for some in world.baskets.values() for basket in some]
    totals = [plain.total(basket) for basket in baskets]
    ours = [make_basket(basket) for basket in baskets]

    assert [pricer.price(basket, AT_MS).payable_minor for basket in ours] == totals
    assert list(pricer.price_many(pack_baskets(pricer, ours, AT_MS)).payable) == totals
