"""One printer on every cable: what each can do to a job, and what is said of it."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cext.errors import DeviceGone, DeviceSlow, OutsideError
from edge.devices.printers.escpos_talk import PrinterIdentity
from edge.devices.printers.fd_writer import FdWriter
from edge.devices.printers.wire import say_cure
from edge.sim.escpos_pty_printing import SimPtyPrinter
from edge.sim.escpos_serial_printer import SimSerialPrinter
from edge.sim.escpos_tcp_printer import SimPrinter
from edge.sim.escpos_usb_printer import SimUsbPrinter
from edge.sim.pulse import Pulse
from tests.devices.conftest import supervised
from tests.devices.escpos_jobs import CUT, LINES_N, LONG, PICTURE, SHORT, fail, open_on

plugged = pytest.mark.parametrize("make", [SimSerialPrinter, SimUsbPrinter], ids=["serial", "usb"])
anywhere = pytest.mark.parametrize(
    "make", [SimPrinter, SimSerialPrinter, SimUsbPrinter], ids=["tcp", "serial", "usb"]
)


def text_of(sim: Any) -> list[str]:
    return [line for job in sim.jobs for line in job.text]


@anywhere
async def test_a_long_job_comes_out_whole_and_in_order(make: Callable[[], Any]) -> None:
    async with make() as sim, open_on(sim) as printer, asyncio.timeout(10):
        await printer.print(LONG)

        assert text_of(sim) == [f"line {n:03} of a long receipt" for n in range(LINES_N)]
        assert sim.unknown == []


@anywhere
async def test_paper_that_ends_in_a_long_job_says_how_far_it_came(make: Callable[[], Any]) -> None:
    async with make() as sim, open_on(sim) as printer, asyncio.timeout(10):
        sim.run_out_after(120)

        error = await fail(printer, LONG)

        assert (error.code, error.facts["sent"]) == ("paper_out", "some")
        fenced_n = error.facts["fenced_bytes"]
        assert isinstance(fenced_n, int)
        assert 0 < fenced_n < LONG.index(b"line 120")


@anywhere
async def test_a_short_job_that_breaks_off_was_sent_whole(make: Callable[[], Any]) -> None:
    async with make() as sim, open_on(sim) as printer, asyncio.timeout(10):
        sim.run_out_after(1)

        error = await fail(printer, b"\x1b@first\n" + SHORT)

    assert (error.facts["sent"], error.facts["fenced_bytes"]) == ("all", 0)


@anywhere
async def test_trouble_before_the_first_byte_left_nothing(make: Callable[[], Any]) -> None:
    async with make() as sim, open_on(sim, answer_wait_ms=100) as printer, asyncio.timeout(10):
        sim.set_cover_open(True)
        covered = await fail(printer, LONG)
        sim.frozen = True
        silent = await fail(printer, LONG)
        gone = await fail(printer, LONG)

    assert covered.code == "cover_open"
    assert [error.facts["sent"] for error in (covered, silent, gone)] == ["none"] * 3
    assert not any(b"line" in caller.raw for caller in sim.callers)


async def test_a_connection_that_resets_in_a_long_job_leaves_doubt() -> None:
    async with SimPrinter() as sim, open_on(sim) as printer, asyncio.timeout(10):
        sim.reset_after(3_000)

        broken = await fail(printer, LONG)
        after = await fail(printer, LONG)

    assert (broken.facts["sent"], after.facts["sent"]) == ("some", "none")


@anywhere
async def test_changes_are_told_without_asking(make: Callable[[], Any]) -> None:
    async with (
        make() as sim,
        asyncio.timeout(10),
        supervised({"printer": {**sim.table(), "poll_ms": 60_000}}) as (_, heard),
    ):
        await heard.until_state("printer", "ready")
        await sim.changed.until(lambda: any(caller.asb for caller in sim.callers))
        sim.set_cover_open(True)
        gone = await heard.until_state("printer", "gone")

    assert gone.detail == "The printer's cover is open."


@anywhere
async def test_changes_are_still_told_after_a_job_that_resets_the_printer(
    make: Callable[[], Any],
) -> None:
    async with make() as sim, open_on(sim) as printer, asyncio.timeout(10):
        await printer.print(SHORT)

        assert all(caller.asb for caller in sim.callers)


@anywhere
async def test_it_says_who_it_is_if_it_can(make: Callable[[], Any]) -> None:
    async with make() as sim, open_on(sim) as printer, asyncio.timeout(10):
        await printer.print(SHORT)  # answers come in turn: the names before the job's
        assert printer.identity == PrinterIdentity(
            maker="STORELINE", model="SIM-80", firmware="1.00", serial="SIM0001"
        )
    async with SimPrinter() as sim, asyncio.timeout(10):
        sim.has_names = sim.has_asb = False
        async with open_on(sim) as printer:
            await printer.print(SHORT)
            assert printer.identity.model == ""


@pytest.mark.parametrize(("make", "says_xon"), [(SimSerialPrinter, True), (SimUsbPrinter, False)])
async def test_switched_off_and_on_in_a_job_ends_and_prints_again(
    make: Callable[..., SimPtyPrinter], says_xon: bool, tmp_path: Path
) -> None:
    async with (
        make(tmp_path / "printer") as sim,
        asyncio.timeout(20),
        supervised({"printer": {**sim.table(), "job_wait_ms": 1_000}}) as (devices, heard),
    ):
        sim.says_xon = says_xon
        printer = devices.get_printer("printer")
        await heard.until_state("printer", "ready")
        sim.power_cut_after(3_000)

        error = await fail(printer, LONG)
        await heard.until_state("printer", "gone")
        await heard.until_state("printer", "ready")
        await printer.print(SHORT)

        assert error.code == ("printer_restarted" if says_xon else "job_slow")
        assert error.facts["sent"] == "some"
        assert text_of(sim) == ["second"]


@pytest.mark.parametrize(
    ("make", "has_names"), [(SimSerialPrinter, True), (SimUsbPrinter, True), (SimUsbPrinter, False)]
)
async def test_an_old_answer_confirms_no_new_job(
    make: Callable[..., SimPtyPrinter], has_names: bool
) -> None:
    """The printer keeps the broken job, and answers for it when the paper is back."""
    async with make() as sim, asyncio.timeout(20):
        sim.has_names, sim.has_clear = has_names, False
        sim.run_out_after(3)
        async with open_on(sim) as printer:
            await fail(printer, LONG[:1_000] + CUT)
        async with open_on(sim) as printer:
            assert (await fail(printer, SHORT)).facts["sent"] == "none"
            sim.set_paper("ok")
            await printer.print(SHORT)

            assert text_of(sim)[-1] == "second"
            assert sim.jobs_n == 2


@plugged
async def test_what_is_given_up_does_not_come_out_in_front_of_the_next(
    make: Callable[..., SimPtyPrinter],
) -> None:
    async with make() as sim, asyncio.timeout(20):
        sim.run_out_after(3)
        async with open_on(sim) as printer:
            await fail(printer, LONG)
        sim.set_paper("ok")
        async with open_on(sim) as printer:
            await printer.print(SHORT)

        assert text_of(sim) == ["second"]


@anywhere
async def test_answers_that_come_twice_confirm_nothing_else(make: Callable[[], Any]) -> None:
    async with make() as sim, open_on(sim, asb=False) as printer, asyncio.timeout(10):
        await printer.print(SHORT)
        sim.twice = True
        for _ in range(3):
            # Doubled status bytes shift their meaning: only a clear refusal or a whole job will do.
            before_n = sim.jobs_n
            try:
                await printer.print(LONG)
            except OutsideError:
                break
            assert sim.jobs_n == before_n + 1


@anywhere
async def test_an_answer_that_comes_too_late_confirms_nothing(make: Callable[[], Any]) -> None:
    async with (
        make() as sim,
        asyncio.timeout(10),
        open_on(sim, asb=False, answer_wait_ms=100) as printer,
    ):
        await printer.print(SHORT)
        sim.late = True

        error = await fail(printer, SHORT)

        assert isinstance(error, DeviceSlow)
        assert error.facts["sent"] == "none"


@plugged
async def test_a_cable_that_takes_no_bytes_never_stops_the_loop(
    make: Callable[..., SimPtyPrinter],
) -> None:
    async with make() as sim, open_on(sim, job_wait_ms=30_000) as printer, asyncio.timeout(20):
        await printer.print(SHORT)
        sim.stop_reading_after_status()
        printing = asyncio.gather(printer.print(b"\x1b@" + PICTURE + CUT))
        await sim.changed.until(lambda: sim.is_stopped)
        for _ in range(100):
            await asyncio.sleep(0)  # the loop turns although nothing is taken
        assert not printing.done()
        sim.read_on()
        await printing

        assert sim.jobs[-1].lines[0].mark == "picture"


async def test_a_cable_that_stays_full_is_told_with_what_was_sent() -> None:
    async with (
        SimSerialPrinter() as sim,
        open_on(sim, job_wait_ms=1_000) as printer,
        asyncio.timeout(20),
    ):
        await printer.print(SHORT)
        sim.stop_reading_after_status()

        error = await fail(printer, b"\x1b@" + PICTURE + CUT)

    assert (error.code, error.facts["sent"]) == ("job_slow", "some")


@anywhere
@pytest.mark.parametrize("paper", ["ok", "out"])
async def test_a_drawer_with_a_sensor_is_seen_to_open(make: Callable[[], Any], paper: Any) -> None:
    async with (
        make() as sim,
        asyncio.timeout(10),
        open_on(sim, drawer_open_level="high") as printer,
    ):
        sim.set_paper(paper)
        assert await printer.is_open() is False

        await printer.kick()

        assert await printer.is_open() is True


async def test_a_locked_drawer_is_told_and_without_a_sensor_nothing_is() -> None:
    async with SimPrinter() as sim, asyncio.timeout(10):
        sim.drawer_locked = True
        async with open_on(sim, drawer_open_level="high") as printer:
            with pytest.raises(DeviceSlow) as stuck:
                await printer.kick()
        async with open_on(sim) as printer:
            await printer.kick()
            assert await printer.is_open() is None

    assert stuck.value.code == "drawer_stuck"


async def test_a_sensor_of_the_other_level_says_the_opposite() -> None:
    async with SimPrinter() as sim, open_on(sim, drawer_open_level="low") as printer:
        assert await printer.is_open() is True


async def test_switched_off_and_on_while_idle_it_still_tells_changes() -> None:
    async with SimSerialPrinter() as sim, open_on(sim) as printer, asyncio.timeout(10):
        await printer.print(SHORT)
        sim.power_cycle()
        await sim.changed.until(lambda: any(caller.asb for caller in sim.callers))

        await printer.print(SHORT)

        assert sim.jobs_n == 2


class Watch:
    """A tap whose `heard` beats when bytes came in."""

    def __init__(self) -> None:
        self.heard = Pulse()
        self.took_n = 0

    def took(self, data: bytes, at_mono_ns: int) -> None:
        self.took_n += len(data)
        self.heard.beat()

    def sent(self, data: bytes) -> None:
        """Of no interest."""


async def test_a_printer_that_calls_a_halt_is_waited_for() -> None:
    """XOFF and XON are the kernel's own work, on a pseudo-terminal too."""
    watch = Watch()
    async with (
        SimSerialPrinter() as sim,
        open_on(sim, tap=watch, flow="xonxoff", answer_wait_ms=10_000) as printer,
        asyncio.timeout(20),
    ):
        await printer.print(SHORT)
        before_n, took_n = sim.received_bytes, watch.took_n
        sim.send(b"\x13\x10\x00\x00\x00")
        # What follows the XOFF has come: so the kernel has obeyed it.
        await watch.heard.until(lambda: watch.took_n >= took_n + 4)
        async with asyncio.TaskGroup() as group:
            group.create_task(printer.print(LONG))
            for _ in range(200):
                await asyncio.sleep(0)
            assert sim.received_bytes == before_n
            sim.send(b"\x11")

        assert sim.jobs_n == 2


async def test_bytes_wait_for_the_line_that_says_go() -> None:
    """DSR is looked at before each piece; a pseudo-terminal has none, so here it is a variable."""
    near, far = os.pipe2(os.O_NONBLOCK)
    asked, sent = [False, False, True, False], []
    empty: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    writer = FdWriter(
        far,
        on_sent=sent.append,
        on_empty=lambda: empty.set_result(None),
        on_error=empty.set_exception,
        may_write=lambda: asked.pop(0) if asked else True,
        piece_n=4,
    )
    try:
        writer.put(b"0123456789")
        assert (writer.waiting_n, sent) == (10, [])
        async with asyncio.timeout(10):
            await empty
        assert (os.read(near, 100), asked) == (b"0123456789", [])
    finally:
        writer.close()
        os.close(near)
        os.close(far)


async def test_a_device_that_speaks_though_nobody_reads_is_no_end() -> None:
    async with (
        SimUsbPrinter() as sim,
        asyncio.timeout(10),
        open_on(sim, answers=False) as printer,
    ):
        sim.send(b"\x10\x00\x00\x00")
        await sim.drain()
        for _ in range(20):
            await printer.print(SHORT)
        await sim.wait_jobs(20)


async def test_two_programs_on_one_serial_port_are_told_apart_from_a_missing_one() -> None:
    async with SimSerialPrinter() as sim, open_on(sim), asyncio.timeout(10):
        with pytest.raises(DeviceGone) as busy:
            async with open_on(sim):
                pass

    assert "another program has the port open" in busy.value.detail


@pytest.mark.parametrize(
    ("number", "cure"),
    [
        (errno.EBUSY, "another program"),
        (errno.EACCES, "group lp"),
        (errno.EPERM, "DeviceAllow"),
        (errno.ENOENT, "switched on"),
        (errno.EINVAL, "answers = false"),
        (errno.EMFILE, os.strerror(errno.EMFILE)),
    ],
)
def test_an_error_of_a_node_names_its_cure(number: int, cure: str) -> None:
    assert cure in say_cure(OSError(number, "x"))


async def test_a_printer_that_cannot_answer_is_handed_its_jobs_and_claims_no_more() -> None:
    async with (
        SimUsbPrinter() as sim,
        asyncio.timeout(10),
        open_on(sim, answers=False) as printer,
    ):
        await printer.print(LONG)
        await printer.kick()
        await sim.changed.until(lambda: sim.kicks_n == 1)
        status = await printer.status()

    assert sim.jobs_n == 1
    assert (status.online, status.paper, status.problem()) == (None, "unknown", ("", ""))
