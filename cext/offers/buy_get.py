"""买N送M: buy so many of a set and get so many of it, or of another, for nothing or cheaper."""

from __future__ import annotations

from msgspec import Struct

from cext.lang.item import Item, PriceMinor
from cext.lang.money import Currency
from cext.offers._examples import basket_of
from cext.offers._terms import WHOLE_PPM, Gain, Off, Pieces, Rate, check_pieces, pick_gain
from cext.offers.rows import Catalogue, DealRow, Example, Match, OfferRow, Slot, Target


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With `buy_n` pieces of `target` come `get_n` of `gets` (None: of the same, the cheapest).

    They are free, or at one of `rate_ppm` off, `amount_minor` off and `price_minor`, each piece.
    """

    target: Target
    buy_n: Pieces
    get_n: Pieces = 1
    gets: Target | None = None
    rate_ppm: Rate | None = None
    amount_minor: Off | None = None
    price_minor: PriceMinor | None = None


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """One deal; one use is `buy_n` pieces bought. One set: one slot, of which the cheapest get."""
    buys = catalogue.find(terms.target)
    gets = buys if terms.gets is None else catalogue.find(terms.gets)
    check_pieces(catalogue, buys)
    check_pieces(catalogue, gets)
    gain = _gain_of(terms)
    if gets == buys:
        slots: tuple[Slot, ...] = (Slot(items=buys, pieces_n=terms.buy_n + terms.get_n),)
    else:
        slots = (
            Slot(items=buys, pieces_n=terms.buy_n, gets=False),
            Slot(items=gets, pieces_n=terms.get_n),
        )
    return (
        DealRow(
            kind="buy_get",
            slots=slots,
            benefit=gain.benefit,
            value=gain.value,
            get_n=terms.get_n if len(slots) == 1 else 0,
        ),
    )


def _gain_of(terms: Terms) -> Gain:
    given = (terms.rate_ppm, terms.amount_minor, terms.price_minor)
    if given == (None, None, None):
        return Gain("rate", WHOLE_PPM)
    return pick_gain(
        rate_ppm=terms.rate_ppm, amount_minor=terms.amount_minor, price_minor=terms.price_minor
    )


def say(terms: Terms, currency: Currency) -> str:
    """The line on the receipt: "buy 2, get 1 free"."""
    return f"buy {terms.buy_n}, get {terms.get_n} {_gain_of(terms).say(currency)}"


_TEA = Item(item="tea", name="Tea", price_minor=1000, category="tea")
_MINT = Item(item="mint", name="Mint tea", price_minor=700, category="tea")
_CUP = Item(item="cup", name="Cup", price_minor=450)
_TEAS = Target(any_of=(Match(category="tea"),))
_CUPS = Target(any_of=(Match(item="cup"),))
_TERMS = Terms(target=_TEAS, buy_n=2)


EXAMPLES = (
    Example(
        says="buy two, the third is free: the cheapest of them",
        items=(_TEA, _MINT, _CUP),
        terms=_TERMS,
        basket=basket_of(tea=2, mint=1),
        discount_minor=700,
    ),
    Example(
        says="two alone are two",
        items=(_TEA, _MINT, _CUP),
        terms=_TERMS,
        basket=basket_of(tea=2),
        discount_minor=0,
    ),
    Example(
        says="six dear and one cheap: two free ones are dear, the cheap one stays out",
        items=(_TEA, _MINT, _CUP),
        terms=_TERMS,
        basket=basket_of(tea=6, mint=1),
        discount_minor=2000,
    ),
    Example(
        says="a cup free with two boxes; the second cup has no boxes of its own",
        items=(_TEA, _MINT, _CUP),
        terms=Terms(target=_TEAS, buy_n=2, gets=_CUPS),
        basket=basket_of(tea=3, cup=2),
        discount_minor=450,
    ),
    Example(
        says="a cup for 1.00 with a box",
        items=(_TEA, _MINT, _CUP),
        terms=Terms(target=_TEAS, buy_n=1, gets=_CUPS, price_minor=100),
        basket=basket_of(mint=1, cup=1),
        discount_minor=350,
    ),
)
