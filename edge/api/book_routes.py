"""Doors to items, stock and price books."""

from __future__ import annotations

from typing import Any

from cext.engine import decode_book
from cext.kit.http import Call, Route
from cext.lang.code import ItemCode, PricedLabel, WeighedLabel
from cext.lang.item import Item, PriceBook
from edge.api.services import Services
from edge.api.shapes import BookApplied, ItemList, SearchQuery
from edge.stock import OnHand, Received, Receiving, receive

BOOK_MAX_BYTES = 16 << 20


class BookDoors:
    """Handlers over the price book and the stockroom."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def item(self, call: Call[Any, Any]) -> Item:
        active = self._services.books.get()
        code = call.path["code"]
        decoded = active.codes.decode(code)
        if isinstance(decoded, ItemCode | PricedLabel | WeighedLabel):
            return active.get_item(decoded.item)
        return active.get_item(code)

    async def items(self, call: Call[Any, SearchQuery]) -> ItemList:
        active = self._services.books.get()
        return ItemList(active.search(call.query.search, limit_n=call.query.limit))

    async def stock(self, call: Call[Any, Any]) -> OnHand:
        return self._services.stock.get_on_hand(call.path["item"])

    async def receive(self, call: Call[Receiving, Any]) -> Received:
        return await receive(
            call.body,
            books=self._services.books,
            journal=self._services.journal,
            worker=call.grant.name if call.grant else "",
            once=self._services.replies.once(call, status=201),
        )

    async def apply(self, call: Call[PriceBook, Any]) -> BookApplied:
        active = await self._services.books.apply(call.body)
        return BookApplied(
            version=active.book.version,
            hash=active.hash,
            items_n=len(active.book.items),
            offers_n=len(active.book.offers),
        )


def list_routes(services: Services) -> list[Route]:
    """The routes of this file."""
    doors = BookDoors(services)
    return [
        Route(
            "GET",
            "/v1/items",
            doors.items,
            summary="Items whose name, id or code holds a text",
            reply=ItemList,
            scope="read",
            query=SearchQuery,
            errors=("book_missing",),
        ),
        Route(
            "GET",
            "/v1/items/{code}",
            doors.item,
            summary="The item behind a code, a label or an id",
            reply=Item,
            scope="read",
            errors=("item_unknown", "book_missing"),
        ),
        Route(
            "GET",
            "/v1/stock/{item}",
            doors.stock,
            summary="What is on hand of an item, and as of when",
            reply=OnHand,
            scope="read",
            errors=("item_unknown",),
        ),
        Route(
            "POST",
            "/v1/stock/receivings",
            doors.receive,
            summary="Book a delivery",
            reply=Received,
            scope="sell",
            body=Receiving,
            status=201,
            errors=("item_unknown", "book_missing"),
        ),
        Route(
            "POST",
            "/v1/price-books",
            doors.apply,
            summary="Put a price book in force",
            reply=BookApplied,
            scope="books",
            body=PriceBook,
            max_bytes=BOOK_MAX_BYTES,
            decode=decode_book,
            errors=("price_book_unreadable", "price_book_invalid", "book_foreign", "book_early"),
        ),
    ]
