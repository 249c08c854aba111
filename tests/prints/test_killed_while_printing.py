"""`kill -9` at every moment of a print: what lies in the tray and what the books say agree."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from cext.lang.events import ReceiptPrinted, decode_body, decode_envelope
from edge.sim.escpos_tcp_printer import SimPrinter
from edge.sim.week.stage import toml
from tests.edge_api.test_store_edge_command import COMMAND, Process, make_token
from tests.prints.counter import papers
from tests.sales.shop import MILK_CODE, make_book

WAIT_S = 60  # the machine may be starved while a daemon comes back
LINES_N = 6


async def at_once(_printer: SimPrinter) -> None:
    """The sale is on disk, its paper has perhaps begun."""


async def in_the_middle(printer: SimPrinter) -> None:
    """Half of it is on paper."""
    async with asyncio.timeout(WAIT_S):
        while not printer._is_blocked():
            await asyncio.sleep(0)


async def at_the_cut(printer: SimPrinter) -> None:
    """All of it is on paper; the answer to the fence may be on its way."""
    jobs_n = printer.jobs_n
    async with asyncio.timeout(WAIT_S):
        await printer.wait_jobs(jobs_n + 1)


Moment = Callable[[SimPrinter], Awaitable[None]]
MOMENTS: tuple[Moment, ...] = (at_once, in_the_middle, in_the_middle, at_the_cut)


def write_config(folder: Path, printer: SimPrinter) -> Path:
    book = folder / "book.json"
    book.write_bytes(msgspec.json.encode(make_book()))
    path = folder / "edge.toml"
    settings = {
        "store": "367",
        "zone": "America/New_York",
        "currency": "USD",
        "state_dir": str(folder / "state"),
        "price_book_file": str(book),
        "api": {"port": 0},
        "lanes": [{"id": "1", "printer": "p1"}],
        "devices": {"p1": {**printer.table(), "poll_ms": 200, "answer_wait_ms": 500}},
    }
    path.write_text(toml(settings))
    return path


@asynccontextmanager
async def started(config: Path, token: str) -> AsyncIterator[Process]:
    """A running daemon, which is killed at the end."""
    child = await asyncio.create_subprocess_exec(
        *COMMAND, "run", "--config", str(config), stderr=asyncio.subprocess.PIPE
    )
    assert child.stderr is not None
    try:
        async with asyncio.timeout(WAIT_S):
            line = b""
            while b"doors_opened" not in line:
                line = await child.stderr.readline()
                assert line, "store-edge ended"
        yield Process(child, f"http://127.0.0.1:{msgspec.json.decode(line)['port']}", token)
    finally:
        child.kill()
        await child.wait()


async def reached(edge: Process, path: str, is_it: Callable[[Any], bool]) -> Any:
    async with asyncio.timeout(WAIT_S):
        answer = await edge.call("GET", path)
        while not is_it(answer):
            await asyncio.sleep(0)
            answer = await edge.call("GET", path)
        return answer


async def all_printed(edge: Process) -> None:
    await reached(edge, "/v1/devices", lambda a: a["devices"][0]["state"] == "ready")
    await reached(edge, "/v1/prints", lambda answer: not answer["open"])


async def sell(edge: Process) -> str:
    await edge.call("POST", "/v1/lanes/1/open", {"worker": "anna"})
    await edge.call("POST", "/v1/lanes/1/scan", {"code": MILK_CODE})
    await edge.call("POST", "/v1/lanes/1/tenders", {"kind": "card", "amount_minor": 349})
    number: str = (await edge.call("POST", "/v1/lanes/1/close"))["number"]
    return number


def read_books(state: Path) -> tuple[dict[str, list[bool]], list[tuple[str, str, str]]]:
    """Receipt -> COPY or not of each paper that was booked; (id, state, hash) of each job."""
    with sqlite3.connect(state / "journal.db") as db:
        raws = [row[0] for row in db.execute("SELECT raw FROM events ORDER BY position")]
    booked: dict[str, list[bool]] = {}
    for body in (decode_body(decode_envelope(raw)) for raw in raws):
        if isinstance(body, ReceiptPrinted):
            booked.setdefault(body.number, []).append(body.copy)
    with sqlite3.connect(state / "prints.db") as db:
        jobs = db.execute("SELECT id, state, sha256 FROM jobs ORDER BY print_n").fetchall()
    return booked, jobs


async def test_killed_at_any_moment_of_a_print_no_receipt_is_lost_and_none_is_out_twice(
    tmp_path: Path,
) -> None:
    numbers = []
    async with SimPrinter() as printer:
        config = await asyncio.to_thread(write_config, tmp_path, printer)
        token = await asyncio.to_thread(make_token, config)
        for moment in MOMENTS:
            async with started(config, token) as edge:
                await all_printed(edge)
                if moment is in_the_middle:
                    printer.run_out_after(LINES_N)
                async with asyncio.TaskGroup() as group:
                    reaching = group.create_task(moment(printer))
                    numbers.append(await sell(edge))
                    await reaching
            printer.set_paper("ok")
        async with started(config, token) as edge:
            await all_printed(edge)
            health = await edge.call("GET", "/v1/health")
        booked, jobs = await asyncio.to_thread(read_books, tmp_path / "state")

    assert health["unprinted_n"] == 0
    for number in numbers:
        out = papers(printer, number)
        assert out, f"{number} never came out"
        assert out.count(False) <= 1, f"{number} came out twice without the word COPY"
        # One paper is in the books, and it is the one that says what they say.
        assert len(booked[number]) == 1
        assert out.count(booked[number][0]) >= 1
        states = [state for job, state, _ in jobs if f":{number}:" in job]
        assert states.count("done") == 1
        assert set(states) <= {"done", "doubtful"}
    assert booked[numbers[1]] == booked[numbers[2]] == [True]
    assert all(len(sha256) == 64 for _, _, sha256 in jobs)
