"""What was sold, read back from its event: the same sale that the counter closed."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from cext.engine import Refunds, Sold, encode_quote, sold_of
from cext.errors import Refused
from cext.lang.basket import Basket, BasketLine, Override, Tender
from cext.lang.events import (
    SaleClosed,
    decode_body,
    decode_envelope,
    encode_event,
    quote_of,
)
from edge.books import ActiveBook
from edge.sales.closing import Shop, make_sale
from edge.sales.pricing import PricedBasket, price_basket
from edge.sales.tender import settle
from tests.sales.shop import COUPON, MILK_CODE, make_book, make_offer

SHOP = Shop(store="367", currency="CNY", zone="Asia/Shanghai")
BY_HAND = Override(discount_minor=3, reason="dented", approved_by="ann")
BASKET = Basket(
    lines=(
        BasketLine(line=1, item="milk", quantity=2000, code=MILK_CODE),
        BasketLine(line=3, item="ham", quantity=155, label_minor=310, derived_quantity=True),
        BasketLine(line=4, item="glue", quantity=3000, override=BY_HAND, lot="A1"),
    ),
    member="7",
    coupons=(COUPON,),
)


def open_book() -> ActiveBook:
    deal = make_offer("pair", "nth_unit", target={"any_of": [{"item": "milk"}]}, rate_ppm=500_000)
    book = make_book()
    return ActiveBook(replace(book, offers=(*book.offers, deal)), hash_hex="ab" * 32)


def close(priced: PricedBasket) -> SaleClosed:
    """The sale as its event says it, after it was bytes."""
    payable_minor = priced.quote.payable_minor
    tenders = (
        Tender(kind="card", amount_minor=100),
        Tender(kind="cash", amount_minor=payable_minor),
    )
    settled = settle(payable_minor, tenders, step_minor=10)
    sale = make_sale(
        "367-1-1",
        at_ms=1_700_000_000_000,
        shop=SHOP,
        basket=BASKET,
        priced=priced,
        tenders=tenders,
        settled=settled,
    )
    raw = encode_event(sale, seq=1, hlc=1 << 16, lane="1", worker="ann")
    body = decode_body(decode_envelope(raw))
    assert isinstance(body, SaleClosed)
    return body


def test_a_sale_read_from_its_event_is_the_sale_that_was_priced() -> None:
    book = open_book()
    priced = price_basket(BASKET, book, at_ms=1_700_000_000_000, zone=SHOP.zone)
    sale = close(priced)

    sold = sold_of(sale)

    assert sold == Sold(
        basket=BASKET,
        quote=replace(priced.quote, losses=(), gifts=()),
        tenders=sale.tenders,
        rounding_minor=sale.rounding_minor,
        at_ms=1_700_000_000_000,
        rights=priced.rights,
    )
    assert sold.quote.uses
    again = book.pricer.quote(sold.basket, sold.at_ms, sold.rights)
    assert encode_quote(again) == encode_quote(priced.quote)


def test_a_sale_read_from_its_event_comes_back_in_parts() -> None:
    book = open_book()
    sale = close(price_basket(BASKET, book, at_ms=0, zone=SHOP.zone))

    refunds = Refunds(sold_of(sale), book.pricer)
    first = refunds.pay_back({1: 1000, 4: 1000})
    last = refunds.pay_back({1: 1000, 3: 155, 4: 2000}, [first])

    kept = [tender.amount_minor - tender.change_minor for tender in sale.tenders]
    both = zip(first.tenders_minor, last.tenders_minor, strict=True)
    assert [one + other for one, other in both] == kept
    assert sum(kept) == sale.payable_minor + sale.rounding_minor


def test_a_sale_of_before_the_proofs_is_given_back_whole_and_not_in_parts() -> None:
    old = replace(close(price_basket(BASKET, open_book(), at_ms=0, zone="UTC")), pricing=None)

    with pytest.raises(Refused, match="whole receipt") as refused:
        sold_of(old)
    assert refused.value.code == "sale_too_old"
    assert quote_of(old) is None
