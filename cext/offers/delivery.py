"""包邮、减运费: from a sum on, delivery is free or cheaper."""

from __future__ import annotations

from msgspec import Struct

from cext.lang.basket import Basket, BasketLine
from cext.lang.item import Item, When
from cext.lang.money import Currency
from cext.lang.rights import Rights
from cext.offers._terms import PIECE, WHOLE_PPM, Gain, Off, Rate, Sees, Sum, pick_gain, say_sum
from cext.offers.rows import BasketRow, Catalogue, Example, Match, OfferRow, Step, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the goods of `target` (all goods) come to `min_minor`, something off the delivery.

    All of it, or `amount_minor`, or `rate_ppm`. `fees` are the delivery lines it is for (None:
    every item of role "delivery").
    """

    min_minor: Sum = 0
    target: Target = Target()
    fees: Target | None = None
    amount_minor: Off | None = None
    rate_ppm: Rate | None = None
    sees: Sees = "after"


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One row: the goods are seen, the delivery gets it."""
    items, but = catalogue.find_wide(terms.target)
    gain = _gain_of(terms)
    return (
        BasketRow(
            kind="delivery",
            stage="delivery",
            steps=(Step(min_minor=terms.min_minor, value=gain.value),),
            benefit=gain.benefit,
            seen=items,
            seen_but=but,
            bears=catalogue.find_delivery() if terms.fees is None else catalogue.find(terms.fees),
            sees=terms.sees,
        ),
    )


def _gain_of(terms: Terms) -> Gain:
    if terms.amount_minor is None and terms.rate_ppm is None:
        return Gain("rate", WHOLE_PPM)
    return pick_gain(rate_ppm=terms.rate_ppm, amount_minor=terms.amount_minor)


def say(terms: Terms, currency: Currency) -> str:
    """The line on the receipt: "delivery free from 50.00"."""
    start = f" from {say_sum(terms.min_minor, currency)}" if terms.min_minor else ""
    return f"delivery {_gain_of(terms).say(currency)}{start}"


_PAN = Item(item="pan", name="Pan", price_minor=5000)
_LID = Item(item="lid", name="Lid", price_minor=4999)
_BIKE = Item(item="bike", name="Delivery by bike", price_minor=600, role="delivery")
_ITEMS = (_PAN, _LID, _BIKE)


def _basket(item: str) -> Basket:
    return Basket(
        lines=(
            BasketLine(line=1, item=item, quantity=PIECE),
            BasketLine(line=2, item="bike", quantity=PIECE),
        )
    )


EXAMPLES = (
    Example(
        says="exactly 50.00: free",
        items=_ITEMS,
        terms=Terms(min_minor=5000),
        basket=_basket("pan"),
        discount_minor=600,
    ),
    Example(
        says="49.99: the fee itself does not lift it over the step",
        items=_ITEMS,
        terms=Terms(min_minor=5000),
        basket=_basket("lid"),
        discount_minor=0,
    ),
    Example(
        says="10.00 off a fee of 6.00 is 6.00",
        items=_ITEMS,
        terms=Terms(amount_minor=1000, fees=Target(any_of=(Match(item="bike"),))),
        basket=_basket("lid"),
        discount_minor=600,
    ),
    Example(
        says="half the fee for orders from the app",
        items=_ITEMS,
        terms=Terms(rate_ppm=500_000),
        basket=_basket("lid"),
        discount_minor=300,
        rights=Rights(channel="app"),
        more={"when": When(channels=("app",))},
    ),
)
