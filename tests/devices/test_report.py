"""What is told of a device: its state in the words of UnifiedPOS, its words, its counts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cext.errors import DeviceSlow
from edge.devices import KINDS
from edge.devices.job_counts import count_job
from edge.devices.unified_pos import ERRORS, category_of, statistics_of
from edge.sim.escpos_tcp_printer import SimPrinter
from edge.sim.serial_scanner import SimScanner
from edge.sim.toledo_8217_scale import SimScale
from tests.devices.conftest import QUICK, supervised

README = Path("edge/devices/README.md")
ERROR_ROW = re.compile(r"^\| (`[a-z_`, ]+`) \| \w+ \| `(\w+)` \|", re.MULTILINE)


async def test_a_scanner_says_what_it_read_and_counts_it() -> None:
    async with SimScanner() as sim, supervised({"scanner1": sim.table()}) as (devices, heard):
        before = devices.report("scanner1")
        await heard.until_state("scanner1", "ready")
        opened = devices.report("scanner1")
        await sim.type("]E04006381333931")
        await sim.garble()
        await heard.until(lambda: bool(heard.scans) and bool(heard.garbled))
        after = devices.report("scanner1")

    assert (before.upos_state, before.power, before.says_at_ms) == ("closed", "unknown", 0)
    assert (opened.upos_state, opened.power, opened.category) == ("idle", "unknown", "Scanner")
    assert after.power == "online"
    assert after.says == "No code: ff 81 00 f8"
    assert after.statistics["GoodScanCount"] == 1
    assert after.statistics["RefusedScanCount"] == 1


async def test_every_word_of_a_device_is_news_and_the_last_one_comes() -> None:
    async with SimScanner() as sim, supervised({"scanner1": sim.table()}) as (_, heard):
        await heard.until_state("scanner1", "ready")
        for number in range(50):
            await sim.type(f"{number:013}")
        await heard.until(lambda: heard.news[-1].says == f"{49:013}")

    assert len(heard.news) < 25


async def test_a_silent_scale_is_in_error_and_its_unknown_weight_is_said() -> None:
    async with SimScale() as sim:
        table = {**sim.table(), "answer_wait_ms": 50}
        async with supervised({"scale1": table}) as (devices, heard):
            await heard.until_state("scale1", "ready")
            scale = devices.get_scale("scale1")
            sim.set_load(1234)
            await scale.read()
            weighed = devices.report("scale1")
            sim.silent = True
            with pytest.raises(DeviceSlow):
                await scale.read()
            silent = devices.report("scale1")

    assert weighed.says == "1.234 kg"
    assert weighed.statistics["GoodWeightReadCount"] == 1
    assert (silent.upos_state, silent.power, silent.error) == ("error", "off_offline", "E_TIMEOUT")
    assert silent.statistics["CommunicationErrorCount"] == 1
    assert silent.statistics["GoodWeightReadCount"] == 1


async def test_a_printer_counts_lines_cuts_kicks_and_covers() -> None:
    async with SimPrinter() as sim:
        table = {**sim.table(), "poll_ms": 200}
        async with supervised({"printer1": table}) as (devices, heard):
            await heard.until_state("printer1", "ready")
            assert devices.report("printer1").says == "Ready to print."
            await devices.get_printer("printer1").print(b"\x1b@one\ntwo\n\x1dVB\x00")
            await devices.get_drawer("printer1").kick()
            sim.set_cover_open(is_open=True)
            await heard.until_state("printer1", "gone")
            covered = devices.report("printer1")

    counts = covered.statistics
    assert (counts["ReceiptLinePrintedCount"], counts["PaperCutCount"]) == (2, 1)
    assert (counts["DrawerGoodOpenCount"], counts["DrawerFailedOpenCount"]) == (1, 0)
    assert counts["ReceiptCoverOpenCount"] == 1
    assert (covered.upos_state, covered.power) == ("error", "offline")
    assert covered.error == "EPTR_COVER_OPEN"
    assert covered.says == "The printer's cover is open."


async def test_counts_are_there_again_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "statistics.json"
    for count in (1, 2):
        async with (
            SimScanner() as sim,
            supervised({"scanner1": sim.table()}, upkeep=replace(QUICK, statistics_file=file)) as (
                devices,
                heard,
            ),
        ):
            await heard.until_state("scanner1", "ready")
            await sim.type("96385074")
            await heard.until(lambda: bool(heard.scans))
            assert devices.report("scanner1").statistics["GoodScanCount"] == count


async def test_a_file_of_counts_that_cannot_be_read_is_put_aside(tmp_path: Path) -> None:
    file = tmp_path / "statistics.json"
    file.write_bytes(b'{"scanner1": {"GoodScanCount": "many"}}')

    async with (
        SimScanner() as sim,
        supervised({"scanner1": sim.table()}, upkeep=replace(QUICK, statistics_file=file)) as (
            devices,
            heard,
        ),
    ):
        await heard.until_state("scanner1", "ready")
        assert devices.report("scanner1").statistics["GoodScanCount"] == 0

    assert b"many" in file.with_suffix(".unread").read_bytes()


def test_a_line_feed_inside_of_a_picture_is_no_line() -> None:
    picture = b"\x1dv0\x00\x02\x00\x03\x00" + b"\n" * 6
    code = b"\x1d(k\x04\x001P0\n"
    bars = b"\x1dk\x43\x0d4006381333931"

    assert count_job(b"\x1b@a\n" + picture + code + bars + b"\nb\n\x1dVA\n\x1dV\x00") == (3, 2)


@given(st.binary(max_size=300))
def test_counting_ends_whatever_the_bytes(job: bytes) -> None:
    lines_n, cuts_n = count_job(job)

    assert lines_n + cuts_n <= len(job)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_category(kind: str) -> None:
    assert category_of(kind)


def test_the_readme_names_the_unified_pos_error_of_every_code() -> None:
    rows = ERROR_ROW.findall(README.read_text("utf-8"))
    told = {code: name for codes, name in rows for code in re.findall(r"`(\w+)`", codes)}

    assert told == ERRORS


def test_the_readme_names_every_statistic() -> None:
    table = README.read_text("utf-8").partition("## Statistics")[2].partition("\n## ")[0]
    told = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))

    assert told == {name for kind in KINDS for name in statistics_of(category_of(kind))}
