"""What is not a sale yet: open baskets, replies to lane writes.

A second database beside the journal, with NORMAL sync: it survives the death of the process, and
a power cut may take its last moments. Losing the last scan is fine; a closed sale is not in here.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from cext.errors import StorageError
from cext.lang.basket import Basket, Tender

REPLIES_MAX_N = 10_000
SCHEMAS = ("0001_drafts.sql",)
T = TypeVar("T")

SAVE_LANE = """INSERT INTO lanes (lane, draft) VALUES (:lane, :draft)
    ON CONFLICT (lane) DO UPDATE SET draft = excluded.draft"""
LOAD_LANES = "SELECT lane, draft FROM lanes"
SAVE_REPLY = "INSERT OR REPLACE INTO replies (request_key, reply) VALUES (:key, :reply)"
TRIM_REPLIES = """DELETE FROM replies
    WHERE reply_n <= (SELECT max(reply_n) FROM replies) - :keep_n"""
LOAD_REPLY = "SELECT reply FROM replies WHERE request_key = :key"
SAVE_ATTEMPT = "INSERT OR IGNORE INTO print_attempts (seq) VALUES (:seq)"
DROP_ATTEMPT = "DELETE FROM print_attempts WHERE seq = :seq"
LOAD_ATTEMPTS = "SELECT seq FROM print_attempts"


class LaneDraft(Struct, frozen=True, kw_only=True):
    """A lane between two acts. `worker` None means shut.

    `sales_n` is the lane's last sale when the basket began: when the journal knows a later one,
    this very basket was sold and only its clearing was lost. `payable_minor` and `step_minor` are
    what the tenders were taken for: prices stand while a basket is being paid.
    """

    worker: str | None = None
    basket: Basket = Basket()
    tenders: tuple[Tender, ...] = ()
    payable_minor: int = 0
    step_minor: int = 1
    next_line: int = 1
    revision: int = 0
    sales_n: int = 0


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(LaneDraft).decode


class Drafts:
    """The drafts database; one thread owns it, so every call is one ordered transaction."""

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._thread = thread

    async def load_lanes(self) -> dict[str, LaneDraft]:
        """Every lane's draft."""
        rows = await self._run(lambda db: db.execute(LOAD_LANES).fetchall())
        return {lane: _decode(draft) for lane, draft in rows}

    async def save_lane(self, lane: str, draft: LaneDraft) -> None:
        """Rewrite the lane's one row."""
        row = {"lane": lane, "draft": _encode(draft)}
        await self._write(SAVE_LANE, row)

    async def load_reply(self, key: str) -> bytes | None:
        """What was kept under an idempotency key."""
        row = await self._run(lambda db: db.execute(LOAD_REPLY, {"key": key}).fetchone())
        return row[0] if row else None

    async def save_reply(self, key: str, reply: bytes) -> None:
        """Keep a reply; only the latest `REPLIES_MAX_N` stay."""

        def save(db: sqlite3.Connection) -> None:
            db.execute(SAVE_REPLY, {"key": key, "reply": reply})
            db.execute(TRIM_REPLIES, {"keep_n": REPLIES_MAX_N})

        await self._run(save)

    async def load_attempts(self) -> frozenset[int]:
        """The events whose print an earlier version of the box began and did not confirm."""
        rows = await self._run(lambda db: db.execute(LOAD_ATTEMPTS).fetchall())
        return frozenset(row[0] for row in rows)

    async def save_attempt(self, seq: int) -> None:
        """As an earlier version noted that a paper may be out; 0 is no event."""
        await self._write(SAVE_ATTEMPT, {"seq": seq})

    async def prove(self) -> None:
        """Write something for the watchdog: the loop turns and the disk takes what it is given."""
        await self.save_attempt(0)
        await self.drop_attempt(0)

    async def drop_attempt(self, seq: int) -> None:
        """The print journal knows about the paper now."""
        await self._write(DROP_ATTEMPT, {"seq": seq})

    async def _write(self, query: str, row: dict[str, Any]) -> None:
        def write(db: sqlite3.Connection) -> None:
            # A cursor must die on the thread that made it: on another it resets a statement
            # that may be in use again.
            db.execute(query, row)

        await self._run(write)

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def transact() -> T:
            with self._connection:
                return work(self._connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, transact)
        except sqlite3.Error as exc:
            raise StorageError(
                "drafts_failed", f"open baskets cannot be written, look at the disk: {exc}"
            ) from exc


@asynccontextmanager
async def open_drafts(path: Path) -> AsyncIterator[Drafts]:
    """Open or make the drafts database; StorageError when it cannot be."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="drafts")
    loop = asyncio.get_running_loop()
    try:
        connection = await loop.run_in_executor(thread, _connect, path)
        try:
            yield Drafts(connection, thread)
        finally:
            await loop.run_in_executor(thread, connection.close)
    finally:
        thread.shutdown(wait=False)


def _connect(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        done_n = connection.execute("PRAGMA user_version").fetchone()[0]
        for name in SCHEMAS[done_n:]:
            script = files("edge.sales").joinpath("schema", name).read_text("utf-8")
            connection.executescript(script)
    except sqlite3.Error as exc:
        raise StorageError("drafts_failed", f"{path}: {exc}") from exc
    return connection
