"""任选N件: any so many pieces of a set for one price together."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from cext.lang.item import Item, PriceMinor
from cext.lang.money import Currency
from cext.offers._examples import basket_of
from cext.offers._terms import check_pieces, say_sum
from cext.offers.rows import Catalogue, DealRow, Example, Match, OfferRow, Slot, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any `any_n` pieces of the set cost `price_minor` together, where that is less."""

    target: Target
    any_n: Annotated[int, Meta(ge=2, le=1000)]
    price_minor: PriceMinor


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One deal; one use is `any_n` pieces."""
    items = catalogue.find(terms.target)
    check_pieces(catalogue, items)
    return (
        DealRow(
            kind="any_n",
            slots=(Slot(items=items, pieces_n=terms.any_n),),
            benefit="price",
            value=terms.price_minor,
        ),
    )


def say(terms: Terms, currency: Currency) -> str:
    """The line on the receipt: "any 3 for 10.00"."""
    return f"any {terms.any_n} for {say_sum(terms.price_minor, currency)}"


_LIME = Item(item="lime", name="Lime", price_minor=400, tags=("fruit",))
_KIWI = Item(item="kiwi", name="Kiwi", price_minor=350, tags=("fruit",))
_FIG = Item(item="fig", name="Fig", price_minor=120, tags=("fruit",))
_ITEMS = (_LIME, _KIWI, _FIG)
_TERMS = Terms(target=Target(any_of=(Match(tag="fruit"),)), any_n=3, price_minor=1000)


EXAMPLES = (
    Example(
        says="two limes and a kiwi for 10.00 instead of 11.50",
        items=_ITEMS,
        terms=_TERMS,
        basket=basket_of(lime=2, kiwi=1),
        discount_minor=150,
    ),
    Example(
        says="three figs cost less than 10.00 already",
        items=_ITEMS,
        terms=_TERMS,
        basket=basket_of(fig=3),
        discount_minor=0,
    ),
    Example(
        says="of four fruits the three dearest make the deal",
        items=_ITEMS,
        terms=_TERMS,
        basket=basket_of(lime=2, kiwi=1, fig=1),
        discount_minor=150,
    ),
    Example(
        says="seven limes: two deals and one lime",
        items=_ITEMS,
        terms=_TERMS,
        basket=basket_of(lime=7),
        discount_minor=400,
    ),
)
