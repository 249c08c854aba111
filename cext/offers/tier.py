"""阶梯价: cheaper by the quantity bought, for all of it or for what lies above each step."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from cext.errors import Refused
from cext.lang.basket import Basket, BasketLine
from cext.lang.item import Item, PriceMinor
from cext.lang.money import Currency
from cext.lang.quantity import Unit, say_quantity
from cext.offers._terms import Gain, Off, Rate, check_alike, check_rise, pick_gain
from cext.offers.rows import Catalogue, Example, Match, OfferRow, Step, Target, TierRow


class TierStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `from_quantity` on (thousandths of a piece, grams, millilitres), one of the others.

    `price_minor` and `amount_minor` are for the items' own `per`.
    """

    from_quantity: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    price_minor: PriceMinor | None = None
    rate_ppm: Rate | None = None
    amount_minor: Off | None = None


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The highest of `steps` that the quantity of the set reaches counts for all of it.

    With `marginal` each step counts for what lies above it only, the dearest goods below. All
    steps give the same thing: a price, a rate or an amount. `unit` is what the quantities are in.
    """

    target: Target
    steps: Annotated[tuple[TierStep, ...], Meta(min_length=1, max_length=16)]
    marginal: bool = False
    unit: Unit = "piece"


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One row; Refused when the set holds goods of another unit than the steps."""
    items = catalogue.find(terms.target)
    for item in items:
        if catalogue.get_unit(item) != terms.unit:
            raise Refused(
                "offer_invalid",
                f"its steps count in {terms.unit}, and {item!r} does not; leave it out (`but`)",
            )
    gains = [_gain_of(step) for step in terms.steps]
    benefit = gains[0].benefit
    if any(gain.benefit != benefit for gain in gains):
        raise Refused("offer_invalid", "all steps give the same: a price, a rate or an amount")
    if benefit != "rate":
        check_alike(catalogue, items, what="the price of a step")
    steps = tuple(
        Step(min_quantity=step.from_quantity, value=gain.value)
        for step, gain in zip(terms.steps, gains, strict=True)
    )
    check_rise(steps)
    return (
        TierRow(kind="tier", items=items, benefit=benefit, steps=steps, marginal=terms.marginal),
    )


def _gain_of(step: TierStep) -> Gain:
    return pick_gain(
        rate_ppm=step.rate_ppm, amount_minor=step.amount_minor, price_minor=step.price_minor
    )


def say(terms: Terms, currency: Currency) -> str:
    """The line on the receipt: "from 3: for 9.00, from 6: for 8.00"."""
    above = "above" if terms.marginal else "from"
    return ", ".join(
        f"{above} {say_quantity(step.from_quantity, terms.unit)}: {_gain_of(step).say(currency)}"
        for step in terms.steps
    )


_TEA = Item(item="tea", name="Tea", price_minor=1000, category="tea")
_MINT = Item(item="mint", name="Mint tea", price_minor=1200, category="tea")
_RICE = Item(item="rice", name="Rice", price_minor=400, unit="g", per=500, category="rice")
_TARGET = Target(any_of=(Match(category="tea"),))
_STEPS = (
    TierStep(from_quantity=3000, price_minor=900),
    TierStep(from_quantity=6000, price_minor=800),
)
_SACK = (TierStep(from_quantity=5000, rate_ppm=100_000),)


def _tea(pieces_n: int) -> Basket:
    return Basket(lines=(BasketLine(line=1, item="tea", quantity=pieces_n * 1000),))


def _rice(weight_g: int) -> Basket:
    return Basket(lines=(BasketLine(line=1, item="rice", quantity=weight_g),))


EXAMPLES = (
    Example(
        says="exactly three boxes at 9.00",
        items=(_TEA, _MINT),
        terms=Terms(target=_TARGET, steps=_STEPS),
        basket=_tea(3),
        discount_minor=300,
    ),
    Example(
        says="two boxes do not reach the first step",
        items=(_TEA, _MINT),
        terms=Terms(target=_TARGET, steps=_STEPS),
        basket=_tea(2),
        discount_minor=0,
    ),
    Example(
        says="seven boxes at 8.00, all of them",
        items=(_TEA, _MINT),
        terms=Terms(target=_TARGET, steps=_STEPS),
        basket=_tea(7),
        discount_minor=1400,
    ),
    Example(
        says="seven boxes, marginal: three at 10.00, three at 9.00, one at 8.00",
        items=(_TEA, _MINT),
        terms=Terms(target=_TARGET, steps=_STEPS, marginal=True),
        basket=_tea(7),
        discount_minor=500,
    ),
    Example(
        says="different sorts count together: two of 10.00 and one of 12.00 at 9.00",
        items=(_TEA, _MINT),
        terms=Terms(target=_TARGET, steps=_STEPS),
        basket=Basket(
            lines=(
                BasketLine(line=1, item="tea", quantity=2000),
                BasketLine(line=2, item="mint", quantity=1000),
            )
        ),
        discount_minor=500,
    ),
    Example(
        says="5 kg of rice, exactly: 40.00 less a tenth",
        items=(_RICE,),
        terms=Terms(target=Target(any_of=(Match(item="rice"),)), steps=_SACK, unit="g"),
        basket=_rice(5000),
        discount_minor=400,
    ),
    Example(
        says="4,999 g of rice are a gram short",
        items=(_RICE,),
        terms=Terms(target=Target(any_of=(Match(item="rice"),)), steps=_SACK, unit="g"),
        basket=_rice(4999),
        discount_minor=0,
    ),
)
