"""任选N件最低M件免单: of any so many pieces of a set the cheapest are free."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from cext.errors import Refused
from cext.lang.item import Item
from cext.lang.money import Currency
from cext.offers._examples import basket_of
from cext.offers._terms import WHOLE_PPM, Pieces, check_pieces
from cext.offers.rows import Catalogue, DealRow, Example, Match, OfferRow, Slot, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of any `any_n` pieces of the set the `free_n` cheapest are free."""

    target: Target
    any_n: Annotated[int, Meta(ge=2, le=1000)]
    free_n: Pieces = 1


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One deal; one use is `any_n` pieces. Refused when all of them would be free."""
    if terms.free_n >= terms.any_n:
        raise Refused("offer_invalid", "fewer pieces are free than are taken")
    items = catalogue.find(terms.target)
    check_pieces(catalogue, items)
    return (
        DealRow(
            kind="cheapest_free",
            slots=(Slot(items=items, pieces_n=terms.any_n),),
            benefit="rate",
            value=WHOLE_PPM,
            get_n=terms.free_n,
        ),
    )


def say(terms: Terms, _currency: Currency) -> str:
    """The line on the receipt: "any 3, the cheapest free"."""
    which = "the cheapest" if terms.free_n == 1 else f"the {terms.free_n} cheapest"
    return f"any {terms.any_n}, {which} free"


_SHIRT = Item(item="shirt", name="Shirt", price_minor=9900, department="wear")
_SOCKS = Item(item="socks", name="Socks", price_minor=1990, department="wear")
_CAP = Item(item="cap", name="Cap", price_minor=4950, department="wear")
_ITEMS = (_SHIRT, _SOCKS, _CAP)
_TERMS = Terms(target=Target(any_of=(Match(department="wear"),)), any_n=3)


EXAMPLES = (
    Example(
        says="three different pieces: the socks are free",
        items=_ITEMS,
        terms=_TERMS,
        basket=basket_of(shirt=1, socks=1, cap=1),
        discount_minor=1990,
    ),
    Example(
        says="two pieces are one short",
        items=_ITEMS,
        terms=_TERMS,
        basket=basket_of(shirt=1, cap=1),
        discount_minor=0,
    ),
    Example(
        says="three shirts and three socks: the threes are chosen so that a shirt is free as well",
        items=_ITEMS,
        terms=_TERMS,
        basket=basket_of(shirt=3, socks=3),
        discount_minor=11890,
    ),
    Example(
        says="of five the two cheapest",
        items=_ITEMS,
        terms=Terms(target=Target(), any_n=5, free_n=2),
        basket=basket_of(shirt=2, socks=1, cap=2),
        discount_minor=6940,
    ),
)
