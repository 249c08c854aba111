"""会员价: an item, or each of a set, at a lower price for those who show a member card."""

from __future__ import annotations

from msgspec import Struct

from cext.lang.basket import Basket, BasketLine
from cext.lang.ids import ItemId
from cext.lang.item import Item, PriceMinor, When
from cext.lang.money import Currency
from cext.lang.rights import Rights
from cext.offers._terms import aim, check_alike
from cext.offers.rows import Catalogue, Example, ItemRow, OfferRow, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`price_minor` buys the item's own `per`, as its list price does; for `item` or `target`.

    Prices for a tier of members: `when.tiers` of the offer.
    """

    item: ItemId | None = None
    target: Target | None = None
    price_minor: PriceMinor


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One row: the price of each item."""
    items = catalogue.find(aim(terms.target, items=(terms.item,) if terms.item else ()))
    check_alike(catalogue, items, what="the price")
    return (
        ItemRow(kind="member_price", items=items, benefit="unit_price", value=terms.price_minor),
    )


def when(_terms: Terms) -> When:
    """Only for those who show a card, whatever else the offer asks for."""
    return When(member=True)


def say(_terms: Terms, _currency: Currency) -> str:
    """The line on the receipt."""
    return "Member price"


_TEA = Item(item="tea", name="Tea", price_minor=1250)
_HAM = Item(item="ham", name="Ham", price_minor=3000, unit="g", per=1000)
_TERMS = Terms(item="tea", price_minor=999)
EXAMPLES = (
    Example(
        says="a member pays 9.99 instead of 12.50",
        items=(_TEA,),
        terms=_TERMS,
        basket=Basket(lines=(BasketLine(line=1, item="tea", quantity=1000),), member="7"),
        discount_minor=251,
    ),
    Example(
        says="without a card the list price stays",
        items=(_TEA,),
        terms=_TERMS,
        basket=Basket(lines=(BasketLine(line=1, item="tea", quantity=1000),)),
        discount_minor=0,
    ),
    Example(
        says="a label of 4.94 falls by a sixth when the price falls from 30.00 to 25.00",
        items=(_HAM,),
        terms=Terms(item="ham", price_minor=2500),
        basket=Basket(
            lines=(
                BasketLine(
                    line=1, item="ham", quantity=165, label_minor=494, derived_quantity=True
                ),
            ),
            member="7",
        ),
        discount_minor=82,
    ),
    Example(
        says="a price for gold members: a silver one pays the list price",
        items=(_TEA,),
        terms=_TERMS,
        basket=Basket(lines=(BasketLine(line=1, item="tea", quantity=1000),), member="7"),
        discount_minor=0,
        rights=Rights(tier="silver"),
        more={"when": When(tiers=("gold",))},
    ),
)
