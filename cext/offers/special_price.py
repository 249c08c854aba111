"""限时特价: an item, or each of a set, at a lower price for everybody for some time."""

from __future__ import annotations

from msgspec import Struct

from cext.lang.basket import Basket, BasketLine
from cext.lang.ids import ItemId
from cext.lang.item import Item, Limits, PriceMinor
from cext.lang.money import Currency
from cext.lang.rights import Rights
from cext.offers._terms import aim, check_alike
from cext.offers.rows import Catalogue, Example, ItemRow, Match, OfferRow, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`price_minor` buys the item's own `per`, as its list price does; for `item` or `target`.

    `was_minor` is the former price that the sign names: the review of a book refuses a false one.
    """

    item: ItemId | None = None
    target: Target | None = None
    price_minor: PriceMinor
    was_minor: PriceMinor | None = None


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One row: the price of each item."""
    items = catalogue.find(aim(terms.target, items=(terms.item,) if terms.item else ()))
    check_alike(catalogue, items, what="the price")
    return (
        ItemRow(kind="special_price", items=items, benefit="unit_price", value=terms.price_minor),
    )


def say(_terms: Terms, _currency: Currency) -> str:
    """The line on the receipt."""
    return "Special price"


_PEAR = Item(item="pear", name="Pear", price_minor=798, unit="g", per=500)
_TEA = Item(item="tea", name="Tea", price_minor=1250, brand="Leaf")
_CHAI = Item(item="chai", name="Chai", price_minor=990, brand="Leaf")
EXAMPLES = (
    Example(
        says="three boxes of tea at 10.00 instead of 12.50",
        items=(_TEA,),
        terms=Terms(item="tea", price_minor=1000),
        basket=Basket(lines=(BasketLine(line=1, item="tea", quantity=3000),)),
        discount_minor=750,
    ),
    Example(
        says="386 g of pears: 6.16 at 7.98 per 500 g, 4.62 at 5.98 per 500 g",
        items=(_PEAR,),
        terms=Terms(item="pear", price_minor=598),
        basket=Basket(lines=(BasketLine(line=1, item="pear", quantity=386),)),
        discount_minor=154,
    ),
    Example(
        says="a special price above the list price takes nothing off",
        items=(_TEA,),
        terms=Terms(item="tea", price_minor=1300),
        basket=Basket(lines=(BasketLine(line=1, item="tea", quantity=1000),)),
        discount_minor=0,
    ),
    Example(
        says="all of a brand at 9.00: 3.50 off the tea and 0.90 off the chai",
        items=(_TEA, _CHAI),
        terms=Terms(target=Target(any_of=(Match(brand="Leaf"),)), price_minor=900),
        basket=Basket(
            lines=(
                BasketLine(line=1, item="tea", quantity=1000),
                BasketLine(line=2, item="chai", quantity=1000),
            )
        ),
        discount_minor=440,
    ),
    Example(
        says="at most two a customer, one bought before: one of three boxes is cheaper",
        items=(_TEA,),
        terms=Terms(item="tea", price_minor=1000),
        basket=Basket(lines=(BasketLine(line=1, item="tea", quantity=3000),), member="7"),
        discount_minor=250,
        rights=Rights(used={"o1": 1}),
        more={"limits": Limits(customer_n=2)},
    ),
)
