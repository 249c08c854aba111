"""Keyboard scanners over a pseudo-terminal: ends of codes, stale codes, times, who has the node."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.errors import ConfigError, DeviceGone
from cext.kit.clock import SystemClock
from edge.devices import decode_settings
from edge.devices.scanners import keyboard_scanner
from edge.devices.scanners.key_nodes import KeyNode, NotFound, find_holders, say_error
from edge.devices.scanners.keyboard_scanner import EVENT, Settings, _Reader
from edge.devices.scanners.scan_lines import GS, Code, Garbage
from edge.devices.tap import Untapped
from edge.sim.keyboard_scanner import SimKeyboardScanner, encode_events
from edge.sim.scanner_keys import TERMINATOR_KEYS, as_events, type_text
from tests.devices.conftest import supervised

EAN = "4006381333931"
LABEL = "0104006381333931" + "10LOT7" + GS + "17260131"
MS = 1_000_000
LATIN = ("US", "UK", "FR", "BE", "DE", "CH", "ES", "PT", "TR")


@pytest.mark.parametrize("end", TERMINATOR_KEYS)
async def test_every_end_is_one_end(end: str) -> None:
    sim = SimKeyboardScanner(terminator=end)  # type: ignore[arg-type]
    async with sim, supervised({"s": {**sim.table(), "silence_ms": 60}}) as (_, heard):
        await heard.until_state("s", "ready")
        for count, code in enumerate((EAN, "96385074"), 1):
            await sim.type(code)
            await heard.until(lambda wanted=count: len(heard.scans) == wanted)

    assert [scan.text for scan in heard.scans] == [EAN, "96385074"]
    assert heard.garbled == []


@pytest.mark.parametrize("layout", LATIN)
@pytest.mark.parametrize("gs", ["control", "alt_code"])
async def test_a_label_comes_whole_in_every_layout_and_form_of_gs(layout: str, gs: str) -> None:
    sim = SimKeyboardScanner(layout=layout, gs=gs, prefix="]d2")  # type: ignore[arg-type]
    async with sim, supervised({"s": sim.table()}) as (_, heard):
        await heard.until_state("s", "ready")
        await sim.type(LABEL)
        await heard.until(lambda: bool(heard.scans))

    assert (heard.scans[0].symbology, heard.scans[0].text) == ("]d2", LABEL)


async def test_a_code_without_an_end_is_dropped_and_not_glued_to_the_next() -> None:
    async with SimKeyboardScanner() as sim:
        table = {**sim.table(), "silence_ms": 40}
        async with supervised({"s": table}) as (_, heard):
            await heard.until_state("s", "ready")
            await sim.press(type_text("40063", "US"))
            await heard.until(lambda: bool(heard.garbled))
            await sim.type(EAN)
            await heard.until(lambda: bool(heard.scans))

    assert [scan.text for scan in heard.scans] == [EAN]
    assert "5 characters without an end: 40063" in heard.garbled[0][1]


async def test_a_shop_may_name_the_sign_that_stands_for_gs() -> None:
    async with SimKeyboardScanner() as sim:
        table = {**sim.table(), "gs_char": "#"}
        async with supervised({"s": table}) as (_, heard):
            await heard.until_state("s", "ready")
            await sim.type(LABEL.replace(GS, "#"))
            await heard.until(lambda: bool(heard.scans))

    assert heard.scans[0].text == LABEL


async def test_lost_keys_are_told_and_the_next_code_is_read() -> None:
    async with SimKeyboardScanner() as sim, supervised({"s": sim.table()}) as (_, heard):
        await heard.until_state("s", "ready")
        await sim.press(type_text("40063", "US"))
        await sim.drop_keys()
        await sim.type("33931")
        await sim.type(EAN)
        await heard.until(lambda: bool(heard.scans))

    assert [scan.text for scan in heard.scans] == [EAN]
    assert "must be scanned again" in heard.garbled[0][1]


async def test_two_scans_that_nobody_read_yet_both_arrive() -> None:
    async with SimKeyboardScanner() as sim, supervised({"s": sim.table()}) as (_, heard):
        await heard.until_state("s", "ready")
        await sim.press([*sim.keys(EAN), *sim.keys("96385074")])
        await heard.until(lambda: len(heard.scans) == 2)

    assert [scan.text for scan in heard.scans] == [EAN, "96385074"]


async def test_every_byte_is_told_to_the_tap() -> None:
    heard = bytearray()

    class Ear(Untapped):
        def took(self, data: bytes, at_mono_ns: int) -> None:
            heard.extend(data)

    async with SimKeyboardScanner() as sim:
        settings = Settings(port=sim.path)
        async with keyboard_scanner.open(
            settings, device="s", clock=SystemClock(), tap=Ear()
        ) as scanner:
            await sim.type(EAN)
            assert (await anext(scanner.scans())).text == EAN

    assert len(heard) == len(encode_events(as_events(sim.keys(EAN))))


def read_all(parts: list[bytes], node: KeyNode, *, now_ns: int) -> list[Code | Garbage]:
    reader = _Reader(node, Settings(port="/dev/input/event0"))
    return [
        found
        for part in parts
        for event, at_ns in reader.cut(part, now_ns)
        for found in reader.keys.feed(*event, at_ns)
    ]


@given(st.data())
def test_an_event_may_be_cut_anywhere(data: st.DataObject) -> None:
    stream = encode_events(as_events(type_text(EAN, "US") + TERMINATOR_KEYS["enter"]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    parts = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    assert read_all(parts, KeyNode(path="", fd=-1), now_ns=0) == [Code("", EAN)]


def events_at(text: str, at_ns: int, *, end: str = "none") -> bytes:
    keys = as_events(type_text(text, "US") + TERMINATOR_KEYS[end])
    sec, usec = at_ns // 10**9, at_ns % 10**9 // 1_000
    return b"".join(EVENT.pack(sec, usec, *event) for event in keys)


def test_the_kernels_times_count_where_they_compare_with_our_clock() -> None:
    # A loop that was away finds two halves of a code together, and two codes that were far apart.
    now_ns = 100_000 * MS
    halves = [events_at("40063", now_ns - 900 * MS), events_at("81333931", now_ns - 890 * MS)]
    apart = [events_at("40063", now_ns - 900 * MS), events_at(EAN, now_ns, end="enter")]
    kernel = KeyNode(path="", fd=-1, has_mono_time=True)

    together = [*halves, events_at("", now_ns - 880 * MS, end="enter")]
    assert read_all(together, kernel, now_ns=now_ns) == [Code("", EAN)]
    found = read_all(apart, kernel, now_ns=now_ns)
    assert [getattr(one, "reason", "") for one in found] == ["unfinished", ""]


@pytest.mark.parametrize("event_ns", [0, 200_000 * MS], ids=["long ago", "still to come"])
def test_a_time_of_another_clock_does_not_count(event_ns: int) -> None:
    now_ns = 100_000 * MS
    reader = _Reader(
        KeyNode(path="", fd=-1, has_mono_time=True), Settings(port="/dev/input/event0")
    )

    assert {at_ns for _, at_ns in reader.cut(events_at("1", event_ns), now_ns)} == {now_ns}


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({}, "name the scanner by one of port, usb and name"),
        ({"port": "/dev/x", "usb": "0c2e:0b61"}, "name the scanner by one of port, usb and name"),
        ({"usb": "0c2e"}, "devices.s.usb"),
        ({"port": "/dev/x", "layout": "XX"}, "devices.s.layout"),
        ({"port": "/dev/x", "gs_char": "7"}, "devices.s.gs_char"),
    ],
)
def test_settings_that_do_not_fit_are_refused(keys: dict[str, str], problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        decode_settings({"s": {"kind": "keyboard_scanner", **keys}})

    assert problem in refused.value.problems[0]


async def test_a_file_that_is_no_event_node_is_named_as_such(tmp_path: Path) -> None:
    port = tmp_path / "file"
    port.touch()

    with pytest.raises(DeviceGone, match="this is no event node: name one of /dev/input/by-id"):
        async with keyboard_scanner.open(Settings(port=str(port)), device="s", clock=SystemClock()):
            pass


def test_who_has_a_node_is_found_by_its_open_files(tmp_path: Path) -> None:
    # The kernel's EBUSY itself needs a real keyboard; what is said about it does not.
    node = tmp_path / "event7"
    node.touch()
    code = "import sys; held = open(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    words = [sys.executable, "-c", code, str(node)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holders = find_holders(str(node))
        text = say_error(OSError(errno.EBUSY, "busy", str(node)))
        holder.communicate(timeout=10)

    assert [one.endswith(f"({holder.pid})") for one in holders] == [True]
    assert holders[0] in text
    assert "another program has the scanner to itself" in text
    assert "another user" in say_error(OSError(errno.EBUSY, "busy", str(node)))


@pytest.mark.parametrize(
    ("error", "cure"),
    [
        (OSError(errno.EACCES, ""), "group input"),
        (OSError(errno.EPERM, ""), "DeviceAllow"),
        (OSError(errno.ENODEV, ""), "unplugged"),
        (OSError(errno.EINVAL, ""), os.strerror(errno.EINVAL)),
        (NotFound(errno.ENODEV, "2 such keyboards"), "2 such keyboards"),
    ],
)
def test_every_error_of_a_node_says_what_to_do(error: OSError, cure: str) -> None:
    assert cure in say_error(error)


def open_files_n() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def test_cancelling_an_opening_leaves_nothing_open(tmp_path: Path) -> None:
    async with SimKeyboardScanner(tmp_path / "keyboard") as sim:
        before = open_files_n()
        opening = keyboard_scanner.open(Settings(port=sim.path), device="s", clock=SystemClock())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0), opening:
                raise AssertionError("it was cancelled before")
        async with asyncio.timeout(10):
            while open_files_n() > before:
                await asyncio.sleep(0.01)
