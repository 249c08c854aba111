"""A scanner that acts as a keyboard is set up by one scan, through the door of a running box."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edge.devices import decode_settings
from edge.devices.paper.code128 import encode_bars
from edge.devices.scanners import CALIBRATION
from edge.sim.keyboard_scanner import SimKeyboardScanner
from edge.sim.serial_scanner import SimScanner
from tests.sales.shop import MILK_CODE, Door, News, listening, make_settings, running

LEARN = "/v1/devices/keys1/learn"


class Counter:
    """A running box whose lane scans with a keyboard scanner set to `sim.layout`."""

    def __init__(self, door: Door, news: News, sim: SimKeyboardScanner) -> None:
        self.door, self.news, self.sim = door, news, sim

    async def listens(self) -> None:
        """Once a call of the door listens."""
        async with asyncio.timeout(5):
            while self.door.box.devices.report("keys1").upos_state != "busy":
                await asyncio.sleep(0)

    async def learn_from(self, *codes: str, status: int = 200, **body: Any) -> Any:
        """Ask for learning, and type as soon as the box listens."""
        async with asyncio.TaskGroup() as group:
            asking = self.door.post(LEARN, {"wait_s": 10, **body}, status=status)
            learning = group.create_task(asking)
            await self.listens()
            for code in codes:
                await self.sim.type(code)
        return learning.result()

    async def heard(self, code: str) -> Any:
        """What the lane made of the next scan."""
        await self.sim.type(code)
        return await self.news.until(lambda m: m["type"] == "scan")


@asynccontextmanager
async def counter(tmp_path: Path, **sim: Any) -> AsyncIterator[Counter]:
    async with (
        SimKeyboardScanner(tmp_path / "keys", **sim) as keys,
        SimScanner(tmp_path / "serial") as serial,
    ):
        devices = {"keys1": {"kind": "keyboard_scanner", "port": keys.path}}
        devices["serial1"] = serial.table()
        settings = make_settings(
            tmp_path / "state", devices=devices, lanes=[{"id": "1", "scanner": "keys1"}]
        )
        async with running(settings) as door, listening(door) as news:
            ready = set[str]()
            while ready != set(devices):
                told = await news.until(lambda m: m["type"] == "device")
                if told["device"]["state"] == "ready":
                    ready.add(told["device"]["device"])
            await door.open()
            yield Counter(door, news, keys)


async def test_one_scan_finds_the_settings_and_they_hold_at_once_and_after_unplugging(
    tmp_path: Path,
) -> None:
    async with counter(tmp_path, layout="FR", terminator="tab", gs="alt_code") as shop:
        learned = await shop.learn_from(CALIBRATION)
        basket = await shop.door.get("/v1/lanes/1")
        sold = await shop.heard(MILK_CODE)
        await shop.sim.unplug()
        await shop.news.until(lambda m: _state(m) == "gone")
        await shop.sim.plug()
        await shop.news.until(lambda m: _state(m) == "ready")
        again = await shop.heard(MILK_CODE)
        flight = shop.door.box.devices.flight("keys1")

    assert learned["layout"] == "FR"
    facts = [learned[key] for key in ("terminator", "case", "gs", "gs_char", "lost")]
    assert facts == ["tab", "kept", "alt_code", "", ""]
    assert any("AIM identifiers" in advice for advice in learned["advice"])
    table = tomllib.loads(learned["toml"])["devices"]["keys1"]
    assert decode_settings({"keys1": table})["keys1"].layout == "FR"  # type: ignore[attr-defined]
    assert basket["lines"] == []
    assert (sold["code"], sold["outcome"]) == (MILK_CODE, "added")
    assert (again["code"], again["outcome"]) == (MILK_CODE, "added")
    assert "layout=FR" in flight.splitlines()[1]


def _state(message: dict[str, Any]) -> str:
    device = message.get("device")
    is_ours = message["type"] == "device" and device["device"] == "keys1"
    return device["state"] if is_ours else ""


async def test_what_is_no_calibration_scan_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with counter(tmp_path) as shop:
        unread = await shop.learn_from(MILK_CODE, status=422)
        unheard = await shop.door.post(LEARN, {"wait_s": 1}, status=422)
        async with asyncio.TaskGroup() as group:
            first = group.create_task(shop.door.post(LEARN, {"wait_s": 10}))
            await shop.listens()
            busy = await shop.door.post(LEARN, {"wait_s": 10}, status=409)
            await shop.sim.type(CALIBRATION)
        sold = await shop.heard(MILK_CODE)

    assert (unread["code"], unread["upos"]) == ("calibration_unread", "E_FAILURE")
    assert "not the calibration barcode" in unread["detail"]
    assert (unheard["code"], unheard["upos"]) == ("calibration_unheard", "E_TIMEOUT")
    assert "scan the calibration barcode" in unheard["detail"]
    assert (busy["code"], busy["upos"]) == ("calibration_busy", "E_BUSY")
    assert first.result()["layout"] == "US"
    assert sold["outcome"] == "added"


async def test_a_scanner_without_a_layout_or_cable_or_name_is_refused(tmp_path: Path) -> None:
    async with counter(tmp_path) as shop:
        unfit = await shop.door.post("/v1/devices/serial1/learn", {}, status=422)
        unknown = await shop.door.post("/v1/devices/keys9/learn", {}, status=404)
        bounds = [await shop.door.post(LEARN, {"wait_s": wait_s}, status=422) for wait_s in (0, 61)]
        await shop.sim.unplug()
        await shop.news.until(lambda m: _state(m) == "gone")
        gone = await shop.door.post(LEARN, {}, status=503)

    assert (unfit["code"], unfit["upos"]) == ("device_unfit", "E_ILLEGAL")
    assert "needs no learning" in unfit["detail"]
    assert unknown["code"] == "device_unknown"
    assert [one["code"] for one in bounds] == ["body_invalid"] * 2
    assert gone["code"] == "device_gone"


async def test_a_check_that_waits_for_a_scan_is_not_robbed_of_it(tmp_path: Path) -> None:
    async with counter(tmp_path) as shop, asyncio.TaskGroup() as group:
        check = shop.door.post("/v1/devices/keys1/health", {"level": "interactive"})
        checking = group.create_task(check)
        await shop.listens()
        busy = await shop.door.post(LEARN, {}, status=409)
        await shop.sim.type(MILK_CODE)

    assert (busy["code"], busy["upos"]) == ("device_busy", "E_BUSY")
    assert checking.result()["ok"]


@pytest.mark.parametrize("is_late", [False, True])
async def test_a_scanner_of_somebody_else_is_not_set_up(tmp_path: Path, *, is_late: bool) -> None:
    lease_door, claim = "/v1/devices/keys1/lease", {"ttl_s": 60, "take_over": True}
    async with counter(tmp_path, layout="FR") as shop:
        if is_late:
            async with asyncio.TaskGroup() as group:
                asking = group.create_task(shop.door.post(LEARN, {"wait_s": 10}, status=409))
                await shop.listens()
                lease = await shop.door.post(lease_door, {**claim, "holder": "handheld-2"})
                await shop.sim.type(CALIBRATION)
            held = asking.result()
        else:
            lease = await shop.door.post(lease_door, {**claim, "holder": "handheld-2"})
            held = await shop.door.post(LEARN, {}, status=409)
        before = shop.door.box.devices.get_settings("keys1")
        learned = await shop.learn_from(CALIBRATION, lease_token=lease["token"])

    assert (held["code"], held["upos"], held["holder"]) == ("lease_held", "E_CLAIMED", "handheld-2")
    assert before.layout == "US"  # type: ignore[attr-defined]
    assert learned["layout"] == "FR"


async def test_the_barcode_to_scan_is_given_as_bars(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        told = await door.get("/v1/calibration")

    assert told == {"bars": encode_bars(CALIBRATION)}
