"""The store's end of the line, carried out: journal, MQTT and time around `EdgeSession`."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated

import structlog
from msgspec import Meta, Struct

from cext.errors import RemoteBroken
from cext.kit.clock import Clock
from cext.kit.mqtt import Broker, Dialer, Line
from cext.kit.supervise import run_supervised
from cext.lang.events import Body, Stored
from cext.lang.wire import decode_frame, down_topic, encode_frame, up_topic
from edge.journal import Journal
from edge.link.session import EdgeSession, Load

log = structlog.get_logger(__name__)

SOFTWARE = version("storeline")  # read from disk, so not on the loop

TICK_S = 0.5
IDLE_TICK_S = 5.0  # with nothing under way a box has better things to do than wake up
TELL_EVERY_NS = 200_000_000
LETTERS_MAX_N = 64


class LinkSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the broker is. `username` is the store's id unless said otherwise."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8883
    ca_file: str = ""
    username: str = ""
    password_file: str = ""
    enabled: bool = True


class LinkState(Struct, frozen=True, kw_only=True):
    """How the line is: `lag_n` events of this journal are not known to be at the hub."""

    up: bool
    cursor: int
    head: int
    lag_n: int
    detail: str


async def run_link(
    journal: Journal,
    settings: LinkSettings,
    clock: Clock,
    *,
    on_state: Callable[[LinkState], None],
) -> None:
    """Bring the journal to the hub, for ever; an outage is waited out and logged twice."""
    link = _Link(journal, settings, clock, on_state)
    journal.listeners.append(link.on_events)
    try:
        link.tell("not connected yet")
        await run_supervised("link", link.converse)
    finally:
        journal.listeners.remove(link.on_events)


class _Link:
    def __init__(
        self,
        journal: Journal,
        settings: LinkSettings,
        clock: Clock,
        on_state: Callable[[LinkState], None],
    ) -> None:
        self._journal, self._clock, self._on_state = journal, clock, on_state
        self._store = journal.store
        self._dialer = Dialer(
            Broker(
                host=settings.host,
                port=settings.port,
                ca_file=settings.ca_file,
                username=settings.username or journal.store,
                password_file=settings.password_file,
                client_id=settings.username or journal.store,
            )
        )
        self._session = EdgeSession(
            journal.head,
            make_nonce=lambda: secrets.randbits(62),
            software=SOFTWARE,
            boot=secrets.token_hex(8),
        )
        self._wake = asyncio.Event()
        self._told: LinkState | None = None
        self._told_ns = 0
        self._fault = ""

    def on_events(self, _stored: tuple[Stored, ...], _bodies: tuple[Body, ...]) -> None:
        """Something was committed: there is work."""
        self._wake.set()

    async def converse(self, works: Callable[[], None]) -> None:
        """One connection, from greeting to its end, which is always LinkDown."""
        try:
            async with self._dialer.open([down_topic(self._store)]) as line:
                works()
                self._wake = line.wake
                log.info("link_connected", mqtt=line.version)
                now_ns, at_ms = self._clock.mono_ns(), self._clock.now_ms()
                self._session.on_head(self._journal.head)
                self._session.on_connected(now_ns=now_ns, at_ms=at_ms)
                await self._carry(line)
        finally:
            self._session.on_disconnected()
            self.tell("the broker cannot be reached")

    async def _carry(self, line: Line) -> None:
        while True:
            line.wake.clear()
            letters = line.take(limit_n=LETTERS_MAX_N)
            for letter in letters:
                self._hear(letter.payload)
            line.check()
            self._session.on_head(self._journal.head)
            self._session.on_tick(now_ns=self._clock.mono_ns(), at_ms=self._clock.now_ms())
            acts = self._session.take_acts()
            for act in acts:
                if isinstance(act, Load):
                    await self._load(act)
                else:
                    line.publish(up_topic(self._store), encode_frame(act.message))
            self.tell(self._session.detail)
            if not acts and not letters:
                await _rest(line.wake, IDLE_TICK_S if self._is_quiet() else TICK_S)

    def _is_quiet(self) -> bool:
        """Whether nothing is under way and everybody knows it."""
        told = self._told
        return self._session.is_idle and told is not None and told.up and not told.lag_n

    async def _load(self, load: Load) -> None:
        events = await self._journal.load(
            load.first, limit_n=load.limit_n, max_bytes=load.max_bytes
        )
        self._session.on_loaded(load, events, now_ns=self._clock.mono_ns())

    def _hear(self, frame: bytes) -> None:
        try:
            message = decode_frame(frame)
        except RemoteBroken as exc:
            log.warning("frame_refused", code=exc.code, detail=exc.detail)
            return
        now_ns, at_ms = self._clock.mono_ns(), self._clock.now_ms()
        self._session.on_message(message, now_ns=now_ns, at_ms=at_ms)

    def tell(self, detail: str) -> None:
        """Report the state when it changed; mere progress at most five times a second."""
        session, head = self._session, self._journal.head.seq
        state = LinkState(
            up=session.up,
            cursor=session.cursor,
            head=head,
            lag_n=max(head - session.cursor, 0),
            detail=session.fault or ("" if session.up else detail),
        )
        self._say_fault()
        told, now_ns = self._told, self._clock.mono_ns()
        turned = told is None or (told.up, told.detail) != (state.up, state.detail)
        if turned or (state != told and now_ns - self._told_ns >= TELL_EVERY_NS):
            self._told, self._told_ns = state, now_ns
            self._on_state(state)

    def _say_fault(self) -> None:
        fault = self._session.fault
        if fault == self._fault:
            return
        self._fault = fault
        if fault:
            log.error("link_frozen", detail=fault, head=self._journal.head.seq)
        else:
            log.info("link_thawed", cursor=self._session.cursor)


async def _rest(wake: asyncio.Event, longest_s: float) -> None:
    try:
        async with asyncio.timeout(longest_s):
            await wake.wait()
    except TimeoutError:
        return
