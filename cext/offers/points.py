"""积分抵现: points of a member are spent as money, up to a share of the bill."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from cext.lang.basket import Basket, BasketLine
from cext.lang.item import Item, When
from cext.lang.money import Currency
from cext.lang.rights import Rights
from cext.offers._terms import PIECE, WHOLE_PPM, Off, Rate, Sum, say_sum
from cext.offers.rows import BasketRow, Catalogue, Example, OfferRow, Step, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every `points_n` points are worth `value_minor` off the goods of `target` (all goods).

    Spent only in whole steps of `points_n`, from `min_minor` on, up to `cap_ppm` of what the
    goods still cost and `cap_minor` (0: no cap) in all.
    """

    points_n: Annotated[int, Meta(ge=1, le=1_000_000)]
    value_minor: Off
    cap_ppm: Rate = WHOLE_PPM
    cap_minor: Sum = 0
    min_minor: Sum = 0
    target: Target = Target()


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One row, shared over the goods."""
    items, but = catalogue.find_wide(terms.target)
    return (
        BasketRow(
            kind="points",
            stage="points",
            steps=(Step(min_minor=terms.min_minor, value=terms.value_minor),),
            benefit="points",
            seen=items,
            bears=items,
            seen_but=but,
            bears_but=but,
            points_n=terms.points_n,
            cap_ppm=terms.cap_ppm,
            cap_minor=terms.cap_minor,
        ),
    )


def when(_terms: Terms) -> When:
    """Points are a member's."""
    return When(member=True)


def say(terms: Terms, currency: Currency) -> str:
    """The line on the receipt: "100 points = 1.00"."""
    word = "point" if terms.points_n == 1 else "points"
    return f"{terms.points_n} {word} = {say_sum(terms.value_minor, currency)}"


_PAN = Item(item="pan", name="Pan", price_minor=5000)
_BASKET = Basket(lines=(BasketLine(line=1, item="pan", quantity=PIECE),), member="7")
_TERMS = Terms(points_n=100, value_minor=100, cap_ppm=500_000)
EXAMPLES = (
    Example(
        says="1,250 points are twelve steps of 1.00; 50 points stay",
        items=(_PAN,),
        terms=_TERMS,
        basket=_BASKET,
        discount_minor=1200,
        rights=Rights(points_n=1250),
    ),
    Example(
        says="half the bill at most: exactly 25.00 of 50.00",
        items=(_PAN,),
        terms=_TERMS,
        basket=_BASKET,
        discount_minor=2500,
        rights=Rights(points_n=1_000_000),
    ),
    Example(
        says="99 points are one short of a step",
        items=(_PAN,),
        terms=_TERMS,
        basket=_BASKET,
        discount_minor=0,
        rights=Rights(points_n=99),
    ),
    Example(
        says="steps of 3.00 under a cap of 10.00: three of them",
        items=(_PAN,),
        terms=Terms(points_n=100, value_minor=300, cap_minor=1000),
        basket=_BASKET,
        discount_minor=900,
        rights=Rights(points_n=5000),
    ),
)
