"""The line from store to hub: how fast a journal that waited arrives, durably, with projections."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path

from bench.figure import Figure, figure
from bench.sale import make_sale
from bench.stage import STORE, Daemons, daemons, fetch, wait_until
from cext.kit.clock import SystemClock
from cext.lang.events import StoreOpened
from edge.journal.writer import Draft, Work, Writer

SALES_N = 20_000
GROUP_N = 256
TABLE = """CREATE TABLE events (store TEXT, epoch INTEGER, seq INTEGER, raw BLOB, hash BLOB,
  PRIMARY KEY (store, epoch, seq)) STRICT, WITHOUT ROWID"""


def measure() -> list[Figure]:
    """Drain a journal of 20,000 sales to a hub that has none of them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with daemons(folder) as stage:
            stage.add_store()
            _fill(folder / "edge" / "journal.db")
            limit = _bare_per_s(folder / "edge" / "journal.db", folder / "bare.db")
            stage.start_broker()
            stage.start_hub()
            token = stage.token("hub", stage.hub_config, "read")
            stage.start_edge()
            arrived = _drain_per_s(stage, token)
    return [
        figure("line_events_durable", arrived, "events/s",
               against="bare SQLite FULL, the same rows, 256 a commit", against_value=limit),
        figure("line_week_offline", 20_000 / arrived, "s", goal=("<=", 60)),
    ]  # fmt: skip


def _fill(path: Path) -> None:
    """A journal as a box leaves it after weeks without a network."""
    path.parent.mkdir()
    writer = Writer(path, store=STORE, clock=SystemClock())
    opened = StoreOpened(
        store=STORE, currency="CNY", zone="Asia/Shanghai", day_change_hour=0, software="bench"
    )
    writer.commit([Work((Draft(opened),))])
    for first in range(1, SALES_N, GROUP_N):
        counts = range(first, min(first + GROUP_N, SALES_N + 1))
        writer.commit([Work(tuple(Draft(make_sale(n), lane="1", worker="w") for n in counts))])
    writer.close()


def _bare_per_s(source: Path, target: Path) -> float:
    """Rows a second when nothing but their bytes is kept."""
    with sqlite3.connect(source) as journal:
        rows = [
            (STORE, 1, *row)
            for row in journal.execute("SELECT position, raw, hash FROM events ORDER BY position")
        ]
    db = sqlite3.connect(target, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(TABLE)
    began_s = time.perf_counter()
    for first in range(0, len(rows), GROUP_N):
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows[first : first + GROUP_N])
        db.execute("COMMIT")
    took_s = time.perf_counter() - began_s
    db.close()
    return len(rows) / took_s


def _drain_per_s(stage: Daemons, token: str) -> float:
    """Events a second from the first one at the hub to the last."""
    seen: list[tuple[float, int]] = []

    def is_done() -> bool:
        body = fetch(stage.hub_port, "/v1/stores", token=token) or {"stores": []}
        stores = body["stores"]
        seq = stores[0]["seq"] if isinstance(stores, list) and stores else 0
        if seq and (not seen or seq > seen[-1][1]):
            seen.append((time.perf_counter(), seq))
        return bool(seq == SALES_N + 1)

    # Asking costs the hub time of its own: seldom enough not to be measured.
    wait_until(is_done, "the hub has every event", look_s=0.25)
    (first_s, first_seq), (last_s, last_seq) = seen[0], seen[-1]
    return (last_seq - first_seq) / (last_s - first_s)
