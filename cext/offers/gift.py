"""满赠: from a sum, or with goods bought, a gift; the first choice that is in stock."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from cext.errors import Refused
from cext.lang.ids import ItemId
from cext.lang.item import Item
from cext.lang.money import Currency
from cext.lang.rights import Rights
from cext.offers._examples import basket_of
from cext.offers._terms import PIECE, WHOLE_PPM, Pieces, Sees, Sum, check_pieces, say_sum
from cext.offers.rows import BasketRow, Catalogue, Example, Match, OfferRow, Step, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `min_minor` and `min_pieces_n` of `target` on, `pieces_n` of `gifts` are free.

    `gifts` in order of preference. Gifts never count for the sum they follow from. `repeat`: as
    often as it fits. `instead_minor` is taken off the goods a time, or of it the part of those
    gifts that are not in stock.
    """

    gifts: Annotated[tuple[ItemId, ...], Meta(min_length=1, max_length=100)]
    target: Target = Target()
    min_minor: Sum = 0
    min_pieces_n: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    pieces_n: Pieces = 1
    instead_minor: Sum = 0
    sees: Sees = "after"
    repeat: bool = False


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One row. Refused when it asks for nothing, or the gifts are all that could be bought."""
    if not terms.min_minor and not terms.min_pieces_n:
        raise Refused("offer_invalid", "say from which amount or how many pieces on")
    gifts = tuple(catalogue.find_item(item) for item in dict.fromkeys(terms.gifts))
    check_pieces(catalogue, gifts)
    buys = Target(
        any_of=terms.target.any_of,
        but=(*terms.target.but, *(Match(item=item) for item in gifts)),
    )
    if terms.min_pieces_n:
        check_pieces(catalogue, catalogue.find(buys))
    seen, but = catalogue.find_wide(buys)
    return (
        BasketRow(
            kind="gift",
            stage="reward",
            steps=(
                Step(
                    min_minor=terms.min_minor,
                    min_quantity=terms.min_pieces_n * PIECE,
                    value=WHOLE_PPM,
                ),
            ),
            benefit="rate",
            seen=seen,
            seen_but=but,
            bears=gifts,
            sees=terms.sees,
            repeat=terms.repeat,
            pieces_n=terms.pieces_n,
            gift=True,
            instead_minor=terms.instead_minor,
        ),
    )


def say(terms: Terms, currency: Currency) -> str:
    """The line on the receipt: "gift from 100.00" or "gift from 100.00, or -6.00"."""
    asked = [say_sum(terms.min_minor, currency)] if terms.min_minor else []
    if terms.min_pieces_n:
        asked.append(f"{terms.min_pieces_n} pcs")
    instead = f", or -{say_sum(terms.instead_minor, currency)}" if terms.instead_minor else ""
    return f"gift {'for every' if terms.repeat else 'from'} {' and '.join(asked)}{instead}"


_PAN = Item(item="pan", name="Pan", price_minor=10000)
_LID = Item(item="lid", name="Lid", price_minor=9999)
_MITT = Item(item="mitt", name="Oven mitt", price_minor=1500)
_CLOTH = Item(item="cloth", name="Cloth", price_minor=800)
_ITEMS = (_PAN, _LID, _MITT, _CLOTH)
_TERMS = Terms(gifts=("mitt", "cloth"), min_minor=10000, instead_minor=600)


EXAMPLES = (
    Example(
        says="exactly 100.00: the mitt in the basket is free",
        items=_ITEMS,
        terms=_TERMS,
        basket=basket_of(pan=1, mitt=1),
        discount_minor=1500,
    ),
    Example(
        says="99.99: the mitt itself does not lift it over the step",
        items=_ITEMS,
        terms=_TERMS,
        basket=basket_of(lid=1, mitt=1),
        discount_minor=0,
    ),
    Example(
        says="not in the basket yet: it is offered, and nothing is taken off",
        items=_ITEMS,
        terms=_TERMS,
        basket=basket_of(pan=1),
        discount_minor=0,
    ),
    Example(
        says="both gifts out of stock: 6.00 off instead",
        items=_ITEMS,
        terms=_TERMS,
        basket=basket_of(pan=1),
        discount_minor=600,
        rights=Rights(gifts={"mitt": 0, "cloth": 0}),
    ),
    Example(
        says="for every pan one: of three mitts two are free",
        items=_ITEMS,
        terms=Terms(
            gifts=("mitt",),
            target=Target(any_of=(Match(item="pan"),)),
            min_pieces_n=1,
            repeat=True,
        ),
        basket=basket_of(pan=2, mitt=3),
        discount_minor=3000,
    ),
)
