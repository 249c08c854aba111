"""A paid basket becomes a fact: the event that says everything about the sale for ever."""

from __future__ import annotations

from msgspec import Struct

from cext.errors import must
from cext.lang.basket import Basket, Tender
from cext.lang.events import SaleClosed
from cext.lang.when import business_day, business_hour
from edge.sales.pricing import PricedBasket
from edge.sales.tender import Settlement, give_change


class Shop(Struct, frozen=True, kw_only=True):
    """What is the same for every sale of a store."""

    store: str
    currency: str
    zone: str
    day_change_hour: int = 0


def make_sale(
    number: str,
    *,
    at_ms: int,
    shop: Shop,
    basket: Basket,
    priced: PricedBasket,
    tenders: tuple[Tender, ...],
    settled: Settlement,
) -> SaleClosed:
    """The event of a paid basket; `Broken` unless the money adds up."""
    paid = give_change(tenders, settled.change_minor)
    quote = priced.quote
    kept_minor = sum(tender.amount_minor - tender.change_minor for tender in paid)
    must(kept_minor == quote.payable_minor + settled.rounding_minor, "tenders_pay_the_sale")
    day = business_day(at_ms, shop.zone, day_change_hour=shop.day_change_hour)
    return SaleClosed(
        number=number,
        business_day=day.isoformat(),
        business_hour=business_hour(at_ms, shop.zone),
        book=quote.book,
        member=basket.member,
        lines=priced.lines,
        tenders=paid,
        taxes=quote.taxes,
        gross_minor=quote.gross_minor,
        discount_minor=quote.discount_minor,
        payable_minor=quote.payable_minor,
        rounding_minor=settled.rounding_minor,
        coupons=basket.coupons,
        pricing=priced.get_pricing(basket),
    )
