"""A receipt printer that is watched while it prints, and everything that can stop it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from cext.errors import DeviceGone, DeviceSlow, Refused
from cext.kit.clock import SystemClock
from edge.devices import decode_settings
from edge.devices.printers.escpos_printer import JOB_MAX_BYTES, EscposPrinter
from edge.devices.printers.escpos_status import (
    FenceByte,
    Flow,
    Replies,
    StatusByte,
    Stray,
    Unasked,
    decode_status,
)
from edge.devices.printers.escpos_tcp_printer import open as open_printer
from edge.sim.escpos_tcp_printer import SimPrinter
from tests.devices.conftest import supervised

RECEIPT = b"\x1b@" + b"".join(b"line %d\n" % n for n in range(10)) + b"\x1dVB\x00"


def open_on(sim: SimPrinter, **more: int | str) -> Any:
    settings = decode_settings({"printer": {**sim.table(), **more}})["printer"]
    return open_printer(settings, device="printer", clock=SystemClock())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answers", "paper", "cover_open", "problem"),
    [
        ("12 12 12 12", "ok", False, ""),
        ("12 12 12 1e", "near_end", False, ""),
        ("1a 32 12 7e", "out", False, "paper_out"),
        ("1a 16 12 12", "ok", True, "cover_open"),
        ("1a 52 1a 12", "ok", False, "printer_error"),
        ("1a 12 12 12", "ok", False, "printer_offline"),
    ],
)
def test_the_four_status_answers_say_what_is_wrong(
    answers: str, paper: str, cover_open: bool, problem: str
) -> None:
    status = decode_status(bytes.fromhex(answers))

    assert (status.paper, status.cover_open) == (paper, cover_open)
    assert status.problem()[0] == problem


def test_answers_of_three_kinds_are_told_apart_in_one_stream() -> None:
    stream = bytes.fromhex("12 14 00 03 00 16 0f 1a ff")

    found = Replies().feed(stream, fences_open_n=1)

    assert found == [
        StatusByte(0x12),
        Unasked(b"\x14\x00\x03\x00"),
        StatusByte(0x16),
        FenceByte(0x0F),
        StatusByte(0x1A),
        Stray(0xFF),
    ]


def test_flow_control_and_odd_bytes_never_confirm_a_job() -> None:
    found = Replies().feed(bytes.fromhex("11 13 01 05 41 80"), fences_open_n=1)

    assert [type(one) for one in found] == [Flow, Flow, Stray, Stray, Stray, Stray]


async def test_a_job_is_confirmed_only_after_all_of_it_was_printed() -> None:
    async with SimPrinter() as sim, open_on(sim) as printer, asyncio.timeout(5):
        await printer.print(RECEIPT)

        assert sim.jobs[-1].text == tuple(f"line {n}" for n in range(10))
        assert sim.unknown == []


async def test_jobs_at_the_same_time_come_out_one_after_the_other() -> None:
    async with SimPrinter() as sim, open_on(sim) as printer, asyncio.timeout(5):
        async with asyncio.TaskGroup() as group:
            for number in range(20):
                group.create_task(printer.print(b"\x1b@receipt %d\n\x1dVB\x00" % number))

        assert [job.text for job in sim.jobs] == [(f"receipt {n}",) for n in range(20)]


async def test_paper_that_ends_in_a_job_is_told_and_nothing_is_claimed() -> None:
    async with SimPrinter() as sim, open_on(sim) as printer, asyncio.timeout(5):
        sim.run_out_after(4)

        with pytest.raises(DeviceGone) as gone:
            await printer.print(RECEIPT)

        assert gone.value.code == "paper_out"
        await sim.changed.until(lambda: sim.clients_n == 0)
    assert sim.jobs == []
    assert [line.text for line in sim.torn[0]] == ["line 0", "line 1", "line 2", "line 3"]


async def test_a_printer_without_paper_is_not_sent_anything() -> None:
    async with SimPrinter() as sim, open_on(sim) as printer, asyncio.timeout(5):
        sim.set_paper("out")

        with pytest.raises(DeviceGone) as gone:
            await printer.print(RECEIPT)

        sim.set_paper("ok")
        await printer.print(b"\x1b@second\n\x1dVB\x00")
    assert gone.value.code == "paper_out"
    assert [job.text for job in sim.jobs] == [("second",)]


async def test_an_open_cover_is_told() -> None:
    async with SimPrinter() as sim, open_on(sim) as printer, asyncio.timeout(5):
        sim.set_cover_open(True)

        with pytest.raises(DeviceGone) as gone:
            await printer.print(RECEIPT)

    assert gone.value.code == "cover_open"


async def test_a_reset_in_the_middle_of_a_job_is_told_and_nothing_is_claimed() -> None:
    async with SimPrinter() as sim, open_on(sim) as printer, asyncio.timeout(5):
        sim.reset_after(40)

        with pytest.raises(DeviceGone):
            await printer.print(RECEIPT)

    assert sim.jobs == []


async def test_a_printer_that_swallows_everything_is_slow_in_the_time_that_was_set() -> None:
    async with (
        SimPrinter() as sim,
        asyncio.timeout(5),
        open_on(sim, answer_wait_ms=100) as printer,
    ):
        sim.frozen = True

        with pytest.raises(DeviceSlow):
            await printer.print(RECEIPT)
        with pytest.raises(DeviceSlow):
            await printer.status()


async def test_cancelling_a_job_drops_the_connection_so_that_its_answer_is_never_mistaken() -> None:
    async with SimPrinter() as sim, open_on(sim, asb=False) as printer, asyncio.timeout(5):
        sim.run_out_after(2)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                await printer.print(RECEIPT)

        with pytest.raises(DeviceGone):
            await printer.print(RECEIPT)


async def test_an_answer_to_a_job_that_was_given_up_confirms_no_other_job() -> None:
    async with (
        SimPrinter() as sim,
        asyncio.timeout(10),
        supervised({"printer": {**sim.table(), "poll_ms": 200}}) as (devices, heard),
    ):
        printer = devices.get_printer("printer")
        await heard.until_state("printer", "ready")
        sim.run_out_after(3)
        with pytest.raises(DeviceGone):
            await printer.print(RECEIPT)
        await heard.until_state("printer", "gone")
        sim.set_paper("ok")
        await heard.until_state("printer", "ready")

        await printer.print(b"\x1b@again\n\x1dVB\x00")

        assert sim.jobs[-1].text == ("again",)


async def test_after_power_off_and_on_the_same_handle_prints_again() -> None:
    async with (
        SimPrinter() as sim,
        asyncio.timeout(10),
        supervised({"printer": sim.table()}) as (devices, heard),
    ):
        printer = devices.get_printer("printer")
        await heard.until_state("printer", "ready")
        await sim.power_off()
        await heard.until_state("printer", "gone")
        with pytest.raises(DeviceGone):
            await printer.print(RECEIPT)
        await sim.power_on()
        await heard.until_state("printer", "ready")

        await printer.print(RECEIPT)

        assert len(sim.jobs) == 1
        assert (printer.roll.width_n, printer.roll.profile) == (48, "western")


async def test_a_job_larger_than_any_receipt_is_refused() -> None:
    async with SimPrinter() as sim, open_on(sim) as printer, asyncio.timeout(5):
        with pytest.raises(Refused) as refused:
            await printer.print(b"x" * (JOB_MAX_BYTES + 1))

    assert refused.value.code == "job_too_large"


@pytest.mark.parametrize("paper", ["ok", "out"])
async def test_the_drawer_opens_with_and_without_paper(paper: Any) -> None:
    async with SimPrinter() as sim, open_on(sim) as printer, asyncio.timeout(5):
        sim.set_paper(paper)

        await printer.kick()

        assert sim.kicks_n == 1


async def test_nobody_listening_is_gone_with_the_address() -> None:
    async with SimPrinter() as sim:
        await sim.power_off()
        with pytest.raises(DeviceGone) as gone:
            async with open_on(sim):
                pass

    assert f"127.0.0.1:{sim.port}" in gone.value.detail


async def test_the_driver_offers_a_printer_and_a_drawer() -> None:
    async with SimPrinter() as sim, open_on(sim) as printer:
        assert isinstance(printer, EscposPrinter)
        assert (await printer.status()).problem() == ("", "")
