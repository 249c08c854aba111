"""The hub's end of every line as a pure machine: which events to store, what to answer when.

No I/O and no clock. The shell takes a group of arrived messages, calls `plan`, commits the
plan's work in one transaction, and only then sends what `answers_after` returns. An
acknowledgement therefore never leaves before the events it speaks of are durable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cext.lang.events import GENESIS_HASH, Stored, chain_hash
from cext.lang.wire import NO_SESSION, Ack, Batch, Hello, Message, Welcome
from hub.link.ports import Checked, Cursor

CREDIT_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message of `store`, as its topic names it; the payload never says who sent it."""

    store: str
    message: Message


@dataclass(frozen=True, slots=True)
class Answer:
    """A message for `store`."""

    store: str
    message: Message


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something a person should know: `note` is chain_broken, fork or epoch_old."""

    store: str
    note: str
    seq: int


@dataclass(slots=True)
class Plan:
    """What one group of messages comes to, before it is committed."""

    work: list[Checked] = field(default_factory=list)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    hellos: dict[str, Hello] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)  # store → note of its Ack
    strangers: dict[str, int] = field(default_factory=dict)  # store → session it claims
    complaints: list[Complaint] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Session:
    nonce: int
    session: int


class HubSession:
    """The conversations of all stores of one worker."""

    def __init__(
        self,
        cursors: Mapping[str, Cursor],
        *,
        make_nonce: Callable[[], int],
        software: str,
        credit_bytes: int = CREDIT_BYTES,
    ) -> None:
        self._cursors = dict(cursors)
        self._sessions: dict[str, _Session] = {}
        self._make_nonce = make_nonce
        self._software = software
        self._credit_bytes = credit_bytes

    def get_cursor(self, store: str) -> Cursor:
        """What is durable here of `store`."""
        return self._cursors.get(store, Cursor(store, 1, 0, GENESIS_HASH))

    def calls(self) -> list[Answer]:
        """What a hub that begins anew says to every store it knows: greet me again."""
        return [
            Answer(store, self._ack(store, NO_SESSION, "session_unknown"))
            for store in self._cursors
        ]

    def plan(self, group: Sequence[Arrived]) -> Plan:
        """Sort out a group; changes nothing of what later answers say until it is committed."""
        plan = Plan()
        for arrived in group:
            if isinstance(arrived.message, Hello):
                self._plan_hello(plan, arrived.store, arrived.message)
            elif isinstance(arrived.message, Batch):
                self._plan_batch(plan, arrived.store, arrived.message)
        return plan

    def answers_after(self, plan: Plan, *, at_ms: int) -> list[Answer]:
        """The plan's work is durable: move the cursors, and say so, once per store."""
        self._cursors.update(plan.cursors)
        answers: list[Answer] = []
        for store, hello in plan.hellos.items():
            answers.append(Answer(store, self._welcome(store, hello, at_ms)))
        for store, note in plan.notes.items():
            session = self._sessions.get(store)
            if session is not None and store not in plan.hellos:
                answers.append(Answer(store, self._ack(store, session.session, note)))
        for store, session_n in plan.strangers.items():
            if store not in plan.hellos:
                answers.append(Answer(store, self._ack(store, session_n, "session_unknown")))
        return answers

    def _plan_hello(self, plan: Plan, store: str, hello: Hello) -> None:
        cursor = plan.cursors.get(store) or self.get_cursor(store)
        if hello.epoch > cursor.epoch:
            # The hub gives epochs, so it has forgotten one: a restored or wiped database.
            cursor = plan.cursors[store] = Cursor(store, hello.epoch, 0, GENESIS_HASH)
        elif hello.epoch < cursor.epoch:
            plan.complaints.append(Complaint(store, "epoch_old", hello.head_seq))
        elif hello.head_seq < cursor.seq or (
            hello.head_seq == cursor.seq and hello.head_hash != cursor.hash
        ):
            plan.complaints.append(Complaint(store, "fork", hello.head_seq))
        plan.hellos[store] = hello
        held = self._sessions.get(store)
        if held is None or held.nonce != hello.nonce:
            self._sessions[store] = _Session(hello.nonce, self._make_nonce())

    def _plan_batch(self, plan: Plan, store: str, batch: Batch) -> None:
        session = self._sessions.get(store)
        if session is None or session.session != batch.session:
            plan.strangers[store] = batch.session
            return
        cursor = plan.cursors.get(store) or self.get_cursor(store)
        if batch.epoch != cursor.epoch:
            plan.notes[store] = "epoch_wrong"
            return
        if batch.first > cursor.seq + 1:
            plan.notes[store] = plan.notes.get(store) or "gap"
            return
        events = _chain(batch)
        last = events[-1]
        if last.hash != batch.last_hash or not _joins(batch, events, cursor):
            plan.notes[store] = "chain_broken"
            plan.complaints.append(Complaint(store, "chain_broken", batch.first))
            return
        fresh = tuple(event for event in events if event.seq > cursor.seq)
        if fresh:
            plan.work.append(Checked(store, batch.epoch, fresh))
            plan.cursors[store] = Cursor(store, batch.epoch, last.seq, last.hash)
        plan.notes[store] = ""

    def _welcome(self, store: str, hello: Hello, at_ms: int) -> Welcome:
        cursor = self.get_cursor(store)
        return Welcome(
            nonce=hello.nonce,
            session=self._sessions[store].session,
            epoch=cursor.epoch,
            cursor=cursor.seq,
            hash_at_cursor=cursor.hash,
            credit_bytes=self._credit_bytes,
            at_ms=at_ms,
            software=self._software,
        )

    def _ack(self, store: str, session: int, note: str) -> Ack:
        cursor = self.get_cursor(store)
        return Ack(
            session=session,
            epoch=cursor.epoch,
            cursor=cursor.seq,
            credit_bytes=self._credit_bytes,
            note=note,
        )


def _chain(batch: Batch) -> list[Stored]:
    link = batch.prev_hash
    events = []
    for seq, raw in enumerate(batch.events, start=batch.first):
        link = chain_hash(link, epoch=batch.epoch, seq=seq, raw=raw)
        events.append(Stored(seq, raw, link))
    return events


def _joins(batch: Batch, events: list[Stored], cursor: Cursor) -> bool:
    """Whether the batch agrees with what is held where the two meet."""
    if batch.first == cursor.seq + 1:
        return batch.prev_hash == cursor.hash
    overlap = cursor.seq - batch.first
    # A batch that ends before the cursor is an old copy; it adds nothing and may say what it likes.
    return overlap >= len(events) or events[overlap].hash == cursor.hash
