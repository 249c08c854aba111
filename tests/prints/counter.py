"""Two lanes with a printer each, at a box that runs as the daemon does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from cext.lang.events import decode_body, decode_envelope
from edge.sim.escpos_tcp_printer import SimPrinter
from edge.sim.printed_job import Job
from tests.sales.shop import MILK_CODE, Door, News, listening, make_settings, running

QUICK = {"poll_ms": 200, "answer_wait_ms": 500}


class Till:
    """A running box, its printers, and the news it tells."""

    def __init__(self, door: Door, news: News, printers: tuple[SimPrinter, ...]) -> None:
        self.door = door
        self.news = news
        self.printers = printers

    async def sell(self, *, lane: str = "1", kind: str = "cash") -> str:
        """A sale; gives its receipt's number."""
        path = f"/v1/lanes/{lane}"
        await self.door.post(f"{path}/scan", {"code": MILK_CODE})
        await self.door.post(f"{path}/tenders", {"kind": kind, "amount_minor": 349})
        number: str = (await self.door.post(f"{path}/close"))["number"]
        return number

    async def until_print(self, job_id: str, state: str) -> Any:
        """The news that a print job is in `state`."""
        told = await self.news.until(
            lambda m: (
                m["type"] == "print" and (m["print"]["id"], m["print"]["state"]) == (job_id, state)
            )
        )
        return told["print"]

    async def until_notice(self, code: str) -> str:
        """The sentence of the next notice of this code on any lane."""
        told = await self.news.until(
            lambda m: m["type"] == "lane" and (m["lane"]["notice"] or {}).get("code") == code
        )
        detail: str = told["lane"]["notice"]["detail"]
        return detail

    async def events(self, *kinds: type) -> list[Any]:
        """The events of some kinds, in order."""
        stored = await self.door.box.journal.load(1, limit_n=1000)
        bodies = [decode_body(decode_envelope(event.raw)) for event in stored]
        return [body for body in bodies if isinstance(body, kinds)]


def text_of(job: Job) -> str:
    return "\n".join(job.text)


def papers(printer: SimPrinter, number: str) -> list[bool]:
    """Of every paper with this number, whole or torn off: whether it says COPY."""
    whole = [text_of(job) for job in printer.jobs]
    torn = ["\n".join(line.text for line in lines) for lines in printer.torn]
    return ["COPY" in text for text in (*whole, *torn) if number in text]


@asynccontextmanager
async def open_till(
    folder: Path, *printers: SimPrinter, off: str = "", receipt: Any = None, **device: Any
) -> AsyncIterator[Till]:
    """A box with a lane for each printer, which step in for each other; lanes are open.

    All printers but `off` are there when this returns.
    """
    names = [f"p{count}" for count in range(1, len(printers) + 1)]
    lanes = [
        {"id": name[1:], "printer": name, "fallback_printer": other}
        for name, other in zip(names, [*names[1:], names[0]], strict=True)
    ]
    if len(lanes) == 1:
        del lanes[0]["fallback_printer"]
    settings = make_settings(
        folder,
        lanes=lanes,
        devices={
            name: {**printer.table(), **QUICK, **device}
            for name, printer in zip(names, printers, strict=True)
        },
        receipt=receipt or {},
    )
    async with running(settings) as door, listening(door) as news:
        waiting = set(names) - {off}

        def note(message: Any) -> bool:
            if message["type"] == "device" and message["device"]["state"] == "ready":
                waiting.discard(message["device"]["device"])
            return not waiting

        if waiting:
            await news.until(note)
        for lane in lanes:
            await door.post(f"/v1/lanes/{lane['id']}/open", {"worker": "anna"})
        yield Till(door, news, printers)
