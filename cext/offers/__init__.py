"""One file per offer kind: turns a rule document into rows the engine eats."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator
from functools import cache
from typing import cast

import msgspec
from msgspec import Struct

from cext.errors import Refused
from cext.lang.item import Offer, PriceBook
from cext.offers.row import Audience, Benefit, Catalogue, Example, OfferKind, OfferRow

KINDS: dict[str, str] = {
    "special_price": "cext.offers.special_price",
    "member_price": "cext.offers.member_price",
    "percent": "cext.offers.percent",
    "coupon": "cext.offers.coupon",
}
COUPON_KINDS = frozenset({"coupon"})  # the kinds whose rows may name a coupon
CONFLICTS = ("exclusive", "best", "stack")


class Lowered(Struct, frozen=True):
    """One offer as rows; `reason` is what the receipt says. `problem` is empty unless it is bad."""

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
    return Lowered(offer, offer.title or kind.say(terms), kind.lower(terms, catalogue))


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
    offers = tuple(offer for offer in book.offers if offer.kind in COUPON_KINDS)
    if offers:
        catalogue = Catalogue(book.items)
        for offer in offers:
            try:
                rows = lower_offer(offer, catalogue).rows
            except Refused:
                continue
            found.update(((row.coupon, offer.offer), None) for row in rows)
    return tuple(found)


__all__ = [
    "CONFLICTS",
    "COUPON_KINDS",
    "KINDS",
    "Audience",
    "Benefit",
    "Catalogue",
    "Example",
    "Lowered",
    "OfferKind",
    "OfferRow",
    "list_coupons",
    "load_kind",
    "lower_offer",
    "lower_offers",
]
