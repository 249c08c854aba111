"""The search for the best combination of deals against an integer program (HiGHS in scipy).

The same contests, one after the other in turn; the program is built beforehand, so that only
HiGHS's own time counts, while ours counts from the Python struct to the Python answer.
"""

from __future__ import annotations

import time

from msgspec import Struct

from bench.combination_greedy import save_by_saving
from bench.combination_program import Program, build
from bench.combination_world import make_contest
from bench.figure import Figure, figure, percentile
from cext.engine.search.problem import Problem, Solved
from cext.engine.search.search import solve_deals

# Lines, deals, contests; each item is in three deals. The third is the goal's size.
SIZES = ((5, 3, 100), (10, 7, 100), (20, 15, 60), (50, 37, 10))
GOAL = (20, 15)


class Timed(Struct, frozen=True):
    """One contest: seconds of both, whether they agree, and what greed loses of the saving."""

    ours_s: float
    highs_s: float
    same: bool
    proven: bool
    lost: float


def measure() -> list[Figure]:
    """Times, ratios and proofs by size."""
    figures = []
    for lines_n, deals_n, contests_n in SIZES:
        timed = [_time(lines_n, deals_n, seed) for seed in range(contests_n)]
        figures += _figures(lines_n, deals_n, timed)
    return figures


def _time(lines_n: int, deals_n: int, seed: int) -> Timed:
    contest = make_contest(lines_n, deals_n, seed)
    program: Program = build(contest)
    start = time.perf_counter()
    solved = solve_deals(contest)
    ours_s = time.perf_counter() - start
    start = time.perf_counter()
    objective = program.solve()
    highs_s = time.perf_counter() - start
    gross = sum(pieces.count * pieces.gross for pieces in contest.pieces)
    return Timed(
        ours_s=ours_s,
        highs_s=highs_s,
        same=_agree(solved, gross + objective),
        proven=solved.proven,
        lost=_get_loss(contest, gross - min(solved.objective, gross + objective)),
    )


def _agree(solved: Solved, objective: int) -> bool:
    """The same optimum; where ours is not proven, the other's lies within our bounds."""
    if solved.proven:
        return solved.objective == objective
    return solved.bound <= objective <= solved.objective


def _get_loss(contest: Problem, most: int) -> float:
    """The share of the attainable saving that best-saving-first leaves."""
    return 1 - save_by_saving(contest) / most if most else 0.0


def _figures(lines_n: int, deals_n: int, timed: list[Timed]) -> list[Figure]:
    name = f"combination_{lines_n}_{deals_n}"
    ours = [one.ours_s * 1000 for one in timed]
    highs = [one.highs_s * 1000 for one in timed]
    at_goal = (lines_n, deals_n) == GOAL
    proven = sum(one.proven for one in timed) / len(timed)
    return [
        figure(f"{name}_p50", percentile(highs, 0.5), "ms of HiGHS", against="ours, ms",
               against_value=percentile(ours, 0.5), goal=(">=", 10) if at_goal else None),
        figure(f"{name}_p99", percentile(highs, 0.99), "ms of HiGHS", against="ours, ms",
               against_value=percentile(ours, 0.99)),
        figure(f"{name}_same", sum(one.same for one in timed) / len(timed), "share",
               goal=(">=", 1)),
        figure(f"{name}_proven", proven, "share", goal=(">=", 1) if at_goal else None),
        figure(f"{name}_greed_fails", sum(one.lost > 0 for one in timed) / len(timed), "share"),
        figure(f"{name}_greed_loses", sum(one.lost for one in timed) / len(timed), "of saving"),
    ]  # fmt: skip
