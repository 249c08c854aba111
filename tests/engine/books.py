"""Random price books and baskets, small enough to clash often."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import Raw

from cext.lang.basket import Basket, BasketLine, Override
from cext.lang.item import Item, Offer, PriceBook, Tax

ITEMS = tuple("abcd")
DEPARTMENTS = ("food", "rest")
COUPONS = ("990001", "990002", "990003")
NOW_MS = 1000
SINGLES = ("special_price", "member_price", "percent", "coupon")  # kinds on single items
TIMES = ((0, 2**62), (0, 2**62), (NOW_MS, NOW_MS + 1), (NOW_MS + 1, 2**62), (0, NOW_MS))


def make_offer(offer: str, kind: str, terms: dict[str, Any], **more: Any) -> Offer:
    """An offer with its terms as JSON."""
    return Offer(offer=offer, kind=kind, title=more.pop("title", ""), terms=to_raw(terms), **more)


def to_raw(terms: object) -> Raw:
    """Terms as the price book carries them."""
    return Raw(msgspec.json.encode(terms))


def make_book(*items: Item, offers: tuple[Offer, ...] = (), **more: Any) -> PriceBook:
    """A book of one store in CNY."""
    return PriceBook(
        version="b1",
        store="s1",
        currency="CNY",
        effective_ms=0,
        items=items,
        offers=offers,
        **more,
    )


def make_line(line: int, item: str, quantity: int = 1000, **more: Any) -> BasketLine:
    """A basket line, one piece by default."""
    return BasketLine(line=line, item=item, quantity=quantity, **more)


def make_basket(*lines: BasketLine, **more: Any) -> Basket:
    """A basket of `lines`."""
    return Basket(lines=lines, **more)


def _item(name: str) -> st.SearchStrategy[Item]:
    return st.builds(
        Item,
        item=st.just(name),
        name=st.just(name),
        price_minor=st.one_of(st.integers(0, 30), st.integers(0, 5000)),
        per=st.sampled_from((1000, 500, 1)),
        department=st.sampled_from(DEPARTMENTS),
        tax=st.sampled_from(("none", "low", "high")),
    )


def _terms(kind: str, number: int, department: str) -> st.SearchStrategy[dict[str, Any]]:
    item, money = st.sampled_from(ITEMS), st.integers(0, 4000)
    rate = st.integers(1, 1_000_000)
    if kind == "percent":
        some = st.lists(item, min_size=1, max_size=3)
        return st.one_of(
            st.fixed_dictionaries({"items": some, "rate_ppm": rate}),
            st.fixed_dictionaries({"department": st.just(department), "rate_ppm": rate}),
        )
    if kind == "coupon":
        code = st.just(COUPONS[number % len(COUPONS)])
        face = st.integers(1, 3000)
        return st.fixed_dictionaries(
            {"code": code, "item": item, "amount_minor": face, "match_minor": money}
        )
    return st.fixed_dictionaries({"item": item, "price_minor": money})


ALL_ITEMS = st.tuples(*[_item(name) for name in ITEMS])


@st.composite
def books(draw: st.DrawFn, kinds: tuple[str, ...] = SINGLES) -> PriceBook:
    """Four items and up to five offers of `kinds` on them, often on the same one."""
    items = draw(ALL_ITEMS)
    chosen = draw(st.lists(st.sampled_from(kinds), max_size=5))
    offers = []
    for number, kind in enumerate(chosen):
        if kind == "coupon" and chosen[:number].count(kind) >= len(COUPONS) - 1:
            continue
        nth = chosen[:number].count(kind)
        from_ms, until_ms = draw(st.sampled_from(TIMES))
        offers.append(
            make_offer(
                f"o{number}",
                kind,
                draw(_terms(kind, nth, items[0].department)),
                conflict=draw(st.sampled_from(("best", "best", "stack", "exclusive"))),
                priority=draw(st.integers(-1, 1)),
                from_ms=from_ms,
                until_ms=until_ms,
            )
        )
    rates = draw(st.sampled_from(((60_000, 200_000), (88_750, 0), (333_333, 1_000_000))))
    return make_book(
        *items,
        offers=tuple(offers),
        taxes={
            "none": Tax(rate_ppm=0),
            "low": Tax(rate_ppm=rates[0]),
            "high": Tax(rate_ppm=rates[1]),
        },
        tax_included=draw(st.booleans()),
    )


def _overrides() -> st.SearchStrategy[Override | None]:
    made = st.builds(
        Override,
        amount_minor=st.none() | st.integers(0, 5000),
        discount_minor=st.integers(0, 3000),
        reason=st.just("dented"),
        approved_by=st.just("ann"),
    )
    return st.none() | st.none() | st.none() | made


@st.composite
def baskets(draw: st.DrawFn) -> Basket:
    """Up to five lines of the four items, some labelled or overridden, with or without a card."""
    one = st.tuples(
        st.sampled_from(ITEMS),
        st.integers(1, 20_000),
        st.none() | st.none() | st.integers(0, 4000),
        _overrides(),
    )
    lines = [
        make_line(number, item, quantity, label_minor=label, override=override)
        for number, (item, quantity, label, override) in enumerate(
            draw(st.lists(one, max_size=5)), start=1
        )
    ]
    return make_basket(
        *lines,
        member=draw(st.none() | st.just("7")),
        coupons=tuple(draw(st.lists(st.sampled_from(COUPONS), max_size=3))),
    )
