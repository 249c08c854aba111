"""What is not a sale yet: open baskets, replies to lane writes.

A second database beside the journal, with NORMAL sync: it survives the death of the process, and
a power cut may take its last moments. Losing the last scan is fine; a closed sale is not in here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from cext.kit.small_db import Plan, SmallDb, open_small_db
from cext.lang.basket import Basket, Tender

REPLIES_MAX_N = 10_000
PLAN = Plan(
    name="drafts",
    what="open baskets",
    sync="NORMAL",
    package="edge.sales",
    schemas=("0001_drafts.sql",),
)
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
    """The drafts database; every call is one ordered transaction."""

    def __init__(self, db: SmallDb) -> None:
        self._db = db

    async def load_lanes(self) -> dict[str, LaneDraft]:
        """Every lane's draft."""
        rows = await self._db.load(LOAD_LANES, {})
        return {row["lane"]: _decode(row["draft"]) for row in rows}

    async def save_lane(self, lane: str, draft: LaneDraft) -> None:
        """Rewrite the lane's one row."""
        row = {"lane": lane, "draft": _encode(draft)}
        await self._db.write(SAVE_LANE, row)

    async def load_reply(self, key: str) -> bytes | None:
        """What was kept under an idempotency key."""
        rows = await self._db.load(LOAD_REPLY, {"key": key})
        return rows[0]["reply"] if rows else None

    async def save_reply(self, key: str, reply: bytes) -> None:
        """Keep a reply; only the latest `REPLIES_MAX_N` stay."""

        def save(db: sqlite3.Connection) -> None:
            db.execute(SAVE_REPLY, {"key": key, "reply": reply})
            db.execute(TRIM_REPLIES, {"keep_n": REPLIES_MAX_N})

        await self._db.run(save)

    async def load_attempts(self) -> frozenset[int]:
        """The events whose print an earlier version of the box began and did not confirm."""
        return frozenset(row["seq"] for row in await self._db.load(LOAD_ATTEMPTS, {}))

    async def save_attempt(self, seq: int) -> None:
        """As an earlier version noted that a paper may be out; 0 is no event."""
        await self._db.write(SAVE_ATTEMPT, {"seq": seq})

    async def prove(self) -> None:
        """Write something for the watchdog: the loop turns and the disk takes what it is given."""
        await self.save_attempt(0)
        await self.drop_attempt(0)

    async def drop_attempt(self, seq: int) -> None:
        """The print journal knows about the paper now."""
        await self._db.write(DROP_ATTEMPT, {"seq": seq})


@asynccontextmanager
async def open_drafts(path: Path) -> AsyncIterator[Drafts]:
    """Open or make the drafts database; StorageError drafts_failed when it cannot be."""
    async with open_small_db(path, PLAN) as db:
        yield Drafts(db)
