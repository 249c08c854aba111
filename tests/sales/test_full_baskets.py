"""A basket is full before anybody pays, and never earlier than its event is."""

from __future__ import annotations

from random import Random

import pytest
from msgspec.structs import replace

from cext.errors import Refused
from cext.lang.basket import Basket, BasketLine, Tender
from cext.lang.events import EVENT_MAX_BYTES, encode_event
from cext.lang.item import Item, Offer
from cext.lang.wire import fits_frame
from edge.books import ActiveBook
from edge.sales.closing import Shop, make_sale
from edge.sales.pricing import price_basket
from edge.sales.tender import settle
from tests.sales.shop import make_book, make_offer

SHOP = Shop(store="367", currency="CNY", zone="UTC")
ITEMS = tuple(Item(item=f"i{n}", name=f"Thing {n}", price_minor=3000 + n) for n in range(120))


def open_book(*offers: Offer) -> ActiveBook:
    return ActiveBook(make_book(items=ITEMS, offers=offers), hash_hex="ab" * 32)


def fill(lines_n: int, *coupons: str) -> Basket:
    lines = tuple(BasketLine(line=n + 1, item=f"i{n}", quantity=3000) for n in range(lines_n))
    return Basket(lines=lines, coupons=coupons)


def close(basket: Basket, book: ActiveBook) -> bytes:
    """The event of the basket, paid in cash."""
    priced = price_basket(basket, book, at_ms=0, zone="UTC")
    payable_minor = priced.quote.payable_minor
    tenders = (Tender(kind="cash", amount_minor=payable_minor),)
    sale = make_sale(
        "367-1-1",
        at_ms=0,
        shop=SHOP,
        basket=basket,
        priced=priced,
        tenders=tenders,
        settled=settle(payable_minor, tenders, step_minor=1),
    )
    return encode_event(sale, seq=1, hlc=1)


def test_a_hundred_lines_with_twenty_coupons_are_one_sale() -> None:
    offers = (
        make_offer(f"c{n}", "coupon_amount", code=f"K{n}", amount_minor=100 + n) for n in range(20)
    )

    raw = close(fill(100, *(f"K{n}" for n in range(20))), open_book(*offers))

    assert len(raw) > EVENT_MAX_BYTES
    assert fits_frame(raw)


def test_words_that_no_event_can_carry_are_refused_before_anybody_pays() -> None:
    noise = Random(1)
    offers = tuple(
        replace(
            make_offer(f"p{n}", "percent", target={}, rate_ppm=1000),
            title=f"{noise.getrandbits(200_000):x}",
            conflict="stack",
        )
        for n in range(5)
    )
    book = open_book(*offers)

    with pytest.raises(Refused, match="begin another") as refused:
        price_basket(fill(5), book, at_ms=0, zone="UTC")

    assert refused.value.code == "basket_full"
    assert fits_frame(close(fill(5), open_book(offers[0])))
