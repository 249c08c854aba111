"""A Star printer in its own language: what comes out, and what is said when it does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cext.errors import DeviceGarbled, DeviceGone, DeviceSlow, OutsideError
from cext.kit.clock import SystemClock
from edge.devices import decode_settings
from edge.devices.job_counts import count_job
from edge.devices.paper import (
    Barcode,
    Cut,
    Document,
    Feed,
    Kick,
    Picture,
    Qr,
    Roll,
    Rule,
    Text,
    render_job,
    render_png,
)
from edge.devices.paper.cells import BLACK_BELOW
from edge.devices.paper.picture import MARGIN
from edge.devices.printers.star_parts import PART_BYTES, split_job
from edge.devices.printers.star_status import StarReplies
from edge.devices.printers.star_tcp_printer import open as open_star
from edge.prints.outlet import PaperOutlet
from edge.sim.star_reader import StarReader
from edge.sim.star_tcp_printer import SimStarPrinter
from edge.sim.tcp_port import Caller
from tests.devices.conftest import supervised

ROLL = Roll(48, "western", "raster", "star")
RECEIPT = Document(
    48,
    (
        Text("Corner Shop", bold=True, size=2, align="center"),
        Rule(double=True),
        Text("Cola 可乐 2 x 3.50", "7.00"),
        Text("חלב 1 ליטר", "6.90"),
        Text("Ice cream whose name is so long that it goes on in the next line", "12.00"),
        Rule(),
        Feed(1),
        Barcode("4006381333931"),
        Qr("https://shop.example/r/1"),
        Cut(),
    ),
)
LONG = render_job(Document(48, (*(Text(f"line {n:03}" * 6) for n in range(120)), Cut())), ROLL)
SHORT = render_job(Document(48, (Text("second"), Cut())), ROLL)


class TiredPrinter(SimStarPrinter):
    """Says nothing more from the end of a part on, once it `is_tired`."""

    is_tired = False

    def run(self, caller: Caller, data: bytes) -> None:
        if self.is_tired and b"\x17" in data:
            self.frozen = True
        else:
            super().run(caller, data)


class OldPrinter(SimStarPrinter):
    """Tells a status of version 1, which has no counter."""

    def answer(self, caller: Caller, data: bytes) -> None:
        super().answer(caller, b"\x0f\x02" + data[2:7])


@asynccontextmanager
async def opened(sim: SimStarPrinter, **more: object) -> AsyncIterator[Any]:
    settings: Any = decode_settings({"printer": {**sim.table(), **more}})["printer"]
    async with open_star(settings, device="printer", clock=SystemClock()) as printer:
        yield printer


async def fail(printer: Any, job: bytes) -> OutsideError:
    with pytest.raises(OutsideError) as failed:
        await printer.print(job)
    return failed.value


def rows_of(sim: SimStarPrinter) -> bytes:
    return b"".join(line.dots for job in sim.jobs for line in job.lines)


def rows_of_png(document: Document) -> bytes:
    """The rows of the picture of a document, black where the printer burns."""
    with Image.open(BytesIO(render_png(document, scale=1))) as source:
        grey = source.convert("L")
    high = grey.height - 2 * MARGIN - 10
    inner = grey.crop((MARGIN, MARGIN, grey.width - MARGIN, MARGIN + high))
    return inner.point([255 if shade < BLACK_BELOW else 0 for shade in range(256)], "1").tobytes()


@pytest.mark.parametrize("has_asb", [True, False])
@pytest.mark.parametrize("expands", [True, False])
async def test_a_receipt_comes_out_as_the_rows_of_its_picture(has_asb: bool, expands: bool) -> None:
    async with SimStarPrinter() as sim, asyncio.timeout(20):
        sim.has_asb, sim.expands = has_asb, expands
        async with opened(sim) as printer:
            job = await PaperOutlet("printer", printer, lambda: True).render(RECEIPT, ())
            await printer.print(job)

        assert (sim.jobs_n, sim.unknown) == (1, [])
        assert rows_of(sim) == rows_of_png(RECEIPT)


@pytest.mark.parametrize("width_n", [32, 42, 48])
async def test_every_width_of_paper_and_a_logo(width_n: int) -> None:
    logo = BytesIO()
    Image.new("L", (8, 3), 0).save(logo, "PNG")
    document = Document(width_n, (Picture(logo.getvalue()), Text("a"), Cut()))
    async with SimStarPrinter(width_n=width_n) as sim, opened(sim) as printer:
        await printer.print(render_job(document, printer.roll))
        row_n = width_n * 12 // 8
        rows = rows_of(sim)

    assert len(rows) == (3 + 27) * row_n
    assert rows[: 3 * row_n].count(0) == 3 * row_n - sum(map(bool, rows[: 3 * row_n]))
    assert sum(value.bit_count() for value in rows[: 3 * row_n]) == 24


async def test_a_long_job_comes_out_whole_and_is_fenced_part_by_part() -> None:
    parts = split_job(LONG)
    async with SimStarPrinter() as sim, opened(sim) as printer, asyncio.timeout(20):
        await printer.print(LONG)
        fenced_n = sim.etb_n

        whole = StarReader()
        whole.feed(LONG)
        assert rows_of(sim) == b"".join(line.dots for line in whole.tear_off())
        assert (sim.jobs_n, sim.unknown) == (1, [])

    assert len(parts) > 2
    assert b"".join(parts) == LONG
    assert (fenced_n - len(parts)) % 32 == 16


async def test_the_counter_goes_round_over_many_jobs() -> None:
    async with SimStarPrinter() as sim, opened(sim) as printer, asyncio.timeout(20):
        for _ in range(70):
            await printer.print(SHORT)

        assert sim.jobs_n == 70


async def test_paper_that_ends_in_a_long_job_says_how_far_it_came() -> None:
    async with SimStarPrinter() as sim, opened(sim) as printer, asyncio.timeout(20):
        sim.run_out_after(2_000)

        error = await fail(printer, LONG)
        sim.set_paper("ok")
        again = await fail(printer, LONG)  # this wire has ended: nothing is tried again

        assert (error.code, error.facts["sent"]) == ("paper_out", "some")
        fenced_n = error.facts["fenced_bytes"]
        assert isinstance(fenced_n, int)
        assert PART_BYTES <= fenced_n < len(LONG)
        assert (again.code, again.facts["sent"], sim.jobs_n) == ("paper_out", "none", 0)


async def test_trouble_before_the_first_byte_left_nothing() -> None:
    async with (
        SimStarPrinter() as sim,
        opened(sim, answer_wait_ms=100) as printer,
        asyncio.timeout(20),
    ):
        sim.set_cover_open(True)
        covered = await fail(printer, LONG)
        sim.frozen = True
        silent = await fail(printer, LONG)
        gone = await fail(printer, LONG)

        assert [error.code for error in (covered, silent, gone)] == [
            "cover_open",
            "device_slow",
            "device_slow",
        ]
        assert [error.facts["sent"] for error in (covered, silent, gone)] == ["none"] * 3
        assert sim.etb_n == 0


async def test_what_was_not_printed_is_dropped_and_the_next_job_comes_out_alone() -> None:
    async with SimStarPrinter() as sim, asyncio.timeout(20):
        async with opened(sim) as printer:
            await printer.print(SHORT)
            sim.run_out_after(1)
            error = await fail(printer, SHORT)
            await sim.changed.until(lambda: not sim.callers)
        sim.set_paper("ok")
        async with opened(sim) as printer:
            await printer.print(SHORT)

        assert (error.code, error.facts["sent"], error.facts["fenced_bytes"]) == (
            "paper_out", "all", 0,
        )  # fmt: skip
        assert sim.jobs_n == 2


async def test_a_connection_that_resets_in_a_job_leaves_doubt() -> None:
    async with SimStarPrinter() as sim, opened(sim) as printer, asyncio.timeout(20):
        sim.reset_after(3_000)

        broken = await fail(printer, LONG)
        after = await fail(printer, LONG)

    assert (broken.facts["sent"], after.facts["sent"]) == ("some", "none")


async def test_a_printer_that_begins_to_count_anew_was_switched_off() -> None:
    async with SimStarPrinter() as sim, opened(sim) as printer, asyncio.timeout(20):
        await printer.print(SHORT)
        sim.etb_n = 0

        error = await fail(printer, SHORT)

    assert (error.code, error.facts["sent"]) == ("printer_restarted", "all")


async def test_a_printer_that_falls_silent_in_a_job_ends_in_time() -> None:
    async with (
        TiredPrinter() as sim,
        opened(sim, job_wait_ms=1_000) as printer,
        asyncio.timeout(20),
    ):
        await printer.print(SHORT)
        sim.is_tired = True

        error = await fail(printer, SHORT)

    assert (error.code, error.facts["sent"]) == ("job_slow", "all")


@pytest.mark.parametrize("has_asb", [True, False])
async def test_what_a_former_wire_left_behind_confirms_no_new_job(has_asb: bool) -> None:
    """The broken job comes out late and ends with its own ETB; then the paper ends again."""
    async with SimStarPrinter() as sim, asyncio.timeout(20):
        sim.has_asb, sim.has_clear = has_asb, False
        sim.run_out_after(10)
        async with opened(sim) as printer:
            assert (await fail(printer, SHORT)).facts["sent"] == "all"
            await sim.changed.until(lambda: not sim.callers)
        sim.set_paper("ok")
        sim.run_out_after(17 + 5)  # the rest of the old line, and a little of the new
        async with opened(sim) as printer:
            error = await fail(printer, SHORT)
        assert (error.code, sim.jobs_n) == ("paper_out", 1)


async def test_late_and_double_answers_confirm_nothing_that_is_not_printed() -> None:
    async with SimStarPrinter() as sim, asyncio.timeout(20):
        sim.twice = True
        async with opened(sim) as printer:
            await printer.print(LONG)
            sim.run_out_after(20)
            assert (await fail(printer, SHORT)).code == "paper_out"
            await sim.changed.until(lambda: not sim.callers)
        sim.set_paper("ok")
        sim.twice, sim.has_asb = False, False
        async with opened(sim, answer_wait_ms=200) as printer:
            sim.late = True
            error = await fail(printer, SHORT)
            assert (error.code, error.facts["sent"]) == ("device_slow", "none")


async def test_garbage_is_told_as_such() -> None:
    async with (
        SimStarPrinter() as sim,
        opened(sim, answer_wait_ms=200) as printer,
        asyncio.timeout(20),
    ):
        await sim.garble()
        with pytest.raises(DeviceGarbled, match="no status of a Star printer"):
            await printer.print(SHORT)


async def test_a_printer_without_a_counter_is_told_what_to_do() -> None:
    async with OldPrinter() as sim, opened(sim) as printer, asyncio.timeout(20):
        error = await fail(printer, SHORT)

    assert isinstance(error, DeviceGarbled)
    assert "escpos_tcp_printer" in error.detail
    assert error.facts["sent"] == "none"


async def test_the_status_says_paper_lid_and_drawer() -> None:
    async with (
        SimStarPrinter() as sim,
        opened(sim, drawer_open_level="high") as printer,
        asyncio.timeout(20),
    ):
        sim.has_asb = False  # what it tells by itself may stand for the answer
        sim.set_paper("near_end")
        near = await printer.status()
        sim.set_paper("out")
        sim.set_drawer_open(True)
        out = await printer.status()
        sim.set_paper("ok")
        sim.set_cover_open(True)
        covered = await printer.status()

    assert (near.paper, near.online, near.drawer_open, near.problem()[0]) == (
        "near_end", True, False, "",
    )  # fmt: skip
    assert (out.paper, out.online, out.drawer_open) == ("out", False, True)
    assert (covered.cover_open, covered.problem()[0]) == (True, "cover_open")


@pytest.mark.parametrize("paper", ["ok", "out"])
@pytest.mark.parametrize("pin", [2, 5])
async def test_the_drawer_opens_also_without_paper(paper: Any, pin: int) -> None:
    async with (
        SimStarPrinter() as sim,
        opened(sim, drawer_open_level="high", drawer_pin=pin) as printer,
        asyncio.timeout(20),
    ):
        sim.set_paper(paper)
        await printer.kick()

        assert (await printer.is_open(), sim.kicks_n) == (True, 1)


async def test_a_locked_drawer_is_told() -> None:
    async with SimStarPrinter() as sim, opened(sim, drawer_open_level="high") as printer:
        sim.drawer_locked = True
        with pytest.raises(DeviceSlow) as stuck:
            await printer.kick()

    assert stuck.value.code == "drawer_stuck"


async def test_changes_are_told_without_asking() -> None:
    async with SimStarPrinter() as sim, asyncio.timeout(20):
        table = {**sim.table(), "poll_ms": 60_000}
        async with supervised({"printer": table}) as (_, heard):
            await heard.until_state("printer", "ready")
            sim.set_cover_open(True)
            gone = await heard.until_state("printer", "gone")

    assert gone.detail == "The printer's cover is open."


async def test_a_printer_switched_off_comes_back_and_prints() -> None:
    async with (
        SimStarPrinter() as sim,
        asyncio.timeout(20),
        supervised({"printer": sim.table()}) as (devices, heard),
    ):
        await heard.until_state("printer", "ready")
        await sim.power_off()
        await heard.until_state("printer", "gone")
        with pytest.raises(DeviceGone):
            await devices.get_printer("printer").print(SHORT)
        await sim.power_on()
        await heard.until_state("printer", "ready")
        await devices.get_printer("printer").print(SHORT)

        assert sim.jobs_n == 1
        report = next(one for one in devices.reports() if one.device == "printer")
        assert report.says == "Printed 1 lines."


async def test_a_check_of_health_prints_a_slip() -> None:
    async with (
        SimStarPrinter() as sim,
        asyncio.timeout(20),
        supervised({"printer": sim.table()}) as (devices, heard),
    ):
        await heard.until_state("printer", "ready")
        health = await devices.check_health("printer", "external")

        assert (health.ok, sim.jobs_n, sim.unknown) == (True, 1, [])


async def test_a_copy_says_so_in_the_same_language() -> None:
    async with SimStarPrinter() as sim, opened(sim) as printer, asyncio.timeout(20):
        outlet = PaperOutlet("printer", printer, lambda: True)
        await outlet.print(await outlet.render(SHORT, ("COPY",)))

        assert (sim.jobs_n, sim.unknown) == (2, [])
        copy = Document(48, (Text("COPY", bold=True, size=2, align="center"),))
        assert sim.jobs[0].lines[0].dots == rows_of_png(copy)


def test_a_drawer_in_the_document_gets_its_pulse_and_cuts_are_counted() -> None:
    job = render_job(Document(48, (Text("a"), Kick(2), Kick(5), Text("b"), Cut())), ROLL)
    reader = StarReader()
    whats = [done.what for done in reader.feed(job)]

    assert whats == ["kick", "kick", "cut"]
    assert count_job(job, "star") == (2, 1)
    assert reader.unknown == []


@given(st.binary(max_size=400), st.integers(0, 31), st.lists(st.integers(1, 5)))
def test_any_bytes_are_cut_into_statuses_or_counted_but_never_fail(
    noise: bytes, etb_n: int, cuts: list[int]
) -> None:
    replies = StarReplies()
    replies.feed(noise)
    replies = StarReplies()
    counter = (etb_n & 0x07) << 1 | (etb_n & 0x18) << 2
    stream = bytes((0x23, 0x86, 0, 0, 0, 0, 0, counter, 0, 0, 3, 0xFF, 0x11, 0x23)) * 3
    found = []
    for size_n in [*cuts, len(stream)]:
        found += replies.feed(stream[:size_n])
        stream = stream[size_n:]

    assert [status.etb_n for status in found] == [etb_n] * 3
    assert (replies.strays_n, replies.has_rest) == (0, False)


@given(st.binary(max_size=300))
def test_a_job_of_any_bytes_is_split_without_loss(job: bytes) -> None:
    assert b"".join(split_job(job)) == job
