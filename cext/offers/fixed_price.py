"""一口价: each piece of a set of different items at one and the same price."""

from __future__ import annotations

from msgspec import Struct

from cext.lang.basket import Basket, BasketLine, Override
from cext.lang.item import Item, PriceMinor
from cext.lang.money import Currency
from cext.offers._terms import check_alike, say_sum
from cext.offers.rows import Catalogue, Example, ItemRow, Match, OfferRow, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`price_minor` for the items' own `per`, which must be one for all of them.

    `was_minor` is the former price that the sign names: the review of a book refuses a false one.
    """

    target: Target
    price_minor: PriceMinor
    was_minor: PriceMinor | None = None


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One row for all the items it covers; what costs less already stays as it is."""
    items = catalogue.find(terms.target)
    check_alike(catalogue, items, what="one price")
    return (
        ItemRow(kind="fixed_price", items=items, benefit="unit_price", value=terms.price_minor),
    )


def say(terms: Terms, currency: Currency) -> str:
    """The line on the receipt: "each 5.00"."""
    return f"each {say_sum(terms.price_minor, currency)}"


_BOWL = Item(item="bowl", name="Bowl", price_minor=1290, tags=("table",))
_MUG = Item(item="mug", name="Mug", price_minor=900, tags=("table",))
_FORK = Item(item="fork", name="Fork", price_minor=390, tags=("table",))
_PLUM = Item(item="plum", name="Plum", price_minor=1560, unit="g", tags=("fruit",))
_PEAR = Item(item="pear", name="Pear", price_minor=1596, unit="g", tags=("fruit",))
_TERMS = Terms(target=Target(any_of=(Match(tag="table"),)), price_minor=500)
EXAMPLES = (
    Example(
        says="a bowl and two mugs at 5.00 each: 7.90 and 8.00 off",
        items=(_BOWL, _MUG, _FORK),
        terms=_TERMS,
        basket=Basket(
            lines=(
                BasketLine(line=1, item="bowl", quantity=1000),
                BasketLine(line=2, item="mug", quantity=2000),
            )
        ),
        discount_minor=1590,
    ),
    Example(
        says="a fork that costs less than 5.00 stays at its own price",
        items=(_BOWL, _MUG, _FORK),
        terms=_TERMS,
        basket=Basket(lines=(BasketLine(line=1, item="fork", quantity=1000),)),
        discount_minor=0,
    ),
    Example(
        says="fruit at 9.99 a kilogram: 386 g of plums are 6.02 at the list price and 3.86 now",
        items=(_PLUM, _PEAR),
        terms=Terms(target=Target(any_of=(Match(tag="fruit"),)), price_minor=999),
        basket=Basket(lines=(BasketLine(line=1, item="plum", quantity=386),)),
        discount_minor=216,
    ),
    Example(
        says="a price set by hand is left alone",
        items=(_BOWL, _MUG, _FORK),
        terms=_TERMS,
        basket=Basket(
            lines=(
                BasketLine(
                    line=1,
                    item="bowl",
                    quantity=1000,
                    override=Override(amount_minor=1000, reason="chipped", approved_by="ann"),
                ),
            )
        ),
        discount_minor=0,
    ),
)
