"""A world in one seed: stores, a hub and a broker that lose, double, reorder and die.

It runs the very machines of edge/link/session.py and hub/link/session.py under a simulated
clock. After every step it checks I1 (what the hub holds of a store is a gap-free, byte-identical
prefix of its journal, and no acknowledgement speaks of more); when the faults end it checks I3
(the hub catches up within a bounded time).
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cext.errors import StorageError
from cext.lang.events import GENESIS_HASH, Stored, chain_hash
from cext.lang.wire import Ack, Message, Welcome, decode_frame, encode_frame
from edge.journal import Head
from edge.link.session import EdgeSession, Load
from hub.link.ports import Checked, Cursor
from hub.link.session import Answer, Arrived, HubSession, Plan

MS = 1_000_000
TICK_NS = 250 * MS
CALM_NS = 60_000 * MS  # how long a quiet world may take to agree
Step = Callable[[], None]


class Violation(AssertionError):
    """An invariant was broken; the seed reproduces it."""


@dataclass
class Faults:
    loss: float
    doubling: float
    delay_max_ms: int  # messages overtake each other within it
    kills_n: int
    fault_ms: int = 20_000


@dataclass
class Disk:
    """What the hub has made durable of every store."""

    events: dict[str, list[Stored]] = field(default_factory=dict)
    checked_n: dict[str, int] = field(default_factory=dict)

    def load_cursors(self) -> dict[str, Cursor]:
        return {
            store: Cursor(store, 1, held[-1].seq, held[-1].hash)
            for store, held in self.events.items()
            if held
        }

    def commit(self, work: Sequence[Checked]) -> None:
        for part in work:
            self.events.setdefault(part.store, []).extend(part.events)


class Store:
    """A journal and the machine that sends it."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.journal: list[Stored] = []
        self.start()

    def start(self) -> None:
        make_nonce = self.world.nonce
        self.session = EdgeSession(self.head, make_nonce=make_nonce, software="sim", boot="b")
        self.connected = False

    @property
    def head(self) -> Head:
        last = self.journal[-1] if self.journal else Stored(0, b"", GENESIS_HASH)
        return Head(1, last.seq, last.hash)

    def write(self) -> None:
        for _ in range(self.world.dice.choice((1, 1, 1, 1, 1, 2, 3, 20, 20, 280))):
            head = self.head
            raw = self.world.dice.randbytes(self.world.dice.randint(1, 90))
            link = chain_hash(head.hash, epoch=1, seq=head.seq + 1, raw=raw)
            self.journal.append(Stored(head.seq + 1, raw, link))
        self.session.on_head(self.head)
        self.act()

    def tick(self) -> None:
        now = self.world.now_ns
        if self.connected and not self.world.broker_up:
            self.connected = False
            self.session.on_disconnected()
        elif not self.connected and self.world.broker_up:
            self.connected = True
            self.session.on_connected(now_ns=now, at_ms=now // MS)
        self.session.on_tick(now_ns=now, at_ms=now // MS)
        self.act()

    def hear(self, message: Message) -> None:
        if self.connected:
            self.session.on_message(message, now_ns=self.world.now_ns, at_ms=0)
            self.act()

    def act(self) -> None:
        for act in self.session.take_acts():
            if isinstance(act, Load):
                # Its own task in the daemon: it may be answered after other things happened.
                self.world.later(self.world.dice.randint(0, 5), self._loader(act, self.session))
            elif self.connected:
                self.say(act.message)

    def say(self, message: Message) -> None:
        self.world.carry(lambda: self.world.hub.hear(self.name, message), message)

    def _loader(self, load: Load, session: EdgeSession) -> Step:
        def answer() -> None:
            if session is self.session:  # else the daemon was killed meanwhile
                events = self.journal[load.first - 1 : load.first - 1 + load.limit_n]
                session.on_loaded(load, events, now_ns=self.world.now_ns)
                self.act()

        return answer


class Hub:
    """The hub's machine around a disk, one group at a time."""

    def __init__(self, world: World, session_type: type[HubSession]) -> None:
        self.world, self.session_type = world, session_type
        self.disk = Disk()
        self.inbox: list[Arrived] = []
        self.start()

    def start(self) -> None:
        self.inbox.clear()
        self.session = self.session_type(
            self.disk.load_cursors(), make_nonce=self.world.nonce, software="sim"
        )
        self.send(self.session.calls())

    def hear(self, store: str, message: Message) -> None:
        if not self.inbox:
            self.world.later(self.world.dice.randint(0, 30), self._turner(self.session))
        self.inbox.append(Arrived(store, message))

    def _turner(self, session: HubSession) -> Step:
        def turn() -> None:
            if session is not self.session:  # killed meanwhile
                return
            group, self.inbox = self.inbox, []
            fate = self.world.dice.random() if self.world.faulty else 1.0
            try:
                self.take(session, group, fate)
            except StorageError:
                self.start()

        return turn

    def take(self, session: HubSession, group: list[Arrived], fate: float) -> None:
        plan = session.plan(group)
        if fate < 0.02:  # the disk fails, or we are killed, before the commit
            raise StorageError("disk_failed")
        self.disk.commit(plan.work)
        if fate < 0.04:  # killed after the commit, before its acknowledgement
            raise StorageError("killed")
        self.world.check_prefix()
        self.answer(session, plan)

    def answer(self, session: HubSession, plan: Plan) -> None:
        self.send(session.answers_after(plan, at_ms=0))

    def send(self, answers: Sequence[Answer]) -> None:
        for answer in answers:
            self.world.check_answer(answer.store, answer.message)
            store, message = self.world.stores[answer.store], answer.message
            self.world.carry(lambda store=store, message=message: store.hear(message), message)


class World:
    """Everything that one seed decides."""

    def __init__(
        self, seed: int, *, session_type: type[HubSession] = HubSession, hub_type: type[Hub] = Hub
    ) -> None:
        self.dice = random.Random(seed)
        self.faults = Faults(
            loss=self.dice.choice((0.0, 0.05, 0.3)),
            doubling=self.dice.choice((0.0, 0.05, 0.3)),
            delay_max_ms=self.dice.choice((1, 50, 700, 3000)),
            kills_n=self.dice.randint(0, 8),
        )
        self.now_ns = 0
        self.faulty = True
        self.broker_up = True
        self.messages_n = 0
        self._order = 0
        self._queue: list[tuple[int, int, Step]] = []
        self._nonces = 0
        self.hub = hub_type(self, session_type)
        self.stores = {name: Store(self, name) for name in ("a", "b")[: self.dice.randint(1, 2)]}

    def run(self) -> None:
        """Faults first, then calm; Violation when an invariant breaks."""
        self._plan_faults()
        self._run_until(self.faults.fault_ms * MS)
        self.faulty, self.broker_up = False, True
        limit_ns = self.now_ns + CALM_NS
        while not self._agreed():
            if self.now_ns > limit_ns:
                raise Violation("I3: the hub does not catch up")
            self._run_until(self.now_ns + TICK_NS)

    def nonce(self) -> int:
        self._nonces += 1
        return self._nonces

    def later(self, wait_ms: int, step: Step) -> None:
        self._order += 1
        heapq.heappush(self._queue, (self.now_ns + wait_ms * MS, self._order, step))

    def carry(self, deliver: Step, message: Message) -> None:
        """The network and the broker: loses, doubles, delays; and every frame really is bytes."""
        if decode_frame(encode_frame(message)) != message:
            raise Violation("a message changed on the wire")
        self.messages_n += 1
        copies_n = 1
        if self.faulty:
            copies_n -= self.dice.random() < self.faults.loss
            copies_n += self.dice.random() < self.faults.doubling
        for _ in range(copies_n):
            delay_ms = self.dice.randint(0, self.faults.delay_max_ms if self.faulty else 20)
            self.later(delay_ms, lambda: deliver() if self.broker_up else None)

    def check_prefix(self) -> None:
        """I1: no gap, no double, no other byte."""
        for name, held in self.hub.disk.events.items():
            known = self.hub.disk.checked_n.get(name, 0)  # the disk only ever appends
            if held[known:] != self.stores[name].journal[known : len(held)]:
                raise Violation(f"I1: the hub's {name} is no prefix of the store's journal")
            self.hub.disk.checked_n[name] = len(held)

    def check_answer(self, store: str, message: Message) -> None:
        durable_n = len(self.hub.disk.events.get(store, []))
        if isinstance(message, Ack | Welcome) and message.cursor > durable_n:
            raise Violation(f"acknowledged {message.cursor} of {store}, durable are {durable_n}")

    def _plan_faults(self) -> None:
        for store in self.stores.values():
            self._tick(store)
            for _ in range(self.dice.randint(1, 60)):
                self.later(self.dice.randint(0, self.faults.fault_ms), store.write)
        for _ in range(self.faults.kills_n):
            at_ms = self.dice.randint(0, self.faults.fault_ms)
            victim = self.dice.choice(("store", "hub", "broker", "wipe"))
            self.later(at_ms, lambda victim=victim: self._kill(victim))

    def _tick(self, store: Store) -> None:
        store.tick()
        self.later(TICK_NS // MS, lambda: self._tick(store))

    def _kill(self, victim: str) -> None:
        match victim:
            case "store":
                self.dice.choice(list(self.stores.values())).start()
            case "broker":
                self.broker_up = False
                self.later(self.dice.randint(0, 2_000), self._raise_broker)
            case "wipe":
                self.hub.disk = Disk()
                self.hub.start()
            case _:
                self.hub.start()

    def _raise_broker(self) -> None:
        self.broker_up = True

    def _run_until(self, limit_ns: int) -> None:
        while self._queue and self._queue[0][0] <= limit_ns:
            self.now_ns, _, step = heapq.heappop(self._queue)
            step()
        self.now_ns = limit_ns

    def _agreed(self) -> bool:
        self.check_prefix()
        return all(
            len(self.hub.disk.events.get(name, [])) == len(store.journal)
            and store.session.cursor == len(store.journal)
            for name, store in self.stores.items()
        )
