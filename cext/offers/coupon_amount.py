"""满减券: a coupon takes an amount off a set of goods, from a sum on."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from cext.lang.basket import Basket, BasketLine
from cext.lang.item import Item, When
from cext.lang.money import Currency
from cext.offers._terms import PIECE, CouponCode, Off, Sees, Sum, ask_coupon, say_sum
from cext.offers.rows import BasketRow, Catalogue, Example, Match, OfferRow, Step, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`amount_minor` off the goods of `target` (all goods), once per scan of `code`.

    Only where they come to `min_minor` or more; `sees`: "before" or "after" other offers.
    """

    code: CouponCode
    amount_minor: Off
    min_minor: Sum = 0
    target: Target = Target()
    sees: Sees = "after"
    funded_by: Literal["store", "maker"] = "store"


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One row, shared over the goods."""
    items, but = catalogue.find_wide(terms.target)
    return (
        BasketRow(
            kind="coupon_amount",
            stage="coupon",
            steps=(Step(min_minor=terms.min_minor, value=terms.amount_minor),),
            benefit="amount",
            seen=items,
            bears=items,
            seen_but=but,
            bears_but=but,
            sees=terms.sees,
            funded_by=terms.funded_by,
        ),
    )


def when(terms: Terms) -> When:
    """Once per scan of its code."""
    return ask_coupon(terms.code)


def say(terms: Terms, currency: Currency) -> str:
    """The line on the receipt: "coupon -10.00 from 50.00"."""
    start = f" from {say_sum(terms.min_minor, currency)}" if terms.min_minor else ""
    return f"coupon -{say_sum(terms.amount_minor, currency)}{start}"


_PAN = Item(item="pan", name="Pan", price_minor=5000)
_LID = Item(item="lid", name="Lid", price_minor=4999)
_TERMS = Terms(code="880001", amount_minor=1000, min_minor=5000)


def _basket(item: str, *coupons: str) -> Basket:
    return Basket(lines=(BasketLine(line=1, item=item, quantity=PIECE),), coupons=coupons)


EXAMPLES = (
    Example(
        says="exactly 50.00: 10.00 off",
        items=(_PAN, _LID),
        terms=_TERMS,
        basket=_basket("pan", "880001"),
        discount_minor=1000,
    ),
    Example(
        says="49.99 is a cent short",
        items=(_PAN, _LID),
        terms=_TERMS,
        basket=_basket("lid", "880001"),
        discount_minor=0,
    ),
    Example(
        says="the second coupon sees 40.00 left and no longer 50.00",
        items=(_PAN, _LID),
        terms=_TERMS,
        basket=_basket("pan", "880001", "880001"),
        discount_minor=1000,
    ),
    Example(
        says="a coupon for lids is worth the whole lid and no more",
        items=(_PAN, _LID),
        terms=Terms(code="880002", amount_minor=6000, target=Target(any_of=(Match(item="lid"),))),
        basket=_basket("lid", "880002"),
        discount_minor=4999,
    ),
)
