"""加价购: from a sum on, some items may be added at a low price."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from cext.errors import Refused
from cext.lang.ids import ItemId
from cext.lang.item import Item
from cext.lang.money import Currency
from cext.offers._examples import basket_of
from cext.offers._terms import Pieces, Sees, Sum, check_pieces, say_sum
from cext.offers.rows import BasketRow, Catalogue, Example, Match, OfferRow, Step, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `min_minor` of `target` on, `pieces_n` of `items` cost `price_minor` each.

    The items never count for the sum they follow from. `repeat`: as often as the sum fits.
    """

    items: Annotated[tuple[ItemId, ...], Meta(min_length=1, max_length=100)]
    price_minor: Sum
    min_minor: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    target: Target = Target()
    pieces_n: Pieces = 1
    sees: Sees = "after"
    repeat: bool = False


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One row: a reward that still costs something."""
    if not terms.price_minor:
        raise Refused("offer_invalid", "what costs nothing is a gift; use the kind `gift`")
    items = tuple(catalogue.find_item(item) for item in dict.fromkeys(terms.items))
    check_pieces(catalogue, items)
    seen, but = catalogue.find_wide(
        Target(
            any_of=terms.target.any_of,
            but=(*terms.target.but, *(Match(item=item) for item in items)),
        )
    )
    return (
        BasketRow(
            kind="add_on",
            stage="reward",
            steps=(Step(min_minor=terms.min_minor, value=terms.price_minor),),
            benefit="unit_price",
            seen=seen,
            seen_but=but,
            bears=items,
            sees=terms.sees,
            repeat=terms.repeat,
            pieces_n=terms.pieces_n,
            gift=True,
        ),
    )


def say(terms: Terms, currency: Currency) -> str:
    """The line on the receipt: "from 50.00: add for 9.90"."""
    word = "every" if terms.repeat else "from"
    asked, price = say_sum(terms.min_minor, currency), say_sum(terms.price_minor, currency)
    return f"{word} {asked}: add for {price}"


_PAN = Item(item="pan", name="Pan", price_minor=5000)
_LID = Item(item="lid", name="Lid", price_minor=4999)
_WOK = Item(item="wok", name="Wok brush", price_minor=2490)
_ITEMS = (_PAN, _LID, _WOK)
_TERMS = Terms(items=("wok",), price_minor=990, min_minor=5000)


EXAMPLES = (
    Example(
        says="exactly 50.00: a brush of 24.90 for 9.90",
        items=_ITEMS,
        terms=_TERMS,
        basket=basket_of(pan=1, wok=1),
        discount_minor=1500,
    ),
    Example(
        says="49.99: the brush at its price",
        items=_ITEMS,
        terms=_TERMS,
        basket=basket_of(lid=1, wok=1),
        discount_minor=0,
    ),
    Example(
        says="one brush a basket, the second at its price",
        items=_ITEMS,
        terms=_TERMS,
        basket=basket_of(pan=2, wok=2),
        discount_minor=1500,
    ),
    Example(
        says="for every 50.00 one",
        items=_ITEMS,
        terms=Terms(items=("wok",), price_minor=990, min_minor=5000, repeat=True),
        basket=basket_of(pan=2, wok=3),
        discount_minor=3000,
    ),
)
