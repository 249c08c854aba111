"""Receipts on printers that fail in the middle: what is on paper and what the box says agree."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cext.lang.events import DrawerOpened, PrintDropped, ReceiptPrinted
from edge.sim.escpos_tcp_printer import SimPrinter
from tests.prints.counter import Till, open_till, papers, text_of
from tests.sales.shop import WAIT_S

LINES_N = 6


async def blocked(printer: SimPrinter) -> None:
    """Wait until the printer stands in the middle of a job."""
    async with asyncio.timeout(WAIT_S):
        while not printer._is_blocked():
            await asyncio.sleep(0)


async def paper_out(printer: SimPrinter, till: Till) -> None:
    await till.until_print("receipt:367-1-000001:original", "doubtful")
    printer.set_paper("ok")


async def cover_open(printer: SimPrinter, till: Till) -> None:
    await blocked(printer)
    printer.set_cover_open(True)
    printer.set_paper("ok")
    doubt = await till.until_print("receipt:367-1-000001:original", "doubtful")
    assert "cover" in doubt["why"].lower()
    printer.set_cover_open(False)


async def power_cycle(printer: SimPrinter, till: Till) -> None:
    await blocked(printer)
    await printer.power_off()
    await till.until_print("receipt:367-1-000001:original", "doubtful")
    printer.set_paper("ok")
    await printer.power_on()


Fault = Callable[[SimPrinter, Till], Awaitable[None]]


@pytest.mark.parametrize("fault", [paper_out, cover_open, power_cycle])
async def test_what_stops_in_the_middle_comes_out_once_more_and_says_copy(
    tmp_path: Path, fault: Fault
) -> None:
    async with SimPrinter() as printer, open_till(tmp_path, printer) as till:
        printer.run_out_after(LINES_N)
        number = await till.sell(kind="card")
        await fault(printer, till)
        done = await till.until_print(f"receipt:{number}:copy:1", "done")
        jobs = await till.door.get("/v1/prints")
        printed = await till.events(ReceiptPrinted)
        health = await till.door.get("/v1/health")

    assert papers(printer, number).count(True) == 1
    assert papers(printer, number).count(False) <= 1
    assert [(event.copy, event.device, event.wanted) for event in printed] == [(True, "p1", "p1")]
    assert (jobs["open"], [job["state"] for job in jobs["ended"]]) == ([], ["done", "doubtful"])
    assert jobs["ended"][1]["settled"] == done["id"]
    assert health["unprinted_n"] == 0


async def test_a_reset_in_the_middle_tells_the_clerk_to_look(tmp_path: Path) -> None:
    async with SimPrinter() as printer, open_till(tmp_path, printer) as till:
        printer.reset_after(400)
        number = await till.sell(kind="card")
        said = await till.until_notice("print_doubtful")
        await till.until_print(f"receipt:{number}:copy:1", "done")
    assert said == f"Look whether {number} came out of p1 whole. A copy follows."
    assert papers(printer, number).count(True) == 1


async def test_a_printer_that_goes_silent_in_the_middle_leaves_a_doubt_and_a_copy(
    tmp_path: Path,
) -> None:
    async with SimPrinter() as printer, open_till(tmp_path, printer, job_wait_ms=1000) as till:
        printer.run_out_after(LINES_N)
        sold = asyncio.create_task(till.sell(kind="card"))
        await blocked(printer)
        printer.frozen = True
        number = await sold
        await till.until_print(f"receipt:{number}:original", "doubtful")
        printer.frozen = False
        printer.set_paper("ok")
        await till.until_print(f"receipt:{number}:copy:1", "done")
    assert papers(printer, number).count(True) == 1


async def test_without_copies_by_itself_a_person_decides(tmp_path: Path) -> None:
    receipt = {"copy_when_doubtful": False}
    async with SimPrinter() as printer, open_till(tmp_path, printer, receipt=receipt) as till:
        for _ in range(2):
            printer.reset_after(400)
            number = await till.sell(kind="card")
            await till.until_print(f"receipt:{number}:original", "doubtful")
            await till.news.until_device("p1", "ready")
        first, second = (await till.door.get("/v1/prints"))["open"]
        assert (first["look"], second["look"]) == (True, True)
        assert (await till.door.get("/v1/health"))["unprinted_n"] == 2
        path = f"/v1/prints/{first['id']}"
        why = {"who": "anna", "why": "it is in the tray"}
        settled = await till.door.post(f"{path}/drop", why)
        assert (settled["state"], settled["look"]) == ("doubtful", False)
        assert (await till.door.post(f"{path}/drop", why, status=409))["code"] == (
            "print_over_conflict"
        )
        copy = await till.door.post(f"/v1/prints/{second['id']}/copy", status=202)
        await till.until_print(copy["id"], "done")
        assert (await till.door.get("/v1/prints"))["open"] == []
        assert (await till.door.get("/v1/health"))["unprinted_n"] == 0
        dropped = await till.events(PrintDropped)
        printed = await till.events(ReceiptPrinted)
    assert [(one.number, one.who, one.why) for one in dropped] == [
        (first["number"], "anna", "it is in the tray")
    ]
    assert [(one.number, one.copy) for one in printed] == [(second["number"], True)]


async def test_a_given_up_receipt_is_not_printed_after_a_restart(tmp_path: Path) -> None:
    async with SimPrinter() as printer:
        await printer.power_off()
        async with open_till(tmp_path, printer, off="p1") as till:
            first, second = await till.sell(kind="card"), await till.sell(kind="card")
            why = {"who": "anna", "why": "the customer has left"}
            dropped = await till.door.post(f"/v1/prints/receipt:{first}:original/drop", why)
            assert (dropped["state"], dropped["settled"]) == (
                "dropped",
                "anna: the customer has left",
            )
        await printer.power_on()
        async with open_till(tmp_path, printer) as till:
            async with asyncio.timeout(WAIT_S):
                await printer.wait_jobs(1)
        assert (papers(printer, first), papers(printer, second)) == ([], [False])


async def test_a_print_that_an_earlier_version_began_is_followed_by_a_copy(tmp_path: Path) -> None:
    async with SimPrinter() as printer:
        await printer.power_off()
        async with open_till(tmp_path, printer, off="p1") as till:
            begun, other = await till.sell(kind="card"), await till.sell(kind="card")
            seq = (await till.door.get(f"/v1/receipts/{begun}"))["seq"]
        with sqlite3.connect(tmp_path / "drafts.db") as db:
            db.execute("INSERT INTO print_attempts (seq) VALUES (?)", (seq,))
        (tmp_path / "prints.db").unlink()
        await printer.power_on()
        async with open_till(tmp_path, printer):
            async with asyncio.timeout(WAIT_S):
                await printer.wait_jobs(2)
        assert (papers(printer, begun), papers(printer, other)) == ([True], [False])
    with sqlite3.connect(tmp_path / "drafts.db") as db:
        assert db.execute("SELECT count(*) FROM print_attempts").fetchone() == (0,)


async def test_another_printer_steps_in_and_the_drawer_stays_its_own(tmp_path: Path) -> None:
    receipt = {"failover_after_s": 1}
    async with (
        SimPrinter() as dead,
        SimPrinter(width_n=32) as well,
        open_till(tmp_path, dead, well, receipt=receipt) as till,
    ):
        await dead.power_off()
        await till.news.until_device("p1", "gone")
        number = await till.sell()
        assert "p1" in await till.until_notice("drawer_by_key")
        assert number in await till.until_notice("printed_elsewhere")
        moved = await till.until_print(f"receipt:{number}:original", "done")
        other = await till.sell(lane="2")
        await till.until_print(f"receipt:{other}:original", "done")
        await dead.power_on()
        await till.news.until_device("p1", "ready")
        back = await till.sell()
        await till.until_print(f"receipt:{back}:original", "done")
        printed = await till.events(ReceiptPrinted)
        drawers = await till.events(DrawerOpened)

    text = text_of(well.jobs[0])
    assert "FOR LANE 1" in text
    assert "COPY" not in text
    assert max(map(len, text.splitlines())) <= 32
    assert "FOR LANE" not in text_of(well.jobs[1])
    assert (moved["wanted"], moved["used"]) == ("p1", "p2")
    places = [(event.number, event.device, event.wanted) for event in printed]
    assert places == [(number, "p2", "p1"), (other, "p2", "p2"), (back, "p1", "p1")]
    # The drawer of lane 2 is nobody's but lane 2's, and lane 1's was away.
    assert [(event.number, event.device) for event in drawers] == [(other, "p2"), (back, "p1")]
    assert (dead.kicks_n, well.kicks_n) == (1, 1)


async def test_a_printer_without_paper_opens_its_drawer_and_another_prints(tmp_path: Path) -> None:
    receipt = {"failover_after_s": 1}
    async with (
        SimPrinter() as empty,
        SimPrinter() as well,
        open_till(tmp_path, empty, well, receipt=receipt) as till,
    ):
        empty.set_paper("out")
        await till.news.until_device("p1", "gone")
        number = await till.sell()
        await till.until_print(f"receipt:{number}:original", "done")
        drawers = await till.events(DrawerOpened)
    assert (papers(well, number), papers(empty, number)) == ([False], [])
    assert (empty.kicks_n, well.kicks_n) == (1, 0)
    assert [(event.number, event.device) for event in drawers] == [(number, "p1")]


async def test_any_program_prints_a_paper_once_and_a_copy_says_so(tmp_path: Path) -> None:
    async with SimPrinter() as printer, open_till(tmp_path, printer) as till:
        note = {
            "key": "pick-7",
            "kind": "pick_slip",
            "lane": "1",
            "lines": [
                {"left": "Pick", "right": "7", "bold": True, "size": 2},
                {"rule": True},
                {"qr": "367/7"},
            ],
        }
        door = till.door
        first = await door.post("/v1/prints", note, status=202)
        again = await door.post("/v1/prints", note, status=202)
        done = await till.until_print(first["id"], "done")
        copy = await door.post(f"/v1/prints/{first['id']}/copy", status=202)
        await till.until_print(copy["id"], "done")
        assert (first["id"], again["id"], copy["id"]) == (
            "paper:pick-7",
            "paper:pick-7",
            "paper:pick-7:copy:1",
        )
        assert (done["kind"], done["size_bytes"] > 0, len(done["sha256"])) == (
            "pick_slip",
            True,
            64,
        )
        for body, code in (
            ({**note, "kind": "receipt"}, "print_kind_taken"),
            ({**note, "lines": [{"left": "\x1bp\x00"}]}, "body_invalid"),
            ({**note, "lines": []}, "body_invalid"),
        ):
            refused = await door.post("/v1/prints", {**body, "key": "other"}, status=422)
            assert refused["code"] == code
        unknown = {**note, "key": "other", "lane": "", "printer": "p9"}
        assert (await door.post("/v1/prints", unknown, status=404))["code"] == "printer_unknown"
        missing = await door.post("/v1/prints/paper:no/copy", status=404)
        assert missing["code"] == "print_unknown"
    texts = [text_of(job) for job in printer.jobs]
    assert ["COPY" in text for text in texts] == [False, True]
    assert all("Pick" in text for text in texts)


async def test_reports_and_pick_slips_are_print_jobs_too(tmp_path: Path) -> None:
    asked = {"printer": "p1"}
    async with SimPrinter() as printer, open_till(tmp_path, printer) as till:
        door = till.door
        first = await door.post("/v1/papers/x/print", asked, key="x-1", status=202)
        again = await door.post("/v1/papers/x/print", asked, key="x-1", status=202)
        other = await door.post("/v1/papers/x/print", asked, status=202)
        await till.until_print(other["id"], "done")
        copy = await door.post(f"/v1/prints/{first['id']}/copy", status=202)
        await till.until_print(copy["id"], "done")
    assert first["id"] == again["id"] != other["id"]
    texts = [text_of(job) for job in printer.jobs]
    assert ["COPY" in text for text in texts] == [False, False, True]
    assert all("X REPORT" in text for text in texts)
