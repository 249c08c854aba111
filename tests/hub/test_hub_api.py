"""The doors of the hub, asked over HTTP; every figure against independent sums."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from cext.errors import StorageError
from cext.kit.clock import ClockWheel
from cext.lang.events import NAMES, SaleClosed, SaleRefunded
from cext.lang.ids import receipt_number
from hub.api.routes import Doors, make_routes
from hub.app import PAGES
from hub.projections import PROJECTIONS
from hub.store import Storage, StoreUrl, open_database
from tests.hub.running_hub import Hub, running_hub, settings_for
from tests.hub.trade import START_MS, Shop, figures, trade

ROOT = Path(__file__).resolve().parents[2]
NOON_MS = START_MS + 4 * 3_600_000


@pytest.fixture
def shops() -> tuple[Shop, Shop]:
    """Two stores that have traded."""
    made = (Shop(store="31401"), Shop(store="367"))
    for seed, shop in enumerate(made):
        shop.open()
        trade(shop, seed + 20, acts_n=60)
    return made


@pytest.fixture
async def hub(tmp_path: Path, shops: tuple[Shop, Shop]) -> AsyncIterator[Hub]:
    """A hub that holds everything of both, at noon of the first day."""
    async with open_database(StoreUrl.of("", state_dir=tmp_path)) as database:
        storage = Storage(database, PROJECTIONS)
        for shop in shops:
            await storage.commit([shop.take()], received_ms=shop.at_ms + 250)
        await storage.save_presence({"367": NOON_MS - 9_000}, now_ms=NOON_MS)
    wheel = await asyncio.to_thread(ClockWheel, tmp_path / "steer")
    wheel.set_now(NOON_MS)
    settings = settings_for(tmp_path, steer_file=str(tmp_path / "steer"))
    async with running_hub(settings) as running:
        yield running


async def test_takings_by_anything_equal_the_plain_sums(hub: Hub, shops: tuple[Shop, Shop]) -> None:
    for shop in shops:
        sums = figures(shop.bodies)

        async def net(by: str, shop: Shop = shop) -> dict[str, int]:
            reply = await hub.get("/v1/takings", store=shop.store, by=by)
            assert reply["currency"] == "USD"
            assert all(row["store"] == shop.store for row in reply["rows"])
            return {row["key"]: row["net_minor"] for row in reply["rows"]}

        assert await net("day") == dict(sums.by_day)
        assert await net("hour") == {f"{hour:02d}": n for hour, n in sums.by_hour.items()}
        assert await net("tender") == dict(sums.by_tender)
        assert await net("reason") == dict(sums.by_reason)
        rows = (await hub.get("/v1/takings", store=shop.store, by="department"))["rows"]
        for row in rows:
            want = sums.by_department[row["key"]]
            assert row["net_minor"] == want["net"]
            assert row["gross_minor"] == want["gross"]
            assert row["discount_minor"] == want["gross"] - want["net"]
            assert row["lines_n"] == want["lines"]
            assert row["pieces_milli"] == want["piece"]
            assert row["pieces"] == want["piece"] // 1000
            assert row["weight_g"] == want["g"]
            assert row["volume_ml"] == want["ml"]


async def test_takings_count_sales_and_refunds_within_the_days_asked_for(
    hub: Hub, shops: tuple[Shop, Shop]
) -> None:
    sums = figures(shops[1].bodies)
    rows = (await hub.get("/v1/takings", store="367"))["rows"]
    assert sum(row["sales_n"] for row in rows) == sums.sales_n
    assert sum(row["refunds_n"] for row in rows) == sums.refunds_n

    asked = {"store": "367", "from": "2017-01-02", "to": "2017-01-02"}
    (row,) = (await hub.get("/v1/takings", **asked))["rows"]
    assert (row["key"], row["net_minor"]) == ("2017-01-02", sums.by_day["2017-01-02"])
    assert {row["store"] for row in (await hub.get("/v1/takings"))["rows"]} == {"367", "31401"}


async def test_stock_on_hand_equals_the_plain_sums_page_by_page(
    hub: Hub, shops: tuple[Shop, Shop]
) -> None:
    want = {
        (shop.store, item): n for shop in shops for item, n in figures(shop.bodies).stock.items()
    }
    found, after = {}, {}
    while True:
        page = await hub.get("/v1/stock", limit=4, **after)
        for row in page["rows"]:
            found[row["store"], row["item"]] = row["on_hand"]
            last = next(shop for shop in shops if shop.store == row["store"]).at_ms
            assert row["as_of_ms"] == last
            assert 0 <= row["age_ms"] - (NOON_MS - last) < 60_000
            assert row["unit"] in {"piece", "g", "ml", ""}
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == want

    (one,) = (await hub.get("/v1/stock", store="367", item="i3"))["rows"]
    assert (one["name"], one["on_hand"]) == ("Item 3", want["367", "i3"])


async def test_stock_is_searched_by_words_of_the_name_or_by_the_item(hub: Hub) -> None:
    async def found(search: str) -> set[str]:
        page = await hub.get("/v1/stock", store="367", search=search)
        return {row["item"] for row in page["rows"]}

    everything = {f"i{number}" for number in range(9)}
    assert await found("ITEM") == everything
    assert await found("3 item") == {"i3"}
    assert await found("I3") == {"i3"}
    assert await found("item pear") == set()
    assert await found("%") == await found("_") == await found("i3' OR 1=1 --") == set()
    page = await hub.get("/v1/stock", search="item", limit=5)
    rest = await hub.get("/v1/stock", search="item", limit=1000, after=page["next"])
    assert len(page["rows"]) + len(rest["rows"]) == 2 * len(everything)


async def test_sales_are_found_newest_first_and_paging_misses_none(
    hub: Hub, shops: tuple[Shop, Shop]
) -> None:
    numbers, after, times = [], {}, []
    while True:
        page = await hub.get("/v1/sales", limit=7, **after)
        numbers += [row["number"] for row in page["rows"]]
        times += [row["at_ms"] for row in page["rows"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    receipts = [
        body.number
        for shop in shops
        for body in shop.bodies
        if isinstance(body, SaleClosed | SaleRefunded)
    ]
    assert sorted(numbers) == sorted(receipts)
    assert times == sorted(times, reverse=True)


async def test_sales_are_filtered_by_everything_the_route_names(
    hub: Hub, shops: tuple[Shop, Shop]
) -> None:
    sales = [body for body in shops[1].bodies if isinstance(body, SaleClosed)]

    async def numbers(**query: str) -> set[str]:
        page = await hub.get("/v1/sales", store="367", limit=1000, **query)
        return {row["number"] for row in page["rows"] if row["kind"] == "sale"}

    assert await numbers(member="7001") == {s.number for s in sales if s.member == "7001"}
    assert await numbers(lane="2") == {s.number for s in sales if s.number.split("-")[1] == "2"}
    assert await numbers(item="i3") == {
        s.number for s in sales if any(line.item == "i3" for line in s.lines)
    }
    days = {"from": "2017-01-02", "to": "2017-01-03"}
    assert await numbers(**days) == {s.number for s in sales if s.business_day >= "2017-01-02"}


async def test_one_receipt_is_shown_as_the_store_wrote_it(
    hub: Hub, shops: tuple[Shop, Shop]
) -> None:
    refund = next(body for body in shops[1].bodies if isinstance(body, SaleRefunded))
    sale = next(
        body for body in shops[1].bodies if getattr(body, "number", "") == refund.sale_number
    )

    shown = await hub.get(f"/v1/sales/{sale.number}")
    given_back = await hub.get(f"/v1/sales/{refund.number}")

    assert shown["refunded"] is True
    assert shown["kind"] == "sale"
    assert [line["net_minor"] for line in shown["lines"]] == [n.net_minor for n in sale.lines]
    assert shown["payable_minor"] == sum(
        tender["amount_minor"] - tender["change_minor"] for tender in shown["tenders"]
    )
    assert (given_back["kind"], given_back["sale_number"]) == ("refund", sale.number)
    assert (given_back["reason"], given_back["approved_by"]) == ("bruised", "boss")
    assert await hub.refused("/v1/sales/nonsense") == (404, "sale_unknown")
    number = receipt_number("367", "1", 999_999)
    assert await hub.refused(f"/v1/sales/{number}") == (404, "sale_unknown")


async def test_the_stores_are_shown_with_chain_head_book_lag_and_today(
    hub: Hub, shops: tuple[Shop, Shop]
) -> None:
    reply = await hub.get("/v1/stores")
    assert 0 <= reply["at_ms"] - NOON_MS < 60_000
    assert [row["store"] for row in reply["stores"]] == ["31401", "367"]
    for row, shop in zip(reply["stores"], shops, strict=True):
        assert (row["epoch"], row["seq"]) == (1, len(shop.events))
        assert row["chain_head"] == shop.events[-1].hash.hex()
        assert row["book"] == {
            "version": "w1",
            "hash": "ab" * 32,
            "applied_ms": START_MS + 2000,
        }
        assert (row["last_event_ms"], row["lag_ms"]) == (shop.at_ms, 250)
        assert row["today"]["business_day"] == "2017-01-01"
        assert row["today"]["net_minor"] == figures(shop.bodies).by_day["2017-01-01"]
        assert row["link_up"] is False
    assert [row["last_seen_ms"] for row in reply["stores"]] == [None, NOON_MS - 9_000]


async def test_the_events_of_a_store_come_in_order_with_their_bytes(
    hub: Hub, shops: tuple[Shop, Shop]
) -> None:
    shop = shops[1]
    rows, first = [], 1
    while first is not None:
        page = await hub.get("/v1/stores/367/events", first=first, limit=9)
        rows += page["rows"]
        first = page["next"]
    assert [bytes.fromhex(row["raw_hex"]) for row in rows] == [one.raw for one in shop.events]
    assert [row["hash"] for row in rows] == [one.hash.hex() for one in shop.events]
    assert [row["kind"] for row in rows] == [NAMES[type(body)] for body in shop.bodies]
    assert rows[0]["body"]["zone"] == "America/New_York"
    received = next(row for row in rows if row["kind"] == "stock_received")
    assert set(received["body"]["lines"][0]) == {"item", "quantity"}
    assert await hub.refused("/v1/stores/999/events") == (404, "store_unknown")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/sales", {"limit": "0"}),
        ("/v1/sales", {"limit": "1001"}),
        ("/v1/sales", {"after": "yesterday"}),
        ("/v1/sales", {"from": "1 January"}),
        ("/v1/sales", {"colour": "red"}),
        ("/v1/takings", {"by": "colour"}),
        ("/v1/takings", {"store": "No Such"}),
        ("/v1/stock", {"limit": "many"}),
        ("/v1/stock", {"search": "x" * 65}),
        ("/v1/stores/367/events", {"first": "-1"}),
        ("/v1/stores/367/events", {"limit": "501"}),
    ],
)
async def test_given_a_parameter_out_of_bounds_then_the_route_refuses(
    hub: Hub, path: str, query: dict[str, str]
) -> None:
    assert await hub.refused(path, **query) == (422, "query_invalid")


async def test_given_stores_of_two_currencies_then_a_store_must_be_named(tmp_path: Path) -> None:
    async with open_database(StoreUrl.of("", state_dir=tmp_path)) as database:
        storage = Storage(database, PROJECTIONS)
        for name, currency in (("367", "USD"), ("8", "CNY")):
            shop = Shop(store=name)
            shop.open(currency=currency)
            await storage.commit([shop.take()], received_ms=1)
    async with running_hub(settings_for(tmp_path)) as hub:
        assert await hub.refused("/v1/takings") == (409, "currencies_conflict")
        assert (await hub.get("/v1/takings", store="8"))["currency"] == "CNY"


async def test_an_empty_hub_answers_every_list_with_nothing(tmp_path: Path) -> None:
    async with running_hub(settings_for(tmp_path)) as hub:
        assert (await hub.get("/v1/stores"))["stores"] == []
        assert await hub.get("/v1/takings") == {"rows": [], "currency": ""}
        assert await hub.get("/v1/stock") == {"rows": [], "next": None}
        assert await hub.get("/v1/sales") == {"rows": [], "next": None}


async def test_every_route_but_health_asks_for_a_token(hub: Hub) -> None:
    document = await hub.get("/v1/openapi.json")
    async with aiohttp.ClientSession(hub.address) as stranger:
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                async with stranger.request(method, re.sub(r"{\w+}", "x", path)) as response:
                    is_open = "security" not in operation
                    assert (response.status == 200) is is_open, path
                    assert is_open is (path == "/v1/health")


async def test_every_route_is_in_openapi_and_in_the_readme(hub: Hub) -> None:
    document = await hub.get("/v1/openapi.json")
    readme = (ROOT / "hub" / "api" / "README.md").read_text("utf-8")
    for route in make_routes(Doors(None, None, clock=None, software="")):
        operation = document["paths"][route.path][route.method.lower()]
        assert operation["summary"] == route.summary
        row = next(line for line in readme.splitlines() if f"`{route.method} {route.path}`" in line)
        for parameter in operation["parameters"]:
            if parameter["in"] == "query":
                assert f"`{parameter['name']}`" in row, (route.path, parameter["name"])
                assert {"minimum", "maximum", "pattern", "enum", "anyOf", "maxLength"} & set(
                    parameter["schema"]
                ), f"{route.path} {parameter['name']} has no bounds"


async def test_the_pages_come_with_a_strict_policy_or_say_how_to_build_them(hub: Hub) -> None:
    async with hub.session.get(hub.address + "/") as response:
        if PAGES.is_dir():
            assert response.status == 200
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        else:
            assert response.status == 503
            assert "make pages" in (await response.json())["detail"]


async def test_given_the_database_is_a_folder_then_the_hub_says_so(tmp_path: Path) -> None:
    (tmp_path / "hub.db").mkdir()
    with pytest.raises(StorageError, match="cannot be opened"):
        async with open_database(StoreUrl.of("", state_dir=tmp_path)):
            pass
