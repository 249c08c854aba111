"""The refund of a whole receipt: once, with a reason and somebody's name."""

from __future__ import annotations

from cext.errors import Refused
from cext.lang.events import SaleRefunded
from cext.lang.when import business_day, business_hour
from edge.sales.closing import Shop
from edge.sales.views import Receipt


def make_refund(
    sale: Receipt, number: str, *, reason: str, approved_by: str, at_ms: int, shop: Shop
) -> SaleRefunded:
    """The event that gives `sale` back.

    Refused: not_a_sale for a refund slip, refunded_conflict when it was given back before.
    """
    if sale.kind != "sale":
        raise Refused("not_a_sale", f"{sale.number} is a refund itself", number=sale.number)
    if sale.refunded:
        raise Refused("refunded_conflict", f"{sale.number} was refunded", number=sale.number)
    day = business_day(at_ms, shop.zone, day_change_hour=shop.day_change_hour)
    return SaleRefunded(
        number=number,
        sale_number=sale.number,
        business_day=day.isoformat(),
        business_hour=business_hour(at_ms, shop.zone),
        reason=reason,
        approved_by=approved_by,
        lines=sale.lines,
        tenders=sale.tenders,
        payable_minor=sale.payable_minor,
        rounding_minor=sale.rounding_minor,
    )
