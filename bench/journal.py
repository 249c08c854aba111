"""The journal against the rate at which bare SQLite commits the same rows, as durably."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.figure import Figure, figure, percentile
from bench.sale import make_sale
from cext.kit.clock import SystemClock
from cext.lang.events import GENESIS_HASH, chain_hash, encode_event
from edge.journal import Draft, open_journal

SALES_N = 2000
SLOW_SALES_N = 200
SLOW_FSYNC_US = 5000  # an SD card takes 2 to 10 ms a commit
ROUNDS_N = 3
TOGETHER_N = 8  # lanes that close sales at the same time
SHIM = Path(__file__).with_name("slow_fsync.c")

TABLE = """CREATE TABLE events (
  position INTEGER PRIMARY KEY, raw BLOB NOT NULL, hash BLOB NOT NULL) STRICT"""


class Round(Struct):
    """Sales a second of one interleaved round, and how long each lone append waited (s)."""

    bare: float
    alone: float
    together: float
    waits_s: list[float]


def measure() -> list[Figure]:
    """Sales a second into the journal, one after the other and from eight lanes at once."""
    # Interleaved, so that a slow moment of the disk hits all alike.
    fast = [_round(SALES_N) for _ in range(ROUNDS_N)]
    slow = _slow_round()
    waits_s = [wait_s for one in fast for wait_s in one.waits_s]
    return [
        *_figures("", fast, together_goal=0.5),
        *_figures("_slow_disk", [slow], together_goal=2.0, alone_goal=0.5),
        figure("journal_append_p50", percentile(waits_s, 0.5) * 1000, "ms"),
        figure("journal_append_p99", percentile(waits_s, 0.99) * 1000, "ms", goal=("<=", 25)),
    ]


def _figures(
    disk: str, rounds: list[Round], *, together_goal: float, alone_goal: float | None = None
) -> list[Figure]:
    bare = percentile([one.bare for one in rounds], 0.5)
    alone = percentile([one.alone for one in rounds], 0.5)
    together = percentile([one.together for one in rounds], 0.5)
    peer = "bare SQLite FULL, one row a commit"
    return [
        figure(f"journal_sales{disk}", together, "sales/s", against=peer, against_value=bare,
               goal=(">=", together_goal)),
        figure(f"journal_sales{disk}_one_lane", alone, "sales/s", against=peer,
               against_value=bare, goal=None if alone_goal is None else (">=", alone_goal)),
    ]  # fmt: skip


def _round(sales_n: int) -> Round:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare = _bare_per_s(folder / "bare.db", sales_n)
        alone, waits_s = asyncio.run(_journal_per_s(folder / "one.db", sales_n, lanes_n=1))
        together, _ = asyncio.run(_journal_per_s(folder / "many.db", sales_n, lanes_n=TOGETHER_N))
    return Round(bare, alone, together, waits_s)


def _slow_round() -> Round:
    """One round in a process of its own whose every fsync takes 5 ms longer."""
    with tempfile.TemporaryDirectory() as name:
        library = Path(name) / "slow_fsync.so"
        compiler = ["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(SHIM), "-ldl"]
        subprocess.run(compiler, check=True)
        slowed = {"LD_PRELOAD": str(library), "SLOW_FSYNC_US": str(SLOW_FSYNC_US)}
        done = subprocess.run(
            [sys.executable, "-m", "bench.journal"],
            check=True,
            capture_output=True,
            env={**os.environ, **slowed},
        )
    return msgspec.json.decode(done.stdout, type=Round)


def _bare_per_s(path: Path, sales_n: int) -> float:
    """Commits a second of the same rows, encoded beforehand, by sqlite3 and nothing else."""
    rows = []
    link = GENESIS_HASH
    for seq in range(1, sales_n + 1):
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
    return sales_n / took_s


async def _journal_per_s(path: Path, sales_n: int, *, lanes_n: int) -> tuple[float, list[float]]:
    """Sales a second through `Journal.append`, and how long each waited, in seconds."""
    waits_s: list[float] = []
    sales = [make_sale(count) for count in range(1, sales_n // lanes_n + 1)]
    async with open_journal(path, store="b1", clock=SystemClock()) as journal:

        async def lane(name: str) -> None:
            for sale in sales:
                began_s = time.perf_counter()
                await journal.append([Draft(sale, lane=name, worker="w")])
                waits_s.append(time.perf_counter() - began_s)

        began_s = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(lanes_n):
                group.create_task(lane(str(number + 1)))
        took_s = time.perf_counter() - began_s
    return sales_n / took_s, waits_s


if __name__ == "__main__":  # the slowed-down half of `measure`
    sys.stdout.buffer.write(msgspec.json.encode(_round(SLOW_SALES_N)))
