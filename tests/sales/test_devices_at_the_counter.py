"""A whole counter: simulated scanner, scale and printer that speak the real bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from cext.kit.clock import ClockWheel, SystemClock
from cext.lang.events import DrawerOpened, ReceiptPrinted, SaleClosed, decode_body, decode_envelope
from cext.lang.when import local_time
from edge.config import Settings
from edge.devices.ports import DeviceState
from edge.devices.printers.escpos_status import ASK_STATUS
from edge.sales.device_facts import WAITING_MAX_N, DeviceFacts
from edge.sim.escpos_tcp_printer import SimPrinter
from edge.sim.serial_scanner import SimScanner
from edge.sim.toledo_8217_scale import SimScale
from tests.sales.shop import (
    BANANA_CODE,
    MILK_CODE,
    WAIT_S,
    Door,
    News,
    listening,
    make_settings,
    running,
    wait_until,
)


@dataclass
class Bench:
    """Simulated devices on a counter, and the settings of the box they hang on."""

    scanner: SimScanner
    scale: SimScale
    printer: SimPrinter
    settings: Settings


@asynccontextmanager
async def bench(tmp_path: Path, **changes: Any) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        scanner = await stack.enter_async_context(SimScanner(tmp_path / "scanner"))
        scale = await stack.enter_async_context(SimScale(tmp_path / "scale"))
        printer = await stack.enter_async_context(SimPrinter())
        settings = make_settings(
            tmp_path / "state",
            lanes=[{"id": "1", "scanner": "s1", "scale": "w1", "printer": "p1"}],
            devices={
                "s1": scanner.table(),
                "w1": scale.table(),
                "p1": {**printer.table(), "poll_ms": 200, "answer_wait_ms": 500},
            },
            **changes,
        )
        yield Bench(scanner, scale, printer, settings)


async def ready(news: News) -> None:
    """Wait until all three devices are there; the full state comes first on the socket."""
    found: set[str] = set()

    def note(message: Any) -> bool:
        if message["type"] == "device" and message["device"]["state"] == "ready":
            found.add(message["device"]["device"])
        return len(found) == 3

    await news.until(note)


async def printed(printer: SimPrinter, jobs_n: int) -> list[str]:
    async with asyncio.timeout(WAIT_S):
        await printer.wait_jobs(jobs_n)
    return list(printer.jobs[jobs_n - 1].text)


async def events_of(door: Door) -> list[Any]:
    stored = await door.box.journal.load(1, limit_n=1000)
    return [decode_body(decode_envelope(event.raw)) for event in stored]


async def test_scan_to_paper_in_the_order_of_the_promises(tmp_path: Path) -> None:
    async with bench(tmp_path) as counter, running(counter.settings) as door:
        async with listening(door) as news:
            await ready(news)
            await door.open()
            await counter.scanner.type(MILK_CODE)
            seen = await news.until_scan()
            assert (seen["outcome"], seen["problem"]) == ("added", None)
            counter.scale.set_load(386)
            await counter.scanner.type(BANANA_CODE)
            await news.until_scan()
            lane = await door.pay(1000)
            weighed = lane["lines"][1]
            # 386 g at 7.98 per 500 g is 6.16056 (RULES, weighed goods).
            assert (weighed["net_minor"], weighed["weighed"]) == (616, True)
            receipt = await door.post("/v1/lanes/1/close")
            paper = await printed(counter.printer, 1)
            await news.until(lambda m: m["type"] == "printed")

        text = "\n".join(paper)
        for word in ("Corner Shop", receipt["number"], "386 g x $7.98/500 g", "$9.65", "Change"):
            assert word in text
        assert counter.printer.kicks_n == 1
        weighing = receipt["lines"][1]["weighing"]
        assert (weighing["weight_g"], weighing["protocol"]) == (386, "toledo_8217")
        events = await events_of(door)
        order = [type(e) for e in events if isinstance(e, SaleClosed | ReceiptPrinted)]
        assert order == [SaleClosed, ReceiptPrinted]
        assert any(isinstance(e, DrawerOpened) and e.number == receipt["number"] for e in events)
        told = [m["type"] for m in news.told if m["type"] in ("sale", "printed")]
        assert told == ["sale", "printed"]


async def test_a_silent_or_moving_scale_invents_no_weight(tmp_path: Path) -> None:
    async with bench(tmp_path) as counter, running(counter.settings) as door:
        async with listening(door) as news:
            await ready(news)
        await door.open()
        before = await door.scan(MILK_CODE)
        assert (await door.scan(BANANA_CODE, status=422))["code"] == "scale_empty"
        counter.scale.set_load(500)
        counter.scale.in_motion = True
        assert (await door.scan(BANANA_CODE, status=422))["code"] == "weight_unstable"
        counter.scale.in_motion = False
        counter.scale.silent = True
        assert (await door.scan(BANANA_CODE, status=422))["code"] == "scale_silent"
        lane = await door.get("/v1/lanes/1")
        assert lane["lines"] == before["lines"]
        assert lane["notice"]["code"] == "scale_silent"
        typed = {"code": BANANA_CODE, "quantity": 500}
        refused = await door.post("/v1/lanes/1/scan", typed, status=422)
        assert refused["code"] == "weight_typed"


async def test_a_scanner_that_sends_garbage_is_refused_and_goes_on(tmp_path: Path) -> None:
    async with (
        bench(tmp_path) as counter,
        running(counter.settings) as door,
        listening(door) as news,
    ):
        await ready(news)
        await door.open()
        await counter.scanner.type(MILK_CODE)
        await news.until_scan()
        await counter.scanner.garble()
        seen = await news.until_scan()
        assert seen["outcome"] == "refused"
        lane = await door.get("/v1/lanes/1")
        assert len(lane["lines"]) == 1
        assert lane["notice"]["code"] == seen["problem"]
        await counter.scanner.type(MILK_CODE)
        assert (await news.until_scan())["outcome"] == "added"


async def test_a_scan_at_a_shut_lane_is_refused_clearly(tmp_path: Path) -> None:
    async with (
        bench(tmp_path) as counter,
        running(counter.settings) as door,
        listening(door) as news,
    ):
        await ready(news)
        await counter.scanner.type(MILK_CODE)
        seen = await news.until_scan()
        assert (seen["outcome"], seen["problem"]) == ("refused", "lane_shut")


async def test_a_printer_that_was_off_prints_in_order_when_it_is_back(tmp_path: Path) -> None:
    async with bench(tmp_path) as counter, running(counter.settings) as door:
        async with listening(door) as news:
            await ready(news)
            await door.open()
            await counter.printer.power_off()
            await news.until_device("p1", "gone")
            first = await door.sell(MILK_CODE)
            second = await door.sell(MILK_CODE)
            assert (await door.get("/v1/health"))["unprinted_n"] == 2
            await counter.printer.power_on()
            one = "\n".join(await printed(counter.printer, 1))
            two = "\n".join(await printed(counter.printer, 2))
            await news.until(lambda m: m == {"type": "printed", "number": second["number"]})

        assert first["number"] in one
        assert second["number"] in two
        assert "COPY" not in one + two
        assert (await door.get(f"/v1/receipts/{first['number']}"))["printed"] is True
        assert (await door.get("/v1/health"))["unprinted_n"] == 0


async def test_a_late_receipt_carries_its_true_time_and_opens_no_drawer(tmp_path: Path) -> None:
    steer = tmp_path / "clock"
    wheel = await asyncio.to_thread(ClockWheel, steer)
    wheel.set_now(SystemClock().now_ms() - 600_000)
    async with bench(tmp_path, clock={"steer_file": str(steer)}) as counter:
        await counter.printer.power_off()
        async with running(counter.settings) as door:
            await door.open()
            sale = await door.sell(MILK_CODE)
        wheel.set_now(SystemClock().now_ms())
        await counter.printer.power_on()
        async with running(counter.settings) as door:
            paper = "\n".join(await printed(counter.printer, 1))
            await wait_until(door, f"/v1/receipts/{sale['number']}", lambda r: r["printed"])
            late = [e for e in await events_of(door) if isinstance(e, ReceiptPrinted)]

    assert "Printed late" in paper
    sold = local_time(sale["at_ms"], "America/New_York").strftime("%Y-%m-%d %H:%M:%S")
    assert ["Time", "of", "sale", *sold.split()] in [line.split() for line in paper.splitlines()]
    assert "COPY" not in paper
    assert counter.printer.kicks_n == 0
    assert [event.late_ms > 60_000 for event in late] == [True]


async def test_a_job_that_broke_off_is_printed_again_as_a_copy(tmp_path: Path) -> None:
    async with bench(tmp_path) as counter, running(counter.settings) as door:
        async with listening(door) as news:
            await ready(news)
            await door.open()
            counter.printer.reset_after(counter.printer.received_bytes + 300)
            receipt = await door.sell(MILK_CODE)
            paper = "\n".join(await printed(counter.printer, 1))
            await news.until(lambda m: m["type"] == "printed")
        assert "COPY" in paper
        assert receipt["number"] in paper
        marks = [e.copy for e in await events_of(door) if isinstance(e, ReceiptPrinted)]
        assert marks == [True]


async def test_a_lid_opened_just_before_a_sale_costs_neither_original_nor_drawer(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as counter:
        table = {**counter.settings.devices["p1"], "poll_ms": 60_000}
        devices = {**counter.settings.devices, "p1": table}
        settings = msgspec.structs.replace(counter.settings, devices=devices)
        async with running(settings) as door, listening(door) as news:
            await ready(news)
            await door.open()
            counter.printer.set_cover_open(True)
            two_tries_n = counter.printer.received_bytes + 2 * len(ASK_STATUS)
            await door.sell(MILK_CODE)
            async with asyncio.timeout(WAIT_S):
                while counter.printer.received_bytes < two_tries_n:
                    await asyncio.sleep(0)
            counter.printer.set_cover_open(False)
            paper = "\n".join(await printed(counter.printer, 1))
            await news.until(lambda m: m["type"] == "printed")
        assert "COPY" not in paper
        assert counter.printer.kicks_n == 1


def test_a_device_that_flaps_faster_than_the_disk_loses_only_the_middle() -> None:
    facts = DeviceFacts(journal=None)  # type: ignore[arg-type]
    facts.on_change(DeviceState("still", "k", "ready", "", 0))
    for count in range(3 * WAITING_MAX_N):
        facts.on_change(DeviceState("flaps", "k", "ready" if count % 2 else "gone", "", count))
    waiting = [facts._waiting.get_nowait() for _ in range(facts._waiting.qsize())]
    assert [state.device for state in waiting].count("still") == 1
    assert (waiting[-1].state, waiting[-1].since_ms) == ("ready", 3 * WAITING_MAX_N - 1)


async def test_a_reprint_is_marked_as_a_copy_and_opens_no_drawer(tmp_path: Path) -> None:
    async with bench(tmp_path) as counter, running(counter.settings) as door:
        async with listening(door) as news:
            await ready(news)
            await door.open()
            receipt = await door.sell(MILK_CODE)
            await printed(counter.printer, 1)
            await door.post(f"/v1/receipts/{receipt['number']}/print", status=202)
            paper = "\n".join(await printed(counter.printer, 2))
            assert "COPY" in paper
        assert counter.printer.kicks_n == 1


async def test_unprinted_receipts_print_after_a_restart(tmp_path: Path) -> None:
    async with bench(tmp_path) as counter:
        await counter.printer.power_off()
        async with running(counter.settings) as door:
            await door.open()
            receipt = await door.sell(MILK_CODE)
        await counter.printer.power_on()
        async with running(counter.settings) as door:
            paper = "\n".join(await printed(counter.printer, 1))
            assert receipt["number"] in paper


async def test_a_card_sale_leaves_the_drawer_shut(tmp_path: Path) -> None:
    async with bench(tmp_path) as counter, running(counter.settings) as door:
        async with listening(door) as news:
            await ready(news)
            await door.open()
            await door.scan(MILK_CODE)
            await door.pay(349, "card")
            await door.post("/v1/lanes/1/close")
            await printed(counter.printer, 1)
            await news.until(lambda m: m["type"] == "printed")
        assert counter.printer.kicks_n == 0
