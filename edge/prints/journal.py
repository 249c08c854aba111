"""The print journal: takes papers, prints each at most once, and knows the end of every one.

One worker per printer. A job is written down as sent, with its bytes, before the first of them
leaves; it is fenced when the printer confirmed the last, and done when the books know. What broke
off in between is doubtful for ever: whatever is printed of it again is a new job that says COPY.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import msgspec
import structlog

from cext.errors import OutsideError, Refused, must
from cext.kit.clock import Clock
from cext.kit.supervise import Backoff
from edge.devices.paper import Document
from edge.prints.body import MARKS, Body, encode_body
from edge.prints.job import Ask, Maker, PrintJob, PrintNews, copy_of, job_of, view_of
from edge.prints.outlet import Outlet
from edge.prints.queues import Bench, Queues, Waiting
from edge.prints.states import Sent, after_failure
from edge.prints.store import BODY_MAX_BYTES, Kept, PrintStore

log = structlog.get_logger(__name__)

ASKED_MAX_N = 64  # papers that somebody asked for, waiting for one printer
DOUBTS_MAX_N = 200
PRUNE_EVERY_N = 100
NS_PER_S = 1_000_000_000
MS_PER_DAY = 86_400_000
BUSY_WAIT_S = 0.2
LOOK_EVERY_S = 5.0
FIRST_SEEN_WAIT_S = 2
DIED = "The box stopped while this was being printed."


@dataclass(frozen=True, kw_only=True)
class Printing:
    """What the print journal is told. `fallbacks` names, by lane, the printer that steps in.

    A queued job goes there after `failover_after_s` of its own printer not working; 0: never.
    `copy_when_doubtful`: kinds of paper that copy themselves do.
    """

    printers: tuple[str, ...]
    lane_printers: Mapping[str, str] = field(default_factory=dict)
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    failover_after_s: float = 5
    copy_when_doubtful: bool = True
    keep_days: int = 30
    language: str = "en"
    first_wait_s: float = 0.2
    longest_wait_s: float = 5.0


class PrintJournal:
    """All papers of a store. `run` prints; everything here is called on the loop."""

    def __init__(
        self,
        settings: Printing,
        *,
        store: PrintStore,
        clock: Clock,
        tell: Callable[[PrintNews], None],
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._tell_news = tell
        self._queues = Queues(settings.printers)
        self._makers: dict[str, Maker] = {}
        self._doubts: dict[str, PrintJob] = {}
        self._lock = asyncio.Lock()  # a subject's jobs are numbered one after the other
        self._copied: set[str] = set()  # subjects that copied themselves in this run
        self._ended_n = 0

    @property
    def printers(self) -> tuple[str, ...]:
        """The printers it prints on, each of which needs its `run`."""
        return self._settings.printers

    def printer_of(self, lane: str) -> str:
        """The printer of a lane; empty when it has none."""
        return self._settings.lane_printers.get(lane, "")

    def add_maker(self, kind: str, maker: Maker) -> None:
        """Say how papers of `kind` are made; "" makes those of every other kind."""
        self._makers[kind] = maker

    # What is asked of it

    async def put(self, ask: Ask, body: Body) -> PrintJob:
        """Take a paper; it is on disk when this returns. The same subject again is the same job.

        Refused printer_unknown, printer_busy when 64 papers wait there, job_too_large.
        """
        if not isinstance(body, Document):
            # Labels and bytes fit one printer: nobody steps in for it.
            ask = msgspec.structs.replace(ask, lane="")
        async with self._lock:
            former = await self._store.load_subject(ask.subject)
            if former:
                return former[0]
            self._check_room(ask.printer)
            document = encode_body(body)
            _check_size(document)
            job = job_of(ask, now_ms=self._clock.now_ms())
            await self._store.save(Kept(job, document))
            self._enter(job)
        return job

    def take_up(self, ask: Ask) -> None:
        """Take a paper that the caller's own books ask for again after a restart; at once."""
        job = job_of(ask, now_ms=self._clock.now_ms())
        if self._queues.find(job.id) is None:
            self._enter(job)

    async def take_up_doubtful(self, ask: Ask, why: str) -> None:
        """Take a paper that may be out already, as its caller's books say."""
        sent = job_of(ask, now_ms=self._clock.now_ms()).assume_sent()
        must(not await self._store.load_subject(ask.subject), "print_job_is_new", id=sent.id)
        await self._fail(Waiting(sent, 0), "some", why, fenced_bytes=None)

    async def copy(self, job_id: str, *, who: str) -> PrintJob:
        """Print what a job printed once more, marked COPY; settles a doubt about it.

        Refused print_unknown, printer_busy, print_forgotten when its layout is kept no more.
        """
        return await self.copy_subject(await self._find(job_id), who=who)

    async def copy_subject(self, job: PrintJob, *, who: str) -> PrintJob:
        """As `copy`, for a job that need not be in the journal (any more)."""
        job = job.redirect(self._settings.lane_printers.get(job.lane, job.wanted))
        self._check_room(job.wanted)
        async with self._lock:
            document = await self._store.load_document(job.id)
            if document is None and self._maker(job) is self._makers.get(""):
                raise Refused("print_forgotten", "what it said is kept no more", print=job.id)
            copy = await self._copy_of(job, who=who)
            doubts = [one for one in self._doubts.values() if one.subject == job.subject]
            settled = [one.settle(copy.id) for one in doubts]
            await self._store.save(Kept(copy, document), *map(Kept, settled))
            for doubt in settled:
                self._doubts.pop(doubt.id, None)
                self._tell(doubt)
            self._enter(copy)
        return copy

    async def drop(self, job_id: str, *, who: str, why: str) -> PrintJob:
        """Give up a queued job, or settle a doubt: it came out, or nobody needs it.

        Refused print_unknown, print_over_conflict, print_busy while it is being printed.
        """
        waiting = self._queues.find(job_id)
        if waiting is not None:
            if waiting.taken:
                raise Refused("print_busy", "it is being printed right now", print=job_id)
            return await self._drop(waiting, who=who, why=why)
        doubt = self._doubts.get(job_id)
        if doubt is None:
            job = await self._find(job_id)
            raise Refused("print_over_conflict", f"it is {job.state} already", print=job_id)
        last = not self._queues.of_subject(doubt.subject)
        await self._maker(doubt).on_dropped(doubt, who=who, why=why, last=last)
        doubt = doubt.settle(f"{who}: {why}")
        await self._store.save(Kept(doubt))
        self._doubts.pop(job_id, None)
        self._tell(doubt)
        log.info("print_settled", print=job_id, who=who)
        return doubt

    def list_open(self) -> list[PrintJob]:
        """Jobs that are not over: first those somebody must look at, then each queue in order."""
        return [*self._doubts.values(), *self._queues.jobs()]

    async def load_ended(self, limit_n: int) -> list[PrintJob]:
        """The latest jobs that are over, newest first."""
        return await self._store.load_ended(limit_n)

    async def load_subject(self, subject: str) -> list[PrintJob]:
        """Every job of one subject that is still kept, oldest first."""
        return await self._store.load_subject(subject)

    async def restore(self) -> None:
        """Take up what an earlier run left: queued again, in doubt, or into the books."""
        await self._store.prune(self._clock.now_ms() - self._settings.keep_days * MS_PER_DAY)
        for job in await self._store.load_open():
            if job.state == "queued":
                await self._requeue(job)
            elif job.state == "sent":
                await self._fail(Waiting(job, 0), "some", DIED, fenced_bytes=None)
            elif job.state == "fenced":
                await self._end(job)
            else:
                self._doubt(job)

    # How it prints

    def on_device_change(self, device: str) -> None:
        """A device came or went: a waiting worker looks again."""
        if device in self._queues:
            self._queues.wake(device)

    async def run(self, name: str, outlet: Outlet) -> None:
        """Print what waits for the printer `name`, or may go to it, for ever."""
        told = self._settings
        backoff = Backoff(first_wait_s=told.first_wait_s, longest_wait_s=told.longest_wait_s)
        bench = self._queues.get(name)
        while True:
            bench.changed.clear()
            if not outlet.is_ready():
                await self._hold(bench)
                await self._wait(bench, LOOK_EVERY_S if bench.seen else FIRST_SEEN_WAIT_S)
                continue
            bench.seen = True
            waiting = self._queues.next_for(name)
            if waiting is None:
                self._mark_well(bench)
                await bench.changed.wait()
                continue
            try:
                await self._print(bench, outlet, waiting)
            except OutsideError as exc:
                if not backoff.failures_n:
                    log.warning("print_failed", device=name, print=waiting.job.id, code=exc.code)
                await self._hold(bench)
                await self._wait(bench, backoff.next_wait_s())
            except Refused as exc:
                await self._give_up(waiting, exc)
            else:
                backoff.reset()
                self._mark_well(bench)

    async def _print(self, bench: Bench, outlet: Outlet, waiting: Waiting) -> None:
        """One job: made, written down, sent, confirmed, booked."""
        waiting.taken = True
        try:
            job, maker = waiting.job, self._maker(waiting.job)
            if bench.name != job.wanted:
                await self._tell_held(waiting)
            made = await maker.make(job, bench.name)
            data = await outlet.render(made.body, self._marks(job, bench.name))
            _check_size(data)
            await outlet.check()
            job = job.begin(data, used=bench.name, made=made, now_ms=self._clock.now_ms())
            await self._store.save(Kept(job, encode_body(made.body), data))
            self._change(waiting, job)
            await self._send(outlet, waiting, data)
            await self._end(waiting.job)
            self._queues.remove(waiting)
        finally:
            waiting.taken = False

    async def _send(self, outlet: Outlet, waiting: Waiting, data: bytes) -> None:
        """Send; the job is fenced when this returns, and anything else when it raises."""
        try:
            await outlet.print(data)
        except Refused as exc:
            await self._fail(waiting, "none", exc.detail, fenced_bytes=0)
            raise
        except OutsideError as exc:
            sent, fenced_bytes = _how_far(exc)
            await self._fail(waiting, sent, exc.detail, fenced_bytes=fenced_bytes)
            raise
        fenced = waiting.job.confirm(answered=outlet.confirms)
        await self._store.save(Kept(fenced))
        self._change(waiting, fenced)

    async def _end(self, job: PrintJob) -> None:
        """Let the books know of a fenced job, and end it."""
        maker = self._maker(job)
        await self._insist(job, lambda: maker.on_fenced(job))
        done = job.end(self._clock.now_ms())
        await self._store.save(Kept(done))
        self._copied.discard(job.subject)
        self._tell(done)
        log.info("print_done", print=done.id, device=done.used, size_bytes=done.size_bytes)
        self._ended_n += 1
        if self._ended_n % PRUNE_EVERY_N == 0:
            await self._store.prune(done.ended_ms - self._settings.keep_days * MS_PER_DAY)

    async def _fail(
        self, waiting: Waiting, sent: Sent, why: str, *, fenced_bytes: int | None
    ) -> None:
        """A sent job broke off: back into its queue if nothing of it left, else in doubt."""
        job, now_ms = waiting.job, self._clock.now_ms()
        if after_failure(sent) == "queued":
            job = job.give_back(why)
            await self._store.save(Kept(job))
            self._change(waiting, job)
            return
        doubt = job.doubt(sent, why, fenced_bytes=fenced_bytes, now_ms=now_ms)
        async with self._lock:
            copy = None
            if self._may_copy_itself(doubt):
                copy = await self._copy_of(doubt, who="")
                doubt = doubt.settle(copy.id)
                self._copied.add(doubt.subject)
            await self._store.save(Kept(doubt), *([Kept(copy)] if copy else []))
            if self._queues.find(job.id) is waiting:
                self._queues.remove(waiting)
            if copy is not None:
                self._enter(copy, order=waiting.order or None)
                self._tell(doubt)
            else:
                self._doubt(doubt)
        log.warning("print_doubtful", print=doubt.id, device=doubt.used, sent=sent, detail=why)
        await self._maker(doubt).on_doubtful(doubt, copy)

    def _may_copy_itself(self, job: PrintJob) -> bool:
        """One copy by itself a subject and run: a printer that never confirms must not go on."""
        if not (self._settings.copy_when_doubtful and self._maker(job).copies_itself):
            return False
        return job.subject not in self._copied and job.wanted in self._queues

    async def _give_up(self, waiting: Waiting, refusal: Refused) -> None:
        """Pass over a paper that no try can print, so that those behind it come out."""
        job = waiting.job
        log.error("print_impossible", print=job.id, code=refusal.code, detail=refusal.detail)
        await self._drop(waiting, who="", why=refusal.detail)

    async def _drop(self, waiting: Waiting, *, who: str, why: str) -> PrintJob:
        job = waiting.job
        waiting.taken = True
        try:
            last = len(self._queues.of_subject(job.subject)) == 1
            maker = self._maker(job)
            await self._insist(job, lambda: maker.on_dropped(job, who=who, why=why, last=last))
            dropped = job.drop(f"{who}: {why}", why=why, now_ms=self._clock.now_ms())
            await self._store.save(Kept(dropped))
        finally:
            waiting.taken = False
        self._queues.remove(waiting)
        self._tell(dropped)
        log.info("print_dropped", print=job.id, who=who)
        return dropped

    async def _requeue(self, job: PrintJob) -> None:
        """Queue a job of an earlier run where its lane prints now, if anywhere."""
        if job.wanted not in self._queues:
            job = job.redirect(self._settings.lane_printers.get(job.lane, job.wanted))
        if job.wanted in self._queues:
            self._enter(job)
            return
        log.warning("print_homeless", print=job.id, device=job.wanted)
        why = f"the printer {job.wanted!r} is not in the settings any more"
        await self._maker(job).on_dropped(job, who="", why=why, last=True)
        await self._store.save(Kept(job.drop(why, now_ms=self._clock.now_ms())))

    # When a printer is not well

    async def _hold(self, bench: Bench) -> None:
        """Note that a printer cannot work, and tell the makers of what waits for it."""
        now_ns = self._clock.mono_ns()
        if bench.down_since_ns is None:
            bench.down_since_ns = now_ns
        if not bench.seen and now_ns - bench.down_since_ns < FIRST_SEEN_WAIT_S * NS_PER_S:
            return  # the box has just started: its devices are being opened
        for waiting in [one for one in bench.queue if not one.taken]:
            await self._tell_held(waiting)

    async def _tell_held(self, waiting: Waiting) -> None:
        """Tell a maker, once, that the printer of its paper cannot work."""
        if not waiting.held:
            waiting.held = True
            await self._maker(waiting.job).on_held(waiting.job)

    def _mark_well(self, bench: Bench) -> None:
        bench.down_since_ns = None
        bench.over = False

    async def _wait(self, bench: Bench, longest_s: float) -> None:
        """Wait for a change; when the printer is down for too long, its jobs may go elsewhere."""
        after_s = self._settings.failover_after_s
        if after_s and not bench.over and bench.down_since_ns is not None:
            down_s = (self._clock.mono_ns() - bench.down_since_ns) / NS_PER_S
            longest_s = min(longest_s, max(after_s - down_s, 0))
            if down_s >= after_s:
                bench.over = True
                log.warning("print_moved", device=bench.name, down_s=round(down_s))
                self._queues.wake(bench.name)
                bench.changed.clear()
                return
        try:
            async with asyncio.timeout(longest_s):
                await bench.changed.wait()
        except TimeoutError:
            return

    # Small parts

    async def _insist(self, job: PrintJob, book: Callable[[], Awaitable[None]]) -> None:
        """Write into the books, however far behind their disk is: the paper has its end."""
        while True:
            try:
                return await book()
            except Refused as exc:
                log.warning("print_unbooked", print=job.id, code=exc.code)
                await asyncio.sleep(BUSY_WAIT_S)

    def _marks(self, job: PrintJob, used: str) -> tuple[str, ...]:
        texts = MARKS[self._settings.language]
        marks = [texts["copy"]] if job.copy_n else []
        if used != job.wanted:
            key = "for_lane" if job.lane else "for_printer"
            marks.append(texts[key].format(lane=job.lane, printer=job.wanted))
        return tuple(marks)

    def _enter(self, job: PrintJob, *, order: int | None = None) -> None:
        fallback = self._settings.fallbacks.get(job.lane, "") if job.lane else ""
        self._queues.add(job, fallback=fallback, order=order)
        self._tell(job)

    def _change(self, waiting: Waiting, job: PrintJob) -> None:
        waiting.job = job
        self._tell(job)

    def _doubt(self, job: PrintJob) -> None:
        """Keep a doubt for somebody to look at; the oldest of too many is forgotten here."""
        self._doubts[job.id] = job
        if len(self._doubts) > DOUBTS_MAX_N:
            del self._doubts[next(iter(self._doubts))]
        self._tell(job)

    def _tell(self, job: PrintJob) -> None:
        self._tell_news(PrintNews(view_of(job)))

    def _maker(self, job: PrintJob) -> Maker:
        return self._makers.get(job.kind) or self._makers[""]

    async def _copy_of(self, job: PrintJob, *, who: str) -> PrintJob:
        former = [*await self._store.load_subject(job.subject), job]
        copy_n = 1 + max(one.copy_n for one in former)
        return copy_of(job, copy_n, who=who, now_ms=self._clock.now_ms())

    async def _find(self, job_id: str) -> PrintJob:
        waiting = self._queues.find(job_id)
        job = waiting.job if waiting else self._doubts.get(job_id)
        job = job or await self._store.find(job_id)
        if job is None:
            raise Refused("print_unknown", f"no print job {job_id!r}", print=job_id)
        return job

    def _check_room(self, printer: str) -> None:
        if printer not in self._queues:
            raise Refused("printer_unknown", f"no printer is called {printer!r}", printer=printer)
        asked_n = sum(1 for one in self._queues.get(printer).queue if one.job.who)
        if asked_n >= ASKED_MAX_N:
            raise Refused("printer_busy", f"{asked_n} papers wait for {printer}; see to it first")


def _check_size(data: bytes) -> None:
    if len(data) > BODY_MAX_BYTES:
        raise Refused("job_too_large", f"{len(data)} bytes are more than {BODY_MAX_BYTES}")


def _how_far(failure: OutsideError) -> tuple[Sent, int | None]:
    """What the printer proved: how much left the box, and for how much it answered."""
    sent, fenced = failure.facts.get("sent"), failure.facts.get("fenced_bytes")
    fenced_bytes = fenced if isinstance(fenced, int) else None
    if sent == "none":
        return "none", 0
    return ("all" if sent == "all" else "some"), fenced_bytes
