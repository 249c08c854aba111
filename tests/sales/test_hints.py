"""What the counter says is within reach, in the unit of the goods."""

from __future__ import annotations

from typing import Any

import pytest

from cext.lang.basket import Basket, BasketLine
from cext.lang.item import Offer
from edge.books import ActiveBook
from edge.sales.views import list_hints
from tests.sales.shop import make_book, make_offer

FRUIT = {"any_of": [{"department": "FRUIT"}]}
DAIRY = {"any_of": [{"department": "DAIRY"}]}


def make_tier(target: dict[str, Any], unit: str) -> Offer:
    steps = [{"from_quantity": 2000, "rate_ppm": 100_000}]
    return make_offer("tier", "tier", target=target, steps=steps, unit=unit)


def make_spend(target: dict[str, Any]) -> Offer:
    steps = [{"min_pieces_n": 2, "amount_minor": 100}]
    return make_offer("spend", "threshold", target=target, steps=steps)


@pytest.mark.parametrize(
    ("offer", "item", "quantity", "unit"),
    [
        (make_tier(FRUIT, "g"), "banana", 1250, "g"),
        (make_tier(DAIRY, "piece"), "milk", 1000, "piece"),
        (make_spend(DAIRY), "milk", 1000, "piece"),
    ],
    ids=["tier by weight", "tier by pieces", "threshold"],
)
def test_a_missing_quantity_is_said_in_the_unit_of_its_goods(
    offer: Offer, item: str, quantity: int, unit: str
) -> None:
    book = ActiveBook(make_book(offers=(offer,)), hash_hex="0" * 64)
    basket = Basket(lines=(BasketLine(line=1, item=item, quantity=quantity),))

    (hint,) = list_hints(book.pricer.quote(basket, 0), book)

    assert (hint.missing_n, hint.missing_unit) == (1, unit)
    assert book.unit_of("no such offer") == "piece"
