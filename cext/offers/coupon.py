"""优惠券: a coupon of a maker takes an amount off its items; the store may add to it."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from cext.errors import Refused
from cext.lang.basket import Basket, BasketLine
from cext.lang.ids import ItemId
from cext.lang.item import Item, PriceMinor, When
from cext.lang.money import Currency
from cext.offers._terms import CouponCode, aim, ask_coupon
from cext.offers.rows import BasketRow, Catalogue, Example, Match, OfferRow, Step, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`amount_minor` is borne by the maker, `match_minor` by the store; once per scan of `code`.

    For `item` or for `target`; taken off the first line of it that has value left, then the next.
    """

    code: CouponCode
    item: ItemId | None = None
    target: Target | None = None
    amount_minor: PriceMinor
    match_minor: PriceMinor = 0


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """The store's match first, then the maker's amount, so that the maker pays for what is left."""
    items = catalogue.find(aim(terms.target, items=(terms.item,) if terms.item else ()))
    if not terms.amount_minor + terms.match_minor:
        raise Refused("offer_invalid", "the coupon is worth nothing")
    match = BasketRow(
        kind="match",
        stage="coupon",
        steps=(Step(value=terms.match_minor),),
        benefit="amount",
        seen=items,
        bears=items,
        fair=False,
    )
    face = replace(match, kind="coupon", steps=(Step(value=terms.amount_minor),), funded_by="maker")
    return tuple(row for row in (match, face) if row.steps[0].value)


def when(terms: Terms) -> When:
    """Once per scan of its code."""
    return ask_coupon(terms.code)


def say(_terms: Terms, _currency: Currency) -> str:
    """The line on the receipt."""
    return "Coupon"


_SOAP = Item(item="soap", name="Soap", price_minor=300)
_TERMS = Terms(code="990001", item="soap", amount_minor=100, match_minor=50)
_ONE = BasketLine(line=1, item="soap", quantity=1000)
EXAMPLES = (
    Example(
        says="one coupon: 0.50 from the store and 1.00 from the maker",
        items=(_SOAP,),
        terms=_TERMS,
        basket=Basket(lines=(_ONE,), coupons=("990001",)),
        discount_minor=150,
    ),
    Example(
        says="the third scan finds nothing left to take",
        items=(_SOAP,),
        terms=_TERMS,
        basket=Basket(lines=(_ONE,), coupons=("990001", "990001", "990001")),
        discount_minor=300,
    ),
    Example(
        says="what one line cannot give, the next line of the item gives",
        items=(_SOAP,),
        terms=Terms(code="990002", item="soap", amount_minor=500),
        basket=Basket(
            lines=(_ONE, BasketLine(line=2, item="soap", quantity=1000)), coupons=("990002",)
        ),
        discount_minor=500,
    ),
    Example(
        says="a coupon for all soaps of a brand",
        items=(replace(_SOAP, brand="Foam"),),
        terms=Terms(code="990003", target=Target(any_of=(Match(brand="Foam"),)), amount_minor=80),
        basket=Basket(lines=(_ONE,), coupons=("990003",)),
        discount_minor=80,
    ),
)
