"""The journal as the daemon sees it: durable appends, reads beside them, listeners after them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote

import aiosqlite
import structlog

from cext.errors import Refused, ShopError, StorageError, must
from cext.kit.clock import Clock
from cext.lang.events import Body, Stored
from edge.journal.verify import Report, walk
from edge.journal.writer import Draft, Head, Reply, Work, Writer

log = structlog.get_logger(__name__)

GROUP_MAX_N = 256  # appends that share one commit
WAITING_MAX_N = 1_000  # appends that may wait for the disk
LOAD_MAX_BYTES = 4 * 1024 * 1024

LOAD = """SELECT position - :after, raw, hash FROM events
  WHERE position >= :after + :first ORDER BY position LIMIT :limit_n"""
LOAD_REPLY = "SELECT reply FROM replies WHERE key = :key"

Listener = Callable[[tuple[Stored, ...], tuple[Body, ...]], None]
Done = asyncio.Future[tuple[Stored, ...]]
Outcomes = list[tuple[Stored, ...] | Refused]
Group = list[tuple[Work, Done]]
_T = TypeVar("_T")


class Journal:
    """The store's memory. Made by `open_journal`; everything here is called on the loop.

    Appends that wait while a commit is under way share the next one. After the first failed
    write every append raises StorageError: what cannot be kept must not be promised.
    """

    def __init__(self, *, path: Path, writer: Writer, thread: _Thread, reader: _Thread) -> None:
        self.listeners: list[Listener] = []
        self._path = path
        self._writer = writer
        self._thread = thread
        self._reader = reader
        self._head = writer.head
        self._after_position = writer.after_position
        self._waiting: deque[tuple[Work, Done]] = deque()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._closing = False
        self._failure: BaseException | None = None

    @property
    def store(self) -> str:
        """Whose journal this is."""
        return self._writer.store

    @property
    def head(self) -> Head:
        """The end of what is durable."""
        return self._head

    async def append(
        self, drafts: Sequence[Draft], *, key: str | None = None, reply: Reply = None
    ) -> tuple[Stored, ...]:
        """Write `drafts` in one durable transaction; returns when they are on disk.

        With `key`, `reply` (bytes, or a function of the stored events that makes them, called on
        the database's thread) is kept in the same transaction for `load_reply`. Raises
        Refused("request_conflict") for a key that was used before, Refused("event_too_large"),
        Refused("journal_busy") when 1,000 appends wait, StorageError when the disk fails.
        """
        must(drafts, "append_has_drafts")
        self._check_open()
        if len(self._waiting) >= WAITING_MAX_N:
            raise Refused("journal_busy", "the disk is too slow: too many sales wait for it")
        done: Done = asyncio.get_running_loop().create_future()
        self._waiting.append((Work(tuple(drafts), key, reply), done))
        if self._quiet.is_set():
            self._start_commit()
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            # What is being written cannot be called back: leave when its fate is known, so that
            # whoever waits for the caller's lock sees it.
            await asyncio.wait((done,))
            raise

    async def load_reply(self, key: str) -> bytes | None:
        """What was answered to the request with `key`; None when it was never carried out."""
        row = await self._reader.read(_fetch_one, LOAD_REPLY, {"key": key})
        return row[0] if row else None

    async def load(
        self, first_seq: int, *, limit_n: int, max_bytes: int = LOAD_MAX_BYTES
    ) -> list[Stored]:
        """Events of the current epoch from `first_seq` on, at most `limit_n` and `max_bytes`.

        At least one event if there is one, however large. Never waits for a commit.
        """
        facts = {"after": self._after_position, "first": max(first_seq, 1), "limit_n": limit_n}
        return await self._reader.read(_load, facts, max_bytes)

    async def verify(self) -> Report:
        """Walk the whole chain again, beside the trade."""
        return await asyncio.to_thread(walk, self._path)

    def _check_open(self) -> None:
        if isinstance(self._failure, StorageError):
            raise StorageError(self._failure.code, self._failure.detail)
        if self._failure is not None:
            raise StorageError("journal_failed", "an earlier event was not taken up: start again")
        if self._closing:
            raise StorageError("journal_closed", "the journal is closing")

    def _start_commit(self) -> None:
        """Hand what waits to the database's thread; what comes meanwhile is the next group."""
        self._quiet.clear()
        count = min(len(self._waiting), GROUP_MAX_N)
        group = [self._waiting.popleft() for _ in range(count)]
        works = [work for work, _ in group]
        commit = self._thread.start(self._writer.commit, works)
        commit.add_done_callback(lambda finished: self._on_commit(group, finished))

    def _on_commit(self, group: Group, finished: asyncio.Future[Outcomes]) -> None:
        failure = finished.exception()
        if failure is None:
            for (work, done), outcome in zip(group, finished.result(), strict=True):
                self._tell(work, done, outcome)
        else:
            self._fail(failure)
            for _, done in group:
                _settle(done, failure)
        while self._failure is not None and self._waiting:
            _settle(self._waiting.popleft()[1], self._failure)
        if self._waiting:
            self._start_commit()
        else:
            self._quiet.set()

    def _fail(self, failure: BaseException) -> None:
        self._failure = failure
        code = failure.code if isinstance(failure, ShopError) else type(failure).__name__
        log.error("journal_failed", code=code, detail=str(failure))

    def _tell(self, work: Work, done: Done, outcome: tuple[Stored, ...] | Refused) -> None:
        if isinstance(outcome, Refused):
            _settle(done, outcome)
            return
        last = outcome[-1]
        self._head = Head(self._head.epoch, last.seq, last.hash)
        bodies = tuple(draft.body for draft in work.drafts)
        try:
            for listener in self.listeners:
                listener(outcome, bodies)
        except Exception as exc:  # noqa: BLE001
            # keeps: the error, for whoever appended; views that missed an event must not go on.
            self._fail(exc)
            _settle(done, exc)
        if not done.done():  # who waited may have been cancelled; the event stands all the same
            done.set_result(outcome)

    async def _close(self) -> None:
        self._closing = True
        await self._quiet.wait()


@asynccontextmanager
async def open_journal(path: Path, *, store: str, clock: Clock) -> AsyncIterator[Journal]:
    """Open or create the journal of `store` at `path`; closes it after the last append.

    StorageError: journal_in_use, journal_newer, journal_foreign, journal_corrupt,
    journal_unreadable. A listener that raises fails the append it was told of, and every later
    one: its view of the shop no longer holds.
    """
    opened = await asyncio.to_thread(lambda: Writer(path, store=store, clock=clock))
    try:
        read_only = "file:" + quote(str(path)) + "?mode=ro"
        async with (
            _Thread(lambda: opened.db) as thread,
            _Thread(lambda: sqlite3.connect(read_only, uri=True, isolation_level=None)) as reader,
        ):
            journal = Journal(path=path, writer=opened, thread=thread, reader=reader)
            try:
                yield journal
            finally:
                await journal._close()
    finally:
        opened.close()


class _Thread:
    """A database connection on its own aiosqlite thread: one callable per transaction.

    aiosqlite's own calls cross the thread once per statement, which costs 60 % of the commit
    rate; its queue takes a whole transaction at once.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connection = aiosqlite.Connection(connect, iter_chunk_size=64)

    async def __aenter__(self) -> Self:
        await self._connection
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._connection.close()

    def start(self, act: Callable[..., _T], *facts: Any) -> asyncio.Future[_T]:
        """Begin `act(*facts)` on the thread; its outcome arrives in the future, on the loop."""
        future: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        self._connection._tx.put_nowait((future, partial(act, *facts)))
        return future

    async def read(self, act: Callable[..., _T], *facts: Any) -> _T:
        """`act(db, *facts)` with the thread's connection."""
        return await self.start(act, self._connection._conn, *facts)


def _settle(done: Done, failure: BaseException) -> None:
    if done.done():
        return
    # Each waiter gets its own exception: one shared object would collect all their tracebacks.
    if isinstance(failure, StorageError):
        failure = StorageError(failure.code, failure.detail)
    done.set_exception(failure)


def _fetch_one(db: sqlite3.Connection, query: str, facts: dict[str, Any]) -> Any:
    return db.execute(query, facts).fetchone()


def _load(db: sqlite3.Connection, facts: dict[str, int], max_bytes: int) -> list[Stored]:
    events: list[Stored] = []
    size_bytes = 0
    for seq, raw, link in db.execute(LOAD, facts):
        size_bytes += len(raw)
        if events and size_bytes > max_bytes:
            break
        events.append(Stored(seq, raw, link))
    return events
