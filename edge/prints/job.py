"""A print job: what is asked, what is kept of it, what is shown, and who makes its paper."""

from __future__ import annotations

import hashlib
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta, Struct

from edge.prints.body import Body
from edge.prints.states import Sent, State, move

Subject = Annotated[str, Meta(pattern=r"^[a-z_]{1,32}:[A-Za-z0-9_.-]{1,80}$(?!\n)")]


class Ask(Struct, frozen=True, kw_only=True):
    """A paper that is wanted.

    `subject` is `receipt:NUMBER`, or `paper:KEY` with a key of the caller's: asking for the same
    subject again is the same job.
    `printer` is where it should come out; `lane` whose paper it is, or empty. `who` asked for it,
    empty for the box itself.
    """

    subject: Subject
    kind: str
    printer: str
    title: str = ""
    lane: str = ""
    who: str = ""


class PrintJob(Struct, frozen=True, kw_only=True):
    """One row of the print journal.

    `copy_n` is 0 for the original, k for the k-th copy; `repeats` is the job that a copy follows.
    `used` is the printer it was sent to, empty before. `sent_bytes` and `fenced_bytes` are None
    where nobody knows. `why` is what stopped it; `settled` who settled a doubt or gave it up, and
    why, or the id of the copy that followed. Times are UTC milliseconds, 0 where it did not happen.
    """

    id: str
    subject: str
    kind: str
    title: str
    lane: str
    wanted: str
    who: str
    queued_ms: int
    copy_n: int = 0
    repeats: str = ""
    used: str = ""
    state: State = "queued"
    size_bytes: int = 0
    sha256: str = ""
    sent_bytes: int | None = None
    fenced_bytes: int | None = None
    attempts_n: int = 0
    late_ms: int = 0
    kick: bool = False
    why: str = ""
    settled: str = ""
    sent_ms: int = 0
    ended_ms: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its printer, for the books, or for somebody to look."""
        return self.state in ("queued", "sent", "fenced") or self.is_doubt

    @property
    def is_doubt(self) -> bool:
        """Whether somebody must look if it came out."""
        return self.state == "doubtful" and not self.settled

    def begin(self, data: bytes, *, used: str, made: Made, now_ms: int) -> PrintJob:
        """The job with its bytes, about to be sent."""
        return msgspec.structs.replace(
            self,
            state=move(self.state, "sent"),
            used=used,
            size_bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            sent_bytes=None,
            fenced_bytes=None,
            attempts_n=self.attempts_n + 1,
            late_ms=made.late_ms,
            kick=made.kick,
            why="",
            sent_ms=now_ms,
        )

    def assume_sent(self) -> PrintJob:
        """The job as an older program left it: begun, and nobody knows how far."""
        state = move(self.state, "sent")
        return msgspec.structs.replace(self, state=state, used=self.wanted, attempts_n=1)

    def redirect(self, printer: str) -> PrintJob:
        """The job as it is wanted at `printer`."""
        return msgspec.structs.replace(self, wanted=printer)

    def confirm(self, *, answered: bool) -> PrintJob:
        """The job once its printer answered for the last byte, or can only be believed."""
        return msgspec.structs.replace(
            self,
            state=move(self.state, "fenced"),
            sent_bytes=self.size_bytes,
            fenced_bytes=self.size_bytes if answered else None,
            why="" if answered else "The printer answers nothing: the cable took it.",
        )

    def give_back(self, why: str) -> PrintJob:
        """The job as it was before: the printer proved that nothing of it left."""
        return msgspec.structs.replace(
            self, state=move(self.state, "queued", sent="none"), used="", sent_bytes=0, why=why
        )

    def doubt(self, sent: Sent, why: str, *, fenced_bytes: int | None, now_ms: int) -> PrintJob:
        """The job of which some may be on paper."""
        return msgspec.structs.replace(
            self,
            state=move(self.state, "doubtful"),
            sent_bytes=self.size_bytes if sent == "all" else None,
            fenced_bytes=fenced_bytes,
            why=why,
            ended_ms=now_ms,
        )

    def end(self, now_ms: int) -> PrintJob:
        """The job once the shop's own books know of its paper."""
        return msgspec.structs.replace(self, state=move(self.state, "done"), ended_ms=now_ms)

    def drop(self, settled: str, *, why: str = "", now_ms: int) -> PrintJob:
        """The job given up before anything of it left."""
        return msgspec.structs.replace(
            self,
            state=move(self.state, "dropped"),
            settled=settled,
            why=why or self.why,
            ended_ms=now_ms,
        )

    def settle(self, settled: str) -> PrintJob:
        """The doubtful job about which somebody decided."""
        return msgspec.structs.replace(self, settled=settled)


def job_of(ask: Ask, *, now_ms: int) -> PrintJob:
    """The original that is asked for."""
    return PrintJob(
        id=ask.subject if ask.kind != "receipt" else f"{ask.subject}:original",
        subject=ask.subject,
        kind=ask.kind,
        title=ask.title,
        lane=ask.lane,
        wanted=ask.printer,
        who=ask.who,
        queued_ms=now_ms,
    )


def copy_of(job: PrintJob, copy_n: int, *, who: str, now_ms: int) -> PrintJob:
    """The `copy_n`-th copy of what `job` is, marked COPY and asked for by `who`."""
    return PrintJob(
        id=f"{job.subject}:copy:{copy_n}",
        subject=job.subject,
        kind=job.kind,
        title=job.title,
        lane=job.lane,
        wanted=job.wanted,
        who=who,
        queued_ms=now_ms,
        copy_n=copy_n,
        repeats=job.id,
    )


class Made(Struct, frozen=True, kw_only=True):
    """The paper of one job. `kick` says that it opens the drawer, `late_ms` how late it is."""

    body: Body
    late_ms: int = 0
    kick: bool = False


class Maker(Protocol):
    """What a kind of paper is made from, and who must know what became of it."""

    copies_itself: bool
    """Whether a doubtful paper is followed by a copy without anybody asking."""

    async def make(self, job: PrintJob, used: str) -> Made:
        """The paper of `job` for the printer `used`; Refused when no try can print it."""

    async def on_fenced(self, job: PrintJob) -> None:
        """It came out at `job.used`: write that into the books. May be told twice, counts once."""

    async def on_held(self, job: PrintJob) -> None:
        """Its printer cannot work now; told once a job and run of the box."""

    async def on_doubtful(self, job: PrintJob, copy: PrintJob | None) -> None:
        """Some of it may be on paper; `copy` follows by itself, or somebody must look."""

    async def on_dropped(self, job: PrintJob, *, who: str, why: str, last: bool) -> None:
        """It is given up; `last`: no other job of its subject is open."""


class PrintView(Struct, frozen=True, kw_only=True):
    """A print job as the doors show it; `number` is the receipt's, or empty."""

    id: str
    kind: str
    title: str
    number: str
    lane: str
    state: State
    copy: bool
    repeats: str
    wanted: str
    used: str
    look: bool
    why: str
    settled: str
    who: str
    size_bytes: int
    sha256: str
    sent_bytes: int | None
    fenced_bytes: int | None
    attempts_n: int
    late_ms: int
    queued_ms: int
    sent_ms: int
    ended_ms: int


class PrintNews(Struct, frozen=True, tag_field="type", tag="print"):
    """A print job went on."""

    print: PrintView


def view_of(job: PrintJob) -> PrintView:
    """What the doors show of `job`; `look` says that somebody must look if it came out."""
    return PrintView(
        id=job.id,
        kind=job.kind,
        title=job.title,
        number=number_of(job),
        lane=job.lane,
        state=job.state,
        copy=job.copy_n > 0,
        repeats=job.repeats,
        wanted=job.wanted,
        used=job.used,
        look=job.is_doubt,
        why=job.why,
        settled=job.settled,
        who=job.who,
        size_bytes=job.size_bytes,
        sha256=job.sha256,
        sent_bytes=job.sent_bytes,
        fenced_bytes=job.fenced_bytes,
        attempts_n=job.attempts_n,
        late_ms=job.late_ms,
        queued_ms=job.queued_ms,
        sent_ms=job.sent_ms,
        ended_ms=job.ended_ms,
    )


def number_of(job: PrintJob) -> str:
    """The number of the receipt that the job prints, or empty."""
    return job.subject.removeprefix("receipt:") if job.kind == "receipt" else ""
