"""HID-POS scanners: from reports to codes, and the node that they come from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.errors import DeviceGone
from cext.kit.clock import SystemClock
from edge.devices.scanners import hid_pos_scanner
from edge.devices.scanners.hid_pos import DATA_MAX_BYTES, REPORT_BYTES, HidPosReports
from edge.devices.scanners.scan_lines import GS, Code, Garbage
from edge.sim.hid_pos_scanner import SimHidPosScanner, encode_reports
from tests.devices.conftest import supervised

MS = 1_000_000
EAN = "4006381333931"
LONG = "0104006381333931" + "21" + "A" * 60 + GS + "10LOT7"
NOBODY = 65_534


def reports(text: str, symbology: str = "]C1") -> list[bytes]:
    return list(encode_reports(text.encode(), symbology))


def feed(*parts: bytes, parser: HidPosReports | None = None) -> list[Code | Garbage]:
    parser = parser or HidPosReports()
    return [found for part in parts for found in parser.feed(part, 0)]


def reasons(found: list[Code | Garbage]) -> list[str]:
    return [getattr(one, "reason", "") for one in found]


def test_a_report_as_the_manual_lays_it_out() -> None:
    report = b"\x02\x0d]E0" + EAN.encode() + bytes(56 - 13) + b"\x00\x00\x00"

    assert len(report) == REPORT_BYTES
    assert feed(report) == [Code("]E0", EAN)]
    assert reports(EAN, "]E0") == [report]


def test_a_long_code_comes_in_reports_and_keeps_its_gs() -> None:
    parts = reports(LONG)

    assert [part[63] for part in parts] == [1, 0]
    assert feed(*parts) == [Code("]C1", LONG)]


@given(
    st.lists(
        st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=200)
    ),
    st.data(),
)
def test_the_ends_of_reports_need_not_be_the_ends_of_reads(
    codes: list[str], data: st.DataObject
) -> None:
    stream = b"".join(part for code in codes for part in reports(code, "]d2"))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    pieces = [
        stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
    ]
    # A code that begins with its own identifier is a scanner that says it twice.
    wanted = [Code("]d2", code) for code in codes if not code.startswith("]d2")]

    found = feed(*pieces)

    assert [one for one in found if one in wanted] == wanted


@given(st.lists(st.binary(max_size=200), max_size=30), st.booleans())
def test_whatever_comes_nothing_is_raised_and_little_is_held(
    parts: list[bytes], utf8: bool
) -> None:
    parser = HidPosReports(longest_n=16, utf8=utf8)
    for number, part in enumerate(parts):
        for found in parser.feed(part, number) + parser.tick(number):
            if isinstance(found, Code):
                assert found.text.replace(GS, "").isprintable()
                assert 0 < len(found.text) <= 16
        assert len(parser._held) <= 16
        assert len(parser._piece) < REPORT_BYTES


@given(st.binary(min_size=63, max_size=63), st.lists(st.integers(0, 255), max_size=4))
def test_garbage_in_reports_of_the_right_kind_gives_no_unprintable_code(
    rest: bytes, lengths: list[int]
) -> None:
    stream = [b"\x02" + bytes((length,)) + b"]C1" + rest[4:] for length in lengths]

    for found in feed(*stream):
        assert isinstance(found, Garbage) or found.text.replace(GS, "").isprintable()


def test_half_a_report_is_dropped_after_silence_and_the_next_one_is_read() -> None:
    parser = HidPosReports(silence_ms=300)
    assert parser.feed(reports(EAN)[0][:40], 0) == []

    assert parser.next_tick_ns() == 300 * MS
    assert parser.tick(299 * MS) == []
    assert reasons(parser.tick(300 * MS)) == ["unfinished"]
    assert parser.next_tick_ns() is None
    assert parser.feed(reports(EAN)[0], 301 * MS) == [Code("]C1", EAN)]


def test_a_code_without_its_last_report_is_dropped_after_silence() -> None:
    parser = HidPosReports()
    parser.feed(reports(LONG)[0], 0)

    assert reasons(parser.tick(300 * MS)) == ["unfinished"]
    assert parser.feed(reports(EAN)[0], 301 * MS) == [Code("]C1", EAN)]


def test_the_rest_of_a_code_that_is_found_late_is_still_its_rest() -> None:
    # A loop that was held up finds both reports at once, with the clock long past the silence.
    parser = HidPosReports()
    first, last = reports(LONG)

    assert parser.feed(first, 0) + parser.feed(last, 900 * MS) == [Code("]C1", LONG)]


def test_a_wrong_id_is_told_and_the_code_around_it_is_refused_whole() -> None:
    first, last = reports(LONG)
    alien = b"\x07" + bytes(63)

    assert reasons(feed(alien, *reports(EAN))) == ["report_wrong", ""]
    assert reasons(feed(first, alien, last, *reports(EAN))) == ["report_wrong", ""]


def test_a_length_beyond_56_is_told_and_the_rest_of_its_code_is_no_code() -> None:
    first, last = reports(LONG)
    wrong = first[:1] + bytes((DATA_MAX_BYTES + 1,)) + first[2:]

    found = feed(wrong, last, *reports(EAN))

    assert found == [
        Garbage("report_wrong", "a report of 57 bytes, where 56 is the most"),
        Code("]C1", EAN),
    ]


def test_a_report_of_another_symbology_does_not_go_on_with_this_code() -> None:
    found = feed(reports(LONG)[0], *reports(EAN, "]E0"), *reports(EAN, "]E0"))

    assert reasons(found) == ["report_wrong", ""]


def test_an_identifier_that_is_none_is_told_and_a_missing_one_is_not() -> None:
    assert reasons(feed(b"\x02\x01xyz1" + bytes(58))) == ["report_wrong"]
    assert feed(b"\x02\x01\0\0\x001" + bytes(58)) == [Code("", "1")]


def test_an_identifier_said_twice_and_a_suffix_are_not_part_of_the_code() -> None:
    assert feed(*reports("]C1" + EAN + "\r\n")) == [Code("]C1", EAN)]
    assert feed(*reports("\r")) == []


def test_utf8_is_read_across_reports_where_it_is_wanted_and_refused_where_not() -> None:
    text = "可乐" * 20  # 120 bytes: the cut at 56 goes through a character

    assert feed(*reports(text, "]Q2"), parser=HidPosReports(utf8=True)) == [Code("]Q2", text)]
    assert reasons(feed(*reports(text, "]Q2"))) == ["unprintable"]


def test_a_code_that_is_too_long_is_refused_once_and_the_next_one_is_read() -> None:
    parser = HidPosReports(longest_n=64)

    found = feed(*reports("7" * 10_000), *reports(EAN), parser=parser)

    assert found == [Garbage("too_long", "10000 bytes in one code"), Code("]C1", EAN)]


async def test_codes_come_through_the_node_with_their_symbology() -> None:
    async with (
        SimHidPosScanner(symbology="]d2") as sim,
        supervised({"scanner1": {**sim.table(), "utf8": True}}) as (_, heard),
    ):
        await heard.until_state("scanner1", "ready")
        await sim.type(LONG)
        await sim.type("可乐" * 20)
        await heard.until(lambda: len(heard.scans) == 2)

    assert [(scan.symbology, scan.text) for scan in heard.scans] == [
        ("]d2", LONG),
        ("]d2", "可乐" * 20),
    ]


async def test_half_a_report_is_told_by_the_driver_too() -> None:
    async with SimHidPosScanner() as sim:
        table = {**sim.table(), "silence_ms": 20}
        async with supervised({"scanner1": table}) as (_, heard):
            await heard.until_state("scanner1", "ready")
            await sim.send_raw(reports(EAN)[0][:40])
            await heard.until(lambda: bool(heard.garbled))
            await sim.type(EAN)
            await heard.until(lambda: bool(heard.scans))

    assert [scan.text for scan in heard.scans] == [EAN]


async def test_a_scanner_unplugged_within_a_code_comes_back_without_it(tmp_path: Path) -> None:
    async with (
        SimHidPosScanner(tmp_path / "hidraw") as sim,
        supervised({"scanner1": sim.table()}) as (_, heard),
    ):
        await heard.until_state("scanner1", "ready")
        await sim.send_raw(reports(LONG, "]C0")[0])
        await sim.unplug()
        gone = await heard.until_state("scanner1", "gone")
        await sim.plug()
        await heard.until_state("scanner1", "ready")
        await sim.type(EAN)
        await heard.until(lambda: bool(heard.scans))

    assert "unplugged" in gone.detail
    assert [scan.text for scan in heard.scans] == [EAN]


async def test_a_node_without_rights_is_gone_with_the_cure_until_udev_sets_them(
    tmp_path: Path,
) -> None:
    node = tmp_path / "hidraw"
    async with SimHidPosScanner(node) as sim:
        terminal = node.resolve()
        terminal.chmod(0)
        user = os.geteuid()
        try:
            if user == 0:
                os.seteuid(NOBODY)  # the superuser may open anything
            async with supervised({"scanner1": sim.table()}) as (_, heard):
                gone = await heard.until_state("scanner1", "gone")
                if user == 0:
                    os.seteuid(user)
                terminal.chmod(0o600)
                await heard.until_state("scanner1", "ready")
        finally:
            os.seteuid(user)

    assert "udev sets it a moment after plugging in" in gone.detail


async def test_a_plain_file_is_no_scanner(tmp_path: Path) -> None:
    port = tmp_path / "file"
    port.touch()
    settings = hid_pos_scanner.Settings(port=str(port))

    with pytest.raises(DeviceGone):
        async with hid_pos_scanner.open(settings, device="it", clock=SystemClock()):
            pass
