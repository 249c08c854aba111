"""A shop for tests: a price book, settings in a temporary folder, and a running box."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from msgspec import Raw

from cext.engine import make_code, with_check_digit
from cext.lang.item import Item, LabelLayout, Offer, PriceBook
from edge.app import run
from edge.box import Box, open_tokens
from edge.config import Settings

STORE = "367"
PRICED = LabelLayout(pattern="21 I{5} A{5} C")
MEMBERS = LabelLayout(pattern="29 M{10} C")
MILK_CODE = with_check_digit("600000000001")
BANANA_CODE = with_check_digit("600000000002")
GLUE_CODE = with_check_digit("600000000003")
COUPON = "990001"
WAIT_S = 10


def member_code(member: int) -> str:
    return make_code(MEMBERS, digits=f"{member:010d}")


def label_code(amount_minor: int) -> str:
    return make_code(PRICED, item="00042", amount_minor=amount_minor)


def make_offer(offer: str, kind: str, **terms: Any) -> Offer:
    return Offer(offer=offer, kind=kind, title=offer, terms=Raw(msgspec.json.encode(terms)))


def make_book(version: str = "1", **changes: Any) -> PriceBook:
    items = (
        Item(item="milk", name="Milk", price_minor=349, codes=(MILK_CODE,), department="DAIRY"),
        Item(
            item="banana",
            name="Bananas",
            price_minor=798,
            unit="g",
            per=500,
            codes=(BANANA_CODE,),
            department="FRUIT",
        ),
        Item(item="ham", name="Ham", price_minor=2000, unit="g", plu="00042", department="DELI"),
        Item(item="glue", name="Glue", price_minor=503, codes=(GLUE_CODE,), minimum_age=18),
        Item(item="misc", name="Miscellaneous", price_minor=0, open_price=True),
    )
    offers = (
        make_offer("milk-member", "member_price", item="milk", price_minor=299),
        make_offer("milk-coupon", "coupon", code=COUPON, item="milk", amount_minor=50),
    )
    facts: dict[str, Any] = {
        "version": version,
        "store": STORE,
        "currency": "USD",
        "effective_ms": 0,
        "items": items,
        "offers": offers,
        "layouts": (PRICED, MEMBERS),
    }
    return PriceBook(**{**facts, **changes})


def make_settings(state_dir: Path, **changes: Any) -> Settings:
    """Settings of one lane without devices; the price book lies beside the state."""
    book_file = state_dir / "book.json"
    if not book_file.exists():
        state_dir.mkdir(parents=True, exist_ok=True)
        book_file.write_bytes(msgspec.json.encode(make_book()))
    facts: dict[str, Any] = {
        "store": STORE,
        "zone": "America/New_York",
        "currency": "USD",
        "state_dir": str(state_dir),
        "price_book_file": str(book_file),
        "api": {"port": 0},
        "lanes": [{"id": "1"}],
        "receipt": {"shop_name": "Corner Shop"},
    }
    return msgspec.convert({**facts, **changes}, Settings)


class Door:
    """A client of a running box."""

    def __init__(self, box: Box, session: aiohttp.ClientSession) -> None:
        self.box = box
        self.session = session
        self.url = f"http://{box.address[0]}:{box.address[1]}"

    async def call(
        self, method: str, path: str, body: Any = None, *, key: str = "", status: int = 200
    ) -> Any:
        """Call a route; the answer must have `status`."""
        headers = {"Idempotency-Key": key} if key else {}
        async with self.session.request(
            method, self.url + path, json=body, headers=headers
        ) as reply:
            raw = await reply.read()
            assert reply.status == status, raw
            if reply.content_type.endswith("json"):
                return msgspec.json.decode(raw)
            return raw

    async def get(self, path: str, *, status: int = 200) -> Any:
        return await self.call("GET", path, status=status)

    async def post(self, path: str, body: Any = None, *, key: str = "", status: int = 200) -> Any:
        return await self.call("POST", path, body, key=key, status=status)

    async def open(self) -> Any:
        return await self.post("/v1/lanes/1/open", {"worker": "anna"})

    async def scan(self, code: str, *, status: int = 200) -> Any:
        return await self.post("/v1/lanes/1/scan", {"code": code}, status=status)

    async def pay(self, amount_minor: int, kind: str = "cash", *, status: int = 200) -> Any:
        body = {"kind": kind, "amount_minor": amount_minor}
        return await self.post("/v1/lanes/1/tenders", body, status=status)

    async def sell(self, *codes: str, paid_minor: int = 100_000) -> Any:
        """A whole sale for cash."""
        for code in codes:
            await self.scan(code)
        await self.pay(paid_minor)
        return await self.post("/v1/lanes/1/close")


class News:
    """What the live socket told, and a way to wait for more."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.told: list[Any] = []

    async def until(self, is_it: Callable[[Any], bool]) -> Any:
        """The next message that `is_it`; what was told before counts no more."""
        async with asyncio.timeout(WAIT_S):
            while True:
                message = await self._socket.receive_json()
                self.told.append(message)
                if is_it(message):
                    return message

    async def until_device(self, device: str, state: str) -> None:
        await self.until(
            lambda m: (
                m["type"] == "device"
                and (m["device"]["device"], m["device"]["state"]) == (device, state)
            )
        )

    async def until_scan(self) -> Any:
        return await self.until(lambda m: m["type"] == "scan")


@asynccontextmanager
async def listening(door: Door) -> AsyncIterator[News]:
    """The live socket of a running box."""
    async with door.session.ws_connect(door.url + "/v1/live", protocols=["storeline"]) as socket:
        yield News(socket)


@asynccontextmanager
async def running(settings: Settings, *scopes: str) -> AsyncIterator[Door]:
    """A box that runs as the daemon does, and a door to it with all scopes unless named."""
    tokens = open_tokens(settings)
    names = scopes or ("read", "sell", "manage", "books")
    token = await asyncio.to_thread(tokens.create, f"t{len(list_names(settings))}", names)
    ready: asyncio.Future[Box] = asyncio.get_running_loop().create_future()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(run(settings, on_ready=ready.set_result))
        done, _ = await asyncio.wait({ready, task}, timeout=WAIT_S, return_when="FIRST_COMPLETED")
        assert done
        if task in done:
            await task
        box = ready.result()
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with aiohttp.ClientSession(headers=headers) as session:
                yield Door(box, session)
        finally:
            box.stop()


def list_names(settings: Settings) -> list[Any]:
    path = Path(settings.state_dir) / "tokens.json"
    return msgspec.json.decode(path.read_bytes()) if path.exists() else []


async def wait_until(door: Door, path: str, reached: Any) -> Any:
    """Ask `path` again and again until `reached(answer)`; bounded by WAIT_S."""
    async with asyncio.timeout(WAIT_S):
        while True:
            answer = await door.get(path)
            if reached(answer):
                return answer
            await asyncio.sleep(0)
