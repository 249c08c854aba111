"""On hand: what lies in each store, as a fold of the movements its events make."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, Table

from cext.lang.events import SaleClosed, SaleRefunded, StockReceived
from cext.lang.movement import STORE, movements_of
from hub.store import METADATA, Change, Fact, Number, Projection, Words

stock_on_hand = Table(
    "stock_on_hand",
    METADATA,
    Column("store", Words, primary_key=True),
    Column("item", Words, primary_key=True),
    Column("on_hand", Number, nullable=False),  # in the item's own unit; may be below zero
    Column("moved_ms", Number, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)


def reduce_on_hand(facts: Sequence[Fact]) -> tuple[Change, ...]:
    """Add what came into the store's place and take what left it; pure."""
    sums: dict[tuple[str, str], int] = {}
    moved: dict[tuple[str, str], int] = {}
    for fact in facts:
        at_ms, store = fact.envelope.at_ms, fact.store
        for movement in movements_of(fact.body):
            if movement.kind != "stock":
                continue
            key = (store, movement.item)
            came = movement.quantity * ((movement.target == STORE) - (movement.source == STORE))
            sums[key] = sums.get(key, 0) + came
            moved[key] = max(moved.get(key, 0), at_ms)
    rows = [(*key, on_hand, moved[key]) for key, on_hand in sums.items()]
    return (Change(stock_on_hand, rows, add=("on_hand",), most=("moved_ms",)),)


PROJECTION = Projection(
    name="on_hand",
    tables=(stock_on_hand,),
    handles=frozenset({StockReceived, SaleClosed, SaleRefunded}),
    reduce=reduce_on_hand,
)
