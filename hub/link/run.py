"""The hub's end of the line, carried out: MQTT and storage around `HubSession`."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Annotated

import structlog
from msgspec import Meta, Struct

from cext.errors import LinkDown, RemoteBroken, StorageError
from cext.kit.clock import Clock
from cext.kit.mqtt import Broker, Dialer, Letter, Line
from cext.kit.supervise import run_supervised
from cext.lang.ids import STORE_PATTERN
from cext.lang.wire import Batch, Hello, decode_frame, down_topic, encode_frame, store_of_topic
from hub.link.ports import EventStore
from hub.link.session import Answer, Arrived, Complaint, HubSession, Plan

log = structlog.get_logger(__name__)

SOFTWARE = version("storeline")  # read from disk, so not on the loop

GROUP_MAX_N = 256  # messages in one transaction
GROUP_MAX_EVENTS_N = 4_096  # their events; bounds how long the loop checks chains
GROUP_MAX_BYTES = 16 << 20  # and their size unpacked; a frame may unpack to 1 MiB
TICK_S = 1.0
CALLS_WAITING_N = 128
SILENT_AFTER_NS = 60_000_000_000  # three times the store's own idle greeting
SILENCE_CHECK_NS = 5_000_000_000
_STORE = re.compile(STORE_PATTERN)


class LinkSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the broker is, and which shards this worker owns ("+" is all of them)."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8883
    ca_file: str = ""
    username: str = "hub"
    password_file: str = ""
    shards: tuple[Annotated[str, Meta(pattern=r"^([0-9a-f]{2}|\+)$")], ...] = ("+",)


class StoreLink(Struct, frozen=True, kw_only=True):
    """How the line to one store is, as last heard. `seen_ms` is 0 before its first word."""

    store: str
    up: bool
    epoch: int
    cursor: int
    head_seq: int  # as its last greeting or batch told
    software: str
    seen_ms: int
    detail: str = ""


async def run_link(
    store: EventStore,
    settings: LinkSettings,
    clock: Clock,
    *,
    on_state: Callable[[StoreLink], None],
) -> None:
    """Take in what the stores send, for ever; an outage is waited out and logged twice."""
    link = _Link(store, settings, clock, on_state)
    await run_supervised("link", link.converse)


class _Link:
    def __init__(
        self,
        store: EventStore,
        settings: LinkSettings,
        clock: Clock,
        on_state: Callable[[StoreLink], None],
    ) -> None:
        self._store, self._clock, self._on_state = store, clock, on_state
        self._filters = [f"se1/{shard}/+/up" for shard in settings.shards]
        self._dialer = Dialer(
            Broker(
                host=settings.host,
                port=settings.port,
                ca_file=settings.ca_file,
                username=settings.username,
                password_file=settings.password_file,
                client_id=settings.username,
            )
        )
        self._session = HubSession({}, make_nonce=_nonce, software="")
        self._links: dict[str, StoreLink] = {}
        self._waiting: deque[Letter] = deque()  # taken from the line, not yet decoded
        self._refused: set[str] = set()  # whose nonsense was logged on this connection
        self._barred: set[str] = set()  # whose events cannot be stored
        self._calls: deque[Answer] = deque()
        self._heard_ns: dict[str, int] = {}
        self._silence_checked_ns = clock.mono_ns()

    async def converse(self, works: Callable[[], None]) -> None:
        """One connection; the sessions begin anew, since what was on its way is not known."""
        try:
            await self._begin()
            async with self._dialer.open(self._filters) as line:
                works()
                log.info("link_connected", mqtt=line.version, filters_n=len(self._filters))
                self._calls.extend(self._session.calls())
                while True:
                    self._call(line)
                    await self._turn(line)
        finally:
            for link in list(self._links.values()):
                self._tell(link, up=False, detail="the hub's broker cannot be reached")

    async def _begin(self) -> None:
        """Load the cursors; every session starts anew with a greeting."""
        try:
            cursors = await self._store.load_cursors()
        except StorageError as exc:
            raise LinkDown("hub_storage_failed", exc.detail, cause=exc.code) from exc
        self._waiting.clear()
        self._refused.clear()
        self._barred.clear()
        self._calls.clear()
        self._session = HubSession(cursors, make_nonce=_nonce, software=SOFTWARE)
        for cursor in cursors.values():
            if cursor.store not in self._links:
                self._links[cursor.store] = StoreLink(
                    store=cursor.store,
                    up=False,
                    epoch=cursor.epoch,
                    cursor=cursor.seq,
                    head_seq=cursor.seq,
                    software="",
                    seen_ms=0,
                    detail="not heard of yet",
                )
                self._on_state(self._links[cursor.store])

    def _call(self, line: Line) -> None:
        """Ask stores to greet, a few at a time, so that a large fleet does not answer at once."""
        while self._calls and line.waiting_n < CALLS_WAITING_N:
            call = self._calls.popleft()
            line.publish(down_topic(call.store), encode_frame(call.message))

    async def _turn(self, line: Line) -> None:
        """One group: hear, plan, commit, answer."""
        self._waiting.extend(
            line.take(limit_n=GROUP_MAX_N - len(self._waiting))
            if self._waiting
            else await _receive(line)
        )
        group = self._group()
        self._check_silence()
        if not group:
            line.check()
            return
        try:
            await self._take_in(line, group)
        except StorageError:
            await self._take_in_apart(line, group)

    async def _take_in(self, line: Line, group: Sequence[Arrived]) -> None:
        plan = self._session.plan(group)
        for complaint in plan.complaints:
            self._complain(complaint)
        at_ms = self._clock.now_ms()
        await self._commit(plan, at_ms)
        for answer in self._session.answers_after(plan, at_ms=at_ms):
            line.publish(down_topic(answer.store), encode_frame(answer.message))
        self._note(group, plan, at_ms)

    async def _take_in_apart(self, line: Line, group: Sequence[Arrived]) -> None:
        """Somebody's events cannot be stored: find whose, hear it no more, take in the others."""
        for store in dict.fromkeys(one.store for one in group):
            try:
                await self._take_in(line, [one for one in group if one.store == store])
            except StorageError as exc:
                self._bar(store, exc)

    def _bar(self, store: str, error: StorageError) -> None:
        self._barred.add(store)
        log.error("store_barred", store=store, code=error.code, detail=error.detail[:200])

    async def _commit(self, plan: Plan, at_ms: int) -> None:
        if not plan.work:
            return
        try:
            await self._store.commit(plan.work, received_ms=at_ms)
        except StorageError as exc:
            if exc.code == "events_refused":
                raise
            # Nothing was written and nothing is acknowledged. The line begins anew, with cursors
            # that are loaded again, and the stores send what is missing.
            raise LinkDown("hub_storage_failed", exc.detail, cause=exc.code) from exc

    def _group(self) -> list[Arrived]:
        """Decode what waits, up to this group's bounds; the rest stays for the next one."""
        arrived: list[Arrived] = []
        events_n = size_bytes = 0
        while self._waiting and events_n < GROUP_MAX_EVENTS_N and size_bytes < GROUP_MAX_BYTES:
            one = self._read(self._waiting.popleft())
            if one is None or one.store in self._barred:
                continue
            arrived.append(one)
            if isinstance(one.message, Batch):
                events_n += len(one.message.events)
                size_bytes += sum(len(raw) for raw in one.message.events)
        return arrived

    def _read(self, letter: Letter) -> Arrived | None:
        """The message of a letter; None, and logged once a connection, when it is none."""
        store = store_of_topic(letter.topic)
        if store is None or not _STORE.fullmatch(store):
            if "" not in self._refused:
                log.warning("topic_refused", topic=letter.topic[:80])
                self._refused.add("")
            return None
        try:
            return Arrived(store, decode_frame(letter.payload))
        except RemoteBroken as exc:
            if store not in self._refused:
                log.warning("frame_refused", store=store, code=exc.code, detail=exc.detail[:200])
                self._refused.add(store)
            return None

    def _note(self, group: Sequence[Arrived], plan: Plan, at_ms: int) -> None:
        """Tell what is now known of the stores that spoke."""
        now_ns = self._clock.mono_ns()
        for store in {one.store for one in group}:
            self._heard_ns[store] = now_ns
            cursor = self._session.get_cursor(store)
            link = self._links.get(store) or StoreLink(
                store=store,
                up=False,
                epoch=cursor.epoch,
                cursor=0,
                head_seq=0,
                software="",
                seen_ms=0,
            )
            hello: Hello | None = plan.hellos.get(store)
            complaint = next((one.note for one in plan.complaints if one.store == store), "")
            if not complaint and link.detail == "chain_broken" and plan.notes.get(store) != "":
                complaint = link.detail  # only events that join mend it; a greeting does not
            self._tell(
                link,
                up=True,
                epoch=cursor.epoch,
                cursor=cursor.seq,
                head_seq=max(hello.head_seq if hello else link.head_seq, cursor.seq),
                software=hello.software if hello else link.software,
                seen_ms=at_ms,
                detail=complaint,
            )

    def _complain(self, complaint: Complaint) -> None:
        """Log a disagreement once: a store repeats itself every two seconds."""
        link = self._links.get(complaint.store)
        if link is None or link.detail != complaint.note:
            log.error(
                "store_disagreed", store=complaint.store, note=complaint.note, seq=complaint.seq
            )

    def _check_silence(self) -> None:
        # By the monotonic clock: the time of the records may jump in a replay.
        now_ns = self._clock.mono_ns()
        if now_ns - self._silence_checked_ns < SILENCE_CHECK_NS:
            return
        self._silence_checked_ns = now_ns
        for store, heard_ns in list(self._heard_ns.items()):
            if now_ns - heard_ns > SILENT_AFTER_NS:
                del self._heard_ns[store]
                self._tell(self._links[store], up=False, detail="silent")

    def _tell(self, link: StoreLink, **changes: object) -> None:
        fields = {name: getattr(link, name) for name in link.__struct_fields__}
        changed = StoreLink(**{**fields, **changes})
        if changed != self._links.get(link.store):
            self._links[link.store] = changed
            self._on_state(changed)


async def _receive(line: Line) -> list[Letter]:
    try:
        async with asyncio.timeout(TICK_S):
            return await line.receive(limit_n=GROUP_MAX_N)
    except TimeoutError:
        return []


def _nonce() -> int:
    return 1 + secrets.randbits(62)
