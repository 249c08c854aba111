"""What goes wrong between two steps of a sale: a stop, a change of price, a call given up."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from cext.errors import Refused
from cext.kit.clock import ClockWheel
from cext.lang.events import SaleClosed, decode_body, decode_envelope
from cext.lang.item import Offer, PriceBook
from tests.sales.shop import (
    MILK_CODE,
    Door,
    listening,
    make_book,
    make_offer,
    make_settings,
    running,
)

NOW_MS = 1_790_000_000_000
LATER_MS = NOW_MS + 3_600_000


def reprice_milk(price_minor: int) -> PriceBook:
    book = make_book("2")
    items = tuple(
        msgspec.structs.replace(item, price_minor=price_minor) if item.item == "milk" else item
        for item in book.items
    )
    return msgspec.structs.replace(book, items=items)


def put_book(folder: Path, book: PriceBook) -> None:
    folder.joinpath("book.json").write_bytes(msgspec.json.encode(book))


async def sales_of(door: Door) -> list[SaleClosed]:
    stored = await door.box.journal.load(1, limit_n=1000)
    bodies = [decode_body(decode_envelope(event.raw)) for event in stored]
    return [body for body in bodies if isinstance(body, SaleClosed)]


async def test_a_payment_under_way_is_there_again_after_a_restart(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        await door.scan(MILK_CODE)
        await door.pay(200, "card")
    async with running(make_settings(tmp_path)) as door:
        lane = await door.get("/v1/lanes/1")
        assert (lane["state"], lane["due_minor"], lane["notice"]) == ("paying", 149, None)


async def test_a_payment_for_another_price_is_given_back_and_the_lane_says_so(
    tmp_path: Path,
) -> None:
    """Cheaper than what the card has paid already: no change could ever make that add up."""
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        await door.scan(MILK_CODE)
        await door.pay(300, "card")
    put_book(tmp_path, reprice_milk(200))
    async with running(make_settings(tmp_path)) as door:
        lane = await door.get("/v1/lanes/1")
        assert (lane["state"], lane["payable_minor"], lane["tenders"]) == ("open", 200, [])
        assert lane["notice"]["code"] == "payment_lost"
        assert "card $3.00" in lane["notice"]["detail"]
        await door.pay(200, "card")
        assert (await door.post("/v1/lanes/1/close"))["payable_minor"] == 200


async def test_a_basket_whose_item_is_gone_says_what_had_been_paid(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        await door.scan(MILK_CODE)
        await door.pay(300, "card")
    book = make_book("2")
    put_book(tmp_path, msgspec.structs.replace(book, items=book.items[1:], offers=()))
    async with running(make_settings(tmp_path)) as door:
        lane = await door.get("/v1/lanes/1")
        assert (lane["state"], lane["lines"]) == ("open", [])
        assert lane["notice"]["code"] == "basket_lost"
        assert "card $3.00" in lane["notice"]["detail"]


def half_price_until(until_ms: int) -> tuple[Offer, ...]:
    offer = make_offer("half", "percent", items=["milk"], rate_ppm=500_000)
    return (msgspec.structs.replace(offer, until_ms=until_ms),)


async def test_prices_stand_while_a_basket_is_being_paid(tmp_path: Path) -> None:
    wheel = await asyncio.to_thread(ClockWheel, tmp_path / "clock")
    wheel.set_now(NOW_MS)
    settings = make_settings(tmp_path, clock={"steer_file": str(tmp_path / "clock")})
    put_book(tmp_path, make_book(offers=half_price_until(LATER_MS)))
    async with running(settings) as door:
        await door.open()
        await door.scan(MILK_CODE)
        lane = await door.pay(100, "card")
        assert lane["payable_minor"] == 174
        wheel.set_now(LATER_MS)
        assert (await door.open())["payable_minor"] == 174


async def test_a_price_that_changed_before_the_first_tender_is_shown(tmp_path: Path) -> None:
    wheel = await asyncio.to_thread(ClockWheel, tmp_path / "clock")
    wheel.set_now(NOW_MS)
    settings = make_settings(tmp_path, clock={"steer_file": str(tmp_path / "clock")})
    begins = msgspec.structs.replace(half_price_until(2**62)[0], from_ms=LATER_MS)
    put_book(tmp_path, make_book(offers=(begins,)))
    async with running(settings) as door:
        await door.open()
        assert (await door.scan(MILK_CODE))["payable_minor"] == 349
        async with listening(door) as news:
            await news.until(lambda m: m["type"] == "link")
            wheel.set_now(LATER_MS)
            refused = await door.pay(349, "card", status=422)
            assert (refused["code"], refused["due_minor"]) == ("tender_exceeds_due", 174)
            seen = await news.until(lambda m: m["type"] == "lane")
            assert seen["lane"]["payable_minor"] == 174


async def test_a_close_that_was_called_off_sells_the_basket_once(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        await door.scan(MILK_CODE)
        await door.pay(349, "card")
        lane = door.box.counter.get_lane("1")
        async with asyncio.TaskGroup() as group:
            first = group.create_task(lane.close())
            second = group.create_task(_refused(lane.close()))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            first.cancel()
        assert first.cancelled()
        assert second.result() == "basket_empty"
        assert [sale.number for sale in await sales_of(door)] == ["367-1-000001"]
        assert (await door.get("/v1/lanes/1"))["lines"] == []


async def _refused(act: object) -> str:
    with pytest.raises(Refused) as caught:
        await act  # type: ignore[misc]
    return caught.value.code


async def test_a_sale_of_nothing_to_pay_is_closed_without_a_tender(tmp_path: Path) -> None:
    put_book_of_gifts = make_book(
        offers=(make_offer("free", "percent", items=["milk"], rate_ppm=1_000_000),)
    )
    settings = make_settings(tmp_path)
    put_book(tmp_path, put_book_of_gifts)
    async with running(settings) as door:
        await door.open()
        assert (await door.scan(MILK_CODE))["payable_minor"] == 0
        assert (await door.pay(0, status=422))["code"] == "nothing_due"
        sale = await door.post("/v1/lanes/1/close")
        assert (sale["payable_minor"], sale["tenders"]) == (0, [])
        refund = {"reason": "broken", "approved_by": "eve"}
        back = await door.post(f"/v1/receipts/{sale['number']}/refund", refund)
        assert (back["payable_minor"], back["tenders"]) == (0, [])


async def test_a_basket_of_voided_lines_sells_nothing(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        await door.scan(MILK_CODE)
        await door.call("DELETE", "/v1/lanes/1/lines/1")
        assert (await door.pay(100, status=422))["code"] == "basket_empty"
        assert (await door.post("/v1/lanes/1/close", status=422))["code"] == "basket_empty"
        assert await sales_of(door) == []


async def test_a_sale_is_refunded_after_its_items_left_the_price_book(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        sale = await door.sell(MILK_CODE)
    book = make_book("2")
    put_book(tmp_path, msgspec.structs.replace(book, items=book.items[1:], offers=()))
    async with running(make_settings(tmp_path)) as door:
        path = f"/v1/receipts/{sale['number']}"
        refund = {"reason": "broken", "approved_by": "eve"}
        replies = await asyncio.gather(
            *(door.session.post(door.url + path + "/refund", json=refund) for _ in range(3))
        )
        assert sorted(reply.status for reply in replies) == [200, 409, 409]
        back = (await door.get("/v1/receipts"))["receipts"][0]
        assert (back["kind"], back["lines"]) == ("refund", sale["lines"])
        assert "Milk" in (await door.get(f"/v1/receipts/{back['number']}.txt")).decode()
        assert (await door.get("/v1/stock/milk", status=404))["code"] == "item_unknown"


async def test_a_clock_that_jumps_back_a_year_stops_nothing(tmp_path: Path) -> None:
    wheel = await asyncio.to_thread(ClockWheel, tmp_path / "clock")
    wheel.set_now(NOW_MS)
    settings = make_settings(tmp_path, clock={"steer_file": str(tmp_path / "clock")})
    put_book(tmp_path, make_book(effective_ms=NOW_MS - 1))
    async with running(settings) as door:
        await door.open()
        first = await door.sell(MILK_CODE)
        wheel.set_now(NOW_MS - 365 * 86_400_000)
        second = await door.sell(MILK_CODE)
    async with running(settings) as door:
        third = await door.sell(MILK_CODE)
        numbers = [sale.number for sale in await sales_of(door)]
        report = await door.box.journal.verify()
    assert numbers == ["367-1-000001", "367-1-000002", "367-1-000003"]
    # The order of the journal's times never turns, whatever the wall clock says.
    assert first["at_ms"] <= second["at_ms"] <= third["at_ms"]
    assert report.ok
