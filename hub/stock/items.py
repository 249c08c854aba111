"""Names: what each store last called an item it sold, and the unit it counts it in."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, Table

from cext.lang.events import SaleClosed
from hub.store import METADATA, Change, Fact, Projection, Words

store_items = Table(
    "store_items",
    METADATA,
    Column("store", Words, primary_key=True),
    Column("item", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("unit", Words, nullable=False),
    Column("department", Words, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)


def reduce_items(facts: Sequence[Fact]) -> tuple[Change, ...]:
    """The last words used for every item; pure."""
    words: dict[tuple[str, str], tuple[str, str, str]] = {}
    for fact in facts:
        if isinstance(fact.body, SaleClosed):
            for line in fact.body.lines:
                words[fact.store, line.item] = (line.name, line.unit, line.department)
    rows = [(*key, *values) for key, values in words.items()]
    return (Change(store_items, rows, last=("name", "unit", "department")),)


PROJECTION = Projection(
    name="items",
    tables=(store_items,),
    handles=frozenset({SaleClosed}),
    reduce=reduce_items,
)
