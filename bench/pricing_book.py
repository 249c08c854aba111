"""The bench's shop as a Storeline price book, and its baskets as Storeline's."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from bench.pricing_shop import Offering, Shopping, World
from cext.lang.basket import Basket, BasketLine
from cext.lang.item import Item, Offer, PriceBook

AT_MS = 1_786_320_000_000
PIECE = 1000  # thousandths
PPM_OF_PERCENT = 10_000
HALF_PPM = 500_000


def make_book(world: World) -> PriceBook:
    """Member prices are offers as the others are: one a reduced item."""
    items = tuple(
        Item(item=ware.item, name=ware.item, price_minor=ware.price_minor, category=ware.category)
        for ware in world.wares
    )
    members = (
        _offer(f"member-{ware.item}", "member_price", item=ware.item, price_minor=ware.member_minor)
        for ware in world.wares
        if ware.member_minor
    )
    offers = (*members, *(_say(one) for one in world.offers))
    return PriceBook(
        version="bench", store="bench", currency="ILS", effective_ms=0, items=items, offers=offers
    )


def _say(one: Offering) -> Offer:
    target = {"any_of": [{"item": item} for item in one.items]}
    if one.kind == "buy_get":
        return _offer(one.offer, "buy_get", target=target, buy_n=one.buy_n, get_n=one.get_n)
    if one.kind == "nth_half":
        return _offer(one.offer, "nth_unit", target=target, nth=2, rate_ppm=HALF_PPM)
    if one.kind == "n_for":
        return _offer(
            one.offer, "any_n", target=target, any_n=one.buy_n, price_minor=one.price_minor
        )
    if one.kind == "percent":
        target = {"any_of": [{"category": one.category}]}
        rate_ppm = one.percent * PPM_OF_PERCENT
        return _offer(one.offer, "percent", conflict="stack", target=target, rate_ppm=rate_ppm)
    if one.kind == "amount_off":
        return _offer(
            one.offer, "amount", conflict="stack", target=target, amount_minor=one.amount_minor
        )
    if one.kind == "spend":
        step = {"min_minor": one.least_minor, "amount_minor": one.amount_minor}
        return _offer(one.offer, "threshold", conflict="stack", steps=[step])
    return _offer(one.offer, "coupon_amount", code=one.code, amount_minor=one.amount_minor)


def _offer(offer: str, kind: str, *, conflict: str = "best", **terms: Any) -> Offer:
    raw = Raw(msgspec.json.encode(terms))
    return Offer(offer=offer, kind=kind, title=offer, terms=raw, conflict=conflict)


def make_basket(one: Shopping, *, times: int = 1) -> Basket:
    """The basket with every quantity `times` as large."""
    return Basket(
        lines=tuple(
            BasketLine(line=line, item=item, quantity=units * times * PIECE)
            for line, (item, units) in enumerate(one.lines, start=1)
        ),
        member="m1" if one.member else None,
        coupons=(one.coupon,) if one.coupon else (),
    )
