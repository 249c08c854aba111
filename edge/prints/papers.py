"""Papers that say what they were given: reports, slips, labels, whatever is no receipt."""

from __future__ import annotations

from cext.errors import Refused
from cext.lang.events import PrintDropped
from edge.journal import Draft, Journal
from edge.prints.body import decode_body
from edge.prints.job import Made, PrintJob
from edge.prints.store import PrintStore


class StoredPapers:
    """The maker of every kind but receipts: the layout is what was put in."""

    copies_itself = False

    def __init__(self, store: PrintStore, journal: Journal) -> None:
        self._store = store
        self._journal = journal

    async def make(self, job: PrintJob, used: str) -> Made:
        del used
        document = await self._store.load_document(job.id)
        if document is None:
            raise Refused("print_forgotten", "what this paper said is kept no more", print=job.id)
        return Made(body=decode_body(document))

    async def on_fenced(self, job: PrintJob) -> None:
        """The print journal is the only book that holds it."""

    async def on_held(self, job: PrintJob) -> None:
        """It opens no drawer, and the news told that it waits."""

    async def on_doubtful(self, job: PrintJob, copy: PrintJob | None) -> None:
        """The news told it; who asked for it looks, and asks for a copy."""

    async def on_dropped(self, job: PrintJob, *, who: str, why: str, last: bool) -> None:
        del last
        await write_dropped(self._journal, job, who=who, why=why, number="")


async def write_dropped(
    journal: Journal, job: PrintJob, *, who: str, why: str, number: str
) -> None:
    """Say in the store's journal, once, who gave a paper up and why."""
    event = PrintDropped(job=job.id, kind=job.kind, number=number, who=who, why=why[:200])
    try:
        await journal.append(
            (Draft(event, lane=job.lane),), key=f"print_dropped:{job.id}:{job.queued_ms}"
        )
    except Refused as exc:
        if exc.code != "request_conflict":
            raise
