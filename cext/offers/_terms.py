"""What the terms of several kinds have in common: bounds, sets, and what is given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Annotated, Literal

from msgspec import Meta, Struct

from cext.errors import Refused
from cext.lang.ids import ItemId
from cext.lang.item import PriceMinor, When
from cext.lang.money import Currency
from cext.offers.rows import Catalogue, Match, Step, Target

PIECE = 1000
WHOLE_PPM = 1_000_000

Rate = Annotated[int, Meta(ge=1, le=WHOLE_PPM)]
Off = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Sum = PriceMinor  # a price or a sum asked for; 0 is allowed
Pieces = Annotated[int, Meta(ge=1, le=1000)]
CouponCode = Annotated[str, Meta(min_length=1, max_length=64)]
Sees = Literal["before", "after"]
Benefit = Literal["unit_price", "rate", "amount"]


class Gain(Struct, frozen=True):
    """What is given: `benefit` and `value` as in the rows."""

    benefit: Benefit
    value: int

    def say(self, currency: Currency) -> str:
        """In words: "free", "-50%", "-2.00" or "for 5.00"."""
        if self.benefit == "rate":
            return "free" if self.value == WHOLE_PPM else say_rate(self.value)
        if self.benefit == "amount":
            return f"-{currency.say(self.value, symbol=False)}"
        return f"for {currency.say(self.value, symbol=False)}" if self.value else "free"


def pick_gain(
    *, rate_ppm: int | None = None, amount_minor: int | None = None, price_minor: int | None = None
) -> Gain:
    """The one thing that is given; Refused("offer_invalid") unless it is exactly one."""
    given = []
    if rate_ppm is not None:
        given.append(Gain("rate", rate_ppm))
    if amount_minor is not None:
        given.append(Gain("amount", amount_minor))
    if price_minor is not None:
        given.append(Gain("unit_price", price_minor))
    if len(given) != 1:
        raise Refused("offer_invalid", "give exactly one of rate, amount and price")
    return given[0]


def aim(
    target: Target | None = None,
    *,
    items: Iterable[ItemId] = (),
    department: str | None = None,
) -> Target:
    """The one set that a document names; Refused("offer_invalid") unless it is exactly one."""
    ways = []
    if target is not None:
        ways.append(target)
    if matches := tuple(Match(item=item) for item in dict.fromkeys(items)):
        ways.append(Target(any_of=matches))
    if department is not None:
        ways.append(Target(any_of=(Match(department=department),)))
    if len(ways) != 1:
        raise Refused("offer_invalid", "name its items in exactly one way, `target` is one")
    return ways[0]


def check_pieces(catalogue: Catalogue, items: Iterable[str]) -> None:
    """Refused("offer_invalid") when one of `items` is sold by weight or volume."""
    for item in items:
        if catalogue.get_unit(item) != "piece":
            raise Refused(
                "offer_invalid",
                f"it counts pieces, and {item!r} is sold by weight or volume; leave it out (`but`)",
            )


def check_alike(catalogue: Catalogue, items: Iterable[str], *, what: str) -> None:
    """Refused("offer_invalid") unless all `items` are priced for the same quantity of one unit."""
    first = None
    for item in items:
        found = (catalogue.get_unit(item), catalogue.get_per(item))
        first = first or found
        if found != first:
            raise Refused(
                "offer_invalid",
                f"{what} means different things for its items: {item!r} is priced per {found[1]} "
                f"{found[0]}, others per {first[1]} {first[0]}; make one offer for each",
            )


def check_rise(steps: Sequence[Step]) -> None:
    """Refused("offer_invalid") unless every step asks for more than the one before it."""
    for low, high in pairwise(steps):
        asks_less = high.min_minor < low.min_minor or high.min_quantity < low.min_quantity
        same = (high.min_minor, high.min_quantity) == (low.min_minor, low.min_quantity)
        if asks_less or same:
            raise Refused("offer_invalid", "each step asks for more than the one before it")


def ask_coupon(code: str) -> When:
    """Open once for each scan of `code`."""
    return When(coupon=code)


def say_rate(rate_ppm: int) -> str:
    """A share taken off: "-12.5%"."""
    whole, rest = divmod(rate_ppm, 10_000)
    return f"-{whole}" + (f".{rest:04d}".rstrip("0") if rest else "") + "%"


def say_sum(amount_minor: int, currency: Currency) -> str:
    """An amount without a symbol."""
    return currency.say(amount_minor, symbol=False)
