"""第二件半价: of every so many pieces the cheapest at half, at a rate, an amount off or a price."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from cext.lang.item import Item, Limits, PriceMinor
from cext.lang.money import Currency
from cext.offers._examples import basket_of
from cext.offers._terms import Gain, Off, Rate, check_pieces, pick_gain
from cext.offers.rows import Catalogue, DealRow, Example, Match, OfferRow, Slot, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of every `nth` pieces of the set the cheapest is given at one of the three."""

    target: Target
    nth: Annotated[int, Meta(ge=2, le=1000)] = 2
    rate_ppm: Rate | None = None
    amount_minor: Off | None = None
    price_minor: PriceMinor | None = None


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One deal of `nth` pieces of which one gets; one use is one cheaper piece."""
    items = catalogue.find(terms.target)
    check_pieces(catalogue, items)
    gain = _gain_of(terms)
    return (
        DealRow(
            kind="nth_unit",
            slots=(Slot(items=items, pieces_n=terms.nth),),
            benefit=gain.benefit,
            value=gain.value,
            get_n=1,
        ),
    )


def _gain_of(terms: Terms) -> Gain:
    return pick_gain(
        rate_ppm=terms.rate_ppm, amount_minor=terms.amount_minor, price_minor=terms.price_minor
    )


def say(terms: Terms, currency: Currency) -> str:
    """The line on the receipt: "every 2nd piece -50%"."""
    tens, ones = divmod(terms.nth % 100, 10)
    end = {1: "st", 2: "nd", 3: "rd"}.get(ones, "th") if tens != 1 else "th"
    return f"every {terms.nth}{end} piece {_gain_of(terms).say(currency)}"


_TEA = Item(item="tea", name="Tea", price_minor=1000, category="tea")
_MINT = Item(item="mint", name="Mint tea", price_minor=1201, category="tea")
_TERMS = Terms(target=Target(any_of=(Match(category="tea"),)), rate_ppm=500_000)


EXAMPLES = (
    Example(
        says="the second of two at half",
        items=(_TEA, _MINT),
        terms=_TERMS,
        basket=basket_of(tea=2),
        discount_minor=500,
    ),
    Example(
        says="one alone at its price",
        items=(_TEA, _MINT),
        terms=_TERMS,
        basket=basket_of(tea=1),
        discount_minor=0,
    ),
    Example(
        says="of three only one pair: the two dearest make it, 12.01 halved is 6.01",
        items=(_TEA, _MINT),
        terms=_TERMS,
        basket=basket_of(tea=1, mint=2),
        discount_minor=601,
    ),
    Example(
        says="every third for 1.00: seven pieces have two of them",
        items=(_TEA, _MINT),
        terms=Terms(target=Target(any_of=(Match(item="tea"),)), nth=3, price_minor=100),
        basket=basket_of(tea=7),
        discount_minor=1800,
    ),
    Example(
        says="once a basket: the second of four at half, the fourth not",
        items=(_TEA, _MINT),
        terms=_TERMS,
        basket=basket_of(tea=4),
        discount_minor=500,
        more={"limits": Limits(basket_n=1)},
    ),
)
