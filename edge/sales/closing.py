"""A paid basket becomes a fact: the event that says everything about the sale for ever."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct

from cext.errors import Refused, must
from cext.lang.basket import Basket, BasketLine, Tender
from cext.lang.events import EVENT_MAX_BYTES, SaleClosed, SaleLine
from cext.lang.item import Item
from cext.lang.quote import Quote, QuotedLine
from cext.lang.when import business_day, business_hour
from edge.sales.tender import Settlement, give_change

# Room for the envelope, the tenders and the taxes beside the lines.
LINES_MAX_BYTES = EVENT_MAX_BYTES - 6 * 1024
CHECK_FROM_LINES_N = 40

_encode = msgspec.msgpack.Encoder().encode


class Shop(Struct, frozen=True, kw_only=True):
    """What is the same for every sale of a store."""

    store: str
    currency: str
    zone: str
    day_change_hour: int = 0


def sale_lines(
    basket: Basket, quote: Quote, get_item: Callable[[str], Item]
) -> tuple[SaleLine, ...]:
    """The lines as sold, complete enough to be read without any price book."""
    pairs = zip(basket.lines, quote.lines, strict=True)
    return tuple(_sale_line(line, quoted, get_item(line.item)) for line, quoted in pairs)


def _sale_line(line: BasketLine, quoted: QuotedLine, item: Item) -> SaleLine:
    must(line.line == quoted.line, "quote_follows_basket", line=line.line)
    return SaleLine(
        line=line.line,
        item=line.item,
        name=item.name,
        department=item.department,
        unit=item.unit,
        quantity=line.quantity,
        gross_minor=quoted.gross_minor,
        net_minor=quoted.net_minor,
        tax=quoted.tax,
        tax_minor=quoted.tax_minor,
        code=line.code,
        adjustments=quoted.adjustments,
        derived_quantity=line.derived_quantity,
        weighing=line.weighing,
        override=line.override,
    )


def check_size(lines: tuple[SaleLine, ...]) -> None:
    """Refused("basket_full") when the lines would not fit into one event."""
    if len(lines) >= CHECK_FROM_LINES_N and len(_encode(lines)) > LINES_MAX_BYTES:
        raise Refused("basket_full", "the basket is full; close it and begin another")


def make_sale(
    number: str,
    *,
    at_ms: int,
    shop: Shop,
    basket: Basket,
    quote: Quote,
    lines: tuple[SaleLine, ...],
    tenders: tuple[Tender, ...],
    settled: Settlement,
) -> SaleClosed:
    """The event of a paid basket; `Broken` unless the money adds up."""
    paid = give_change(tenders, settled.change_minor)
    kept_minor = sum(tender.amount_minor - tender.change_minor for tender in paid)
    must(kept_minor == quote.payable_minor + settled.rounding_minor, "tenders_pay_the_sale")
    day = business_day(at_ms, shop.zone, day_change_hour=shop.day_change_hour)
    return SaleClosed(
        number=number,
        business_day=day.isoformat(),
        business_hour=business_hour(at_ms, shop.zone),
        book=quote.book,
        member=basket.member,
        lines=lines,
        tenders=paid,
        taxes=quote.taxes,
        gross_minor=quote.gross_minor,
        discount_minor=quote.discount_minor,
        payable_minor=quote.payable_minor,
        rounding_minor=settled.rounding_minor,
        coupons=basket.coupons,
    )
