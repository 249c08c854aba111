"""The journal against the rate at which bare SQLite commits the same rows, as durably."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from pathlib import Path

from bench.figure import Figure, figure, percentile
from bench.sale import make_sale
from cext.kit.clock import SystemClock
from cext.lang.events import GENESIS_HASH, chain_hash, encode_event
from edge.journal import Draft, open_journal

SALES_N = 2000
ROUNDS_N = 3
TOGETHER_N = 8  # lanes that close sales at the same time

TABLE = """CREATE TABLE events (
  position INTEGER PRIMARY KEY, raw BLOB NOT NULL, hash BLOB NOT NULL) STRICT"""


def measure() -> list[Figure]:
    """Sales a second into the journal, one after the other and from eight lanes at once."""
    bare, alone, together, waits = [], [], [], []
    for _ in range(ROUNDS_N):  # interleaved, so that a slow moment of the disk hits all alike
        with tempfile.TemporaryDirectory() as folder:
            bare.append(_bare_per_s(Path(folder) / "bare.db"))
            one, round_waits = asyncio.run(_journal_per_s(Path(folder) / "one.db", lanes_n=1))
            alone.append(one)
            waits += round_waits
            many, _ = asyncio.run(_journal_per_s(Path(folder) / "many.db", lanes_n=TOGETHER_N))
            together.append(many)
    limit = percentile(bare, 0.5)
    peer = "bare SQLite FULL, one row a commit"
    return [
        figure("journal_sales_alone", percentile(alone, 0.5), "sales/s", against=peer,
               against_value=limit, goal=(">=", 0.5)),
        figure("journal_sales_8_lanes", percentile(together, 0.5), "sales/s", against=peer,
               against_value=limit, goal=(">=", 1.0)),
        figure("journal_append_p50", percentile(waits, 0.5) * 1000, "ms"),
        figure("journal_append_p99", percentile(waits, 0.99) * 1000, "ms", goal=("<=", 25)),
    ]  # fmt: skip


def _bare_per_s(path: Path) -> float:
    """Commits a second of the same rows, encoded beforehand, by sqlite3 and nothing else."""
    rows = []
    link = GENESIS_HASH
    for seq in range(1, SALES_N + 1):
        raw = encode_event(make_sale(seq), seq=seq, hlc=seq << 16, lane="1", worker="w")
        link = chain_hash(link, epoch=1, seq=seq, raw=raw)
        rows.append((seq, raw, link))
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(TABLE)
    began_s = time.perf_counter()
    for row in rows:
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO events VALUES (?, ?, ?)", row)
        db.execute("COMMIT")
    took_s = time.perf_counter() - began_s
    db.close()
    return SALES_N / took_s


async def _journal_per_s(path: Path, *, lanes_n: int) -> tuple[float, list[float]]:
    """Sales a second through `Journal.append`, and how long each waited, in seconds."""
    waits_s: list[float] = []
    async with open_journal(path, store="b1", clock=SystemClock()) as journal:

        async def lane(name: str) -> None:
            for count in range(1, SALES_N // lanes_n + 1):
                began_s = time.perf_counter()
                await journal.append([Draft(make_sale(count), lane=name, worker="w")])
                waits_s.append(time.perf_counter() - began_s)

        began_s = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(lanes_n):
                group.create_task(lane(str(number + 1)))
        took_s = time.perf_counter() - began_s
    return SALES_N / took_s, waits_s
