"""From a scanned text to something for the basket, with a weight where the item asks for one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import structlog

from cext.engine import round_half_up
from cext.errors import DeviceGarbled, DeviceGone, DeviceSlow, Refused
from cext.lang.basket import Weighing
from cext.lang.code import (
    CouponCode,
    Gs1,
    ItemCode,
    LocationCode,
    MemberCard,
    OrderCode,
    PricedLabel,
    ShippingUnit,
    UnknownCode,
    WeighedLabel,
)
from cext.lang.item import Item
from cext.lang.money import Currency
from cext.lang.quantity import PIECE
from edge.books import ActiveBook
from edge.devices.ports import SCALE_READ_MAX_S, Scale, Weight
from edge.sales.edit import Entry
from edge.sales.pricing import UnitPrice

log = structlog.get_logger(__name__)

# One who weighs before us may have the scale for as long as it takes.
SCALE_WAIT_S = SCALE_READ_MAX_S + 1
GetScale = Callable[[], Scale]
GetPrice = Callable[[Item], UnitPrice]
Read = Entry | MemberCard | CouponCode

_WHY_UNKNOWN = {
    "empty": "nothing was read",
    "too_long": "too long for a code",
    "not_printable": "the scanner sent garbage",
    "bad_check_digit": "the check digit is wrong; scan again",
    "unknown_item": "no item has this code",
    "not_a_code": "this is no code of the shop",
    "bad_verifier": "the amount on the label does not fit its check; weigh again",
    "unknown_pack": "this pack has no price; scan a single one",
    "measure_missing": "this code carries no weight; weigh it here",
    "gs1_unreadable": "a part of the code cannot be read; scan again",
    "gs1_value": "the code carries an impossible value",
    "gs1_pairs": "parts of this code do not go together",
    "gs1_nothing": "this code names no item",
    "foreign_currency": "the label is in another currency",
    "price_too_fine": "the label's price is finer than money; weigh again",
}


async def read_code(
    text: str,
    *,
    aim: str,
    quantity: int | None,
    active: ActiveBook,
    get_scale: GetScale | None,
    get_price: GetPrice | None = None,
    today: date,
) -> Read:
    """What `text` puts into the basket; asks the scale for an item sold by weight.

    A scale that shows prices is told what `get_price` gives for the item.

    Lot, serial and expiry reach the line where the code carries them. Refused: code_unknown (fact
    `reason`), item_expired, amount_needed, weight_typed, quantity_needed, and what `weigh` refuses.
    """
    decoded = active.codes.decode(text, aim)
    match decoded:
        case MemberCard() | CouponCode():
            return decoded
        case PricedLabel():
            entry = _priced_entry(decoded, active.get_item(decoded.item), text)
            return _trace(entry, decoded.gs1, today)
        case WeighedLabel():
            entry = Entry(item=decoded.item, quantity=decoded.weight_g, code=text)
            return _trace(entry, decoded.gs1, today)
        case ItemCode():
            item = active.get_item(decoded.item)
            if decoded.gs1 is not None and decoded.gs1.count is not None and quantity is None:
                quantity = decoded.gs1.count * PIECE
            _trace(Entry(item=item.item, quantity=PIECE), decoded.gs1, today)  # before the scale
            by_weight = partial(weigh, get_scale, item, get_price=get_price)
            entry = await _item_entry(item, text, quantity=quantity, weigh_it=by_weight)
            return _trace(entry, decoded.gs1, today)
        case OrderCode() | LocationCode() | ShippingUnit():
            why = "this names an order, a place or a delivery, and nothing to sell"
            raise Refused("code_unknown", f"Not taken: {why}.", reason="not_for_sale")
        case UnknownCode():
            why = decoded.hint or _WHY_UNKNOWN[decoded.reason]
            raise Refused("code_unknown", f"Not taken: {why}.", reason=decoded.reason)


def _trace(entry: Entry, gs1: Gs1 | None, today: date) -> Entry:
    """`entry` with what the code tells of these goods; Refused("item_expired") names the day."""
    if gs1 is None:
        return entry
    expires_on = gs1.expiry or gs1.sell_by
    if expires_on and expires_on < today.isoformat():
        raise Refused(
            "item_expired",
            f"Expired on {expires_on}: must not be sold. Take it off the shelf.",
            item=entry.item,
            expires_on=expires_on,
        )
    return replace(entry, lot=gs1.lot, serial=gs1.serial, expires_on=expires_on)


async def _item_entry(
    item: Item, text: str, *, quantity: int | None, weigh_it: Callable[[], Awaitable[Weighed]]
) -> Entry:
    if item.open_price:
        raise Refused("amount_needed", f"{item.name} is rung by amount", item=item.item)
    if item.unit == "g":
        if quantity is not None:
            raise Refused("weight_typed", f"{item.name} must be weighed, not typed", item=item.item)
        weighed = await weigh_it()
        return Entry(
            item=item.item,
            quantity=weighed.weighing.weight_g,
            code=text,
            weighing=weighed.weighing,
            doubt=weighed.doubt,
        )
    if item.unit == "ml" and quantity is None:
        raise Refused("quantity_needed", f"{item.name}: how many ml?", item=item.item)
    return Entry(item=item.item, quantity=PIECE if quantity is None else quantity, code=text)


def _priced_entry(label: PricedLabel, item: Item, text: str) -> Entry:
    """A label's amount is the truth; the weight follows from it and is marked as derived."""
    quantity = PIECE
    if label.weight_g is not None and item.unit == "g":
        quantity = max(label.weight_g, 1)
    elif item.unit != "piece" and item.price_minor > 0:
        quantity = max(round_half_up(label.amount_minor * item.per, item.price_minor), 1)
    return Entry(
        item=item.item,
        quantity=quantity,
        code=text,
        label_minor=label.amount_minor,
        derived_quantity=item.unit != "piece" and label.weight_g is None,
    )


@dataclass(frozen=True)
class Weighed:
    """A weight with its evidence; `doubt` says to the clerk what the scale showed otherwise."""

    weighing: Weighing
    doubt: str = ""


async def weigh(
    get_scale: GetScale | None, item: Item, *, get_price: GetPrice | None = None
) -> Weighed:
    """A weight of `item` at rest and above zero, with its evidence.

    Refused: scale_missing, scale_silent, scale_garbled, weight_unstable, weight_over,
    weight_under, scale_empty. A silent scale is never a zero. What is net stays as it is: the
    scale has taken its tare off.
    """
    if get_scale is None:
        raise Refused("scale_missing", "this lane has no scale; weigh at another lane")
    price = get_price(item) if get_price else None
    try:
        async with asyncio.timeout(SCALE_WAIT_S):
            weight = await get_scale().read(price_minor=price.kilogram_minor() if price else None)
    except (DeviceGone, DeviceSlow, TimeoutError) as exc:
        raise Refused("scale_silent", "The scale does not answer; check its cable.") from exc
    except DeviceGarbled as exc:
        raise Refused("scale_garbled", "The scale's answer makes no sense; try again.") from exc
    weighing = _evidence(weight)
    return Weighed(weighing, _doubt(weighing, item, price))


def _evidence(weight: Weight) -> Weighing:
    net = True if weight.net else False if weight.tare_g == 0 else None
    return Weighing(
        weight_g=weight.settled_g(),
        tare_g=weight.tare_g,
        device=weight.device,
        protocol=weight.protocol,
        raw_hex=weight.raw.hex(),
        at_ms=weight.at_ms,
        net=net,
        unit=weight.unit,
        division_g=weight.division_g,
        checked=weight.checked,
        identity=weight.identity,
        scale_price_minor=weight.price_minor,
        scale_amount_minor=weight.amount_minor,
    )


def _doubt(weighing: Weighing, item: Item, price: UnitPrice | None) -> str:
    """What to tell the clerk if the customer saw another amount on the scale; logged too."""
    shown_minor = weighing.scale_amount_minor
    if price is None or shown_minor is None:
        return ""
    ours_minor = price.amount_minor(weighing.weight_g)
    if shown_minor == ours_minor:
        return ""
    log.warning(
        "scale_amount_differs",
        device=weighing.device,
        item=item.item,
        scale_minor=shown_minor,
        ours_minor=ours_minor,
    )
    say = Currency(code=price.currency).say
    return f"{item.name}: the scale shows {say(shown_minor)}, it costs {say(ours_minor)}"
