"""满减、每满减、满折: from a sum or so many pieces on something off, once or each time it fits."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from cext.errors import Refused
from cext.lang.item import Item
from cext.lang.money import Currency
from cext.offers._examples import basket_of
from cext.offers._terms import PIECE, Gain, Off, Rate, Sees, Sum, check_pieces, pick_gain, say_sum
from cext.offers.rows import BasketRow, Catalogue, Example, Match, OfferRow, Step, Target


class ThresholdStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `min_minor` and from `min_pieces_n` on (0 asks nothing), one of the two others."""

    min_minor: Sum = 0
    min_pieces_n: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    amount_minor: Off | None = None
    rate_ppm: Rate | None = None


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The highest of `steps` that the goods of `target` reach is given on them, shared fairly.

    `target` without `any_of` is all goods; `but` leaves goods out of the sum and of the gift of
    it. `sees`: the sum "before" other offers took something off, or "after". `repeat`: as often as
    the one step fits. `cap_minor` bounds what one step takes (0: nothing does).
    """

    steps: Annotated[tuple[ThresholdStep, ...], Meta(min_length=1, max_length=16)]
    target: Target = Target()
    sees: Sees = "after"
    repeat: bool = False
    cap_minor: Sum = 0


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One row. Refused when it counts pieces and its set holds goods by weight."""
    gains = [_gain_of(step) for step in terms.steps]
    if any(gain.benefit != gains[0].benefit for gain in gains):
        raise Refused("offer_invalid", "all steps give the same: an amount or a rate")
    if any(step.min_pieces_n for step in terms.steps):
        check_pieces(catalogue, catalogue.find(terms.target))
    items, but = catalogue.find_wide(terms.target)
    return (
        BasketRow(
            kind="threshold",
            stage="threshold",
            steps=tuple(
                Step(
                    min_minor=step.min_minor,
                    min_quantity=step.min_pieces_n * PIECE,
                    value=gain.value,
                )
                for step, gain in zip(terms.steps, gains, strict=True)
            ),
            benefit=gains[0].benefit,
            seen=items,
            bears=items,
            seen_but=but,
            bears_but=but,
            sees=terms.sees,
            repeat=terms.repeat,
            cap_minor=terms.cap_minor,
        ),
    )


def _gain_of(step: ThresholdStep) -> Gain:
    return pick_gain(rate_ppm=step.rate_ppm, amount_minor=step.amount_minor)


def say(terms: Terms, currency: Currency) -> str:
    """The line on the receipt: "from 100.00: -10.00, from 200.00: -30.00"."""
    word = "every" if terms.repeat else "from"
    steps = []
    for step in terms.steps:
        asked = [say_sum(step.min_minor, currency)] if step.min_minor else []
        if step.min_pieces_n:
            asked.append(f"{step.min_pieces_n} pcs")
        given = _gain_of(step).say(currency)
        steps.append(f"{word} {' and '.join(asked)}: {given}" if asked else given)
    most = f", at most {say_sum(terms.cap_minor, currency)}" if terms.cap_minor else ""
    return ", ".join(steps) + most


_PAN = Item(item="pan", name="Pan", price_minor=10000, department="home")
_LID = Item(item="lid", name="Lid", price_minor=9950, department="home")
_PIN = Item(item="pin", name="Pin", price_minor=1, department="home")
_RUM = Item(item="rum", name="Rum", price_minor=9000, tags=("spirits",))
_ITEMS = (_PAN, _LID, _PIN, _RUM)
_TWO_STEPS = (
    ThresholdStep(min_minor=10000, amount_minor=1000),
    ThresholdStep(min_minor=20000, amount_minor=3000),
)
_EACH = (ThresholdStep(min_minor=10000, amount_minor=1000),)


EXAMPLES = (
    Example(
        says="exactly 100.00: 10.00 off",
        items=_ITEMS,
        terms=Terms(steps=_TWO_STEPS),
        basket=basket_of(pan=1),
        discount_minor=1000,
    ),
    Example(
        says="99.50 is not 100.00",
        items=_ITEMS,
        terms=Terms(steps=_TWO_STEPS),
        basket=basket_of(lid=1),
        discount_minor=0,
    ),
    Example(
        says="a cent under the second step is the first",
        items=_ITEMS,
        terms=Terms(steps=_TWO_STEPS),
        basket=basket_of(lid=2, pin=99),
        discount_minor=1000,
    ),
    Example(
        says="every 100.00: 300.01 has three of them",
        items=_ITEMS,
        terms=Terms(steps=_EACH, repeat=True),
        basket=basket_of(pan=3, pin=1),
        discount_minor=3000,
    ),
    Example(
        says="spirits count neither for the sum nor for what is given",
        items=_ITEMS,
        terms=Terms(steps=_EACH, target=Target(but=(Match(tag="spirits"),))),
        basket=basket_of(lid=1, rum=1),
        discount_minor=0,
    ),
    Example(
        says="two pieces of the department, a tenth off, 15.00 at most",
        items=_ITEMS,
        terms=Terms(
            steps=(ThresholdStep(min_pieces_n=2, rate_ppm=100_000),),
            target=Target(any_of=(Match(department="home"),)),
            cap_minor=1500,
        ),
        basket=basket_of(pan=1, lid=1, rum=1),
        discount_minor=1500,
    ),
)
