"""Receipts: every sale and refund as a row to search by, with what was on it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, Index, Table

from cext.lang.events import SaleClosed, SaleRefunded
from hub.store import METADATA, Change, Fact, Number, Projection, Value, Words

# Keyed by the event, not by the number: a projection never fails over what a store printed.
sales = Table(
    "sales",
    METADATA,
    Column("store", Words, primary_key=True),
    Column("epoch", Number, primary_key=True),
    Column("seq", Number, primary_key=True),
    Column("number", Words, nullable=False),
    Column("kind", Words, nullable=False),  # sale | refund
    Column("sale_number", Words),  # of a refund: the sale it gives back
    Column("lane", Words, nullable=False),
    Column("worker", Words, nullable=False),
    Column("at_ms", Number, nullable=False),
    Column("business_day", Words, nullable=False),
    Column("member", Words),
    Column("lines_n", Number, nullable=False),
    Column("gross_minor", Number, nullable=False),
    Column("discount_minor", Number, nullable=False),
    Column("payable_minor", Number, nullable=False),
    Column("rounding_minor", Number, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# Led by the item, since this is how lines are looked for; a whole receipt is in its event.
sale_lines = Table(
    "sale_lines",
    METADATA,
    Column("store", Words, primary_key=True),
    Column("item", Words, primary_key=True),
    Column("epoch", Number, primary_key=True),
    Column("seq", Number, primary_key=True),
    Column("line", Number, primary_key=True),
    Column("department", Words, nullable=False),
    Column("unit", Words, nullable=False),
    Column("quantity", Number, nullable=False),
    Column("gross_minor", Number, nullable=False),
    Column("net_minor", Number, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

Index("sales_by_time", sales.c.store, sales.c.at_ms, sales.c.number)
Index("sales_by_day", sales.c.store, sales.c.business_day)
Index("sales_by_number", sales.c.store, sales.c.number)
Index(
    "sales_by_refunded",
    sales.c.store,
    sales.c.sale_number,
    sqlite_where=sales.c.sale_number.is_not(None),
    postgresql_where=sales.c.sale_number.is_not(None),
)


def reduce_receipts(facts: Sequence[Fact]) -> tuple[Change, ...]:
    """One row per receipt and one per line; pure."""
    heads: list[tuple[Value, ...]] = []
    lines: list[tuple[Value, ...]] = []
    for fact in facts:
        body, envelope = fact.body, fact.envelope
        if not isinstance(body, SaleClosed | SaleRefunded):
            continue
        is_sale = isinstance(body, SaleClosed)
        gross_minor = sum(line.gross_minor for line in body.lines)
        net_minor = sum(line.net_minor for line in body.lines)
        store, epoch, seq = fact.store, fact.epoch, envelope.seq
        heads.append(
            (
                store,
                epoch,
                seq,
                body.number,
                "sale" if is_sale else "refund",
                None if isinstance(body, SaleClosed) else body.sale_number,
                envelope.lane,
                envelope.worker,
                envelope.at_ms,
                body.business_day,
                body.member if isinstance(body, SaleClosed) else None,
                len(body.lines),
                gross_minor,
                gross_minor - net_minor,
                body.payable_minor,
                body.rounding_minor,
            )
        )
        lines.extend(
            (
                store,
                line.item,
                epoch,
                seq,
                # By position: the key must be unique whatever numbers the store printed.
                index,
                line.department,
                line.unit,
                line.quantity,
                line.gross_minor,
                line.net_minor,
            )
            for index, line in enumerate(body.lines, start=1)
        )
    return Change(sales, heads), Change(sale_lines, lines)


PROJECTION = Projection(
    name="receipts",
    tables=(sales, sale_lines),
    handles=frozenset({SaleClosed, SaleRefunded}),
    reduce=reduce_receipts,
)
