"""A whole small shop for the pages' tests: broker, hub and edge as processes, devices in bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from cext.engine import with_check_digit
from cext.kit.clock import ClockWheel
from cext.lang.item import Item, Offer, PriceBook
from edge.sim.escpos_tcp_printer import SimPrinter
from edge.sim.keyboard_scanner import SimKeyboardScanner
from edge.sim.serial_scanner import SimScanner
from edge.sim.toledo_8217_scale import SimScale
from edge.sim.vfd_display import SimDisplay
from edge.sim.week.process import Children, free_port
from edge.sim.week.stage import (
    EDGE,
    HUB,
    Folder,
    Ports,
    edge_settings,
    hub_settings,
    make_token,
    start_broker,
    start_daemon,
    toml,
)

STORE = "367"
OPENING_MS = 1_494_253_800_000  # 2017-05-08 10:30 in New York, so that the day never ends in a test
BREAD = with_check_digit("200000000101")
MILK = with_check_digit("200000000102")
BANANAS = with_check_digit("200000000103")
FLOWERS = with_check_digit("200000000104")
COFFEE = with_check_digit("200000000105")
TEA = with_check_digit("200000000106")
CUP = with_check_digit("200000000107")
GRAPES = with_check_digit("200000000108")
MANY = tuple(with_check_digit(f"20000000020{shelf}") for shelf in range(8))
UNKNOWN = with_check_digit("200000000199")

_ITEMS = (
    Item(item="101", name="Rye bread", price_minor=250, codes=(BREAD,), department="BAKERY"),
    Item(item="102", name="Whole milk", price_minor=399, codes=(MILK,), department="DAIRY"),
    Item(
        item="103",
        name="Bananas",
        price_minor=129,
        unit="g",
        codes=(BANANAS,),
        department="PRODUCE",
    ),
    Item(
        item="108",
        name="Grapes 葡萄",
        price_minor=399,
        unit="g",
        codes=(GRAPES,),
        department="PRODUCE",
    ),
    Item(item="104", name="Flowers", price_minor=0, codes=(FLOWERS,), open_price=True),
    Item(item="105", name="Coffee 咖啡", price_minor=1200, codes=(COFFEE,), department="DRINKS"),
    Item(item="106", name="Green tea 绿茶", price_minor=850, codes=(TEA,), department="DRINKS"),
    Item(item="107", name="Cup 杯子", price_minor=600, codes=(CUP,), department="HOME"),
    *(
        Item(item=f"20{shelf}", name=code, price_minor=10, codes=(code,), department=f"D{shelf}")
        for shelf, code in enumerate(MANY)
    ),
)
_DRINKS = {"any_of": [{"department": "DRINKS"}]}


def _terms(terms: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(terms))


_OFFERS = (
    Offer(
        offer="milk-week",
        kind="special_price",
        title="Milk week",
        terms=msgspec.Raw(b'{"item":"102","price_minor":349}'),
    ),
    Offer(
        offer="second-half",
        kind="nth_unit",
        title="第二件半价 Second at half",
        terms=_terms({"target": _DRINKS, "rate_ppm": 500_000}),
    ),
    Offer(
        offer="spend-30",
        kind="threshold",
        title="满30减5 Spend 30, save 5",
        terms=_terms({"target": _DRINKS, "steps": [{"min_minor": 3000, "amount_minor": 500}]}),
    ),
    Offer(
        offer="cup",
        kind="gift",
        title="满30赠杯 A cup from 30",
        terms=_terms({"target": _DRINKS, "min_minor": 3000, "gifts": ["107"]}),
    ),
    Offer(
        offer="grapes",
        kind="tier",
        title="两公斤九折 Two kilos, 10 % off",
        terms=_terms(
            {
                "target": {"any_of": [{"item": "108"}]},
                "steps": [{"from_quantity": 2000, "rate_ppm": 100_000}],
                "unit": "g",
            }
        ),
    ),
)
BOOK = PriceBook(
    version="pages-1", store=STORE, currency="USD", effective_ms=0, items=_ITEMS, offers=_OFFERS
)


@dataclass(frozen=True, kw_only=True)
class Shop:
    """Where the doors are, the tokens for them, and the devices on the counter."""

    edge_url: str
    edge_token: str
    read_token: str
    hub_url: str
    hub_token: str
    scanner: SimScanner
    keyboard: SimKeyboardScanner
    scale: SimScale
    printer: SimPrinter
    display: SimDisplay
    stop_edge: Callable[[], Awaitable[None]]
    start_edge: Callable[[], Awaitable[None]]

    @property
    def counter_page(self) -> str:
        return f"{self.edge_url}/#token={self.edge_token}"

    @property
    def chain_page(self) -> str:
        return f"{self.hub_url}/#token={self.hub_token}"

    async def ask(self, method: str, path: str, body: object = None) -> int:
        """Do something at the edge's door as another till would; the status of the answer."""
        headers = {"Authorization": f"Bearer {self.edge_token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, self.edge_url + path, json=body) as reply,
        ):
            await reply.read()
            return reply.status

    async def read(self, path: str) -> Any:
        """What the edge's door gives at `path`."""
        headers = {"Authorization": f"Bearer {self.edge_token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(self.edge_url + path) as reply,
        ):
            return await reply.json()

    async def ready_lane(self) -> None:
        """An open lane with an empty basket, whatever the test before left behind."""
        await self.ask("DELETE", "/v1/lanes/1/tenders")
        await self.ask("POST", "/v1/lanes/1/cancel", {"reason": "next test"})
        await self.ask("POST", "/v1/lanes/1/open", {"worker": "w1"})

    async def sell(self, *codes: str) -> None:
        """Sell `codes` for cash, without the page."""
        await self.ready_lane()
        for code in codes:
            assert await self.ask("POST", "/v1/lanes/1/scan", {"code": code}) == 200
        cash = {"kind": "cash", "amount_minor": 10_000}
        assert await self.ask("POST", "/v1/lanes/1/tenders", cash) == 200
        assert await self.ask("POST", "/v1/lanes/1/close") == 200


@asynccontextmanager
async def open_shop(root: Path) -> AsyncIterator[Shop]:
    """Start everything in `root` on free ports and bring the price book in."""
    folder = Folder(root)
    ports = Ports(hub=free_port(), edge=free_port(), broker=free_port())
    children = Children(folder.logs)
    ClockWheel(folder.clock).set_now(OPENING_MS)
    folder.hub_config.write_text(toml(hub_settings(folder, ports)))
    async with AsyncExitStack() as stack:
        stack.callback(folder.close)
        stack.push_async_callback(children.stop)
        scanner = await stack.enter_async_context(SimScanner(folder.devices / "scanner1"))
        keys = SimKeyboardScanner(folder.devices / "scanner2")
        keyboard = await stack.enter_async_context(keys)
        scale = await stack.enter_async_context(SimScale(folder.devices / "scale1"))
        printer = await stack.enter_async_context(SimPrinter())
        display = await stack.enter_async_context(SimDisplay(folder.devices / "display1"))
        password_file = await start_broker(children, folder, ports, store=STORE)
        await start_daemon(children, "hub", HUB, folder.hub_config, port=ports.hub)
        devices = {"scanner1": scanner.table(), "scale1": scale.table()}
        devices["printer1"] = printer.table()
        devices["display1"] = display.table()
        devices["scanner2"] = keyboard.table()
        settings = edge_settings(STORE, folder, ports, password_file=password_file, devices=devices)
        folder.edge_config.write_text(toml(settings))
        box = Children(folder.logs)
        stack.push_async_callback(box.stop)

        async def start_edge() -> None:
            await start_daemon(box, "edge", EDGE, folder.edge_config, port=ports.edge)

        await start_edge()
        scopes = ("read", "sell", "manage", "books")
        edge_token, hub_token = await asyncio.gather(
            make_token(EDGE, folder.edge_config, "pages", *scopes),
            make_token(HUB, folder.hub_config, "pages", "read"),
        )
        read_token = await make_token(EDGE, folder.edge_config, "screen", "read")
        shop = Shop(
            edge_url=f"http://127.0.0.1:{ports.edge}",
            edge_token=edge_token,
            read_token=read_token,
            hub_url=f"http://127.0.0.1:{ports.hub}",
            hub_token=hub_token,
            scanner=scanner,
            keyboard=keyboard,
            scale=scale,
            printer=printer,
            display=display,
            stop_edge=box.stop,
            start_edge=start_edge,
        )
        book = msgspec.json.decode(msgspec.json.encode(BOOK))
        assert await shop.ask("POST", "/v1/price-books", book) in {200, 201}
        yield shop
