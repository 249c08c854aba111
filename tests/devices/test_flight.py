"""The flight recorder: bounded, sealed on trouble, and every recording plays to the same result."""

from __future__ import annotations

import asyncio
import contextlib
import stat
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cext.errors import OutsideError, Refused
from cext.kit.clock import SystemClock
from cext.lang.money import Currency
from edge.devices import KINDS, Devices, Label
from edge.devices.dialogue import read_lines, read_talk, write_talk
from edge.devices.flight import (
    ENTRIES_MAX_N,
    KEPT_MAX_BYTES,
    SEALED_MAX_N,
    Flight,
    Unrecorded,
    write_seal,
)
from edge.sim.flight_replay import replay
from edge.sim.flight_tape import read_tape
from edge.sim.serial_scanner import SimScanner
from tests.devices.conftest import QUICK, Heard, supervised

LABEL = Label(name="Milk", currency=Currency(code="CNY"), price_minor=1290, ean="4006381333931")
TABLE = {"kind": "toledo_8217_scale", "port": "/dev/it"}


async def use(devices: Devices, kind: str, sim: Any, heard: Heard) -> None:
    """Do with a device what a shop does, well and badly."""
    if kind.endswith("scanner"):
        await sim.type("4006381333931")
        await heard.until(lambda: len(heard.scans) == 1)
        await sim.garble()
        await heard.until(lambda: bool(heard.garbled))
        await sim.type("96385074")
        await heard.until(lambda: len(heard.scans) == 2)
    elif kind.endswith("label_printer"):
        await devices.get_label_printer("it").print_labels((LABEL,))
        await devices.get_label_printer("it").label_status()
    elif kind.endswith("printer"):
        printer = devices.get_printer("it")
        await printer.print(b"\x1b@one line\n\x1dVB\x00")
        await devices.get_drawer("it").kick()
        await printer.status()
    elif kind.endswith("display"):
        await devices.get_display("it").show("Milk", "12.90")
        await devices.get_display("it").clear()
    else:
        await weigh(devices, sim)


def quick(kind: str) -> dict[str, int]:
    """Short waits for a scale, so that its silence is soon told."""
    return {"answer_wait_ms": 250, "settle_wait_ms": 250} if kind.endswith("_scale") else {}


async def weigh(devices: Devices, sim: Any) -> None:
    scale = devices.get_scale("it")
    sim.set_load(1250)
    await scale.read()
    with contextlib.suppress(Refused):
        await scale.tare()
    sim.set_load(0)
    with contextlib.suppress(Refused):
        await scale.zero()
    sim.silent = True
    with contextlib.suppress(OutsideError):
        await scale.read()
    sim.silent = False
    sim.set_load(75)
    await scale.read()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_recording_of_every_kind_plays_to_the_same_result(
    kind: str, tmp_path: Path
) -> None:
    async with (
        import_module(f"edge.sim.{kind}").make_sim(tmp_path) as sim,
        supervised({"it": {**sim.table(), **quick(kind)}}) as (devices, heard),
        asyncio.timeout(30),
    ):
        await heard.until_state("it", "ready")
        await use(devices, kind, sim, heard)
        recorded = devices.flight("it")

    async with asyncio.timeout(30):
        played = await replay(read_tape(recorded), SystemClock(), tmp_path)

    asked = [one.ask for one in played if one.recorded]
    assert len(asked) >= 3, recorded
    assert [one for one in played if not one.is_same] == [], recorded


async def test_a_recording_that_says_something_else_is_seen_to_differ(tmp_path: Path) -> None:
    """The recorded weight is 1234 g; the bytes say 1235 g."""
    text = """
! kind=toledo_8217_scale port=/dev/it
? open
= opened
? read
> 57
< 02 30 31 2e 32 33 35 0d
= weight 1234 stable
"""
    played = await replay(read_tape(text), SystemClock(), tmp_path)

    assert [(one.ask, one.now, one.is_same) for one in played] == [
        ("open", "opened", True),
        ("read", "weight 1235 stable", False),
    ]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from("<>?=#"), st.integers(0, 40_000)), min_size=1, max_size=50)
)
def test_a_recording_never_outgrows_its_bounds(entries: list[tuple[str, int]]) -> None:
    flight = Flight("it", TABLE, SystemClock())
    for mark, size in entries:
        data = b"x" * size
        match mark:
            case "<":
                flight.took(data, 0)
            case ">":
                flight.sent(data)
            case "?":
                flight.ask(data.decode())
            case _:
                flight.remark(data.decode())

    text = flight.export()
    kept = sum(len(bytes.fromhex(rest)) for mark, rest in read_lines(text) if mark in "<>")
    assert kept <= KEPT_MAX_BYTES


def test_a_recording_keeps_the_latest_entries_and_says_what_it_dropped() -> None:
    flight = Flight("it", TABLE, SystemClock())
    for number in range(ENTRIES_MAX_N + 5):
        flight.took(b"%d" % number, number)

    lines = read_lines(flight.export())
    assert "# 5 older entries were dropped." in flight.export()
    assert [rest for mark, rest in lines if mark == "<"][-1] == b"4100".hex(" ")


def test_trying_again_and_again_does_not_push_the_evidence_out() -> None:
    flight = Flight("it", TABLE, SystemClock())
    flight.took(b"evidence", 0)
    for _ in range(ENTRIES_MAX_N):
        flight.ask("open")
        flight.answer("error device_gone")
    flight.ask("open")
    flight.answer("opened")

    lines = [(mark, rest) for mark, rest in read_lines(flight.export()) if mark in "<?="]
    assert lines == [
        ("<", b"evidence".hex(" ")),
        ("?", "open"),
        ("=", "error device_gone"),
        ("?", "open"),
        ("=", "opened"),
    ]


def test_nothing_is_recorded_when_it_is_switched_off() -> None:
    flight = Unrecorded("it", TABLE, SystemClock())
    flight.took(b"4006381333931\r", 0)

    assert not flight.has_bytes()


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_]{1,12}", fullmatch=True),
        st.one_of(
            st.booleans(),
            st.integers(0, 10**9),
            st.from_regex(r"[ -~]{0,20}", fullmatch=True).filter(
                lambda text: not text.isdigit() and text not in ("true", "false")
            ),
        ),
    )
)
def test_a_table_is_read_as_it_was_written(table: dict[str, Any]) -> None:
    assert read_talk(write_talk(table)[1:]) == table


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "one line that begins with !"),
        ("! kind=nothing\n! kind=twice\n", "one line that begins with !"),
        ("! port=/dev/x\n", "names no kind"),
        ("! kind=vfd_display\n> zz\n", "not hex"),
        ("! kind=vfd_display\n@ soon\n", "no time"),
        ("! kind='vfd\n", "quote is not closed"),
        ("! kind\n", "not key=value"),
        ("MZ\x90\n", "Line 1 begins with none"),
    ],
)
def test_a_file_that_is_no_recording_is_refused(text: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        read_tape(text)

    assert refused.value.code == "flight_unread"
    assert said in refused.value.detail


async def test_trouble_seals_a_recording_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "flights"
    upkeep = replace(QUICK, flight_folder=folder)
    async with (
        SimScanner(tmp_path / "scanner") as sim,
        supervised({"scanner1": sim.table()}, upkeep=upkeep) as (_, heard),
    ):
        await heard.until_state("scanner1", "ready")
        await sim.type("96385074")
        await heard.until(lambda: bool(heard.scans))
        await sim.unplug()
        await heard.until_state("scanner1", "gone")
        async with asyncio.timeout(10):
            while not await asyncio.to_thread(lambda: list(folder.glob("*.hex"))):
                await asyncio.sleep(0)
        sealed = await asyncio.to_thread(lambda: list(folder.glob("*.hex")))

    assert len(sealed) == 1
    assert stat.S_IMODE(sealed[0].stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert '= scan "" "96385074"' in sealed[0].read_text("utf-8")


def test_only_the_last_four_of_a_device_stay(tmp_path: Path) -> None:
    for number in range(7):
        write_seal(tmp_path, f"a-{number:015}.hex", "x")
        write_seal(tmp_path, f"a-b-{number:015}.hex", "x")

    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 2 * SEALED_MAX_N
    assert names[0] == f"a-{3:015}.hex"
