"""Two lanes, a handheld and one box: who gets the scale, the scanner and the printer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cext.errors import Refused
from cext.kit.clock import SystemClock
from cext.lang.events import DeviceTakenOver, decode_body, decode_envelope
from edge.config import Settings
from edge.devices.leases import By
from edge.devices.ports import Weight
from edge.devices.shared_scale import REMEMBERED_NS, SharedScale
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
)


@dataclass
class Bench:
    """Two lanes that share a scale; lane 1 has a scanner and the printer."""

    scanner: SimScanner
    scale: SimScale
    printer: SimPrinter
    settings: Settings


@asynccontextmanager
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        scanner = await stack.enter_async_context(SimScanner(tmp_path / "scanner"))
        scale = await stack.enter_async_context(SimScale(tmp_path / "scale"))
        printer = await stack.enter_async_context(SimPrinter())
        settings = make_settings(
            tmp_path / "state",
            lanes=[
                {"id": "1", "scanner": "s1", "scale": "w1", "printer": "p1"},
                {"id": "2", "scale": "w1"},
                {"id": "3"},
            ],
            devices={"s1": scanner.table(), "w1": scale.table(), "p1": printer.table()},
        )
        yield Bench(scanner, scale, printer, settings)


@asynccontextmanager
async def trading(tmp_path: Path) -> AsyncIterator[tuple[Bench, Door, News]]:
    """The bench, its box and the box's live news."""
    async with (
        bench(tmp_path) as counter,
        running(counter.settings) as door,
        listening(door) as news,
    ):
        yield counter, door, news


async def ready(news: News, *names: str) -> None:
    """Wait until these devices are there; the full state comes first on the socket."""
    missing = set(names)

    def note(message: Any) -> bool:
        if message["type"] == "device" and message["device"]["state"] == "ready":
            missing.discard(message["device"]["device"])
        return not missing

    await news.until(note)


async def open_lanes(door: Door) -> None:
    for lane, worker in (("1", "anna"), ("2", "bert")):
        await door.post(f"/v1/lanes/{lane}/open", {"worker": worker})


async def claim(door: Door, device: str, holder: str, *, status: int = 200, **more: Any) -> Any:
    body = {"holder": holder, **more}
    return await door.post(f"/v1/devices/{device}/lease", body, status=status)


async def weigh(door: Door, lane: str, *, status: int = 200) -> Any:
    body = {"code": BANANA_CODE}
    return await door.post(f"/v1/lanes/{lane}/scan", body, status=status)


async def until_change(news: News, change: str) -> Any:
    return await news.until(lambda m: m["type"] == "lease" and m["change"] == change)


async def test_a_lease_is_claimed_renewed_given_back_and_told(tmp_path: Path) -> None:
    async with trading(tmp_path) as (_, door, news):
        refused = await claim(door, "w1", "handheld-2", status=409)
        assert (refused["code"], refused["until_ms"]) == ("lease_held", None)
        assert refused["holder"] == "lane:1, lane:2"
        given = await claim(door, "w1", "handheld-2", take_over=True)
        told = await until_change(news, "taken_over")
        other = await claim(door, "w1", "tablet", status=409)
        path = "/v1/devices/w1/lease"
        renewed = await door.call("PUT", path, {"token": given["token"], "ttl_s": 300})
        await until_change(news, "renewed")
        async with listening(door) as later:
            known = await later.until(lambda m: m["type"] == "lease")
        freed = await door.call("DELETE", f"{path}?token={given['token']}")
        stale = await door.call("PUT", path, {"token": given["token"], "ttl_s": 300}, status=409)
        await until_change(news, "given_back")

    assert (told["former"], told["lease"]["holder"]) == ("lane:1, lane:2", "handheld-2")
    assert "token" not in told["lease"]
    assert (other["holder"], other["until_ms"]) == ("handheld-2", given["until_ms"])
    assert renewed["token"] == given["token"]
    assert renewed["until_ms"] > given["until_ms"] + 200_000
    assert known["lease"]["holder"] == "handheld-2"
    assert freed == {"device": "w1", "holder": "", "until_ms": None, "lanes": ["1", "2"]}
    assert (stale["code"], stale["holder"]) == ("lease_stale", "")


async def test_a_take_over_is_in_the_journal_before_it_is_answered(tmp_path: Path) -> None:
    async with bench(tmp_path) as counter, running(counter.settings) as door:
        given = await claim(door, "s1", "handheld-2", take_over=True)
        again = await claim(door, "s1", "handheld-2")
        stored = await door.box.journal.load(1, limit_n=100)

    bodies = [decode_body(decode_envelope(event.raw)) for event in stored]
    assert [body for body in bodies if isinstance(body, DeviceTakenOver)] == [
        DeviceTakenOver(
            device="s1", holder="handheld-2", former="lane:1", token=given["token"], grant="t0"
        )
    ]
    assert again["token"] > given["token"]


async def test_tokens_grow_over_a_restart_and_old_ones_are_stale(tmp_path: Path) -> None:
    async with bench(tmp_path) as counter:
        async with running(counter.settings) as door:
            first = await claim(door, "p1", "tablet", take_over=True, ttl_s=300)
        async with running(counter.settings) as door:
            body = {"token": first["token"]}
            stale = await door.call("PUT", "/v1/devices/p1/lease", body, status=409)
            second = await claim(door, "p1", "tablet", take_over=True)

    assert stale["code"] == "lease_stale"
    assert second["token"] > first["token"]


async def test_a_lease_that_ran_out_is_told_and_the_lane_weighs_again(tmp_path: Path) -> None:
    async with trading(tmp_path) as (counter, door, news):
        await ready(news, "w1")
        await open_lanes(door)
        counter.scale.set_load(500)
        given = await claim(door, "w1", "handheld-2", take_over=True, ttl_s=300)
        refused = await weigh(door, "1", status=409)
        handheld = door.box.devices.get_scale("w1", By("caller", token=given["token"]))
        weight = await handheld.read()
        body = {"token": given["token"], "ttl_s": 1}
        await door.call("PUT", "/v1/devices/w1/lease", body)
        ended = await until_change(news, "expired")
        with pytest.raises(Refused, match="Claim the device again") as stale:
            await handheld.read()
        lane = await weigh(door, "1")

    assert (refused["code"], refused["holder"]) == ("lease_held", "handheld-2")
    assert weight.weight_g == 500
    assert ended["lease"]["holder"] == ""
    assert stale.value.code == "lease_stale"
    assert lane["lines"][0]["quantity"] == 500


async def test_two_lanes_with_one_scale_never_get_each_others_weight(tmp_path: Path) -> None:
    async with trading(tmp_path) as (counter, door, news):
        await ready(news, "w1")
        await open_lanes(door)
        counter.scale.set_load(386)
        async with asyncio.TaskGroup() as group:  # both clerks scan while one bag lies there
            for lane in ("1", "2"):
                body = {"code": BANANA_CODE}
                call = door.session.post(f"{door.url}/v1/lanes/{lane}/scan", json=body)
                group.create_task(_finish(call))
        views = [await door.get(f"/v1/lanes/{lane}") for lane in ("1", "2")]
        weighed = [lane["lines"][0]["quantity"] for lane in views if lane["lines"]]
        refused = [lane["notice"]["code"] for lane in views if lane["notice"]]
        late = next(lane["lane"] for lane in views if lane["notice"])

        counter.scale.set_load(0)
        empty = await weigh(door, late, status=422)
        counter.scale.set_load(386)  # the other's own bag, by chance as heavy
        own = await weigh(door, late)

    assert (weighed, refused) == ([386], ["scale_not_cleared"])
    assert empty["code"] == "scale_empty"
    assert [line["quantity"] for line in own["lines"]] == [386]


async def _finish(call: Any) -> None:
    async with call as reply:
        await reply.read()


async def test_a_lane_without_a_scale_weighs_on_the_one_it_has_leased(tmp_path: Path) -> None:
    async with trading(tmp_path) as (counter, door, news):
        await ready(news, "w1")
        await open_lanes(door)
        await door.post("/v1/lanes/3/open", {"worker": "cleo"})
        counter.scale.set_load(250)
        without = await weigh(door, "3", status=422)
        given = await claim(door, "w1", "lane:3", take_over=True)
        lane = await weigh(door, "3")
        refused = await weigh(door, "1", status=409)
        await door.call("DELETE", f"/v1/devices/w1/lease?token={given['token']}")
        again = await weigh(door, "3", status=422)

    assert [without["code"], again["code"]] == ["scale_missing", "scale_missing"]
    assert lane["lines"][0]["quantity"] == 250
    assert (refused["code"], refused["holder"]) == ("lease_held", "lane:3")


async def test_claims_at_the_same_time_get_different_tokens(tmp_path: Path) -> None:
    async with bench(tmp_path) as counter, running(counter.settings) as door:
        devices = ["s1", "w1", "p1"] * 7
        async with asyncio.TaskGroup() as group:
            claims = [
                group.create_task(claim(door, device, f"page{n}", take_over=True))
                for n, device in enumerate(devices)
            ]
        given = [task.result() for task in claims]
        stored = await door.box.journal.load(1, limit_n=100)

    assert len({lease["token"] for lease in given}) == len(devices)
    taken = [decode_body(decode_envelope(event.raw)) for event in stored]
    told = {body.token: body.former for body in taken if isinstance(body, DeviceTakenOver)}
    assert set(told) == {lease["token"] for lease in given}
    for name in ("s1", "w1", "p1"):
        holders = [
            lease["holder"]
            for lease in sorted(given, key=lambda lease: lease["token"])
            if lease["device"] == name
        ]
        formers = [told[token] for token in sorted(told) if owner(given, token) == name]
        assert formers[1:] == holders[:-1]


def owner(given: list[Any], token: int) -> str:
    return next(lease["device"] for lease in given if lease["token"] == token)


async def test_scans_of_a_leased_scanner_go_to_its_holder(tmp_path: Path) -> None:
    async with trading(tmp_path) as (counter, door, news):
        await ready(news, "s1")
        await open_lanes(door)
        given = await claim(door, "s1", "handheld-2", take_over=True)
        await counter.scanner.type(f"]E0{MILK_CODE}")
        told = await news.until(lambda m: m["type"] == "leased_scan")
        await counter.scanner.garble()
        garbled = await news.until(lambda m: m["type"] == "leased_scan")
        path = f"/v1/devices/s1/lease?token={given['token']}"
        await door.call("DELETE", path)
        await claim(door, "s1", "lane:2", take_over=True)
        await counter.scanner.type(MILK_CODE)
        second = await news.until_scan()
        await counter.scanner.garble()
        refused = await news.until_scan()
        await claim(door, "s1", "lane:1", take_over=True)
        await counter.scanner.type(MILK_CODE)
        first = await news.until_scan()
        lines = [len((await door.get(f"/v1/lanes/{lane}"))["lines"]) for lane in ("1", "2")]

    assert (told["device"], told["holder"], told["code"]) == ("s1", "handheld-2", MILK_CODE)
    assert (told["symbology"], told["problem"]) == ("]E0", "")
    assert (garbled["holder"], garbled["code"], bool(garbled["problem"])) == (
        "handheld-2",
        "",
        True,
    )
    assert (refused["lane"], refused["outcome"]) == ("2", "refused")
    assert [second["lane"], first["lane"]] == ["2", "1"]
    assert lines == [1, 1]


async def test_a_receipt_is_printed_while_somebody_else_has_the_printer(tmp_path: Path) -> None:
    async with trading(tmp_path) as (counter, door, news):
        await ready(news, "p1")
        await open_lanes(door)
        await claim(door, "p1", "tablet", take_over=True, ttl_s=300)
        receipt = await door.sell(MILK_CODE)
        async with asyncio.timeout(WAIT_S):
            await counter.printer.wait_jobs(1)
        with pytest.raises(Refused, match="tablet has p1"):
            await door.box.devices.get_drawer("p1", By("caller")).kick()

    assert receipt["number"] in "\n".join(counter.printer.jobs[0].text)


@pytest.mark.parametrize(
    ("device", "body", "status", "code"),
    [
        ("w9", {"holder": "tablet"}, 404, "device_unknown"),
        ("w1", {"holder": "lane:9"}, 404, "lane_unknown"),
        ("w1", {"holder": "Big Tablet"}, 422, "body_invalid"),
        ("w1", {"holder": "x" * 33}, 422, "body_invalid"),
        ("w1", {"holder": "tablet", "ttl_s": 0}, 422, "body_invalid"),
        ("w1", {"holder": "tablet", "ttl_s": 301}, 422, "body_invalid"),
        ("w1", {"holder": "tablet", "token": 1}, 422, "body_invalid"),
    ],
)
async def test_what_is_no_claim_is_refused(
    tmp_path: Path, device: str, body: Any, status: int, code: str
) -> None:
    async with bench(tmp_path) as counter, running(counter.settings) as door:
        answer = await door.post(f"/v1/devices/{device}/lease", body, status=status)
        free = await door.get("/v1/leases")

    assert answer["code"] == code
    assert [(row["device"], row["holder"]) for row in free["leases"]] == [
        ("s1", ""),
        ("w1", ""),
        ("p1", ""),
    ]


class Hands(SystemClock):
    """A clock that a test turns."""

    at_ns = 0

    def mono_ns(self) -> int:
        return self.at_ns


def weight(weight_g: int | None, *, stable: bool = True, division_g: int | None = 2) -> Weight:
    return Weight(
        weight_g=weight_g,
        stable=stable,
        division_g=division_g,
        device="w1",
        protocol="test",
        raw=b"",
        at_ms=0,
        at_mono_ns=0,
    )


def test_one_step_more_or_less_is_still_the_others_bag() -> None:
    scale = SharedScale(Hands())
    scale.check("1", weight(386))
    scale.check("2", weight(388, stable=False))

    with pytest.raises(Refused, match="Lane 1 has just weighed exactly this"):
        scale.check("2", weight(388))
    scale.check("1", weight(386))
    scale.check("2", weight(390))
    with pytest.raises(Refused, match="Lane 2"):
        scale.check("1", weight(390))


def test_what_was_left_on_the_scale_for_long_is_not_the_others_any_more() -> None:
    clock = Hands()
    scale = SharedScale(clock)
    scale.check("1", weight(386))
    clock.at_ns += REMEMBERED_NS

    scale.check("2", weight(386))


async def test_acts_at_the_doors_ask_for_the_lease_that_is_in_force(tmp_path: Path) -> None:
    async with trading(tmp_path) as (counter, door, news):
        await ready(news, "w1", "p1")
        free = await door.post("/v1/devices/w1/zero")
        old = await claim(door, "w1", "tablet", take_over=True)
        given = await claim(door, "w1", "handheld-2", take_over=True)
        held = await door.post("/v1/devices/w1/zero", status=409)
        stale = await door.post("/v1/devices/w1/tare", {"lease_token": old["token"]}, status=409)
        body = {"level": "external", "lease_token": given["token"]}
        checked = await door.post("/v1/devices/w1/health", body)
        unread = await door.post("/v1/devices/w1/health", {"level": "external"}, status=409)
        await claim(door, "p1", "tablet", take_over=True)
        drawer = await door.post("/v1/devices/p1/drawer", {"reason": "change"}, status=409)
        report = await door.get("/v1/devices/w1")

    assert free["weight_g"] == 0
    assert (held["code"], held["holder"], held["upos"]) == ("lease_held", "handheld-2", "E_CLAIMED")
    assert (stale["code"], stale["upos"]) == ("lease_stale", "E_NOTCLAIMED")
    assert checked["ok"] is True
    assert [unread["code"], drawer["code"]] == ["lease_held", "lease_held"]
    assert report["claimed"] is True
    assert counter.printer.kicks_n == 0
