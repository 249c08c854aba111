"""限时特价: an item at a lower price for everybody while the offer is in force."""

from __future__ import annotations

from msgspec import Struct

from cext.lang.basket import Basket, BasketLine
from cext.lang.ids import ItemId
from cext.lang.item import Item, PriceMinor
from cext.offers.rows import Catalogue, Example, ItemRow, OfferRow


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`price_minor` buys the item's own `per`, as its list price does."""

    item: ItemId
    price_minor: PriceMinor


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One row: the price of one item."""
    item = catalogue.find_item(terms.item)
    return (
        ItemRow(kind="special_price", items=(item,), benefit="unit_price", value=terms.price_minor),
    )


def say(_terms: Terms) -> str:
    """The line on the receipt."""
    return "Special price"


_PEAR = Item(item="pear", name="Pear", price_minor=798, unit="g", per=500)
_TEA = Item(item="tea", name="Tea", price_minor=1250)
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
)
