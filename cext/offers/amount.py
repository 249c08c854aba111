"""立减: an amount off the price of each item of a set."""

from __future__ import annotations

from msgspec import Struct

from cext.lang.basket import Basket, BasketLine
from cext.lang.item import Item, Limits
from cext.lang.money import Currency
from cext.offers._terms import Off, check_alike, say_sum
from cext.offers.rows import Catalogue, Example, ItemRow, Match, OfferRow, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`amount_minor` off the item's own `per`: off a piece, or off 500 g where that is priced."""

    target: Target
    amount_minor: Off


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One row for all the items it covers."""
    items = catalogue.find(terms.target)
    check_alike(catalogue, items, what="the amount")
    return (ItemRow(kind="amount", items=items, benefit="amount", value=terms.amount_minor),)


def say(terms: Terms, currency: Currency) -> str:
    """The line on the receipt: "-2.00 each"."""
    return f"-{say_sum(terms.amount_minor, currency)} each"


_TEA = Item(item="tea", name="Tea", price_minor=1250, category="hot drinks")
_GUM = Item(item="gum", name="Gum", price_minor=150, category="sweets")
_PEAR = Item(item="pear", name="Pear", price_minor=798, unit="g", per=500, category="fruit")
_TERMS = Terms(target=Target(any_of=(Match(category="hot drinks"),)), amount_minor=200)
EXAMPLES = (
    Example(
        says="2.00 off each of three boxes",
        items=(_TEA, _GUM),
        terms=_TERMS,
        basket=Basket(lines=(BasketLine(line=1, item="tea", quantity=3000),)),
        discount_minor=600,
    ),
    Example(
        says="an amount above the price takes the price and no more",
        items=(_TEA, _GUM),
        terms=Terms(target=Target(), amount_minor=200),
        basket=Basket(lines=(BasketLine(line=1, item="gum", quantity=2000),)),
        discount_minor=300,
    ),
    Example(
        says="1.00 off 500 g: 386 g of pears are 0.77 cheaper",
        items=(_PEAR,),
        terms=Terms(target=Target(any_of=(Match(category="fruit"),)), amount_minor=100),
        basket=Basket(lines=(BasketLine(line=1, item="pear", quantity=386),)),
        discount_minor=77,
    ),
    Example(
        says="for two pieces of a basket at most",
        items=(_TEA, _GUM),
        terms=_TERMS,
        basket=Basket(lines=(BasketLine(line=1, item="tea", quantity=3000),)),
        discount_minor=400,
        more={"limits": Limits(basket_n=2)},
    ),
)
