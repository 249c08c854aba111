"""组合价: different items taken together for one price, or cheaper by a rate or an amount."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from cext.lang.item import Item, PriceMinor
from cext.lang.money import Currency
from cext.offers._examples import basket_of
from cext.offers._terms import Benefit, Gain, Off, Pieces, Rate, check_pieces, pick_gain
from cext.offers.rows import Catalogue, DealRow, Example, Match, OfferRow, Slot, Target

_TOGETHER: dict[Benefit, Literal["price", "off", "rate"]] = {
    "unit_price": "price",
    "amount": "off",
    "rate": "rate",
}


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`pieces_n` pieces out of a set."""

    target: Target
    pieces_n: Pieces = 1


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All `parts` together at one of `price_minor`, `amount_minor` off, `rate_ppm` off.

    No two parts share an item, so that it is plain which of them a piece fills.
    """

    parts: Annotated[tuple[Part, ...], Meta(min_length=2, max_length=8)]
    price_minor: PriceMinor | None = None
    amount_minor: Off | None = None
    rate_ppm: Rate | None = None


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One deal with a slot for each part; one use is one bundle."""
    slots = tuple(
        Slot(items=catalogue.find(part.target), pieces_n=part.pieces_n) for part in terms.parts
    )
    for slot in slots:
        check_pieces(catalogue, slot.items)
    gain = _gain_of(terms)
    return (DealRow(kind="bundle", slots=slots, benefit=_TOGETHER[gain.benefit], value=gain.value),)


def _gain_of(terms: Terms) -> Gain:
    return pick_gain(
        rate_ppm=terms.rate_ppm, amount_minor=terms.amount_minor, price_minor=terms.price_minor
    )


def say(terms: Terms, currency: Currency) -> str:
    """The line on the receipt: "together for 25.00"."""
    return f"together {_gain_of(terms).say(currency)}"


_SOUP = Item(item="soup", name="Soup", price_minor=1200, category="soup")
_BROTH = Item(item="broth", name="Broth", price_minor=900, category="soup")
_ROLL = Item(item="roll", name="Roll", price_minor=250)
_COLA = Item(item="cola", name="Cola", price_minor=500)
_ITEMS = (_SOUP, _BROTH, _ROLL, _COLA)
_LUNCH = (
    Part(target=Target(any_of=(Match(category="soup"),))),
    Part(target=Target(any_of=(Match(item="roll"),)), pieces_n=2),
    Part(target=Target(any_of=(Match(item="cola"),))),
)


EXAMPLES = (
    Example(
        says="soup, two rolls and a cola for 18.00 instead of 22.00",
        items=_ITEMS,
        terms=Terms(parts=_LUNCH, price_minor=1800),
        basket=basket_of(soup=1, roll=2, cola=1),
        discount_minor=400,
    ),
    Example(
        says="with one roll the bundle is not whole",
        items=_ITEMS,
        terms=Terms(parts=_LUNCH, price_minor=1800),
        basket=basket_of(soup=1, roll=1, cola=1),
        discount_minor=0,
    ),
    Example(
        says="of two soups the dearer one goes into the bundle",
        items=_ITEMS,
        terms=Terms(parts=_LUNCH, price_minor=1800),
        basket=basket_of(broth=1, soup=1, roll=2, cola=1),
        discount_minor=400,
    ),
    Example(
        says="3.00 off each bundle, twice",
        items=_ITEMS,
        terms=Terms(parts=_LUNCH, amount_minor=300),
        basket=basket_of(broth=2, roll=5, cola=2),
        discount_minor=600,
    ),
    Example(
        says="15 % off each piece of it: 1.80, twice 0.38 (0.375 each) and 0.75",
        items=_ITEMS,
        terms=Terms(parts=_LUNCH, rate_ppm=150_000),
        basket=basket_of(soup=1, roll=2, cola=1),
        discount_minor=331,
    ),
)
