"""One file per offer kind: turns a rule document into rows the engine eats."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator
from functools import cache
from typing import cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cext.errors import Refused
from cext.lang.item import Offer, PriceBook, When
from cext.offers.rows import (
    BasketRow,
    Catalogue,
    DealRow,
    Example,
    ItemRow,
    Match,
    OfferKind,
    OfferRow,
    Slot,
    Step,
    Target,
    TierRow,
)

KINDS: dict[str, str] = {
    "special_price": "cext.offers.special_price",
    "member_price": "cext.offers.member_price",
    "percent": "cext.offers.percent",
    "coupon": "cext.offers.coupon",
}
COUPON_KINDS = frozenset({"coupon"})  # the kinds whose own terms name a coupon
CONFLICTS = ("exclusive", "best", "stack")


class Lowered(Struct, frozen=True):
    """One offer as rows; `reason` is what the receipt says. `problem` is empty unless it is bad.

    `offer.when` holds what the offer asks for and what its kind asks for, in one.
    """

    offer: Offer
    reason: str = ""
    rows: tuple[OfferRow, ...] = ()
    problem: str = ""


@cache
def load_kind(kind: str) -> OfferKind:
    """The file of `kind`, imported when first needed; Refused("offer_invalid") if there is none."""
    path = KINDS.get(kind)
    if path is None:
        near = difflib.get_close_matches(kind, KINDS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise Refused("offer_invalid", f"there is no offer kind {kind!r}{hint}")
    return cast("OfferKind", importlib.import_module(path))


def lower_offer(offer: Offer, catalogue: Catalogue) -> Lowered:
    """The rows of one offer; Refused("offer_invalid") says what is wrong with it."""
    kind = load_kind(offer.kind)
    try:
        terms = msgspec.json.decode(offer.terms, type=kind.Terms)
    except msgspec.MsgspecError as exc:
        raise Refused("offer_invalid", f"terms of {offer.kind}: {exc}") from exc
    if offer.conflict not in CONFLICTS:
        raise Refused("offer_invalid", f"conflict {offer.conflict!r} is none of {CONFLICTS}")
    if offer.group:
        raise Refused("offer_invalid", f"groups of offers are not known yet: {offer.group!r}")
    if offer.from_ms >= offer.until_ms:
        raise Refused("offer_invalid", "it ends before it begins")
    own = getattr(kind, "when", None)
    if own is not None:
        offer = replace(offer, when=_merge(offer.when, own(terms)))
    return Lowered(offer, offer.title or kind.say(terms), kind.lower(terms, catalogue))


def _merge(asked: When, own: When) -> When:
    """Both conditions at once; a kind of its own asks for a card or for a coupon only."""
    if own.coupon and asked.coupon not in ("", own.coupon):
        raise Refused(
            "offer_invalid", f"it asks for coupon {asked.coupon!r} and for its own {own.coupon!r}"
        )
    return replace(asked, member=asked.member or own.member, coupon=own.coupon or asked.coupon)


def lower_offers(book: PriceBook) -> Iterator[Lowered]:
    """Every offer of the book, one at a time; a bad one carries its `problem`.

    In order of rank: higher priority first, then by id, so that the order in which a book lists
    its offers never decides anything.
    """
    catalogue = Catalogue(book.items)
    for offer in sorted(book.offers, key=lambda offer: (-offer.priority, offer.offer)):
        try:
            yield lower_offer(offer, catalogue)
        except Refused as exc:
            yield Lowered(offer, problem=f"offer {offer.offer!r}: {exc.detail}")


def list_coupons(book: PriceBook) -> tuple[tuple[str, str], ...]:
    """(coupon code, offer) for every coupon of the book, in force or not; bad offers left out."""
    found: dict[tuple[str, str], None] = {}
    offers = [offer for offer in book.offers if offer.kind in COUPON_KINDS or offer.when.coupon]
    if offers:
        catalogue = Catalogue(book.items)
        for offer in offers:
            try:
                coupon = lower_offer(offer, catalogue).offer.when.coupon
            except Refused:
                continue
            found[(coupon, offer.offer)] = None
    return tuple(found)


__all__ = [
    "CONFLICTS",
    "COUPON_KINDS",
    "KINDS",
    "BasketRow",
    "Catalogue",
    "DealRow",
    "Example",
    "ItemRow",
    "Lowered",
    "Match",
    "OfferKind",
    "OfferRow",
    "Slot",
    "Step",
    "Target",
    "TierRow",
    "list_coupons",
    "load_kind",
    "lower_offer",
    "lower_offers",
]
