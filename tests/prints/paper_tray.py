"""A tray that paper falls into: an outlet whose faults a test chooses, and what came out of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from cext.errors import DeviceGone, Refused
from cext.kit.clock import SystemClock
from edge.devices.paper import Document, Text, render_text
from edge.prints import (
    Ask,
    Body,
    Made,
    Printing,
    PrintJob,
    PrintJournal,
    PrintNews,
    PrintView,
    open_prints,
)
from edge.prints.body import mark

Fault = Literal["fine", "none", "some", "all", "silent_some", "hangs", "too_large"]
PRINTERS = ("p1", "p2")


class Tray:
    """An outlet: `faults` are what becomes of the next jobs, then all is fine.

    `papers` are the texts on paper, whole or not. A job that hangs does so until it is cancelled,
    as when the box dies under it.
    """

    confirms = True

    def __init__(self, *faults: Fault) -> None:
        self.faults = list(faults)
        self.papers: list[str] = []
        self.ready = True
        self.hanging = asyncio.Event()

    def is_ready(self) -> bool:
        return self.ready

    async def render(self, body: Body, marks: tuple[str, ...]) -> bytes:
        assert isinstance(body, Document)
        if self.faults and self.faults[0] == "too_large":
            self.faults.pop(0)
            return bytes(2 << 20)
        return render_text(mark(body, marks)).encode()

    async def check(self) -> None:
        if not self.ready:
            raise DeviceGone("paper_out", "The printer is out of paper.")

    async def print(self, data: bytes) -> None:
        fault = self.faults.pop(0) if self.faults else "fine"
        if fault == "none":
            raise DeviceGone("device_gone", "nothing left", sent="none")
        self.papers.append(data.decode())
        if fault == "hangs":
            self.hanging.set()
            await asyncio.Event().wait()
        if fault == "silent_some":  # a driver that does not say how far it came
            raise DeviceGone("device_gone", "it broke off")
        if fault != "fine":
            raise DeviceGone("device_gone", "it broke off", sent=fault, fenced_bytes=3)

    def titles(self) -> list[str]:
        return [paper.strip() for paper in self.papers]

    def unmarked_n(self, title: str) -> int:
        return sum(title in paper and "COPY" not in paper for paper in self.papers)

    def marked_n(self, title: str) -> int:
        return sum(title in paper and "COPY" in paper for paper in self.papers)


class Owed:
    """A maker as receipts are: it knows its papers by their subject and copies itself."""

    copies_itself = True

    def __init__(self) -> None:
        self.out: list[str] = []
        self.held: list[str] = []
        self.doubts: list[tuple[str, bool]] = []
        self.dropped: list[tuple[str, str, str, bool]] = []

    async def make(self, job: PrintJob, used: str) -> Made:
        if "old" in job.title:
            raise Refused("receipt_too_old", "older than anybody asks for")
        return Made(body=Document(48, (Text(job.title),)), late_ms=1, kick=used == job.wanted)

    async def on_fenced(self, job: PrintJob) -> None:
        if job.id not in self.out:  # told twice counts once
            self.out.append(job.id)

    async def on_held(self, job: PrintJob) -> None:
        self.held.append(job.id)

    async def on_doubtful(self, job: PrintJob, copy: PrintJob | None) -> None:
        self.doubts.append((job.id, copy is not None))

    async def on_dropped(self, job: PrintJob, *, who: str, why: str, last: bool) -> None:
        self.dropped.append((job.id, who, why, last))


class Room:
    """A print journal at work, and what it told."""

    journal: PrintJournal

    def __init__(self, owed: Owed) -> None:
        self.owed = owed
        self.told: list[PrintView] = []
        self.changed = asyncio.Event()

    def tell(self, news: PrintNews) -> None:
        self.told.append(news.print)
        self.changed.set()

    async def until(self, job_id: str, state: str) -> PrintView:
        """The first news that a job is in a state."""
        async with asyncio.timeout(10):
            while True:
                for view in self.told:
                    if (view.id, view.state) == (job_id, state):
                        return view
                self.changed.clear()
                await self.changed.wait()

    async def settled(self) -> None:
        """Return once no printer has anything to do."""
        async with asyncio.timeout(10):
            while any(job.state != "doubtful" for job in self.journal.list_open()):
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def open_room(
    folder: Path, *trays: Tray, owed: Owed | None = None, **changes: object
) -> AsyncIterator[Room]:
    """A print journal whose printers p1, p2 are `trays`; leaving it kills what hangs."""
    facts = {
        "printers": PRINTERS,
        "lane_printers": {"1": "p1", "2": "p2"},
        "fallbacks": {"1": "p2", "2": "p1"},
        "failover_after_s": 0,
        "first_wait_s": 0.001,
        "longest_wait_s": 0.01,
        **changes,
    }
    owed = owed or Owed()
    async with open_prints(folder / "prints.db") as store, asyncio.TaskGroup() as group:
        room = Room(owed)
        printing = Printing(**facts)  # type: ignore[arg-type]
        journal = PrintJournal(printing, store=store, clock=SystemClock(), tell=room.tell)
        room.journal = journal
        journal.add_maker("receipt", owed)
        journal.add_maker("", owed)
        await journal.restore()
        tasks = [
            group.create_task(journal.run(name, tray))
            for name, tray in zip(PRINTERS, trays, strict=False)
        ]
        try:
            yield room
        finally:
            for task in tasks:
                task.cancel()


def receipt(number: str, *, lane: str = "1") -> Ask:
    return Ask(
        subject=f"receipt:{number}", kind="receipt", printer=f"p{lane}", title=number, lane=lane
    )


def paper(key: str, *, printer: str = "p1", who: str = "anna") -> Ask:
    return Ask(subject=f"paper:{key}", kind="note", printer=printer, title=key, who=who)


def sheet(text: str) -> Document:
    return Document(48, (Text(text),))
