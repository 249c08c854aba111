"""The counter through its doors: a real journal, a real HTTP server, no devices."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from cext.lang.item import PriceBook
from tests.sales.shop import (
    COUPON,
    GLUE_CODE,
    MILK_CODE,
    label_code,
    make_book,
    make_settings,
    member_code,
    running,
)


def as_json(book: PriceBook) -> Any:
    return msgspec.json.decode(msgspec.json.encode(book))


async def test_a_basket_is_scanned_paid_and_closed(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        await door.scan(MILK_CODE)
        lane = await door.scan(member_code(77))
        assert lane["member"] == "77"
        assert [line["net_minor"] for line in lane["lines"]] == [299]
        lane = await door.scan(COUPON)
        assert lane["payable_minor"] == 249
        assert {entry["kind"] for entry in lane["lines"][0]["adjustments"]} == {
            "member_price",
            "coupon",
        }
        lane = await door.pay(300)
        assert (lane["state"], lane["due_minor"], lane["change_minor"]) == ("paying", 0, 51)
        receipt = await door.post("/v1/lanes/1/close")

        assert receipt["number"] == "367-1-000001"
        assert receipt["tenders"] == [
            {"kind": "cash", "amount_minor": 300, "change_minor": 51, "reference": ""}
        ]
        assert (await door.get("/v1/receipts/367-1-000001"))["payable_minor"] == 249
        lane = await door.get("/v1/lanes/1")
        assert (lane["lines"], lane["last_receipt"]) == ([], "367-1-000001")


async def test_a_shut_lane_takes_no_scan_and_says_so(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        problem = await door.scan(MILK_CODE, status=422)
        assert problem["code"] == "lane_shut"
        lane = await door.get("/v1/lanes/1")
        assert lane["notice"]["code"] == "lane_shut"


async def test_garbage_leaves_the_basket_intact_and_a_notice(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        before = await door.scan(MILK_CODE)
        for garbage in ("", "\x00\xff!!", "9" * 200, MILK_CODE[:-1] + "0", "no such code"):
            problem = await door.scan(garbage, status=404)
            assert problem["code"] == "code_unknown"
        after = await door.get("/v1/lanes/1")
        assert after["lines"] == before["lines"]
        assert after["notice"]["code"] == "code_unknown"
        cleared = await door.scan(MILK_CODE)
        assert cleared["notice"] is None


async def test_a_priced_label_keeps_its_amount_and_derives_the_weight(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        lane = await door.scan(label_code(247))
        line = lane["lines"][0]
        assert (line["net_minor"], line["quantity"], line["priced_label"]) == (247, 124, True)
        problem = await door.call("PATCH", "/v1/lanes/1/lines/1", {"quantity": 500}, status=422)
        assert problem["code"] == "weight_typed"


async def test_an_item_for_adults_asks_for_an_age_check(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        lane = await door.scan(GLUE_CODE)
        assert lane["notice"]["code"] == "age_check_needed"
        assert len(lane["lines"]) == 1


async def test_a_price_by_hand_needs_the_right_scope_and_keeps_its_reason(tmp_path: Path) -> None:
    body = {
        "override": {
            "amount_minor": 300,
            "discount_minor": 20,
            "reason": "torn box",
            "approved_by": "boss",
        }
    }
    async with running(make_settings(tmp_path), "read", "sell") as door:
        await door.open()
        await door.scan(MILK_CODE)
        problem = await door.call("PATCH", "/v1/lanes/1/lines/1", body, status=403)
        assert problem["code"] == "scope_missing"
    async with running(make_settings(tmp_path)) as door:
        lane = await door.call("PATCH", "/v1/lanes/1/lines/1", body)
        line = lane["lines"][0]
        assert (line["gross_minor"], line["net_minor"], line["override"]) == (300, 280, True)
        assert line["adjustments"][0]["reason"] == "torn box"


async def test_an_item_without_a_price_is_rung_by_amount(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        lane = await door.post("/v1/lanes/1/lines", {"item": "misc", "amount_minor": 1234})
        assert lane["payable_minor"] == 1234
        problem = await door.post(
            "/v1/lanes/1/lines", {"item": "milk", "amount_minor": 1}, status=422
        )
        assert problem["code"] == "price_fixed"


async def test_lines_are_changed_voided_and_given_up(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        await door.scan(MILK_CODE)
        await door.scan(MILK_CODE)
        lane = await door.call("PATCH", "/v1/lanes/1/lines/2", {"quantity": 3000})
        assert lane["payable_minor"] == 4 * 349
        lane = await door.call("DELETE", "/v1/lanes/1/lines/1?reason=wrong")
        assert [line["line"] for line in lane["lines"]] == [2]
        lane = await door.scan(MILK_CODE)
        assert [line["line"] for line in lane["lines"]] == [2, 3]
        await door.call("DELETE", "/v1/lanes/1/lines/9", status=404)
        problem = await door.post("/v1/lanes/1/shut", status=422)
        assert problem["code"] == "basket_open"
        lane = await door.post("/v1/lanes/1/cancel", {"reason": "left"})
        assert (lane["lines"], lane["state"]) == ([], "open")
        assert (await door.post("/v1/lanes/1/shut"))["state"] == "shut"


async def test_a_basket_being_paid_does_not_change(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        await door.scan(MILK_CODE)
        await door.pay(100)
        assert (await door.scan(MILK_CODE, status=422))["code"] == "lane_paying"
        assert (await door.post("/v1/lanes/1/close", status=422))["code"] == "tender_short"
        lane = await door.call("DELETE", "/v1/lanes/1/tenders")
        assert (lane["state"], lane["due_minor"]) == ("open", 349)


async def test_only_cash_may_exceed_what_is_due(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        assert (await door.pay(1, status=422))["code"] == "basket_empty"
        await door.scan(MILK_CODE)
        assert (await door.pay(350, "card", status=422))["code"] == "tender_exceeds_due"
        await door.pay(49, "voucher")
        lane = await door.pay(500)
        assert lane["change_minor"] == 200
        assert (await door.pay(1, status=422))["code"] == "nothing_due"
        receipt = await door.post("/v1/lanes/1/close")
        assert [entry["change_minor"] for entry in receipt["tenders"]] == [0, 200]


async def test_cash_is_rounded_down_as_its_own_figure_and_cards_are_not(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, price_book_file=str(tmp_path / "rounded.json"))
    book = make_book(rounding_step_minor=10)
    (tmp_path / "rounded.json").write_bytes(msgspec.json.encode(book))
    async with running(settings) as door:
        await door.open()
        lane = await door.scan(MILK_CODE)
        assert (lane["due_minor"], lane["cash_due_minor"]) == (349, 340)
        receipt = await door.sell(paid_minor=340)
        assert (receipt["payable_minor"], receipt["rounding_minor"]) == (349, -9)
        await door.scan(MILK_CODE)
        await door.pay(349, "card")
        receipt = await door.post("/v1/lanes/1/close")
        assert receipt["rounding_minor"] == 0


async def test_receipt_numbers_are_gap_free_with_sales_and_refunds(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        await door.sell(MILK_CODE)
        refund = await door.post(
            "/v1/receipts/367-1-000001/refund", {"reason": "spoilt", "approved_by": "boss"}
        )
        sale = await door.sell(MILK_CODE)
        assert [refund["number"], sale["number"]] == ["367-1-000002", "367-1-000003"]
        latest = await door.get("/v1/receipts?limit=2")
        assert [entry["number"] for entry in latest["receipts"]] == [
            "367-1-000003",
            "367-1-000002",
        ]


async def test_a_receipt_is_refunded_whole_and_once(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        await door.sell(MILK_CODE, MILK_CODE)
        assert (await door.get("/v1/stock/milk"))["on_hand"] == -2000
        body = {"reason": "spoilt", "approved_by": "boss"}
        refund = await door.post("/v1/receipts/367-1-000001/refund", body)
        assert (refund["kind"], refund["sale_number"]) == ("refund", "367-1-000001")
        assert (await door.get("/v1/stock/milk"))["on_hand"] == 0
        assert (await door.get("/v1/receipts/367-1-000001"))["refunded"] is True
        again = await door.post("/v1/receipts/367-1-000001/refund", body, status=409)
        assert again["code"] == "refunded_conflict"
        slip = await door.post("/v1/receipts/367-1-000002/refund", body, status=422)
        assert slip["code"] == "not_a_sale"
        missing = await door.post("/v1/receipts/367-1-000009/refund", body, status=404)
        assert missing["code"] == "receipt_unknown"


async def test_a_repeated_request_gets_the_same_answer_and_counts_once(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    async with running(settings) as door:
        await door.open()
        path = "/v1/lanes/1/scan"
        first = await door.post(path, {"code": MILK_CODE}, key="s1")
        assert await door.post(path, {"code": MILK_CODE}, key="s1") == first
        assert len((await door.get("/v1/lanes/1"))["lines"]) == 1
        other = await door.post(path, {"code": GLUE_CODE}, key="s1", status=409)
        assert other["code"] == "idempotency_key_conflict"
        await door.pay(400)
        sale = await door.post("/v1/lanes/1/close", key="c1")
        assert await door.post("/v1/lanes/1/close", key="c1") == sale
        goods = {"document": "d1", "lines": [{"item": "milk", "quantity": 5000}]}
        got = await door.post("/v1/stock/receivings", goods, key="r1", status=201)
        assert await door.post("/v1/stock/receivings", goods, key="r1", status=201) == got
        assert (await door.get("/v1/stock/milk"))["on_hand"] == 4000
        head = (await door.get("/v1/health"))["head_seq"]
    token = door.session.headers["Authorization"]
    async with running(settings) as door:
        door.session.headers["Authorization"] = token
        assert await door.post("/v1/lanes/1/close", key="c1") == sale
        assert (await door.get("/v1/health"))["head_seq"] == head


async def test_an_open_basket_is_there_again_after_a_restart(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    async with running(settings) as door:
        await door.open()
        await door.scan(MILK_CODE)
        before = await door.scan(member_code(5))
    async with running(settings) as door:
        after = await door.get("/v1/lanes/1")
        assert after["lines"] == before["lines"]
        assert (after["member"], after["worker"]) == ("5", "anna")
        receipt = await door.sell()
        assert receipt["number"] == "367-1-000001"


async def test_a_basket_that_was_sold_does_not_come_back(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    async with running(settings) as door:
        await door.open()
        await door.sell(MILK_CODE)
    async with running(settings) as door:
        lane = await door.get("/v1/lanes/1")
        assert (lane["lines"], lane["state"]) == ([], "open")


async def test_a_new_price_book_counts_from_the_next_basket_on(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        await door.scan(MILK_CODE)
        items = tuple(
            msgspec.structs.replace(item, price_minor=400) if item.item == "milk" else item
            for item in make_book().items
        )
        fresh = as_json(make_book("2", items=items, offers=()))
        applied = await door.post("/v1/price-books", fresh)
        assert applied["version"] == "2"
        lane = await door.scan(MILK_CODE)
        assert lane["payable_minor"] == 2 * 349
        await door.sell()
        lane = await door.scan(MILK_CODE)
        assert lane["payable_minor"] == 400
        assert (await door.get("/v1/health"))["book"] == "2"


async def test_a_price_book_of_another_store_is_refused_with_every_reason(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        wrong = make_book("3", store="999", currency="EUR")
        problem = await door.post("/v1/price-books", as_json(wrong), status=422)
        assert problem["code"] == "book_foreign"
        assert "made for '999'" in problem["detail"]
        assert "EUR" in problem["detail"]
        assert (await door.get("/v1/health"))["book"] == "1"


async def test_two_closes_at_once_make_one_sale(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        for key in ("", "k"):
            await door.scan(MILK_CODE)
            await door.pay(349, "card")
            headers = {"Idempotency-Key": key} if key else {}
            url = door.url + "/v1/lanes/1/close"
            replies = await asyncio.gather(
                door.session.post(url, headers=headers), door.session.post(url, headers=headers)
            )
            assert sorted(reply.status for reply in replies)[0] == 200
        latest = await door.get("/v1/receipts")
        assert [entry["number"] for entry in latest["receipts"]] == [
            "367-1-000002",
            "367-1-000001",
        ]


async def test_scans_of_two_lanes_do_not_mix(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, lanes=[{"id": "1"}, {"id": "2"}])
    async with running(settings) as door:
        for lane in ("1", "2"):
            await door.post(f"/v1/lanes/{lane}/open", {"worker": f"w{lane}"})
        await asyncio.gather(
            *(
                door.post(f"/v1/lanes/{lane}/scan", {"code": code})
                for lane, code in (("1", MILK_CODE), ("2", GLUE_CODE)) * 5
            )
        )
        for lane, item in (("1", "milk"), ("2", "glue")):
            view = await door.get(f"/v1/lanes/{lane}")
            assert [line["item"] for line in view["lines"]] == [item] * 5
            await door.post(f"/v1/lanes/{lane}/tenders", {"kind": "cash", "amount_minor": 100_000})
        closed = await asyncio.gather(
            *(door.post(f"/v1/lanes/{lane}/close") for lane in ("1", "2"))
        )
        assert [receipt["number"] for receipt in closed] == ["367-1-000001", "367-2-000001"]
