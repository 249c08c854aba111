"""The first projections: stores, receipts, takings, stock on hand, item names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORDS = sa.Text()
_SUMS = (
    "sales_n",
    "refunds_n",
    "lines_n",
    "pieces_milli",
    "weight_g",
    "volume_ml",
    "gross_minor",
    "discount_minor",
    "net_minor",
)


def upgrade() -> None:
    """Make the tables."""
    _stores()
    _receipts()
    _takings()
    _stock()


def _make(name: str, *columns: sa.Column[object]) -> None:
    op.create_table(name, *columns, sqlite_strict=True, sqlite_with_rowid=False)


def _key(*names: str, numbers: tuple[str, ...] = ()) -> list[sa.Column[object]]:
    kinds = [(name, _NUMBER if name in numbers else _WORDS) for name in names]
    return [sa.Column(name, kind, primary_key=True) for name, kind in kinds]


def _numbers(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, _NUMBER, nullable=False) for name in names]


def _words(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, _WORDS, nullable=False) for name in names]


def _stores() -> None:
    _make(
        "stores",
        *_key("store"),
        *_numbers("epoch"),
        *_words("currency", "zone"),
        *_numbers("day_change_hour"),
        *_words("software"),
        *_numbers("opened_ms"),
    )
    _make(
        "store_books",
        *_key("store"),
        *_words("version", "hash"),
        *_numbers("effective_ms", "applied_ms", "items_n", "offers_n"),
    )
    _make("store_last_events", *_key("store"), *_numbers("epoch", "seq", "at_ms"))


def _receipts() -> None:
    place = ("store", "epoch", "seq")
    _make(
        "sales",
        *_key(*place, numbers=("epoch", "seq")),
        *_words("number", "kind"),
        sa.Column("sale_number", _WORDS),
        *_words("lane", "worker"),
        *_numbers("at_ms"),
        *_words("business_day"),
        sa.Column("member", _WORDS),
        *_numbers("lines_n", "gross_minor", "discount_minor", "payable_minor", "rounding_minor"),
    )
    _make(
        "sale_lines",
        *_key("store", "item", "epoch", "seq", "line", numbers=("epoch", "seq", "line")),
        *_words("department", "unit"),
        *_numbers("quantity", "gross_minor", "net_minor"),
    )
    op.create_index("sales_by_time", "sales", ["store", "at_ms", "number"])
    op.create_index("sales_by_day", "sales", ["store", "business_day"])
    op.create_index("sales_by_number", "sales", ["store", "number"])
    refunds = sa.text("sale_number IS NOT NULL")
    op.create_index(
        "sales_by_refunded",
        "sales",
        ["store", "sale_number"],
        sqlite_where=refunds,
        postgresql_where=refunds,
    )


def _takings() -> None:
    day, sums = ("store", "business_day"), _numbers
    _make("takings_hours", *_key(*day, "hour", numbers=("hour",)), *sums(*_SUMS))
    _make("takings_departments", *_key(*day, "department"), *sums(*_SUMS))
    _make("takings_tenders", *_key(*day, "tender"), *sums(*_SUMS))
    _make("takings_reasons", *_key(*day, "kind", "reason"), *sums(*_SUMS))


def _stock() -> None:
    _make("stock_on_hand", *_key("store", "item"), *_numbers("on_hand", "moved_ms"))
    _make("store_items", *_key("store", "item"), *_words("name", "unit", "department"))
