"""Each daemon by itself: ready how soon, how large, how busy when nothing happens."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import msgspec

from bench.figure import Figure, figure, percentile
from bench.process import cpu_ms, resident_mb
from bench.stage import Daemons, daemons, make_book

ITEMS_N = 20_000
STARTS_N = 7
IDLE_S = 20.0
SETTLE_S = 3.0


def measure() -> list[Figure]:
    """Start-up, memory and idle CPU of edge (20,000 items loaded) and hub."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        book = folder / "book.json"
        book.write_bytes(msgspec.json.encode(make_book(ITEMS_N)))
        with daemons(folder) as stage:
            stage.add_store(price_book=book)
            stage.start_broker()
            hub = _measure_one(stage, "hub")
            stage.start_broker()
            stage.start_hub()
            edge = _measure_one(stage, "edge")
    return [*edge, *hub]


def _measure_one(stage: Daemons, name: str) -> list[Figure]:
    start = stage.start_edge if name == "edge" else stage.start_hub
    ready_ms = []
    pid = 0
    for number in range(STARTS_N + 1):  # the first start takes the price book in: not counted
        if number:
            stage.stop_last()
        began_s = time.perf_counter()
        pid = start()
        ready_ms.append((time.perf_counter() - began_s) * 1000)
    time.sleep(SETTLE_S)
    before_ms = cpu_ms(pid)
    time.sleep(IDLE_S)
    idle = (cpu_ms(pid) - before_ms) / IDLE_S
    size = resident_mb(pid)
    stage.stop()
    goals = {"edge": (64.0, 1000.0, 1.0)}.get(name)
    limits = [None] * 3 if goals is None else [("<=", goal) for goal in goals]
    return [
        figure(f"{name}_resident", size, "MB", goal=limits[0]),
        figure(f"{name}_ready", percentile(ready_ms[1:], 0.5), "ms", goal=limits[1]),
        figure(f"{name}_idle_cpu", idle, "ms/s", goal=limits[2]),
    ]
