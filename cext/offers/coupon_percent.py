"""折扣券: a coupon takes a share off a set of goods, up to a cap."""

from __future__ import annotations

from msgspec import Struct

from cext.lang.basket import Basket, BasketLine
from cext.lang.item import Item, When
from cext.lang.money import Currency
from cext.offers._terms import PIECE, CouponCode, Rate, Sees, Sum, ask_coupon, say_rate, say_sum
from cext.offers.rows import BasketRow, Catalogue, Example, Match, OfferRow, Step, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`rate_ppm` off the goods of `target` (all goods), once per scan of `code`.

    Never more than `cap_minor` (0: no cap); only where they come to `min_minor` or more; `sees`:
    "before" or "after" other offers.
    """

    code: CouponCode
    rate_ppm: Rate
    cap_minor: Sum = 0
    min_minor: Sum = 0
    target: Target = Target()
    sees: Sees = "after"


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One row, shared over the goods."""
    items, but = catalogue.find_wide(terms.target)
    return (
        BasketRow(
            kind="coupon_percent",
            stage="coupon",
            steps=(Step(min_minor=terms.min_minor, value=terms.rate_ppm),),
            benefit="rate",
            seen=items,
            bears=items,
            seen_but=but,
            bears_but=but,
            sees=terms.sees,
            cap_minor=terms.cap_minor,
        ),
    )


def when(terms: Terms) -> When:
    """Once per scan of its code."""
    return ask_coupon(terms.code)


def say(terms: Terms, currency: Currency) -> str:
    """The line on the receipt: "coupon -10%, at most 20.00"."""
    most = f", at most {say_sum(terms.cap_minor, currency)}" if terms.cap_minor else ""
    return f"coupon {say_rate(terms.rate_ppm)}{most}"


_PAN = Item(item="pan", name="Pan", price_minor=5000)
_HAM = Item(item="ham", name="Ham", price_minor=3000, unit="g", department="fresh")
_TERMS = Terms(code="870001", rate_ppm=100_000, cap_minor=500)


def _pans(pieces_n: int) -> Basket:
    line = BasketLine(line=1, item="pan", quantity=pieces_n * PIECE)
    return Basket(lines=(line,), coupons=("870001",))


EXAMPLES = (
    Example(
        says="a tenth of 50.00 is exactly the cap of 5.00",
        items=(_PAN, _HAM),
        terms=_TERMS,
        basket=_pans(1),
        discount_minor=500,
    ),
    Example(
        says="a tenth of 100.00 is capped",
        items=(_PAN, _HAM),
        terms=_TERMS,
        basket=_pans(2),
        discount_minor=500,
    ),
    Example(
        says="half off the fresh goods: a label of 4.95 is 2.48 cheaper, the pan is not",
        items=(_PAN, _HAM),
        terms=Terms(
            code="870001",
            rate_ppm=500_000,
            target=Target(any_of=(Match(department="fresh"),)),
        ),
        basket=Basket(
            lines=(
                BasketLine(line=1, item="pan", quantity=PIECE),
                BasketLine(
                    line=2, item="ham", quantity=165, label_minor=495, derived_quantity=True
                ),
            ),
            coupons=("870001",),
        ),
        discount_minor=248,
    ),
)
