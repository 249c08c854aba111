"""The doors to the devices, over a running box with devices that speak bytes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cext.lang.events import DeviceStatistics, DrawerOpened, decode_body, decode_envelope
from edge.sales.device_facts import STATISTICS_EVERY_MS
from edge.sim.escpos_tcp_printer import SimPrinter
from edge.sim.serial_scanner import SimScanner
from edge.sim.toledo_8217_scale import SimScale
from edge.sim.vfd_display import SimDisplay
from tests.sales.shop import Door, listening, make_settings, running


class Counter:
    """A running box and the devices on its counter."""

    def __init__(self, door: Door, sims: dict[str, Any]) -> None:
        self.door = door
        self.scanner: SimScanner = sims["scanner1"]
        self.scale: SimScale = sims["scale1"]
        self.printer: SimPrinter = sims["printer1"]
        self.display: SimDisplay = sims["display1"]

    async def bodies(self) -> list[Any]:
        stored = await self.door.box.journal.load(1, limit_n=1_000)
        return [decode_body(decode_envelope(event.raw)) for event in stored]


@asynccontextmanager
async def counter(tmp_path: Path, **changes: Any) -> AsyncIterator[Counter]:
    async with (
        SimScanner(tmp_path / "scanner") as scanner,
        SimScale(tmp_path / "scale") as scale,
        SimPrinter() as printer,
        SimDisplay(tmp_path / "display") as display,
    ):
        sims = {"scanner1": scanner, "scale1": scale, "printer1": printer, "display1": display}
        settings = make_settings(
            tmp_path / "state",
            lanes=[{"id": "1", "scanner": "scanner1", "scale": "scale1", "printer": "printer1"}],
            devices={name: sim.table() for name, sim in sims.items()},
            **changes,
        )
        async with running(settings) as door, listening(door) as news:
            ready = set[str]()
            while ready != set(sims):
                told = await news.until(lambda m: m["type"] == "device")
                if told["device"]["state"] == "ready":
                    ready.add(told["device"]["device"])
            yield Counter(door, sims)


async def test_devices_are_told_with_their_lanes_and_in_words_of_unified_pos(
    tmp_path: Path,
) -> None:
    async with counter(tmp_path) as shop:
        told = await shop.door.get("/v1/devices")
        one = await shop.door.get("/v1/devices/scale1")
        missing = await shop.door.get("/v1/devices/scale9", status=404)

    by_name = {device["device"]: device for device in told["devices"]}
    assert by_name["scale1"] == one
    assert (one["lanes"], one["claimed"], one["category"]) == (["1"], True, "Scale")
    assert by_name["display1"]["claimed"] is False
    assert by_name["printer1"]["identity"]["path"].startswith("127.0.0.1:")
    assert (missing["code"], missing["upos"]) == ("device_unknown", "E_NOEXIST")


async def test_health_is_a_result_and_never_an_error_of_the_door(tmp_path: Path) -> None:
    async with counter(tmp_path) as shop:
        shop.scale.set_load(250)

        async def check(device: str, level: str, status: int = 200) -> Any:
            path = f"/v1/devices/{device}/health"
            return await shop.door.post(path, {"level": level}, status=status)

        weighed = await check("scale1", "external")
        slip = await check("printer1", "external")
        shown = await check("display1", "external")
        inside = await check("scanner1", "internal")
        unfit = await check("scanner1", "external", status=422)
        shop.printer.set_paper("out")
        no_paper = await check("printer1", "external")
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(check("scanner1", "interactive"))
            while shop.door.box.devices.report("scanner1").upos_state != "busy":
                await asyncio.sleep(0)
            await shop.scanner.type("]E04006381333931")
        basket = await shop.door.get("/v1/lanes/1")

    assert (weighed["ok"], weighed["text"]) == (True, "0.250 kg")
    assert slip["ok"]
    assert "Test slip" in [line.text.strip() for line in shop.printer.jobs[0].lines]
    assert shown["ok"]
    assert shop.display.lines[0].startswith("1234567890")
    assert inside["ok"]
    assert (unfit["code"], unfit["upos"]) == ("level_unfit", "E_ILLEGAL")
    assert (no_paper["ok"], no_paper["text"]) == (False, "The printer is out of paper.")
    assert waiting.result()["text"] == "Read ]E0 4006381333931"
    assert not basket["lines"]


async def test_zero_and_tare_go_to_the_scale_and_what_it_shows_comes_back(tmp_path: Path) -> None:
    async with counter(tmp_path) as shop:
        zeroed = await shop.door.post("/v1/devices/scale1/zero")
        shop.scale.set_load(80)
        tared = await shop.door.post("/v1/devices/scale1/tare", {"weight_g": None})
        negative = await shop.door.post("/v1/devices/scale1/tare", {"weight_g": -1}, status=422)
        unfit = await shop.door.post("/v1/devices/printer1/zero", status=422)

    assert (zeroed["weight_g"], zeroed["stable"]) == (0, True)
    assert (tared["weight_g"], tared["net"], tared["says"]) == (0, True, "0.000 kg net")
    assert negative["code"] == "body_invalid"
    assert (unfit["code"], unfit["upos"]) == ("device_unfit", "E_ILLEGAL")


async def test_a_drawer_opened_without_a_sale_is_in_the_journal(tmp_path: Path) -> None:
    async with counter(tmp_path) as shop:
        await shop.door.post("/v1/devices/printer1/drawer", {"reason": "change"})
        opened = [body for body in await shop.bodies() if isinstance(body, DrawerOpened)]

    assert shop.printer.kicks_n == 1
    assert opened == [DrawerOpened(device="printer1", number="", reason="change")]


async def test_statistics_go_into_the_journal_on_demand_and_once_a_day(tmp_path: Path) -> None:
    async with counter(tmp_path) as shop:
        facts, now_ms = shop.door.box.facts, shop.door.box.clock.now_ms()
        due_before = facts.is_due(now_ms)
        told = await shop.door.post("/v1/devices/statistics")
        written = [body for body in await shop.bodies() if isinstance(body, DeviceStatistics)]

        assert told == {"devices_n": 4}
        assert {body.device: body.counts["OnlineTransitionCount"] for body in written} == {
            "scanner1": 1,
            "scale1": 1,
            "printer1": 1,
            "display1": 1,
        }
        assert (due_before, facts.is_due(now_ms)) == (True, False)
        assert facts.is_due(now_ms + STATISTICS_EVERY_MS + 60_000)


async def test_statistics_are_written_by_themselves_and_only_once_a_day(tmp_path: Path) -> None:
    async with counter(tmp_path) as shop, asyncio.TaskGroup() as group:
        box = shop.door.box
        daily = box.facts.run_daily(box.clock, box.devices.reports, look_s=0)
        running_daily = group.create_task(daily)
        written: list[Any] = []
        async with asyncio.timeout(10):
            while not written:
                written = [one for one in await shop.bodies() if isinstance(one, DeviceStatistics)]
        for _ in range(100):  # looks more than a hundred times in these turns of the loop
            await asyncio.sleep(0)
        written = [one for one in await shop.bodies() if isinstance(one, DeviceStatistics)]
        running_daily.cancel()

    assert sorted(one.device for one in written) == ["display1", "printer1", "scale1", "scanner1"]


async def test_the_recording_of_a_cable_is_text_and_can_be_switched_off(tmp_path: Path) -> None:
    async with counter(tmp_path) as shop:
        shop.scale.set_load(250)
        await shop.door.post("/v1/devices/scale1/health", {"level": "external"})
        async with shop.door.session.get(shop.door.url + "/v1/devices/scale1/flight") as reply:
            kind, text = reply.content_type, await reply.text()
    async with counter(tmp_path, flight=False) as shop:
        off = await shop.door.get("/v1/devices/scale1/flight", status=422)

    assert kind == "text/plain"
    assert "! kind=toledo_8217_scale" in text
    assert "? read\n> 57\n" in re.sub(r"@ [0-9.]+\n", "", text)
    assert "= weight 250 stable" in text
    assert (off["code"], off["upos"]) == ("flight_off", "E_DISABLED")


@pytest.mark.parametrize("path", ["/v1/devices/scale1/tare", "/v1/devices/scale1/health"])
async def test_a_body_that_is_too_large_is_refused(tmp_path: Path, path: str) -> None:
    async with running(make_settings(tmp_path)) as door:
        problem = await door.post(path, {"level": "x" * 5_000}, status=413)

    assert problem["code"] == "body_too_large"
