"""The print journal's own database: FULL sync, so that what was sent is known after a power cut.

It is beside the event journal, whose row of sales must not wait for paper, and beside the drafts,
which may lose their last moments.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from cext.errors import StorageError
from edge.prints.job import PrintJob

T = TypeVar("T")

SCHEMAS = ("0001_prints.sql",)
BODY_MAX_BYTES = 1 << 20
ROWS_KEPT_N = 10_000
BODIES_KEPT_N = 500  # of ended jobs; their hashes stay as long as their rows

SAVE = """INSERT INTO prints (id, subject, kind, title, lane, wanted, who, queued_ms, copy_n,
    repeats, used, state, size_bytes, sha256, sent_bytes, fenced_bytes, attempts_n, late_ms, kick,
    why, settled, sent_ms, ended_ms, document, data)
  VALUES (:id, :subject, :kind, :title, :lane, :wanted, :who, :queued_ms, :copy_n, :repeats, :used,
    :state, :size_bytes, :sha256, :sent_bytes, :fenced_bytes, :attempts_n, :late_ms, :kick, :why,
    :settled, :sent_ms, :ended_ms, :document, :data)
  ON CONFLICT (id) DO UPDATE SET wanted = excluded.wanted, used = excluded.used,
    state = excluded.state, size_bytes = excluded.size_bytes, sha256 = excluded.sha256,
    sent_bytes = excluded.sent_bytes, fenced_bytes = excluded.fenced_bytes,
    attempts_n = excluded.attempts_n, late_ms = excluded.late_ms, kick = excluded.kick,
    why = excluded.why, settled = excluded.settled, sent_ms = excluded.sent_ms,
    ended_ms = excluded.ended_ms, document = coalesce(excluded.document, document),
    data = coalesce(excluded.data, data)"""
LOAD_OPEN = "SELECT * FROM jobs WHERE is_open = 1 ORDER BY print_n"
LOAD_ENDED = "SELECT * FROM jobs WHERE is_open = 0 ORDER BY print_n DESC LIMIT :limit_n"
LOAD_ONE = "SELECT * FROM jobs WHERE id = :id"
LOAD_SUBJECT = "SELECT * FROM jobs WHERE subject = :subject ORDER BY print_n"
LOAD_DOCUMENT = "SELECT document FROM prints WHERE id = :id"
PRUNE_OLD = "DELETE FROM prints WHERE ended_ms > 0 AND ended_ms < :before_ms"
PRUNE_MANY = """DELETE FROM prints
    WHERE is_open = 0 AND print_n <= (SELECT max(print_n) FROM prints) - :keep_n"""
PRUNE_BODIES = """UPDATE prints SET document = NULL, data = NULL
    WHERE data IS NOT NULL AND is_open = 0
        AND print_n <= (SELECT max(print_n) FROM prints) - :keep_n"""


class Kept(NamedTuple):
    """What is written of one job; None leaves its layout or its bytes as they are."""

    job: PrintJob
    document: bytes | None = None
    data: bytes | None = None


class PrintStore:
    """The database; one thread owns it, so every call is one ordered, durable transaction."""

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._thread = thread

    async def save(self, *kept: Kept) -> None:
        """Write jobs together; they are on disk when this returns."""
        rows = [_row(one) for one in kept]

        def save(db: sqlite3.Connection) -> None:
            # A cursor must die on the thread that made it: on another it resets a statement
            # that may be in use again.
            db.executemany(SAVE, rows)

        await self._run(save)

    async def load_open(self) -> list[PrintJob]:
        """The jobs that are not over, oldest first."""
        return await self._load(LOAD_OPEN, {})

    async def load_ended(self, limit_n: int) -> list[PrintJob]:
        """The latest jobs that are over, newest first."""
        return await self._load(LOAD_ENDED, {"limit_n": limit_n})

    async def find(self, job_id: str) -> PrintJob | None:
        """The job with this id."""
        found = await self._load(LOAD_ONE, {"id": job_id})
        return found[0] if found else None

    async def load_subject(self, subject: str) -> list[PrintJob]:
        """The original and every copy of one subject that are still kept, oldest first."""
        return await self._load(LOAD_SUBJECT, {"subject": subject})

    async def load_document(self, job_id: str) -> bytes | None:
        """The layout of a job, while it is kept."""
        row = await self._run(lambda db: db.execute(LOAD_DOCUMENT, {"id": job_id}).fetchone())
        return row[0] if row else None

    async def prune(self, before_ms: int) -> None:
        """Forget jobs that ended before `before_ms`, and the oldest of too many."""

        def prune(db: sqlite3.Connection) -> None:
            db.execute(PRUNE_OLD, {"before_ms": before_ms})
            db.execute(PRUNE_MANY, {"keep_n": ROWS_KEPT_N})
            db.execute(PRUNE_BODIES, {"keep_n": BODIES_KEPT_N})

        await self._run(prune)

    async def _load(self, query: str, facts: Mapping[str, Any]) -> list[PrintJob]:
        rows = await self._run(lambda db: db.execute(query, facts).fetchall())
        return [_job(row) for row in rows]

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def transact() -> T:
            with self._connection:
                return work(self._connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, transact)
        except sqlite3.Error as exc:
            raise StorageError(
                "prints_failed", f"the print journal cannot be written, look at the disk: {exc}"
            ) from exc


def _row(kept: Kept) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.structs.asdict(kept.job)
    row["kick"] = int(kept.job.kick)
    return row | {"document": kept.document, "data": kept.data}


def _job(row: sqlite3.Row) -> PrintJob:
    facts = dict(row)
    del facts["print_n"], facts["is_open"]
    facts["kick"] = bool(facts["kick"])
    return msgspec.convert(facts, PrintJob)


@asynccontextmanager
async def open_prints(path: Path) -> AsyncIterator[PrintStore]:
    """Open or make the print journal; StorageError prints_failed when it cannot be."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="prints")
    loop = asyncio.get_running_loop()
    try:
        connection = await loop.run_in_executor(thread, _connect, path)
        try:
            yield PrintStore(connection, thread)
        finally:
            await loop.run_in_executor(thread, connection.close)
    finally:
        thread.shutdown(wait=False)


def _connect(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        done_n = connection.execute("PRAGMA user_version").fetchone()[0]
        if done_n > len(SCHEMAS):
            raise StorageError(
                "prints_newer", f"{path} is of a newer program (schema {done_n}): update this one"
            )
        for name in SCHEMAS[done_n:]:
            script = files("edge.prints").joinpath("schema", name).read_text("utf-8")
            connection.executescript(script)
    except sqlite3.Error as exc:
        raise StorageError("prints_failed", f"{path}: {exc}") from exc
    return connection
