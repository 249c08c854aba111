"""Keyboard scanners on event nodes made by umockdev; run by `test_keyboard_umockdev.py`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from cext.errors import DeviceGone
from cext.kit.clock import SystemClock
from edge.devices.scanners import keyboard_scanner
from edge.devices.scanners.scan_lines import GS
from edge.devices.scanners.wedge_keys import EV_KEY, EV_SYN, SYN_DROPPED, SYN_REPORT
from edge.sim.keyboard_scanner import encode_events
from edge.sim.scanner_keys import GS_KEYS, SHIFT, TERMINATOR_KEYS, as_events, stroke, type_text
from tests.devices.conftest import Heard, supervised
from tests.devices.umockdev_bed import MOUSE, Node, Testbed

END = TERMINATOR_KEYS["enter"]
EAN = "4006381333931"
BY_ID = "usb-ACME_Scanner_SN0001-event-kbd"
NOBODY = 65_534
PACE_S = 0.002  # a fast scanner: 2 ms a key


@pytest.fixture
def bed() -> Iterator[Testbed]:
    made = Testbed()
    yield made
    made.close()


def table(**more: Any) -> dict[str, Any]:
    return {"kind": "keyboard_scanner", "usb": "0c2e:0b61", **more}


async def type_on(
    node: Node, text: str, *, layout: str = "US", end: str = "enter", gs: str = "control"
) -> None:
    """Type a code, as much at once as the terminal takes: a busy machine makes no pauses in it."""
    keys = type_text(text, layout, gs=GS_KEYS[gs]) + TERMINATOR_KEYS[end]
    data = encode_events(as_events(keys))
    async with asyncio.timeout(10):
        while data:
            data = data[node.send(data) :]
            await asyncio.sleep(0)


async def scanned(heard: Heard, count: int) -> list[str]:
    await heard.until(lambda: len(heard.scans) >= count)
    return [scan.text for scan in heard.scans]


async def test_typed_codes_arrive_by_usb_numbers_by_path_and_by_name(bed: Testbed) -> None:
    node = bed.plug(Node(7, by_id=BY_ID))
    names: tuple[dict[str, str], ...] = (
        {"usb": "0C2E:0B61"},
        {"usb": "0c2e:0b61:SN0001"},
        {"port": node.by_id},
        {"port": node.path},
        {"name": "ACME Scanner"},
    )
    for named in names:
        async with supervised({"s": {"kind": "keyboard_scanner", **named}}) as (_, heard):
            await heard.until_state("s", "ready")
            await type_on(node, "]E0" + EAN)
            assert await scanned(heard, 1) == [EAN]
            assert heard.scans[0].symbology == "]E0"


async def test_codes_at_two_ms_a_key_all_arrive_in_order(bed: Testbed) -> None:
    node = bed.plug(Node(7))
    codes = [f"{number:06}" for number in range(20)]
    async with supervised({"s": table(silence_ms=5_000)}) as (_, heard):
        await heard.until_state("s", "ready")
        for key in (key for code in codes for key in type_text(code, "US") + END):
            node.send_events(as_events((key,)))
            await asyncio.sleep(PACE_S)  # schedule: the pace of a fast scanner

        assert await scanned(heard, len(codes)) == codes


@pytest.mark.parametrize("layout", ["FR", "DE"])
async def test_a_scanner_set_to_another_layout_is_read_by_that_layout(
    bed: Testbed, layout: str
) -> None:
    node = bed.plug(Node(7))
    async with supervised({"s": table(layout=layout)}) as (_, heard):
        await heard.until_state("s", "ready")
        await type_on(node, "]C1(Zy-/=)" + EAN, layout=layout)

        assert await scanned(heard, 1) == ["(Zy-/=)" + EAN]


@pytest.mark.parametrize("end", TERMINATOR_KEYS)
async def test_every_end_of_a_code_is_one_end(bed: Testbed, end: str) -> None:
    node = bed.plug(Node(7))
    ends_with = "silence" if end == "none" else "mark"
    async with supervised({"s": table(ends_with=ends_with, silence_ms=40)}) as (_, heard):
        await heard.until_state("s", "ready")
        await type_on(node, EAN, end=end)
        await scanned(heard, 1)
        await type_on(node, "96385074", end=end)

        assert await scanned(heard, 2) == [EAN, "96385074"]
        assert heard.garbled == []


@pytest.mark.parametrize("gs", ["control", "alt_code"])
async def test_gs_arrives_in_both_forms(bed: Testbed, gs: str) -> None:
    node = bed.plug(Node(7))
    text = "0104006381333931" + "10LOT7" + GS + "17260131"
    async with supervised({"s": table()}) as (_, heard):
        await heard.until_state("s", "ready")
        await type_on(node, "]d2" + text, gs=gs)

        assert await scanned(heard, 1) == [text]


async def test_a_scanner_that_is_plugged_in_again_is_there_at_once(bed: Testbed) -> None:
    # The supervisor would look again only after a minute: it is told.
    node = bed.plug(Node(7, by_id=BY_ID))
    settings = {"s": {"kind": "keyboard_scanner", "port": node.by_id}}
    async with supervised(settings, wait_s=60) as (_, heard):
        await heard.until_state("s", "ready")
        for count in (1, 2):
            bed.unplug(node)
            gone = await heard.until_state("s", "gone")
            node = bed.plug(Node(7 + count, by_id=BY_ID))
            await heard.until_state("s", "ready")
            await type_on(node, EAN)
            assert await scanned(heard, count) == [EAN] * count

        assert "unplugged" in gone.detail


async def test_a_code_cut_by_unplugging_does_not_come_back(bed: Testbed) -> None:
    node = bed.plug(Node(7))
    async with supervised({"s": table()}) as (_, heard):
        await heard.until_state("s", "ready")
        await type_on(node, "40063", end="none")
        bed.unplug(node)
        await heard.until_state("s", "gone")
        node = bed.plug(Node(8))
        await heard.until_state("s", "ready")
        await type_on(node, EAN)

        assert await scanned(heard, 1) == [EAN]


async def test_a_node_whose_rights_come_late_is_waited_for(bed: Testbed) -> None:
    node = bed.plug(Node(7, by_id=BY_ID))
    bed.set_mode(node, 0)
    user = os.geteuid()
    settings = {"s": {"kind": "keyboard_scanner", "port": node.by_id}}
    try:
        os.seteuid(NOBODY if user == 0 else user)  # the superuser may open anything
        async with supervised(settings, wait_s=60) as (_, heard):
            gone = await heard.until_state("s", "gone")
            os.seteuid(user)
            bed.set_mode(node, 0o600)
            await heard.until_state("s", "ready")
            await type_on(node, EAN)
            assert await scanned(heard, 1) == [EAN]
    finally:
        os.seteuid(user)

    assert "udev sets the right a moment after plugging in" in gone.detail


async def test_all_nodes_of_one_scanner_are_read_and_no_others(bed: Testbed) -> None:
    first = bed.plug(Node(7))
    second = bed.plug(Node(8, phys="usb-0000:00:14.0-1/input1", keys=range(1, 256)))
    bed.plug(Node(9, phys="usb-0000:00:14.0-1/input2", keys=MOUSE))
    bed.plug(Node(10, usb=(0x046D, 0xC31C), phys="usb-0000:00:14.0-2/input0", serial=""))
    settings = keyboard_scanner.Settings(usb="0c2e:0b61")
    async with keyboard_scanner.open(settings, device="s", clock=SystemClock()) as scanner:
        assert scanner.nodes == (first.path, second.path)
        scans = scanner.scans()
        for node in (first, second, first):
            await type_on(node, EAN)
            assert (await anext(scans)).text == EAN


async def test_a_node_that_comes_later_is_read_too(bed: Testbed) -> None:
    bed.plug(Node(7))
    async with supervised({"s": table()}) as (_, heard):
        await heard.until_state("s", "ready")
        late = bed.plug(Node(8, phys="usb-0000:00:14.0-1/input1"))
        async with asyncio.timeout(10):
            while not heard.scans:
                await type_on(late, EAN)

        assert heard.scans[0].text == EAN


async def test_of_two_scanners_of_one_model_none_is_taken_by_guess(bed: Testbed) -> None:
    bed.plug(Node(7))
    other = bed.plug(Node(8, phys="usb-0000:00:14.0-2/input0", serial="SN0002"))
    async with supervised({"s": table(), "t": table(usb="0c2e:0b61:SN0002")}) as (_, heard):
        gone = await heard.until_state("s", "gone")
        await heard.until_state("t", "ready")
        await type_on(other, EAN)
        assert await scanned(heard, 1) == [EAN]

    assert "2 such keyboards are there" in gone.detail
    assert heard.scans[0].device == "t"


async def test_what_is_no_keyboard_is_not_taken(bed: Testbed) -> None:
    mouse = bed.plug(Node(7, keys=MOUSE, name="ACME Mouse"))
    settings = keyboard_scanner.Settings(port=mouse.path)

    with pytest.raises(DeviceGone, match="no keyboard, it calls itself 'ACME Mouse'"):
        async with keyboard_scanner.open(settings, device="s", clock=SystemClock()):
            pass


async def test_lost_keys_refuse_the_code_around_them_and_no_other(bed: Testbed) -> None:
    node = bed.plug(Node(7))
    async with supervised({"s": table()}) as (_, heard):
        await heard.until_state("s", "ready")
        await type_on(node, "400638", end="none")
        node.send_events(((EV_SYN, SYN_DROPPED, 0), (EV_KEY, 9, 1), (EV_SYN, SYN_REPORT, 0)))
        await type_on(node, "33931")
        await type_on(node, EAN)

        assert await scanned(heard, 1) == [EAN]
    assert [detail for _, detail in heard.garbled if "scanned again" in detail]


async def test_a_key_that_repeats_is_one_key(bed: Testbed) -> None:
    node = bed.plug(Node(7))
    async with supervised({"s": table()}) as (_, heard):
        await heard.until_state("s", "ready")
        for value in (1, 2, 2, 2, 0):
            node.send_events(((EV_KEY, 5, value), (EV_SYN, SYN_REPORT, 0)))
        await type_on(node, "00638")

        assert await scanned(heard, 1) == ["400638"]


async def test_the_lamp_of_caps_lock_is_put_out(bed: Testbed) -> None:
    node = bed.plug(Node(7, caps=True))
    async with supervised({"s": table()}) as (_, heard):
        await heard.until_state("s", "ready")
        async with asyncio.timeout(10):  # a terminal hands on what was written a moment later
            while node.lamp_writes() != [(17, 1, 0), (0, 0, 0)]:
                await asyncio.sleep(0.01)
        await type_on(node, "abC")

        assert await scanned(heard, 1) == ["abC"]


async def test_a_key_that_is_held_at_the_start_counts_as_held(bed: Testbed) -> None:
    node = bed.plug(Node(7, held=(SHIFT,)))
    async with supervised({"s": table()}) as (_, heard):
        await heard.until_state("s", "ready")
        await type_on(node, "a", end="none")
        node.send_events(as_events(((SHIFT, 0), *stroke(48), *END)))

        assert await scanned(heard, 1) == ["Ab"]


async def test_a_scanner_set_anew_is_told_by_name(bed: Testbed) -> None:
    node = bed.plug(Node(7))
    with capture_logs() as logs:
        async with supervised({"s": table()}) as (_, heard):
            await heard.until_state("s", "ready")
            for code in (EAN, "96385074"):
                await type_on(node, code, layout="FR")
            await heard.until(lambda: bool(heard.garbled))
            assert len(heard.scans) == 2

    assert "no longer types as US but as BE or FR" in heard.garbled[0][1]
    assert [one["device"] for one in logs if one["event"] == "scanner_layout_changed"] == ["s"]
