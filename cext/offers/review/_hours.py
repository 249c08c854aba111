"""Weekdays and hours of offers: whether they are ever open, and ever open together."""

from __future__ import annotations

from cext.lang.item import Offer, When

MINUTE_MS = 60_000
DAY_MIN = 1440
WEEK_DAYS = frozenset(range(1, 8))
# Clocks of the world are between 12 hours behind and 14 hours ahead of UTC; a book names no zone.
BEHIND_MIN, AHEAD_MIN = -12 * 60, 14 * 60

Span = tuple[int, int]


def is_ever_open(when: When, from_ms: int, until_ms: int) -> bool:
    """Whether some minute between the two falls on the weekdays and hours, on any clock."""
    days = frozenset(when.weekdays) or WEEK_DAYS
    first = from_ms // MINUTE_MS + BEHIND_MIN
    last = (until_ms - 1) // MINUTE_MS + AHEAD_MIN
    if last - first >= 8 * DAY_MIN:
        return True
    for day in range(first // DAY_MIN, last // DAY_MIN + 1):
        # 1970-01-01, day 0, was a Thursday: ISO weekday 4.
        if (day + 3) % 7 + 1 not in days:
            continue
        start = day * DAY_MIN
        if any(start + begin <= last and first < start + end for begin, end in spans_of(when)):
            return True
    return False


def spans_of(when: When) -> tuple[Span, ...]:
    """The hours as minutes of one day: two spans when they go past midnight."""
    if when.from_minute < when.until_minute:
        return ((when.from_minute, when.until_minute),)
    return ((0, when.until_minute), (when.from_minute, DAY_MIN))


def can_meet(one: Offer, other: Offer) -> bool:
    """Whether some sale may have both offers open."""
    mine, theirs = one.when, other.when
    return (
        one.from_ms < other.until_ms
        and other.from_ms < one.until_ms
        and _overlap(mine.tiers, theirs.tiers)
        and _overlap(mine.channels, theirs.channels)
        and _overlap(mine.stores, theirs.stores)
        and _overlap(mine.weekdays, theirs.weekdays)
        and any(
            begin < end_2 and begin_2 < end
            for begin, end in spans_of(mine)
            for begin_2, end_2 in spans_of(theirs)
        )
    )


def _overlap(mine: tuple[object, ...], theirs: tuple[object, ...]) -> bool:
    return not mine or not theirs or not set(mine).isdisjoint(theirs)


def is_open_with(wide: Offer, narrow: Offer) -> bool:
    """Whether `wide` is open to every sale that `narrow` is open to."""
    more, less = wide.when, narrow.when
    return (
        wide.from_ms <= narrow.from_ms
        and wide.until_ms >= narrow.until_ms
        and (not more.member or less.member or bool(less.tiers))
        and (not more.first_order or less.first_order)
        and more.coupon in ("", less.coupon)
        and _holds(more.tiers, less.tiers)
        and _holds(more.channels, less.channels)
        and _holds(more.stores, less.stores)
        and (not more.weekdays or set(more.weekdays) >= (set(less.weekdays) or WEEK_DAYS))
        and all(
            any(begin <= begin_2 and end_2 <= end for begin, end in spans_of(more))
            for begin_2, end_2 in spans_of(less)
        )
    )


def _holds(more: tuple[str, ...], less: tuple[str, ...]) -> bool:
    return not more or (bool(less) and set(more) >= set(less))
