"""What is checked of every offer, whatever its kind: conditions, limits, the size of its rows."""

from __future__ import annotations

from itertools import chain

from msgspec.structs import replace

from cext.errors import Refused
from cext.lang.item import Limits, Offer, When
from cext.offers._terms import check_pieces, check_rise
from cext.offers.rows import (
    BasketRow,
    Catalogue,
    DealRow,
    ItemRow,
    OfferRow,
    Slot,
    Step,
    TierRow,
)

CONFLICTS = ("exclusive", "best", "stack")
SLOTS_MAX_N = 8
SLOT_PIECES_MAX_N = 1000
STEPS_MAX_N = 16
SET_ITEMS_MAX_N = 100_000
PRIORITY_MAX = 1_000_000
PER_PIECE = 1000
BY_HAND = "manual"  # the rule that a quote names where a person set the price


def check_offer(offer: Offer) -> None:
    """Refused("offer_invalid") for what is wrong with the fields that all kinds have."""
    if offer.offer == BY_HAND:
        raise Refused("offer_invalid", f"{BY_HAND!r} means a price set by hand; rename the offer")
    if offer.conflict not in CONFLICTS:
        raise Refused("offer_invalid", f"conflict {offer.conflict!r} is none of {CONFLICTS}")
    for name in ("priority", "from_ms", "until_ms"):
        if type(getattr(offer, name)) is not int:
            raise Refused("offer_invalid", f"{name} {getattr(offer, name)!r} is no whole number")
    if not -PRIORITY_MAX <= offer.priority <= PRIORITY_MAX:
        raise Refused("offer_invalid", f"priority {offer.priority} is beyond {PRIORITY_MAX}")
    if offer.from_ms >= offer.until_ms:
        raise Refused("offer_invalid", "it ends before it begins")
    when = offer.when
    if when.from_minute == when.until_minute:
        raise Refused(
            "offer_invalid",
            f"its hours begin and end at minute {when.from_minute}; leave both out for all day",
        )


def merge_when(asked: When, own: When) -> When:
    """What an offer asks for and what its kind asks for, in one."""
    if own.coupon and asked.coupon not in ("", own.coupon):
        raise Refused(
            "offer_invalid", f"it asks for coupon {asked.coupon!r} and for its own {own.coupon!r}"
        )
    return replace(asked, member=asked.member or own.member, coupon=own.coupon or asked.coupon)


def check_rows(rows: tuple[OfferRow, ...]) -> None:
    """Refused("offer_invalid") for a row the engine has no room for, or that says two things."""
    for row in rows:
        if isinstance(row, DealRow):
            _check_slots(row)
        elif isinstance(row, TierRow | BasketRow):
            _check_steps(row.steps)
        if isinstance(row, BasketRow):
            _check_basket_row(row)
        for items in _sets_of(row):
            if len(items) > SET_ITEMS_MAX_N:
                raise Refused(
                    "offer_invalid", f"{len(items)} items in a set, at most {SET_ITEMS_MAX_N}"
                )


def _sets_of(row: OfferRow) -> tuple[tuple[str, ...], ...]:
    if isinstance(row, DealRow):
        return tuple(slot.items for slot in row.slots)
    if isinstance(row, BasketRow):
        return (row.seen or (), row.bears or (), row.seen_but, row.bears_but)
    return (row.items,)


def _check_slots(row: DealRow) -> None:
    if not 1 <= len(row.slots) <= SLOTS_MAX_N:
        raise Refused("offer_invalid", f"{len(row.slots)} parts, at most {SLOTS_MAX_N}")
    pieces_n = sum(slot.pieces_n for slot in row.slots)
    if pieces_n > SLOT_PIECES_MAX_N or any(slot.pieces_n < 1 for slot in row.slots):
        raise Refused("offer_invalid", f"{pieces_n} pieces in one use, 1 to {SLOT_PIECES_MAX_N}")
    seen: set[str] = set()
    for item in chain.from_iterable(slot.items for slot in row.slots):
        if item in seen:
            raise Refused(
                "offer_invalid", f"item {item!r} is in two of its sets; leave it out of one (`but`)"
            )
        seen.add(item)


def _check_steps(steps: tuple[Step, ...]) -> None:
    if not 1 <= len(steps) <= STEPS_MAX_N:
        raise Refused("offer_invalid", f"{len(steps)} steps, at most {STEPS_MAX_N}")
    check_rise(steps)


def _check_basket_row(row: BasketRow) -> None:
    if not row.repeat:
        return
    if len(row.steps) != 1:
        raise Refused("offer_invalid", "an offer that repeats has one step")
    if not row.steps[0].min_minor and not row.steps[0].min_quantity:
        raise Refused("offer_invalid", "an offer that repeats asks for an amount or for pieces")


def limit_rows(
    rows: tuple[OfferRow, ...], limits: Limits, catalogue: Catalogue
) -> tuple[OfferRow, ...]:
    """Prices of whole lines turned into deals of one piece where an offer has limits.

    What is limited are pieces then, so that all of the set must be sold by the piece.
    """
    if limits == Limits():
        return rows
    return tuple(_by_piece(row, catalogue) if isinstance(row, ItemRow) else row for row in rows)


def _by_piece(row: ItemRow, catalogue: Catalogue) -> DealRow:
    check_pieces(catalogue, row.items)
    if row.benefit != "rate":
        for item in row.items:
            if catalogue.get_per(item) != PER_PIECE:
                raise Refused(
                    "offer_invalid",
                    f"its limits count pieces, and {item!r} is not priced for one piece",
                )
    return DealRow(
        kind=row.kind,
        slots=(Slot(items=row.items, pieces_n=1),),
        benefit=row.benefit,
        value=row.value,
        funded_by=row.funded_by,
    )
