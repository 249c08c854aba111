"""Baskets as structs, packed for the call that prices many of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from cext.engine.pricing.batch import Batch
from cext.engine.pricing.pricing import Pricer
from cext.errors import Refused
from cext.lang.basket import Basket


def pack_baskets(pricer: Pricer, baskets: Iterable[Basket], at_ms: int) -> Batch:
    """The baskets side by side, to be priced at one moment by `pricer` and no other.

    Refused: "basket_not_plain" for a price label or a price by hand, which only `price` knows;
    "item_unknown", "coupon_unknown".
    """
    offsets, coupon_offsets = array("i", [0]), array("i", [0])
    items, quantities, members, coupons = array("i"), array("q"), array("B"), array("i")
    for number, basket in enumerate(baskets):
        if any(line.label_minor is not None or line.override is not None for line in basket.lines):
            raise Refused(
                "basket_not_plain",
                f"basket {number} has a label or a price by hand; price it by itself",
                basket=number,
            )
        items.extend(pricer.index_of(line.item) for line in basket.lines)
        quantities.extend(line.quantity for line in basket.lines)
        members.append(basket.member is not None)
        coupons.extend(pricer.coupon_index(coupon) for coupon in basket.coupons)
        offsets.append(len(items))
        coupon_offsets.append(len(coupons))
    return Batch(
        offsets=offsets,
        items=items,
        quantities=quantities,
        members=members,
        coupon_offsets=coupon_offsets,
        coupons=coupons,
        at_ms=at_ms,
    )
