"""Slips of the pen: offers that are sound, and probably not what was meant."""

from __future__ import annotations

from collections.abc import Iterator

from cext.lang.item import Offer
from cext.offers import BasketRow, Lowered
from cext.offers.review._finding import Finding
from cext.offers.review._shelf import Shelf

WHOLE_PPM = 1_000_000
WEEK_DAYS_N = 7


def review_slips(lowered: Lowered, shelf: Shelf) -> Iterator[Finding]:
    """Hours past midnight, sums given back whole, gifts that are kept, rewards that cost more."""
    yield from _review_night(lowered.offer)
    for row in lowered.rows:
        if isinstance(row, BasketRow):
            yield from _review_steps(lowered.offer, row, shelf)
            yield from _review_reward_price(lowered.offer, row, shelf)
            if row.gift and lowered.offer.refund == "pro_rata":
                yield Finding(
                    "warning",
                    lowered.offer.offer,
                    "gift_kept",
                    "who returns the goods is paid all they cost and keeps what came with them; "
                    "set `refund` to `reprice`",
                )


def _review_night(offer: Offer) -> Iterator[Finding]:
    """A weekday is the moment's own, so that a night belongs to two."""
    when = offer.when
    if when.from_minute > when.until_minute and 0 < len(set(when.weekdays)) < WEEK_DAYS_N:
        yield Finding(
            "warning",
            offer.offer,
            "after_midnight",
            "after midnight the weekday is the next one, so that each of its nights is cut in two; "
            "make two offers, one until minute 1440 and one from minute 0 of the next weekdays",
        )


def _review_steps(offer: Offer, row: BasketRow, shelf: Shelf) -> Iterator[Finding]:
    """满100减100: who reaches the step exactly pays nothing."""
    if row.stage not in ("threshold", "coupon") or row.pieces_n:
        return
    for step in row.steps:
        off_minor = step.value
        if row.benefit == "rate":
            off_minor = step.min_minor if step.value == WHOLE_PPM else 0
        if row.cap_minor:
            off_minor = min(off_minor, row.cap_minor)
        if row.benefit in ("amount", "rate") and 0 < step.min_minor <= off_minor:
            yield Finding(
                "warning",
                offer.offer,
                "gives_all",
                f"who reaches {shelf.say(step.min_minor)} has {shelf.say(off_minor)} taken off and "
                "pays nothing; raise the sum or lower what is taken off",
            )
            return


def _review_reward_price(offer: Offer, row: BasketRow, shelf: Shelf) -> Iterator[Finding]:
    """An item that is added, or exchanged for a coupon, at no less than its price."""
    if row.benefit != "unit_price":
        return
    dear = [item for item in row.bears or () if row.steps[0].value >= shelf.get_top(item)]
    if dear:
        rest = f" and {len(dear) - 1} more" if len(dear) > 1 else ""
        yield Finding(
            "warning",
            offer.offer,
            "not_below",
            f"{shelf.say(row.steps[0].value)} is not below the list price of {dear[0]!r}{rest}; "
            "lower it or leave the item out",
        )
