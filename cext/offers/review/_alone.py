"""What can be said of one offer without looking at the others."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from cext.lang.item import PriceBook, When
from cext.offers import BasketRow, DealRow, ItemRow, Lowered, OfferRow, Step, TierRow
from cext.offers.review._finding import Finding
from cext.offers.review._hours import is_ever_open
from cext.offers.review._shelf import Shelf
from cext.offers.review._split import find_gain_by_splitting

WHOLE_PPM = 1_000_000


def review_alone(lowered: Lowered, shelf: Shelf) -> Iterator[Finding]:
    """Its time, its prices, its steps and its former price."""
    yield from _review_time(lowered, shelf.book)
    yield from _review_tiers(lowered.offer.offer, lowered.offer.when, shelf)
    yield from _review_former_price(lowered, shelf)
    for row in lowered.rows:
        if isinstance(row, ItemRow):
            yield from _review_price(lowered, row, shelf)
        elif isinstance(row, DealRow):
            yield from _review_deal(lowered, row, shelf)
        else:
            yield from _review_steps(lowered, row, shelf)
        if isinstance(row, BasketRow):
            yield from _review_split(lowered, row, shelf)


def _review_time(lowered: Lowered, book: PriceBook) -> Iterator[Finding]:
    offer = lowered.offer
    when = offer.when
    if offer.until_ms <= book.effective_ms:
        yield Finding(
            "warning",
            offer.offer,
            "over",
            "it ends before the book takes effect; leave it out or move its end",
        )
    elif not is_ever_open(when, max(offer.from_ms, book.effective_ms), offer.until_ms):
        yield Finding(
            "error",
            offer.offer,
            "never_open",
            "no moment of its time falls on its weekdays and hours; correct one of the two",
        )
    if when.stores and book.store not in when.stores:
        yield Finding(
            "warning",
            offer.offer,
            "other_store",
            f"it is for {', '.join(when.stores)} and this is the book of {book.store}; "
            "leave it out here",
        )


def _review_tiers(offer: str, when: When, shelf: Shelf) -> Iterator[Finding]:
    """A tier that no price row knows, where price rows know tiers, is probably misspelt."""
    known = shelf.tiers
    strange = [tier for tier in when.tiers if known and tier not in known]
    if strange:
        yield Finding(
            "warning",
            offer,
            "tier_unknown",
            f"no price of the book knows the tier {strange[0]!r}, only "
            f"{', '.join(sorted(known))}; correct its name if it is one of them",
        )


def _review_former_price(lowered: Lowered, shelf: Shelf) -> Iterator[Finding]:
    """规范促销行为暂行规定 (2020-12-01): cuts are measured from the seven days' lowest price."""
    offer = lowered.offer
    has_begun = 0 < offer.from_ms < shelf.book.effective_ms
    for row in lowered.rows:
        items, price_minor = _repriced(row)
        for item in items:
            low = None if has_begun else shelf.find_low(item)
            former = shelf.get_list(item) if low is None else low
            if lowered.was_minor is not None and lowered.was_minor > former:
                yield Finding(
                    "error",
                    offer.offer,
                    "false_was",
                    f"its sign says {shelf.say(lowered.was_minor)} before, and {item!r} cost "
                    f"{shelf.say(former)} within the last seven days; name that or less",
                )
                break
            if low is not None and price_minor >= low:
                yield Finding(
                    "warning",
                    offer.offer,
                    "no_cut",
                    f"{item!r} was sold for {shelf.say(low)} within the last seven days, so "
                    f"{shelf.say(price_minor)} is no lower price; lower it or drop the sign",
                )
                break


def _repriced(row: OfferRow) -> tuple[tuple[str, ...], int]:
    """The items that a row gives another price, piece by piece, and that price."""
    if isinstance(row, ItemRow) and row.benefit == "unit_price":
        return row.items, row.value
    if isinstance(row, DealRow) and row.benefit == "unit_price":
        first = row.slots[0]
        return (first.items if len(row.slots) == first.pieces_n == 1 else ()), row.value
    return (), 0


def _review_price(lowered: Lowered, row: ItemRow, shelf: Shelf) -> Iterator[Finding]:
    if row.benefit != "unit_price":
        return
    dear = [item for item in row.items if row.value >= shelf.get_top(item)]
    if dear:
        rest = f" and {len(dear) - 1} more" if len(dear) > 1 else ""
        yield Finding(
            "warning",
            lowered.offer.offer,
            "not_below",
            f"{shelf.say(row.value)} is not below the list price of {dear[0]!r}{rest}; "
            "lower it or leave the item out",
        )


def _review_deal(lowered: Lowered, row: DealRow, shelf: Shelf) -> Iterator[Finding]:
    tops = [max(shelf.get_top(item) for item in slot.items) for slot in row.slots]
    most = sum(top * slot.pieces_n for top, slot in zip(tops, row.slots, strict=True))
    gets = max(top for top, slot in zip(tops, row.slots, strict=True) if slot.gets)
    idle = (row.benefit == "price" and row.value >= most) or (
        row.benefit == "unit_price" and row.value >= gets
    )
    if idle or most == 0:
        yield Finding(
            "warning",
            lowered.offer.offer,
            "never_saves",
            f"its pieces cost {shelf.say(most)} at most without it, so it never takes anything "
            "off; lower its price",
        )


def _review_steps(lowered: Lowered, row: TierRow | BasketRow, shelf: Shelf) -> Iterator[Finding]:
    for low, high in pairwise(row.steps):
        gives_less = low.value <= high.value if _is_price(row) else low.value >= high.value
        if gives_less:
            yield Finding(
                "error",
                lowered.offer.offer,
                "step_gives_less",
                f"the step from {_say_step(high, shelf)} on gives no more than the one from "
                f"{_say_step(low, shelf)} on; leave it out or let it give more",
            )
    if isinstance(row, BasketRow):
        yield from _review_cap(lowered, row, shelf)


def _is_price(row: TierRow | BasketRow) -> bool:
    return row.benefit == "unit_price"


def _review_cap(lowered: Lowered, row: BasketRow, shelf: Shelf) -> Iterator[Finding]:
    """A step of a rate is idle where the one below it has come to the cap already."""
    if row.benefit != "rate" or not row.cap_minor or row.pieces_n or row.seen != row.bears:
        return
    for low, high in pairwise(row.steps):
        # Goods "after" other offers cost what is seen; "before" they cost less, and the cap is
        # reached later.
        if row.sees == "after" and high.min_minor * low.value >= row.cap_minor * WHOLE_PPM:
            yield Finding(
                "error",
                lowered.offer.offer,
                "step_capped",
                f"the step from {_say_step(high, shelf)} on gives nothing: the one below has "
                "reached the cap by then; raise the cap or leave the step out",
            )


def _say_step(step: Step, shelf: Shelf) -> str:
    asked = [shelf.say(step.min_minor)] if step.min_minor else []
    if step.min_quantity:
        asked.append(f"quantity {step.min_quantity}")
    return " and ".join(asked) or "nothing"


def _review_split(lowered: Lowered, row: BasketRow, shelf: Shelf) -> Iterator[Finding]:
    gain = find_gain_by_splitting(lowered.offer, row)
    if gain is None:
        return
    at = shelf.say(gain.min_minor) if gain.min_minor else f"{gain.min_quantity // 1000} pieces"
    yield Finding(
        "warning",
        lowered.offer.offer,
        "split_pays",
        f"a basket of {at} saves {shelf.say(gain.gain_minor)} more in two baskets; let it repeat, "
        "raise the higher steps, or limit it to one a customer",
    )
