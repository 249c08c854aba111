"""The store's end of the line as a pure machine: what to say, given what was heard.

No I/O and no clock: the shell (or a simulator) brings connections, messages, loaded events and
the time in nanoseconds, and carries out what `take_acts` returns. The hub's cursor is obeyed
whatever this end believed before; an event is never forgotten because it was sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from cext.lang.events import Stored
from cext.lang.wire import (
    BATCH_MAX_BYTES,
    BATCH_MAX_N,
    NO_SESSION,
    Ack,
    Batch,
    Hello,
    Message,
    Welcome,
)
from edge.journal import Head

SECOND_NS = 1_000_000_000
RESEND_AFTER_NS = 2 * SECOND_NS  # without progress while something is on its way
GREET_AGAIN_NS = 2 * SECOND_NS  # while no Welcome comes
IDLE_GREET_NS = 20 * SECOND_NS  # while nothing is to be sent: is the hub still there?
FROZEN_GREET_NS = 30 * SECOND_NS
WINDOW_MAX_N = 16  # batches on their way


class Phase(Enum):
    """Where the conversation stands."""

    OFFLINE = "offline"
    GREETING = "greeting"  # Hello sent, no Welcome yet
    CHECKING = "checking"  # the hub's cursor is compared with our own chain
    FLOWING = "flowing"
    FROZEN = "frozen"  # the two histories differ; nothing is sent until they agree again


@dataclass(frozen=True, slots=True)
class Send:
    """Act: publish this."""

    message: Message


@dataclass(frozen=True, slots=True)
class Load:
    """Act: load events from `first` on and hand them to `on_loaded` with this same object."""

    first: int
    limit_n: int
    max_bytes: int
    ticket: int


Act = Send | Load


@dataclass(slots=True)
class _Flight:
    """A batch on its way."""

    last: int
    size_bytes: int


class EdgeSession:
    """One store's conversation with the hub. `make_nonce` gives fresh integers below 2**63."""

    def __init__(
        self, head: Head, *, make_nonce: Callable[[], int], software: str, boot: str
    ) -> None:
        self.phase = Phase.OFFLINE
        self.up = False  # the hub has answered on this connection and is not overdue again
        self.cursor = 0  # the last the hub told us
        self.detail = ""
        self.fault = ""  # why we are frozen
        self._head = head
        self._make_nonce = make_nonce
        self._software, self._boot = software, boot
        self._acts: deque[Act] = deque()
        self._nonce = self._session = -1
        self._credit_bytes = 0
        self._cursor_hash = b""
        self._next = 1
        self._flights: deque[_Flight] = deque()
        self._loading: Load | None = None
        self._ticket = 0
        self._progress_ns = self._greeted_ns = self._rewound_ns = 0
        self._rewound_at = -1

    def take_acts(self) -> list[Act]:
        """What is to be done now, in order; each act is given out once."""
        acts = list(self._acts)
        self._acts.clear()
        return acts

    def on_connected(self, *, now_ns: int, at_ms: int) -> None:
        """The broker is there: greet the hub."""
        self._greet(now_ns, at_ms)

    def on_disconnected(self) -> None:
        """The broker is gone; what was on its way may or may not have arrived."""
        if self.phase is not Phase.FROZEN:
            self.phase = Phase.OFFLINE
        self.up = False
        self._forget_flights()
        self._nonce = self._session = -1
        self._acts.clear()

    def on_head(self, head: Head) -> None:
        """The journal has grown."""
        self._head = head
        self._pump()

    def on_loaded(self, load: Load, events: Sequence[Stored], *, now_ns: int) -> None:
        """`load` was carried out; stale ones are ignored."""
        if self._loading is None or load.ticket != self._loading.ticket:
            return
        self._loading = None
        if self.phase is Phase.CHECKING:
            own = events[0].hash if events and events[0].seq == self.cursor else None
            if own != self._cursor_hash:
                self._freeze(f"the hub holds another event {self.cursor} than this journal")
                return
            self._begin(now_ns)
        elif self.phase is Phase.FLOWING:
            self._send_batch(load, events, now_ns)
        self._pump()

    def on_message(self, message: Message, *, now_ns: int, at_ms: int) -> None:
        """The hub said something."""
        if isinstance(message, Welcome):
            self._on_welcome(message, now_ns)
        elif isinstance(message, Ack):
            self._on_ack(message, now_ns, at_ms)
        self._pump()

    @property
    def is_idle(self) -> bool:
        """Whether the line flows and nothing waits for an answer."""
        return self.phase is Phase.FLOWING and not self._flights

    def on_tick(self, *, now_ns: int, at_ms: int) -> None:
        """Time has passed; call a few times a second."""
        since_greeting_ns = now_ns - self._greeted_ns
        match self.phase:
            case Phase.GREETING if since_greeting_ns >= GREET_AGAIN_NS:
                self.up, self.detail = False, "the hub does not answer"
                self._greet(now_ns, at_ms)
            case Phase.FROZEN if since_greeting_ns >= FROZEN_GREET_NS and self._nonce >= 0:
                self._greet(now_ns, at_ms)
            case Phase.FLOWING if self._flights and now_ns - self._progress_ns >= RESEND_AFTER_NS:
                # A lost batch needs only a resend; a hub that started again needs a greeting.
                # The greeting answers both, because the Welcome carries the cursor.
                self._greet(now_ns, at_ms)
            case Phase.FLOWING if not self._flights and since_greeting_ns >= IDLE_GREET_NS:
                self._greet(now_ns, at_ms)
            case _:
                pass

    def _greet(self, now_ns: int, at_ms: int) -> None:
        if self.phase is not Phase.GREETING:
            # A greeting that is only repeated keeps its nonce: the answer to the first one may
            # still be on a line slower than our patience.
            self._nonce = self._make_nonce()
        self._session = -1
        self._greeted_ns = now_ns
        self._forget_flights()
        if self.phase is not Phase.FROZEN:
            self.phase = Phase.GREETING
        self._acts.append(
            Send(
                Hello(
                    nonce=self._nonce,
                    epoch=self._head.epoch,
                    head_seq=self._head.seq,
                    head_hash=self._head.hash,
                    oldest_seq=1,
                    software=self._software,
                    boot=self._boot,
                    at_ms=at_ms,
                )
            )
        )

    def _on_welcome(self, welcome: Welcome, now_ns: int) -> None:
        if welcome.nonce != self._nonce or self._session == welcome.session:
            return
        self._forget_flights()
        self._session = welcome.session
        self._credit_bytes = welcome.credit_bytes
        self.cursor, self._cursor_hash = welcome.cursor, welcome.hash_at_cursor
        if welcome.epoch != self._head.epoch:
            self._freeze(f"the hub is at epoch {welcome.epoch}, this journal at {self._head.epoch}")
        elif welcome.cursor > self._head.seq:
            self._freeze(f"the hub holds event {welcome.cursor}, this journal ends before it")
        elif welcome.cursor == 0:
            self._begin(now_ns)
        else:
            self.phase = Phase.CHECKING
            self._load(welcome.cursor, limit_n=1)

    def _on_ack(self, ack: Ack, now_ns: int, at_ms: int) -> None:
        if self.phase is not Phase.FLOWING or ack.session not in {self._session, NO_SESSION}:
            return
        if ack.note == "session_unknown":
            self._greet(now_ns, at_ms)
            return
        if ack.session == NO_SESSION:
            return
        if ack.cursor > self._head.seq:
            self._freeze(f"the hub acknowledged event {ack.cursor}, which was never written")
            return
        self._credit_bytes = ack.credit_bytes
        if ack.cursor > self.cursor:
            self.cursor, self._progress_ns = ack.cursor, now_ns
            while self._flights and self._flights[0].last <= ack.cursor:
                self._flights.popleft()
            if self._next <= ack.cursor:  # of a batch sent in an earlier session
                self._rewind(now_ns)
        elif ack.cursor == self.cursor and ack.note and self._may_rewind(now_ns):
            self._rewind(now_ns)

    def _may_rewind(self, now_ns: int) -> bool:
        """Once per cursor and waiting time: every batch behind a gap gets the same answer."""
        fresh = now_ns - self._rewound_ns >= RESEND_AFTER_NS or self._rewound_at != self.cursor
        return bool(self._flights) and fresh

    def _rewind(self, now_ns: int) -> None:
        self._forget_flights()
        self._next = self.cursor + 1
        self._rewound_ns, self._rewound_at = now_ns, self.cursor
        self._progress_ns = now_ns

    def _begin(self, now_ns: int) -> None:
        self.phase, self.up, self.detail, self.fault = Phase.FLOWING, True, "", ""
        self._rewound_at = -1
        self._next = self.cursor + 1
        self._progress_ns = now_ns

    def _freeze(self, why: str) -> None:
        self.phase, self.up, self.fault, self.detail = Phase.FROZEN, False, why, why
        self._forget_flights()

    def _forget_flights(self) -> None:
        self._flights.clear()
        self._loading = None

    def _pump(self) -> None:
        """Load the next batch when there is one and the window is open."""
        if self.phase is not Phase.FLOWING or self._loading or self._next > self._head.seq:
            return
        room_bytes = self._credit_bytes - sum(flight.size_bytes for flight in self._flights)
        if len(self._flights) >= WINDOW_MAX_N or (self._flights and room_bytes < BATCH_MAX_BYTES):
            return
        # The event before the batch comes along for its hash.
        before = 1 if self._next > 1 else 0
        self._load(self._next - before, limit_n=BATCH_MAX_N + before)

    def _load(self, first: int, *, limit_n: int) -> None:
        self._ticket += 1
        self._loading = Load(first, limit_n, 2 * BATCH_MAX_BYTES, self._ticket)
        self._acts.append(self._loading)

    def _send_batch(self, load: Load, events: Sequence[Stored], now_ns: int) -> None:
        previous = events[0].hash if load.first < self._next and events else bytes(32)
        fresh = events[1:] if load.first < self._next else events
        chosen: list[Stored] = []
        size_bytes = 0
        for event in fresh:
            size_bytes += len(event.raw)
            if chosen and size_bytes > BATCH_MAX_BYTES:
                size_bytes -= len(event.raw)
                break
            chosen.append(event)
        if not chosen or chosen[0].seq != self._next:
            self._freeze(f"event {self._next} cannot be read from the journal")
            return
        if not self._flights:
            self._progress_ns = now_ns
        last = chosen[-1]
        self._flights.append(_Flight(last.seq, size_bytes))
        self._next = last.seq + 1
        self._acts.append(
            Send(
                Batch(
                    session=self._session,
                    epoch=self._head.epoch,
                    first=chosen[0].seq,
                    prev_hash=previous,
                    events=tuple(event.raw for event in chosen),
                    last_hash=last.hash,
                )
            )
        )
