"""折扣: a share off the price of each item of a set."""

from __future__ import annotations

from msgspec import Struct

from cext.lang.basket import Basket, BasketLine
from cext.lang.ids import ItemId
from cext.lang.item import Item
from cext.lang.money import Currency
from cext.offers._terms import Rate, aim, say_rate
from cext.offers.rows import Catalogue, Example, ItemRow, Match, OfferRow, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`rate_ppm` off each line, for a `department`, for `items` or for a `target`: one of them."""

    rate_ppm: Rate
    department: str | None = None
    items: tuple[ItemId, ...] = ()
    target: Target | None = None


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One row for all the items it covers."""
    items = catalogue.find(aim(terms.target, items=terms.items, department=terms.department))
    return (ItemRow(kind="percent", items=items, benefit="rate", value=terms.rate_ppm),)


def say(terms: Terms, _currency: Currency) -> str:
    """The line on the receipt: "-12.5%"."""
    return say_rate(terms.rate_ppm)


_TEA = Item(item="tea", name="Tea", price_minor=1250, department="drinks")
_BUN = Item(item="bun", name="Bun", price_minor=199, department="bakery")
_HAM = Item(item="ham", name="Ham", price_minor=3000, unit="g", tags=("fresh",))
_BASKET = Basket(
    lines=(
        BasketLine(line=1, item="tea", quantity=1000),
        BasketLine(line=2, item="bun", quantity=3000),
    )
)
EXAMPLES = (
    Example(
        says="30 % off the bakery: 5.97 less 1.79",
        items=(_TEA, _BUN),
        terms=Terms(department="bakery", rate_ppm=300_000),
        basket=_BASKET,
        discount_minor=179,
    ),
    Example(
        says="12.5 % off the tea: 12.50 less 1.56, half a cent going up only from the half",
        items=(_TEA, _BUN),
        terms=Terms(items=("tea",), rate_ppm=125_000),
        basket=_BASKET,
        discount_minor=156,
    ),
    Example(
        says="10 % off everything but what is fresh: a label of 4.95 stays",
        items=(_TEA, _BUN, _HAM),
        terms=Terms(target=Target(but=(Match(tag="fresh"),)), rate_ppm=100_000),
        basket=Basket(
            lines=(
                BasketLine(line=1, item="tea", quantity=1000),
                BasketLine(
                    line=2, item="ham", quantity=165, label_minor=495, derived_quantity=True
                ),
            )
        ),
        discount_minor=125,
    ),
    Example(
        says="half off a label of 4.95: 2.48",
        items=(_HAM,),
        terms=Terms(target=Target(any_of=(Match(tag="fresh"),)), rate_ppm=500_000),
        basket=Basket(
            lines=(
                BasketLine(
                    line=1, item="ham", quantity=165, label_minor=495, derived_quantity=True
                ),
            )
        ),
        discount_minor=248,
    ),
)
