"""兑换券: a coupon is exchanged for pieces of an item, for nothing or at a price."""

from __future__ import annotations

from msgspec import Struct

from cext.lang.basket import Basket, BasketLine
from cext.lang.item import Item, When
from cext.lang.money import Currency
from cext.offers._terms import PIECE, CouponCode, Pieces, Sum, ask_coupon, check_pieces, say_sum
from cext.offers.rows import BasketRow, Catalogue, Example, Match, OfferRow, Step, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`pieces_n` pieces of `target` cost `price_minor` each, once per scan of `code`.

    Of several items in the basket the pieces that save most.
    """

    code: CouponCode
    target: Target
    price_minor: Sum = 0
    pieces_n: Pieces = 1


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One row on so many pieces."""
    items = catalogue.find(terms.target)
    check_pieces(catalogue, items)
    return (
        BasketRow(
            kind="coupon_exchange",
            stage="coupon",
            steps=(Step(value=terms.price_minor),),
            benefit="unit_price",
            seen=items,
            bears=items,
            pieces_n=terms.pieces_n,
        ),
    )


def when(terms: Terms) -> When:
    """Once per scan of its code."""
    return ask_coupon(terms.code)


def say(terms: Terms, currency: Currency) -> str:
    """The line on the receipt: "coupon, 1 for 2.00" or "coupon, 1 free"."""
    price = f"for {say_sum(terms.price_minor, currency)}" if terms.price_minor else "free"
    return f"coupon, {terms.pieces_n} {price}"


_TEA = Item(item="tea", name="Tea", price_minor=1250, category="tea")
_MINT = Item(item="mint", name="Mint tea", price_minor=990, category="tea")
_ITEMS = (_TEA, _MINT)
_TERMS = Terms(code="860001", target=Target(any_of=(Match(category="tea"),)))


def _basket(tea_n: int, mint_n: int, scans_n: int) -> Basket:
    return Basket(
        lines=(
            BasketLine(line=1, item="tea", quantity=tea_n * PIECE),
            BasketLine(line=2, item="mint", quantity=mint_n * PIECE),
        ),
        coupons=("860001",) * scans_n,
    )


EXAMPLES = (
    Example(
        says="one coupon, one box: the dearer of the two",
        items=_ITEMS,
        terms=_TERMS,
        basket=_basket(1, 1, 1),
        discount_minor=1250,
    ),
    Example(
        says="three coupons and two boxes: the third finds nothing",
        items=_ITEMS,
        terms=_TERMS,
        basket=_basket(1, 1, 3),
        discount_minor=2240,
    ),
    Example(
        says="two boxes for 2.00 each with one coupon",
        items=_ITEMS,
        terms=Terms(
            code="860001",
            target=Target(any_of=(Match(item="tea"),)),
            price_minor=200,
            pieces_n=2,
        ),
        basket=_basket(3, 1, 1),
        discount_minor=2100,
    ),
    Example(
        says="without a scan nothing happens",
        items=_ITEMS,
        terms=_TERMS,
        basket=_basket(1, 1, 0),
        discount_minor=0,
    ),
)
