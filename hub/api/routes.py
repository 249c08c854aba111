"""The table of the hub's routes, and the thin handlers behind them."""

from __future__ import annotations

from msgspec import Struct

from cext.kit.clock import Clock
from cext.kit.http import Call, Nothing, Route
from hub.sales.search import SalePage, SalesQuery, SaleView, load_sale, load_sales
from hub.sales.sums import Takings, TakingsQuery, load_takings
from hub.stock.shelf import StockPage, StockQuery, load_stock
from hub.store import Database
from hub.stores.history import EventPage, EventsQuery, load_events
from hub.stores.overview import StoreList, load_stores
from hub.stores.presence import Presence

SCOPES = ("read", "admin")


class Health(Struct, frozen=True, kw_only=True):
    """The hub answers, so `status` is "ok". `stores_up_n` of `stores_n` are on the line."""

    status: str
    software: str
    stores_n: int
    stores_up_n: int
    at_ms: int


class Doors:
    """What the routes need: the database, who is on the line, the clock."""

    def __init__(
        self, database: Database, presence: Presence, *, clock: Clock, software: str
    ) -> None:
        self._database = database
        self._presence = presence
        self._clock = clock
        self._software = software

    async def get_health(self, _call: Call[None, Nothing]) -> Health:
        """Answer from memory, so that a probe never waits for the disk."""
        stores_n, stores_up_n = self._presence.count()
        return Health(
            status="ok",
            software=self._software,
            stores_n=stores_n,
            stores_up_n=stores_up_n,
            at_ms=self._clock.now_ms(),
        )

    async def load_stores(self, _call: Call[None, Nothing]) -> StoreList:
        async with self._database.reading() as connection:
            return await load_stores(
                connection, presence=self._presence, now_ms=self._clock.now_ms()
            )

    async def load_takings(self, call: Call[None, TakingsQuery]) -> Takings:
        async with self._database.reading() as connection:
            return await load_takings(connection, call.query)

    async def load_stock(self, call: Call[None, StockQuery]) -> StockPage:
        async with self._database.reading() as connection:
            return await load_stock(
                connection, call.query, presence=self._presence, now_ms=self._clock.now_ms()
            )

    async def load_sales(self, call: Call[None, SalesQuery]) -> SalePage:
        async with self._database.reading() as connection:
            return await load_sales(connection, call.query)

    async def load_sale(self, call: Call[None, Nothing]) -> SaleView:
        async with self._database.reading() as connection:
            return await load_sale(connection, call.path["number"])

    async def load_events(self, call: Call[None, EventsQuery]) -> EventPage:
        async with self._database.reading() as connection:
            return await load_events(connection, call.path["store"], call.query)


def make_routes(doors: Doors) -> tuple[Route, ...]:
    """Every route of the hub; README.md has one row for each."""
    return (
        Route(
            "GET",
            "/v1/health",
            doors.get_health,
            summary="Whether the hub works",
            reply=Health,
            scope=None,
        ),
        Route(
            "GET",
            "/v1/stores",
            doors.load_stores,
            summary="All stores, with their lag, chain head and price book",
            reply=StoreList,
            scope="read",
        ),
        Route(
            "GET",
            "/v1/stores/{store}/events",
            doors.load_events,
            summary="The events of a store by seq",
            reply=EventPage,
            query=EventsQuery,
            scope="read",
            errors=("store_unknown",),
        ),
        Route(
            "GET",
            "/v1/takings",
            doors.load_takings,
            summary="Takings by day, hour, department, tender or reason of a discount",
            reply=Takings,
            query=TakingsQuery,
            scope="read",
            errors=("currencies_conflict", "takings_too_many"),
        ),
        Route(
            "GET",
            "/v1/stock",
            doors.load_stock,
            summary="Stock on hand, each figure with its age",
            reply=StockPage,
            query=StockQuery,
            scope="read",
        ),
        Route(
            "GET",
            "/v1/sales",
            doors.load_sales,
            summary="Receipts, newest first",
            reply=SalePage,
            query=SalesQuery,
            scope="read",
        ),
        Route(
            "GET",
            "/v1/sales/{number}",
            doors.load_sale,
            summary="One receipt with everything on it",
            reply=SaleView,
            scope="read",
            errors=("sale_unknown",),
        ),
    )
