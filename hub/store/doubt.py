"""What no honest store writes, although its bytes can be read: such an event goes to quarantine.

The projections hold all stores in the same tables, so one row that cannot be stored would stop
the intake of all of them, and one that cannot be said in a page's address would end every list.
The rules look at the event alone: a rebuild judges as the intake did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cext.errors import RemoteBroken
from cext.lang.events import (
    Body,
    Envelope,
    PriceBookApplied,
    SaleClosed,
    SaleRefunded,
    StockReceived,
    StoreOpened,
)
from cext.lang.ids import ITEM_PATTERN, LANE_PATTERN, split_receipt_number

HLC_MAX = 2**63 - 1  # what its 48 bits of milliseconds and 16 of counter leave of a column
NUMBER_MAX = 2**53  # of a single number that is not summed up
SUM_MAX = 10**12  # amounts and quantities of one event: 2**63 is nine million of them away
_ITEM = re.compile(ITEM_PATTERN)
_LANE = re.compile(LANE_PATTERN)
_KIND = re.compile(r"[a-z0-9_]{1,64}")
_DAY = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]")
_CURRENCY = re.compile(r"[A-Z]{3}")
_ZONE = re.compile(r"[A-Za-z0-9_+/-]{1,64}")


def check_envelope(envelope: Envelope, *, seq: int) -> None:
    """RemoteBroken: event_misnumbered, or event_absurd for a time or a text that cannot be."""
    if envelope.seq != seq:
        raise RemoteBroken("event_misnumbered", f"event {seq} calls itself {envelope.seq}")
    _must(_KIND.fullmatch(envelope.kind), "kind", envelope.kind)
    _must(0 <= envelope.hlc <= HLC_MAX, "time", envelope.hlc)
    _must(not envelope.lane or _LANE.fullmatch(envelope.lane), "lane", envelope.lane)
    _check_texts(envelope.worker)


def check_body(body: Body, *, store: str) -> None:
    """RemoteBroken: event_foreign for one in the name of another store, or event_absurd."""
    match body:
        case SaleClosed() | SaleRefunded():
            _check_sale(body, store)
        case StockReceived():
            _check_sum("quantities", (line.quantity for line in body.lines))
            for line in body.lines:
                _must(_ITEM.fullmatch(line.item), "item", line.item)
        case StoreOpened():
            _check_owner(body.store, store)
            _must(_CURRENCY.fullmatch(body.currency), "currency", body.currency)
            _must(_ZONE.fullmatch(body.zone), "zone", body.zone)
            _must(0 <= body.day_change_hour <= 23, "day_change_hour", body.day_change_hour)
            _check_texts(body.software)
        case PriceBookApplied():
            for number in (body.effective_ms, body.items_n, body.offers_n):
                _must(abs(number) <= NUMBER_MAX, "number", number)
            _check_texts(body.version, body.hash)
        case _:
            pass  # goes into no projection


def _check_sale(body: SaleClosed | SaleRefunded, store: str) -> None:
    numbers = (body.number,) if isinstance(body, SaleClosed) else (body.number, body.sale_number)
    for number in numbers:
        parts = split_receipt_number(number)
        _check_owner(parts[0] if parts else number, store)
    _must(_DAY.fullmatch(body.business_day), "business_day", body.business_day)
    _must(0 <= body.business_hour <= 23, "business_hour", body.business_hour)
    amounts = [body.payable_minor, body.rounding_minor]
    for tender in body.tenders:
        amounts += (tender.amount_minor, tender.change_minor)
    for line in body.lines:
        amounts += (line.quantity, line.gross_minor, line.net_minor)
        amounts += (adjustment.amount_minor for adjustment in line.adjustments)
        _must(_ITEM.fullmatch(line.item), "item", line.item)
        _check_texts(line.name, line.department, line.unit)
        _check_texts(*(adjustment.reason for adjustment in line.adjustments))
    _check_sum("amounts", amounts)
    if isinstance(body, SaleClosed):
        _check_texts(body.member or "")


def _check_owner(named: str, store: str) -> None:
    if named != store:
        raise RemoteBroken("event_foreign", f"it names {named[:64]!r}; its journal is {store!r}'s")


def _check_sum(name: str, amounts: Iterable[int]) -> None:
    total = sum(abs(amount) for amount in amounts)
    _must(total <= SUM_MAX, name, total)


def _check_texts(*texts: str) -> None:
    # PostgreSQL holds no text with a zero in it.
    for text in texts:
        _must("\0" not in text, "text", text)


def _must(holds: object, name: str, found: object) -> None:
    if not holds:
        raise RemoteBroken("event_absurd", f"{name} cannot be {str(found)[:64]!r}")
