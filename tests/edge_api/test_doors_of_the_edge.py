"""The doors of the box: who may call, what is described, what the live socket tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from edge.api import list_routes
from edge.app import make_services
from tests.sales.shop import (
    BANANA_CODE,
    MILK_CODE,
    label_code,
    listening,
    make_settings,
    running,
)


async def test_health_is_public_and_says_how_far_the_box_is(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door, aiohttp.ClientSession() as stranger:
        async with stranger.get(door.url + "/v1/health") as reply:
            health = await reply.json()
        assert (health["status"], health["store"], health["book"]) == ("ok", "367", "1")
        assert (health["lanes_n"], health["unprinted_n"], health["head_seq"]) == (1, 0, 2)
        assert health["link"]["up"] is False


async def test_every_other_door_asks_for_a_token_with_its_scope(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path), "read") as door:
        async with (
            aiohttp.ClientSession() as stranger,
            stranger.get(door.url + "/v1/lanes") as reply,
        ):
            assert reply.status == 401
            assert reply.content_type == "application/problem+json"
        assert len((await door.get("/v1/lanes"))["lanes"]) == 1
        problem = await door.post("/v1/lanes/1/open", {"worker": "anna"}, status=403)
        assert problem["code"] == "scope_missing"
        await door.post("/v1/price-books", {}, status=403)
        await door.post("/v1/receipts/367-1-000001/refund", {}, status=403)


async def test_the_description_names_every_route(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        document = await door.get("/v1/openapi.json")
        assert document["openapi"].startswith("3.1")
        found = {
            (method.upper(), path)
            for path, methods in document["paths"].items()
            for method in methods
        }
        assert ("POST", "/v1/lanes/{lane}/close") in found
        assert ("GET", "/v1/receipts/{number}.png") in found
        assert len(found) >= 26
        assert "LaneView" in document["components"]["schemas"]


async def test_a_new_listener_gets_the_whole_state_then_every_change(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door, listening(door) as news:
        first = await news.until(lambda m: m["type"] == "link")
        assert first["link"]["up"] is False
        assert news.told[0]["lane"]["state"] == "shut"
        await door.open()
        seen = await news.until(lambda m: m["type"] == "lane")
        assert seen["lane"]["worker"] == "anna"
        await door.scan("nonsense", status=404)
        refused = await news.until_scan()
        assert (refused["outcome"], refused["problem"]) == ("refused", "code_unknown")
        await door.scan(MILK_CODE)
        added = await news.until_scan()
        assert (added["outcome"], added["code"]) == ("added", MILK_CODE)
        await door.pay(349)
        sale = await door.post("/v1/lanes/1/close")
        told = await news.until(lambda m: m["type"] == "sale")
        assert (told["number"], told["payable_minor"]) == (sale["number"], 349)


async def test_a_browser_brings_its_token_as_a_subprotocol(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        token = door.session.headers["Authorization"].removeprefix("Bearer ")
        async with (
            aiohttp.ClientSession() as browser,
            browser.ws_connect(
                door.url + "/v1/live", protocols=["storeline", f"bearer.{token}"]
            ) as socket,
        ):
            assert socket.protocol == "storeline"
            assert (await socket.receive_json())["type"] == "lane"


async def test_the_live_door_refuses_a_stranger(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door, aiohttp.ClientSession() as stranger:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            await stranger.ws_connect(door.url + "/v1/live")


async def test_a_token_offered_alone_is_refused_and_never_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async with running(make_settings(tmp_path)) as door:
        token = door.session.headers["Authorization"].removeprefix("Bearer ")
        url = door.url + "/v1/live"
        async with aiohttp.ClientSession() as browser:
            with pytest.raises(aiohttp.WSServerHandshakeError, match="422"):
                await browser.ws_connect(url, protocols=[f"bearer.{token}"])
        problem = await door.get("/v1/live", status=422)
        assert problem["code"] == "upgrade_missing"
        assert "WebSocket" in problem["detail"]
    said = capfd.readouterr()
    assert token not in caplog.text + said.out + said.err


async def test_items_are_found_by_code_label_id_and_name(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        assert (await door.get(f"/v1/items/{MILK_CODE}"))["item"] == "milk"
        assert (await door.get(f"/v1/items/{label_code(100)}"))["item"] == "ham"
        assert (await door.get("/v1/items/banana"))["codes"] == [BANANA_CODE]
        assert (await door.get("/v1/items/nothing", status=404))["code"] == "item_unknown"
        found = await door.get("/v1/items?search=MI&limit=10")
        assert [item["item"] for item in found["items"]] == ["milk", "misc"]


async def test_a_receipt_comes_as_data_text_and_picture(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        sale = await door.sell(MILK_CODE)
        path = f"/v1/receipts/{sale['number']}"
        assert await door.get(path) == sale
        text = (await door.get(path + ".txt")).decode()
        assert sale["number"] in text
        assert "TOTAL" in text
        assert (await door.get(path + ".png")).startswith(b"\x89PNG")
        for ending in ("", ".txt", ".png"):
            missing = await door.get("/v1/receipts/367-1-999999" + ending, status=404)
            assert missing["code"] == "receipt_unknown"


async def test_a_receipt_of_a_lane_without_printer_is_not_reprinted(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        sale = await door.sell(MILK_CODE)
        problem = await door.post(f"/v1/receipts/{sale['number']}/print", status=409)
        assert problem["code"] == "printer_busy"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/lanes/1/open", {"worker": "Anna Smith"}),
        ("/v1/lanes/1/open", {"worker": "anna\n"}),
        ("/v1/lanes/1/open", {}),
        ("/v1/lanes/1/scan", {"code": MILK_CODE, "quantity": 0}),
        ("/v1/lanes/1/scan", {"code": MILK_CODE, "quantity": 1.5}),
        ("/v1/lanes/1/scan", {"code": MILK_CODE, "amount": 1}),
        ("/v1/lanes/1/lines", {"item": "misc", "amount_minor": 1, "reason": "x" * 65}),
        ("/v1/lanes/1/tenders", {"kind": "gold", "amount_minor": 1}),
        ("/v1/lanes/1/tenders", {"kind": "cash", "amount_minor": -1}),
        ("/v1/stock/receivings", {"document": "d", "lines": []}),
    ],
)
async def test_a_wrong_body_is_refused_with_its_place(
    tmp_path: Path, path: str, body: dict[str, Any]
) -> None:
    async with running(make_settings(tmp_path)) as door:
        problem = await door.post(path, body, status=422)
        assert problem["code"] == "body_invalid"


async def test_an_unknown_lane_is_not_found(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        assert (await door.get("/v1/lanes/9", status=404))["code"] == "lane_unknown"


async def test_a_receiving_moves_stock_and_unknown_items_are_refused(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        goods = {"document": "d1", "lines": [{"item": "milk", "quantity": 5000}]}
        received = await door.post("/v1/stock/receivings", goods, status=201)
        stock = await door.get("/v1/stock/milk")
        assert (stock["on_hand"], stock["as_of_seq"]) == (5000, received["seq"])
        goods["lines"].append({"item": "moon", "quantity": 1})  # type: ignore[attr-defined]
        problem = await door.post("/v1/stock/receivings", goods, status=404)
        assert problem["code"] == "item_unknown"
        assert (await door.get("/v1/stock/milk"))["on_hand"] == 5000


async def test_pages_come_with_headers_that_let_them_do_little(tmp_path: Path) -> None:
    async with (
        running(make_settings(tmp_path)) as door,
        door.session.get(door.url + "/") as reply,
    ):
        if reply.status == 503:
            assert (await reply.json())["code"] == "pages_not_built"
        else:
            policy = reply.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy


async def test_the_routes_are_one_table(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        services = make_services(door.box)
        rows = [(route.method, route.path) for route in list_routes(services)]
        assert len(rows) == len(set(rows))
