"""Receipts on paper: which still owe it, as a fold of the journal, and what each job says.

The print journal prints; this makes the paper of a receipt, writes into the store's journal what
came out, opens the drawer, and tells the clerk when somebody must look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import structlog

from cext.errors import OutsideError, Refused
from cext.lang.events import (
    Body,
    DrawerOpened,
    PrintDropped,
    ReceiptPrinted,
    SaleClosed,
    SaleRefunded,
    Stored,
)
from cext.lang.ids import split_receipt_number
from edge.devices.paper import Document, Kick
from edge.devices.ports import Drawer
from edge.journal import Draft
from edge.prints import Ask, Made, PrintJob, PrintJournal
from edge.prints.job import job_of, number_of
from edge.prints.papers import write_dropped
from edge.prints.states import MAY_BE_OUT
from edge.sales.lane import Desk
from edge.sales.views import Notice, PrintedNews, Receipt

log = structlog.get_logger(__name__)

LATE_AFTER_MS = 60_000
BUSY_WAIT_S = 0.2
KICK_WAIT_S = 3
MS_PER_HOUR = 3_600_000
NS_PER_MS = 1_000_000
KIND = "receipt"

LayOut = Callable[[Receipt, str, int], Document]
"""The paper of a receipt for the printer of that name, so late in milliseconds (0: in time)."""
Notify = Callable[[str, Notice], None]


@dataclass(frozen=True, kw_only=True)
class Around:
    """What receipts on paper need beside the desk. `notify` shows a notice at a lane."""

    prints: PrintJournal
    lay_out: LayOut
    notify: Notify
    get_drawer: Callable[[str], Drawer]
    printer_of: Mapping[str, str]
    within_h: int = 48


class PrintQueue:
    """The receipts that owe paper. `fold` follows the journal; the print journal asks the rest."""

    copies_itself = True

    def __init__(self, desk: Desk, around: Around) -> None:
        """`around.printer_of` names the printer of each lane that has one."""
        self._desk = desk
        self._around = around
        self._within_ms = around.within_h * MS_PER_HOUR
        self._owed: dict[str, int] = {}
        self._kicked: set[str] = set()  # owed receipts whose drawer is open already
        # When a receipt came to be owed, for those of this run: a duration needs no wall clock.
        self._owed_since_ns: dict[str, int] | None = None

    def fold(self, stored: Sequence[Stored], bodies: Sequence[Body]) -> None:
        """Take up events: a sale owes a paper, a printed receipt no longer does."""
        for event, body in zip(stored, bodies, strict=True):
            if isinstance(body, SaleClosed | SaleRefunded):
                self._owe(body.number, event.seq)
            elif isinstance(body, ReceiptPrinted | PrintDropped):
                self._owed.pop(body.number, None)
                self._kicked.discard(body.number)
                if self._owed_since_ns is not None:
                    self._owed_since_ns.pop(body.number, None)
            elif isinstance(body, DrawerOpened) and body.number in self._owed:
                self._kicked.add(body.number)

    def _owe(self, number: str, seq: int) -> None:
        if not self._find_printer(number):
            return
        self._owed[number] = seq
        if self._owed_since_ns is not None:
            self._owed_since_ns[number] = self._desk.clock.mono_ns()
            self._around.prints.take_up(self._ask(number))

    async def restore(self) -> None:
        """After the folds at start: forget what is too old to print, queue the rest."""
        begun = await self._desk.drafts.load_attempts()
        self._owed_since_ns = {}
        oldest_ms = self._desk.clock.now_ms() - self._within_ms
        for printer in sorted(set(self._around.printer_of.values())):
            given_up_n, old = 0, True
            owed = [one for one in self._owed.items() if self._find_printer(one[0]) == printer]
            for number, seq in owed:
                if old:
                    receipt = await self._desk.receipts.load_at(seq)
                    old = receipt.at_ms < oldest_ms  # the rest is younger
                if old:
                    del self._owed[number]
                    given_up_n += 1
                elif seq in begun:
                    why = "An earlier version of the box stopped while this was being printed."
                    await self._around.prints.take_up_doubtful(self._ask(number), why)
                else:
                    await self._take_up(number)
            if given_up_n:
                log.warning("receipts_given_up", device=printer, receipts_n=given_up_n)
        for seq in begun:
            await self._desk.drafts.drop_attempt(seq)

    async def _take_up(self, number: str) -> None:
        """Queue what is still owed, unless the print journal knows that some of it may be out."""
        former = await self._around.prints.load_subject(f"{KIND}:{number}")
        if not any(job.state in MAY_BE_OUT for job in former):
            self._around.prints.take_up(self._ask(number))

    def owed_n(self) -> int:
        """How many receipts have not come out yet, as far as anybody knows."""
        return len(self._owed)

    async def ask_copy(self, receipt: Receipt, *, who: str) -> PrintJob:
        """Queue a reprint marked COPY; Refused printer_busy, also without a printer."""
        if not self._find_printer(receipt.number):
            raise Refused("printer_busy", f"lane {receipt.lane} has no printer in the settings")
        original = job_of(self._ask(receipt.number), now_ms=receipt.at_ms)
        return await self._around.prints.copy_subject(original, who=who)

    # What the print journal asks

    async def make(self, job: PrintJob, used: str) -> Made:
        """The paper of a receipt, as late as it is now."""
        receipt = await self._desk.receipts.load(number_of(job))
        late_ms = self._late_ms(receipt)
        if late_ms > self._within_ms and not job.who:
            raise Refused("receipt_too_old", f"older than {self._within_ms // MS_PER_HOUR} hours")
        kick = used == job.wanted and self._opens_drawer(job, receipt)
        # In a thread: a basket of hundreds of lines takes a while to set.
        document = await asyncio.to_thread(self._around.lay_out, receipt, used, late_ms)
        if kick:
            document = msgspec.structs.replace(document, parts=(Kick(), *document.parts))
        return Made(body=document, late_ms=late_ms, kick=kick)

    async def on_fenced(self, job: PrintJob) -> None:
        """Write down that it came out, and where; what was owed no longer is."""
        receipt = await self._desk.receipts.load(number_of(job))
        printed = ReceiptPrinted(
            number=receipt.number,
            device=job.used,
            copy=job.copy_n > 0,
            late_ms=job.late_ms,
            wanted=job.wanted,
        )
        drafts = [Draft(printed, lane=receipt.lane, worker=receipt.worker)]
        if job.kick:
            drafts.append(self._opened(job.used, receipt))
        try:
            await self._desk.journal.append(drafts, key=f"printed:{job.id}:{job.queued_ms}")
        except Refused as exc:
            if exc.code != "request_conflict":  # it was written before the box stopped
                raise
        self._desk.tell(PrintedNews(receipt.number))
        if job.used != job.wanted:
            said = f"Receipt {receipt.number} came out of {job.used}: {job.wanted} cannot print."
            self._around.notify(receipt.lane, Notice("printed_elsewhere", said))
        log.info("receipt_printed", device=job.used, receipt=receipt.number, late_ms=job.late_ms)

    async def on_held(self, job: PrintJob) -> None:
        """The printer cannot print: its drawer may open all the same, else by key."""
        receipt = await self._desk.receipts.load(number_of(job))
        if not self._opens_drawer(job, receipt):
            return
        problem = await self._kick(job.wanted)
        if problem:
            said = f"Open the drawer by key: {job.wanted} cannot ({problem})"
            self._around.notify(receipt.lane, Notice("drawer_by_key", said))
            log.warning("drawer_shut", device=job.wanted, receipt=receipt.number, detail=problem)
            return
        self._kicked.add(receipt.number)
        while True:
            try:
                await self._desk.journal.append((self._opened(job.wanted, receipt),))
            except Refused:  # the disk is behind, and the drawer is open: it must be booked
                await asyncio.sleep(BUSY_WAIT_S)
            else:
                return

    async def _kick(self, device: str) -> str:
        """Open a drawer; gives what went wrong. Another printer may wait for this to be tried."""
        try:
            async with asyncio.timeout(KICK_WAIT_S):
                await self._around.get_drawer(device).kick()
        except (OutsideError, Refused) as exc:
            return exc.detail
        except TimeoutError:
            return "The printer is held up by another job."
        return ""

    async def on_doubtful(self, job: PrintJob, copy: PrintJob | None) -> None:
        """Tell the clerk to look."""
        follows = "A copy follows." if copy else "Print a copy, or say that it came out."
        said = f"Look whether {number_of(job)} came out of {job.used} whole. {follows}"
        if job.kick:
            said += " If the drawer is shut, open it by key."
        self._around.notify(job.lane, Notice("print_doubtful", said))

    async def on_dropped(self, job: PrintJob, *, who: str, why: str, last: bool) -> None:
        """Write down who gave it up; the last open job takes what was owed with it."""
        number = number_of(job) if last else ""
        await write_dropped(self._desk.journal, job, who=who, why=why, number=number)

    # Small parts

    def _ask(self, number: str) -> Ask:
        parts = split_receipt_number(number)
        return Ask(
            subject=f"{KIND}:{number}",
            kind=KIND,
            printer=self._find_printer(number),
            title=number,
            lane=parts[1] if parts else "",
        )

    def _find_printer(self, number: str) -> str:
        parts = split_receipt_number(number)
        return self._around.printer_of.get(parts[1], "") if parts else ""

    def _opens_drawer(self, job: PrintJob, receipt: Receipt) -> bool:
        """For cash only, once, in time, and never for a copy."""
        has_cash = any(tender.kind == "cash" for tender in receipt.tenders)
        is_shut = receipt.number not in self._kicked
        return has_cash and is_shut and not job.copy_n and not self._late_ms(receipt)

    def _opened(self, device: str, receipt: Receipt) -> Draft:
        opened = DrawerOpened(device=device, number=receipt.number, reason=receipt.kind)
        return Draft(opened, lane=receipt.lane, worker=receipt.worker)

    def _late_ms(self, receipt: Receipt) -> int:
        """How late the paper is; 0 up to `LATE_AFTER_MS`."""
        since_ns = (self._owed_since_ns or {}).get(receipt.number)
        if since_ns is None:
            delay_ms = self._desk.clock.now_ms() - receipt.at_ms
        else:
            delay_ms = (self._desk.clock.mono_ns() - since_ns) // NS_PER_MS
        return delay_ms if delay_ms > LATE_AFTER_MS else 0
