"""折扣: a share off the price of a department, or of a list of items."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from cext.errors import Refused
from cext.lang.basket import Basket, BasketLine
from cext.lang.ids import ItemId
from cext.lang.item import Item
from cext.offers.rows import Catalogue, Example, ItemRow, Match, OfferRow, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`rate_ppm` off each line, for either a `department` or `items`."""

    rate_ppm: Annotated[int, Meta(ge=1, le=1_000_000)]
    department: str | None = None
    items: tuple[ItemId, ...] = ()


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One row for all the items it covers."""
    if (terms.department is None) == (not terms.items):
        raise Refused("offer_invalid", "name either a department or items")
    if terms.department is not None:
        items = catalogue.find(Target(any_of=(Match(department=terms.department),)))
    else:
        items = tuple(catalogue.find_item(item) for item in dict.fromkeys(terms.items))
    return (ItemRow(kind="percent", items=items, benefit="rate", value=terms.rate_ppm),)


def say(terms: Terms) -> str:
    """The line on the receipt: "-12.5%"."""
    whole, rest = divmod(terms.rate_ppm, 10_000)
    return f"-{whole}" + (f".{rest:04d}".rstrip("0") if rest else "") + "%"


_TEA = Item(item="tea", name="Tea", price_minor=1250, department="drinks")
_BUN = Item(item="bun", name="Bun", price_minor=199, department="bakery")
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
)
