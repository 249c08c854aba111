"""A week at full pace through real devices: what a cashier waits for."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import replace
from io import StringIO
from pathlib import Path

from rich.console import Console

from bench.figure import Figure, figure, percentile
from edge.sim.week.process import Children
from edge.sim.week.programme import Options, make_programme
from edge.sim.week.run import open_stage
from edge.sim.week.stage import Folder, Ports
from edge.sim.week.till import Paper, Till
from edge.sim.week.trading import begin_progress, trade
from edge.sim.week.view import Progress, View


class TimedTill(Till):
    """A till that notes how long each close took: tender to durable commit, seen from outside."""

    def __init__(self, till: Till) -> None:
        self.__dict__ = till.__dict__
        self.close_ms: list[float] = []

    async def close(self) -> Paper:
        began_s = time.perf_counter()
        paper = await super().close()
        self.close_ms.append((time.perf_counter() - began_s) * 1000)
        return paper


def measure() -> list[Figure]:
    """Percentiles of a scan until the line is on the page, and of a close until it is durable."""
    with tempfile.TemporaryDirectory() as name:
        progress, close_ms = asyncio.run(_trade(Path(name) / "run"))
    scan_ms = [took_ns / 1e6 for took_ns in progress.scan_ns]
    return [
        figure("scan_to_line_p50", percentile(scan_ms, 0.5), "ms"),
        figure("scan_to_line_p99", percentile(scan_ms, 0.99), "ms", goal=("<=", 50)),
        figure("close_to_durable_p50", percentile(close_ms, 0.5), "ms"),
        figure("close_to_durable_p99", percentile(close_ms, 0.99), "ms", goal=("<=", 25)),
        figure("week_at_full_pace", progress.took_s, "s"),
    ]


async def _trade(root: Path) -> tuple[Progress, list[float]]:
    programme = make_programme(Options())
    folder = Folder(root)
    children = Children(folder.logs)
    try:
        ports = Ports.find(usual=False)
        async with open_stage(programme, folder, children, ports=ports) as stage:
            progress = begin_progress(programme, stage.counter.clock)
            till = TimedTill(stage.counter.till)
            timed = replace(stage, counter=replace(stage.counter, till=till))
            with View(progress, Console(file=StringIO())) as view:
                await trade(programme, timed, view, pace="max")
        return progress, till.close_ms
    finally:
        await children.stop()
        folder.close()
