"""The print queue: which receipts still owe their paper, as a fold of the journal.

One worker per printer prints in the order of the sales, always after the commit. A printer that
is away is waited for. A job that broke off may be on paper already, so its next try says COPY.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from cext.errors import DeviceGone, OutsideError, Refused
from cext.kit.clock import Clock
from cext.kit.supervise import Backoff
from cext.lang.events import (
    Body,
    DrawerOpened,
    ReceiptPrinted,
    SaleClosed,
    SaleRefunded,
    Stored,
)
from cext.lang.ids import split_receipt_number
from edge.devices.ports import Printer
from edge.journal import Draft, Journal
from edge.sales.drafts import Drafts
from edge.sales.receipts import Receipts
from edge.sales.views import News, PrintedNews, Receipt

log = structlog.get_logger(__name__)

LATE_AFTER_MS = 60_000
COPIES_WAITING_MAX_N = 32
MS_PER_HOUR = 3_600_000
NS_PER_MS = 1_000_000


@dataclass(frozen=True)
class Job:
    """One piece of paper: receipt `number`, stored as event `seq`."""

    seq: int
    number: str
    copy: bool


@dataclass(frozen=True)
class Ticket:
    """How a receipt is to be rendered. `late_ms` is 0 for one that is printed in time."""

    receipt: Receipt
    copy: bool
    late_ms: int
    kick: bool


Render = Callable[[Ticket], Awaitable[bytes]]


@dataclass(frozen=True)
class PrinterPort:
    """A printer as the queue needs it. `ready` tells whether it can work now."""

    printer: Printer
    render: Render
    is_ready: Callable[[], bool]


class PrintQueue:
    """All printers' queues. `fold` follows the journal, `run` prints."""

    def __init__(
        self,
        *,
        journal: Journal,
        receipts: Receipts,
        drafts: Drafts,
        clock: Clock,
        printer_of: Mapping[str, str],
        within_h: int,
        tell: Callable[[News], None],
    ) -> None:
        """`printer_of` names the printer of each lane that has one."""
        self._journal = journal
        self._receipts = receipts
        self._drafts = drafts
        self._clock = clock
        self._printer_of = printer_of
        self._within_ms = within_h * MS_PER_HOUR
        self._tell = tell
        names = set(printer_of.values())
        self._owed: dict[str, dict[str, int]] = {name: {} for name in names}
        self._copies: dict[str, deque[Job]] = {name: deque() for name in names}
        self._changed = {name: asyncio.Event() for name in names}
        self._begun: set[int] = set()
        # When a receipt came to be owed, for those of this run: a duration needs no wall clock.
        self._owed_since_ns: dict[str, int] | None = None

    def fold(self, stored: Sequence[Stored], bodies: Sequence[Body]) -> None:
        """Take up events: a sale owes a paper, a printed receipt no longer does."""
        for event, body in zip(stored, bodies, strict=True):
            if isinstance(body, SaleClosed | SaleRefunded):
                printer = self._find_printer(body.number)
                if printer:
                    self._owed[printer][body.number] = event.seq
                    self._changed[printer].set()
                    if self._owed_since_ns is not None:
                        self._owed_since_ns[body.number] = self._clock.mono_ns()
            elif isinstance(body, ReceiptPrinted):
                printer = self._find_printer(body.number)
                if printer:
                    self._owed[printer].pop(body.number, None)
                    if self._owed_since_ns is not None:
                        self._owed_since_ns.pop(body.number, None)

    async def restore(self) -> None:
        """After the fold at start: forget what is too old to print, learn what was begun."""
        self._begun = set(await self._drafts.load_attempts())
        self._owed_since_ns = {}
        oldest_ms = self._clock.now_ms() - self._within_ms
        for printer, owed in self._owed.items():
            dropped_n = 0
            for number, seq in list(owed.items()):
                receipt = await self._receipts.load_at(seq)
                if receipt.at_ms >= oldest_ms:
                    break  # the rest is younger
                del owed[number]
                dropped_n += 1
            if dropped_n:
                log.warning("receipts_given_up", device=printer, receipts_n=dropped_n)

    def owed_n(self) -> int:
        """How many receipts have not come out yet."""
        return sum(len(owed) for owed in self._owed.values())

    def ask_copy(self, receipt: Receipt) -> str:
        """Queue a reprint marked COPY; returns the printer, or "" when the lane has none."""
        printer = self._printer_of.get(receipt.lane, "")
        if printer and len(self._copies[printer]) < COPIES_WAITING_MAX_N:
            self._copies[printer].append(Job(receipt.seq, receipt.number, copy=True))
            self._changed[printer].set()
            return printer
        return ""

    def on_device_change(self, device: str) -> None:
        """A device came or went: a waiting worker looks again."""
        if device in self._changed:
            self._changed[device].set()

    async def run(self, name: str, port: PrinterPort) -> None:
        """Print what the printer `name` owes, for ever."""
        backoff = Backoff(first_wait_s=0.2, longest_wait_s=5.0)
        changed = self._changed[name]
        while True:
            changed.clear()
            job = self._next_job(name)
            if job is None or not port.is_ready():
                await changed.wait()
                continue
            try:
                await self._print(name, port, job)
            except OutsideError as exc:
                if not backoff.failures_n:
                    log.warning("print_failed", device=name, receipt=job.number, code=exc.code)
                try:
                    async with asyncio.timeout(backoff.next_wait_s()):
                        await changed.wait()
                except TimeoutError:
                    continue
            except Refused as exc:
                await self._give_up(name, job, exc)
            else:
                backoff.reset()

    async def _give_up(self, name: str, job: Job, refusal: Refused) -> None:
        """Pass over a receipt that no try can print, so that those behind it come out."""
        log.error(
            "receipt_unprintable",
            device=name,
            receipt=job.number,
            code=refusal.code,
            detail=refusal.detail,
        )
        if self._copies[name] and self._copies[name][0] is job:
            self._copies[name].popleft()
        else:
            self._owed[name].pop(job.number, None)
        self._begun.discard(job.seq)
        await self._drafts.drop_attempt(job.seq)

    def _find_printer(self, number: str) -> str:
        parts = split_receipt_number(number)
        return self._printer_of.get(parts[1], "") if parts else ""

    def _next_job(self, name: str) -> Job | None:
        for number, seq in self._owed[name].items():
            return Job(seq, number, copy=seq in self._begun)
        return self._copies[name][0] if self._copies[name] else None

    def _late_ms(self, receipt: Receipt) -> int:
        """How late the paper is; 0 up to `LATE_AFTER_MS`."""
        since_ns = (self._owed_since_ns or {}).get(receipt.number)
        if since_ns is None:
            delay_ms = self._clock.now_ms() - receipt.at_ms
        else:
            delay_ms = (self._clock.mono_ns() - since_ns) // NS_PER_MS
        return delay_ms if delay_ms > LATE_AFTER_MS else 0

    async def _print(self, name: str, port: PrinterPort, job: Job) -> None:
        receipt = await self._receipts.load_at(job.seq)
        late_ms = self._late_ms(receipt)
        has_cash = any(tender.kind == "cash" for tender in receipt.tenders)
        kick = has_cash and not job.copy and not late_ms
        ticket = Ticket(receipt=receipt, copy=job.copy, late_ms=late_ms, kick=kick)
        rendered = await port.render(ticket)
        # Whatever fails before the first byte leaves no paper behind.
        problem, sentence = (await port.printer.status()).problem()
        if problem:
            raise DeviceGone(problem, sentence, device=name)
        if job.seq not in self._begun:
            await self._drafts.save_attempt(job.seq)
            self._begun.add(job.seq)
        await port.printer.print(rendered)
        printed = ReceiptPrinted(number=job.number, device=name, copy=job.copy, late_ms=late_ms)
        drafts = [Draft(printed, lane=receipt.lane, worker=receipt.worker)]
        if kick:
            opened = DrawerOpened(device=name, number=job.number, reason=receipt.kind)
            drafts.append(Draft(opened, lane=receipt.lane, worker=receipt.worker))
        await self._journal.append(drafts)
        if self._copies[name] and self._copies[name][0] is job:
            self._copies[name].popleft()
        self._begun.discard(job.seq)
        await self._drafts.drop_attempt(job.seq)
        self._tell(PrintedNews(job.number))
        log.info("receipt_printed", device=name, receipt=job.number, late_ms=late_ms)
