"""Stock as it is asked for: on hand per store and item, each figure with its age."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct
from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cext.lang.ids import ItemId, StoreId
from hub.stock.items import store_items
from hub.stock.on_hand import stock_on_hand
from hub.stores.presence import Presence
from hub.stores.registry import store_last_events


class StockQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which figures, in the order of store and item. `after` is the `next` of the page before.

    `search` asks for items whose number or name holds every one of its words.
    """

    store: StoreId | None = None
    item: ItemId | None = None
    search: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    after: Annotated[str, Meta(pattern=r"^[a-z0-9]{1,16}:[A-Za-z0-9_-]{1,32}$")] | None = None
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 100


class StockRow(Struct, frozen=True, kw_only=True):
    """What lies in a store, in the item's unit; below zero when more was sold than received.

    The hub knew everything the store had done up to `as_of_ms`; `age_ms` is how long ago that
    is. `name` and `unit` are empty for an item that was received but never sold.
    """

    store: str
    item: str
    name: str
    unit: str
    on_hand: int
    as_of_ms: int
    age_ms: int


class StockPage(Struct, frozen=True, kw_only=True):
    """A page of figures; `next` asks for the one after, None at the end."""

    rows: tuple[StockRow, ...]
    next: str | None


async def load_stock(
    connection: AsyncConnection, query: StockQuery, *, presence: Presence, now_ms: int
) -> StockPage:
    """One page of stock."""
    store, item = stock_on_hand.c.store, stock_on_hand.c.item
    named = and_(store_items.c.store == store, store_items.c.item == item)
    chosen = (
        select(
            store,
            item,
            stock_on_hand.c.on_hand,
            store_items.c.name,
            store_items.c.unit,
            store_last_events.c.at_ms,
        )
        .outerjoin(store_items, named)
        .outerjoin(store_last_events, store_last_events.c.store == store)
    )
    if query.store is not None:
        chosen = chosen.where(store == query.store)
    if query.item is not None:
        chosen = chosen.where(item == query.item)
    for word in (query.search or "").split():
        found_in = (item, store_items.c.name)
        chosen = chosen.where(or_(*(text.icontains(word, autoescape=True) for text in found_in)))
    if query.after is not None:
        after_store, _, after_item = query.after.partition(":")
        later = or_(store > after_store, and_(store == after_store, item > after_item))
        chosen = chosen.where(later)
    chosen = chosen.order_by(store, item).limit(query.limit + 1)
    found = (await connection.execute(chosen)).fetchall()
    rows = []
    for row in found[: query.limit]:
        as_of_ms = max(row.at_ms or 0, presence.get_complete_ms(row.store))
        rows.append(
            StockRow(
                store=row.store,
                item=row.item,
                name=row.name or "",
                unit=row.unit or "",
                on_hand=row.on_hand,
                as_of_ms=as_of_ms,
                age_ms=max(0, now_ms - as_of_ms),
            )
        )
    more = len(found) > query.limit
    return StockPage(rows=tuple(rows), next=f"{rows[-1].store}:{rows[-1].item}" if more else None)
