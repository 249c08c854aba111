"""The same baskets through every engine, in turns, within one run.

Engines take turns within a round and rounds follow each other, so that whatever else the machine
does meets all of them. Every total of every basket is compared; one that differs ends the run.
"""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from bench.figure import Figure, figure
from bench.peers.runner import PEERS, Engine, Runner
from bench.plain_pricing import PlainPricer
from bench.pricing_shop import World, save_world
from bench.pricing_world import make_world

PEER_NAMES = tuple(engine.name for engine in PEERS)
ROUNDS_N = 3
MOST_S = 2.0  # an engine's turn; the slowest price a part of the baskets, another part each round


class Case(NamedTuple):
    """One column: so many offers over so many items, baskets of so many lines."""

    offers_n: int
    items_n: int
    lines_n: int


CASES = (
    *(Case(200, 20_000, lines_n) for lines_n in (1, 10, 50, 200)),
    *(Case(offers_n, items_n, 10) for offers_n, items_n in ((20, 20_000), (1_000, 20_000))),
    Case(2_000, 60_000, 10),
)


class Cell(Struct, frozen=True, kw_only=True):
    """What one engine took for a case: microseconds a basket.

    The median of the rounds' medians, and the lowest and highest of those.
    """

    engine: str
    offers_n: int
    items_n: int
    lines_n: int
    us: float
    low_us: float
    high_us: float
    baskets_n: int


class SideBySide(Struct, frozen=True, kw_only=True):
    """A whole run, as bench/peers.json keeps it."""

    command: str
    machine: dict[str, str]
    versions: dict[str, dict[str, str]]
    titles: dict[str, str]
    rounds_n: int
    totals_n: int  # compared
    wrong_n: int
    cells: list[Cell]
    figures: list[Figure]


class WrongTotal(Exception):
    """An engine priced a basket differently; its message says which."""


def run(
    engines: Sequence[Engine],
    folder: Path,
    *,
    say: Callable[[str], None],
    cases: Sequence[Case] = CASES,
) -> SideBySide:
    """Measure `engines` on `cases`; worlds are written to `folder`. Raises `WrongTotal`."""
    runners = [Runner(engine) for engine in engines]
    cells: list[Cell] = []
    totals_n = 0
    try:
        for shop in dict.fromkeys((case.offers_n, case.items_n) for case in cases):
            here = [case for case in cases if (case.offers_n, case.items_n) == shop]
            lines_n = tuple(case.lines_n for case in here)
            world = make_world(offers_n=shop[0], items_n=shop[1], lines_n=lines_n)
            path = folder / f"world-{shop[0]}-{shop[1]}.json"
            save_world(world, path)
            for runner in runners:
                runner.load(path)
            for case in here:
                say(f"{case.offers_n} offers, {case.items_n} items, {case.lines_n} lines")
                found, compared_n = _measure(runners, world, case)
                cells += found
                totals_n += compared_n
    finally:
        for runner in runners:
            runner.close()
    return SideBySide(
        command="make bench-peers",
        machine=machine_facts(),
        versions={runner.engine.name: runner.versions for runner in runners},
        titles={runner.engine.name: runner.engine.title for runner in runners},
        rounds_n=ROUNDS_N,
        totals_n=totals_n,
        wrong_n=0,
        cells=cells,
        figures=judge(cells, {engine.name: engine.title for engine in engines}),
    )


def judge(cells: Sequence[Cell], titles: dict[str, str]) -> list[Figure]:
    """What this run shows against the goals: ours against the fastest peer, 10 lines."""
    us = {(cell.engine, cell.offers_n): cell.us for cell in cells if cell.lines_n == 10}
    figures = []
    for offers_n, least in ((200, 1_000), (2_000, 10_000)):
        peers = {name: us[name, offers_n] for name in PEER_NAMES if (name, offers_n) in us}
        fastest = min(peers, key=lambda name: peers[name], default="")
        figures += [
            figure(
                f"pricing_{ours}_peers_{offers_n}",
                1e6 / us[ours, offers_n],
                "baskets/s",
                against=titles[fastest],
                against_value=1e6 / peers[fastest],
                goal=(">=", least) if ours == "price" else None,
            )
            for ours in ("price", "quote", "bulk")
            if fastest and (ours, offers_n) in us
        ]
    return figures


def _measure(runners: Sequence[Runner], world: World, case: Case) -> tuple[list[Cell], int]:
    """A round that warms up and is compared only, then `ROUNDS_N` that are measured as well."""
    lines = str(case.lines_n)
    plain = PlainPricer(world)
    want = [plain.total(basket) for basket in world.baskets[lines]]
    medians: dict[str, list[float]] = {runner.engine.name: [] for runner in runners}
    priced: dict[str, int] = dict.fromkeys(medians, 0)
    totals_n = 0
    for turn in range(ROUNDS_N + 1):
        for runner in runners:
            name = runner.engine.name
            first = priced[name] % len(want)
            answer = runner.price(lines, first=first, most_s=MOST_S if turn else MOST_S / 2)
            _compare(name, case, answer.first, [want, answer.totals])
            totals_n += len(answer.totals)
            priced[name] += len(answer.totals)
            if turn:
                medians[name].append(statistics.median(answer.ns) / 1000)
    cells = [
        Cell(
            engine=name,
            **case._asdict(),
            us=statistics.median(found),
            low_us=min(found),
            high_us=max(found),
            baskets_n=min(priced[name], len(want)),
        )
        for name, found in medians.items()
    ]
    return cells, totals_n


def _compare(name: str, case: Case, first: int, totals: Sequence[Sequence[float]]) -> None:
    want, got = totals
    for n, total in enumerate(got):
        right = want[(first + n) % len(want)]
        if total != right:
            number = (first + n) % len(want)
            raise WrongTotal(f"{name}, {case}, basket {number}: {total}, and it is {right}")


def machine_facts() -> dict[str, str]:
    """What a reader needs to know of the machine."""
    model = "?"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {
        "processor": model,
        "cores": str(os.cpu_count()),
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
    }
