"""One file per offer kind: turns a rule document into rows the engine eats."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cext.errors import Refused
from cext.lang.item import Offer, PriceBook, When
from cext.offers._checks import (
    CONFLICTS,
    SET_ITEMS_MAX_N,
    SLOT_PIECES_MAX_N,
    SLOTS_MAX_N,
    STEPS_MAX_N,
    check_offer,
    check_rows,
    limit_rows,
    merge_when,
)
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
    "amount": "cext.offers.amount",
    "fixed_price": "cext.offers.fixed_price",
    "tier": "cext.offers.tier",
    "nth_unit": "cext.offers.nth_unit",
    "buy_get": "cext.offers.buy_get",
    "cheapest_free": "cext.offers.cheapest_free",
    "any_n": "cext.offers.any_n",
    "bundle": "cext.offers.bundle",
    "threshold": "cext.offers.threshold",
    "gift": "cext.offers.gift",
    "add_on": "cext.offers.add_on",
    "coupon": "cext.offers.coupon",
    "coupon_amount": "cext.offers.coupon_amount",
    "coupon_percent": "cext.offers.coupon_percent",
    "coupon_exchange": "cext.offers.coupon_exchange",
    "points": "cext.offers.points",
    "delivery": "cext.offers.delivery",
}


class Lowered(Struct, frozen=True):
    """One offer as rows; `reason` is what the receipt says. `problem` is empty unless it is bad.

    `offer.when` holds what the offer asks for and what its kind asks for, in one. `was_minor` is
    the former price that a sign names, of kinds that know one.
    """

    offer: Offer
    reason: str = ""
    rows: tuple[OfferRow, ...] = ()
    problem: str = ""
    was_minor: int | None = None


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
    terms = _read_terms(offer, kind)
    check_offer(offer)
    own = getattr(kind, "when", None)
    if own is not None:
        offer = replace(offer, when=merge_when(offer.when, own(terms)))
    rows = limit_rows(kind.lower(terms, catalogue), offer.limits, catalogue)
    check_rows(rows)
    reason = offer.title or kind.say(terms, catalogue.currency)
    return Lowered(offer, reason, rows, was_minor=getattr(terms, "was_minor", None))


def _rank(offer: Offer) -> tuple[int, str]:
    """A priority that is no whole number is refused later, when its offer is lowered."""
    return -offer.priority if type(offer.priority) is int else 0, offer.offer


def lower_offers(book: PriceBook) -> Iterator[Lowered]:
    """Every offer of the book, one at a time; a bad one carries its `problem`.

    In order of rank: higher priority first, then by id, so that the order in which a book lists
    its offers never decides anything.
    """
    catalogue = Catalogue(book.items, book.currency)
    for offer in sorted(book.offers, key=_rank):
        try:
            yield lower_offer(offer, catalogue)
        except Refused as exc:
            yield Lowered(offer, problem=f"offer {offer.offer!r}: {exc.detail}")


def list_coupons(book: PriceBook) -> tuple[tuple[str, str], ...]:
    """(coupon code, offer) for every coupon of the book, in force or not; bad offers left out."""
    found: dict[tuple[str, str], None] = {}
    for offer in book.offers:
        try:
            coupon = _full_when(offer, load_kind(offer.kind)).coupon
        except Refused:
            continue
        if coupon:
            found[(coupon, offer.offer)] = None
    return tuple(found)


def _full_when(offer: Offer, kind: OfferKind) -> When:
    """What the offer and its kind ask for; terms are read only for kinds that ask for something."""
    own = getattr(kind, "when", None)
    return offer.when if own is None else merge_when(offer.when, own(_read_terms(offer, kind)))


def _read_terms(offer: Offer, kind: OfferKind) -> Any:
    try:
        return msgspec.json.decode(offer.terms, type=kind.Terms)
    except msgspec.MsgspecError as exc:
        raise Refused("offer_invalid", f"terms of {offer.kind}: {exc}") from exc


__all__ = [
    "CONFLICTS",
    "KINDS",
    "SET_ITEMS_MAX_N",
    "SLOTS_MAX_N",
    "SLOT_PIECES_MAX_N",
    "STEPS_MAX_N",
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
