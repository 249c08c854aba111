"""The print journal's own database: FULL sync, so that what was sent is known after a power cut.

It is beside the event journal, whose row of sales must not wait for paper, and beside the drafts,
which may lose their last moments.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from cext.kit.small_db import Plan, SmallDb, open_small_db
from edge.prints.job import PrintJob

PLAN = Plan(
    name="prints",
    what="the print journal",
    sync="FULL",
    package="edge.prints",
    schemas=("0001_prints.sql",),
)
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
    """The database of print jobs; every call is one ordered, durable transaction."""

    def __init__(self, db: SmallDb) -> None:
        self._db = db

    async def save(self, *kept: Kept) -> None:
        """Write jobs together; they are on disk when this returns."""
        await self._db.write(SAVE, *map(_row, kept))

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
        rows = await self._db.load(LOAD_DOCUMENT, {"id": job_id})
        return rows[0]["document"] if rows else None

    async def prune(self, before_ms: int) -> None:
        """Forget jobs that ended before `before_ms`, and the oldest of too many."""

        def prune(db: sqlite3.Connection) -> None:
            db.execute(PRUNE_OLD, {"before_ms": before_ms})
            db.execute(PRUNE_MANY, {"keep_n": ROWS_KEPT_N})
            db.execute(PRUNE_BODIES, {"keep_n": BODIES_KEPT_N})

        await self._db.run(prune)

    async def _load(self, query: str, facts: Mapping[str, Any]) -> list[PrintJob]:
        return [_job(row) for row in await self._db.load(query, facts)]


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
    async with open_small_db(path, PLAN) as db:
        yield PrintStore(db)
