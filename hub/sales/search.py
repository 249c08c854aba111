"""Searching receipts, and reading one of them as the store wrote it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field
from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cext.errors import Refused, break_off
from cext.lang.basket import Tender
from cext.lang.events import SaleClosed, SaleLine, SaleRefunded, decode_body, decode_envelope
from cext.lang.ids import ItemId, LaneId, MemberId, StoreId, split_receipt_number
from cext.lang.quote import TaxSum
from hub.sales.receipts import sale_lines, sales
from hub.sales.sums import Day
from hub.store import cursors, events
from hub.stores.registry import stores

Limit = Annotated[int, Meta(ge=1, le=1_000)]


class SalesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which receipts, newest first. `from` and `to` are business days, both included.

    `after` is the `next` of the page before.
    """

    store: StoreId | None = None
    first_day: Day | None = field(default=None, name="from")
    last_day: Day | None = field(default=None, name="to")
    lane: LaneId | None = None
    member: MemberId | None = None
    item: ItemId | None = None
    after: Annotated[str, Meta(pattern=r"^\d{1,15}:[ -~]{1,64}$")] | None = None
    limit: Limit = 100


class SaleRow(Struct, frozen=True, kw_only=True):
    """One receipt of the list. The amounts of a refund are positive; `kind` is the sign."""

    number: str
    store: str
    lane: str
    at_ms: int
    business_day: str
    payable_minor: int
    lines_n: int
    kind: Literal["sale", "refund"]


class SalePage(Struct, frozen=True, kw_only=True):
    """A page of receipts; `next` asks for the one after, None at the end."""

    rows: tuple[SaleRow, ...]
    next: str | None


class SaleView(Struct, frozen=True, kw_only=True):
    """One receipt with everything on it."""

    number: str
    kind: Literal["sale", "refund"]
    sale_number: str | None
    store: str
    currency: str
    lane: str
    worker: str
    at_ms: int
    business_day: str
    epoch: int
    seq: int
    book: str | None
    member: str | None
    lines: tuple[SaleLine, ...]
    tenders: tuple[Tender, ...]
    taxes: tuple[TaxSum, ...]
    coupons: tuple[str, ...]
    gross_minor: int
    discount_minor: int
    payable_minor: int
    rounding_minor: int
    refunded: bool
    reason: str | None
    approved_by: str | None


async def load_sales(connection: AsyncConnection, query: SalesQuery) -> SalePage:
    """One page of receipts, newest first."""
    names = [sales.c[name] for name in SaleRow.__struct_fields__]
    chosen = _filtered(select(*names), query)
    chosen = chosen.order_by(sales.c.at_ms.desc(), sales.c.number.desc()).limit(query.limit + 1)
    found = [SaleRow(**row) for row in (await connection.execute(chosen)).mappings()]
    rows = tuple(found[: query.limit])
    more = len(found) > query.limit
    return SalePage(rows=rows, next=f"{rows[-1].at_ms}:{rows[-1].number}" if more else None)


def _filtered(chosen: Select[Any], query: SalesQuery) -> Select[Any]:
    same = {"store": query.store, "lane": query.lane, "member": query.member}
    for name, value in same.items():
        if value is not None:
            chosen = chosen.where(sales.c[name] == value)
    if query.store is None and (query.first_day or query.last_day):
        # Every index is led by the store, so a day of the whole chain is one look per store.
        chosen = chosen.where(sales.c.store.in_(select(cursors.c.store)))
    if query.first_day is not None:
        chosen = chosen.where(sales.c.business_day >= query.first_day)
    if query.last_day is not None:
        chosen = chosen.where(sales.c.business_day <= query.last_day)
    if query.item is not None:
        sold = and_(*(sale_lines.c[name] == sales.c[name] for name in ("store", "epoch", "seq")))
        chosen = chosen.where(exists().where(sold, sale_lines.c.item == query.item))
    if query.after is not None:
        at_text, _, number = query.after.partition(":")
        at_ms = int(at_text)
        same_time = and_(sales.c.at_ms == at_ms, sales.c.number < number)
        chosen = chosen.where(or_(sales.c.at_ms < at_ms, same_time))
    return chosen


async def load_sale(connection: AsyncConnection, number: str) -> SaleView:
    """The receipt `number`; Refused("sale_unknown") when no store has printed it."""
    parts = split_receipt_number(number)
    if parts is None:
        raise Refused("sale_unknown", f"{number!r} is not the number of a receipt")
    key = and_(*(events.c[name] == sales.c[name] for name in ("store", "epoch", "seq")))
    chosen = select(sales, events.c.raw, stores.c.currency).join(events, key)
    chosen = chosen.outerjoin(stores, stores.c.store == sales.c.store)
    chosen = chosen.where(sales.c.store == parts[0], sales.c.number == number)
    row = (await connection.execute(chosen.order_by(sales.c.epoch.desc()).limit(1))).first()
    if row is None:
        raise Refused("sale_unknown", f"no receipt {number!r} has arrived from store {parts[0]}")
    refunds = select(sales.c.seq).where(
        sales.c.store == parts[0], sales.c.sale_number == number, sales.c.kind == "refund"
    )
    refunded = (await connection.execute(refunds.limit(1))).first() is not None
    return _view(row, refunded=refunded)


def _view(row: Any, *, refunded: bool) -> SaleView:
    body = decode_body(decode_envelope(row.raw))
    if not isinstance(body, SaleClosed | SaleRefunded):
        break_off("sale_row_is_a_sale", number=row.number)
    sale = body if isinstance(body, SaleClosed) else None
    refund = body if isinstance(body, SaleRefunded) else None
    return SaleView(
        number=row.number,
        kind=row.kind,
        sale_number=row.sale_number,
        store=row.store,
        currency=row.currency or "",
        lane=row.lane,
        worker=row.worker,
        at_ms=row.at_ms,
        business_day=row.business_day,
        epoch=row.epoch,
        seq=row.seq,
        book=sale.book if sale else None,
        member=row.member,
        lines=body.lines,
        tenders=body.tenders,
        taxes=sale.taxes if sale else (),
        coupons=sale.coupons if sale else (),
        gross_minor=row.gross_minor,
        discount_minor=row.discount_minor,
        payable_minor=row.payable_minor,
        rounding_minor=row.rounding_minor,
        refunded=refunded,
        reason=refund.reason if refund else None,
        approved_by=refund.approved_by if refund else None,
    )
