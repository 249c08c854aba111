"""A contest as an integer program for HiGHS, and its optimum."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from cext.engine.search.problem import Deal, Problem

MILLION = 1_000_000


class Program:
    """Variables, rows and their entries; `solve` gives the smallest cost (a saving is below 0)."""

    def __init__(self) -> None:
        self.costs: list[int] = []
        self.most: list[int] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.entries: list[tuple[int, int, int]] = []
        self.ready: dict[str, Any] = {}

    def add_variable(self, cost: int, most: int) -> int:
        """An integer between 0 and `most`; its number."""
        self.costs.append(cost)
        self.most.append(most)
        return len(self.costs) - 1

    def add_row(self, low: float, high: float, *terms: tuple[int, int]) -> None:
        """`low` <= the sum of factor times variable <= `high`; terms are (variable, factor)."""
        self.entries += [(len(self.low), variable, factor) for variable, factor in terms]
        self.low.append(low)
        self.high.append(high)

    def finish(self) -> Program:
        """Hand the model to scipy's structures, so that solving alone is timed."""
        rows, columns, factors = zip(*self.entries, strict=True)
        shape = (len(self.low), len(self.costs))
        matrix = coo_array((factors, (rows, columns)), shape=shape).tocsc()
        self.ready = {
            "c": np.array(self.costs, dtype=float),
            "integrality": np.ones(len(self.costs)),
            "bounds": Bounds(0, np.array(self.most)),
            "constraints": LinearConstraint(matrix, self.low, self.high),
            "options": {"mip_rel_gap": 0},
        }
        return self

    def solve(self) -> int:
        """The optimum; RuntimeError when HiGHS does not prove one."""
        found = milp(**self.ready)
        if found.status != 0:
            raise RuntimeError(found.message)
        return round(found.fun)


def build(contest: Problem) -> Program:
    """The program of a contest whose deals have one slot and, if any, one piece that gets."""
    program = Program()
    shared: list[list[tuple[int, int]]] = [[] for _ in contest.pieces]
    for deal in contest.deals:
        _add_deal(program, contest, deal, shared)
    for pieces, terms in zip(contest.pieces, shared, strict=True):
        program.add_row(0, pieces.count, *terms)
    return program.finish()


def _add_deal(
    program: Program, contest: Problem, deal: Deal, shared: list[list[tuple[int, int]]]
) -> None:
    """Pieces taken of each kind are `size` for each use; dearest kinds first."""
    kinds = [kind for kind, slot in enumerate(deal.slot_of) if slot == 0]
    kinds.sort(key=lambda kind: -contest.pieces[kind].gross)
    size = deal.slots[0]
    pieces_n = sum(contest.pieces[kind].count for kind in kinds)
    cost = {"price": deal.value, "off": -deal.value}.get(deal.benefit, 0)
    uses = program.add_variable(cost, pieces_n // size)
    taken = []
    for kind in kinds:
        variable = program.add_variable(
            0 if deal.get_n else -_get_part(contest, deal, kind), contest.pieces[kind].count
        )
        taken.append((variable, 1))
        shared[kind].append((variable, 1))
    program.add_row(0, 0, *taken, (uses, -size))
    if deal.get_n:
        _add_free(program, contest, deal, (kinds, taken, uses))


def _add_free(
    program: Program,
    contest: Problem,
    deal: Deal,
    laid_out: tuple[list[int], list[tuple[int, int]], int],
) -> None:
    """One piece a use gets: among the dearest so many, enough others pay for it."""
    kinds, taken, uses = laid_out
    size = deal.slots[0]
    getting: list[tuple[int, int]] = []
    for at, kind in enumerate(kinds):
        count = contest.pieces[kind].count
        variable = program.add_variable(-_get_part(contest, deal, kind), count)
        getting.append((variable, 1))
        program.add_row(0, np.inf, taken[at], (variable, -1))
        payers = [(free, -size) for free, _ in getting]
        program.add_row(0, np.inf, *taken[: at + 1], *payers)
    program.add_row(0, 0, *getting, (uses, -1))


def _get_part(contest: Problem, deal: Deal, kind: int) -> int:
    """What one piece adds to the saving."""
    gross = contest.pieces[kind].gross
    if deal.benefit == "price":
        return gross
    if deal.benefit == "off":
        return 0
    return (2 * gross * deal.value + MILLION) // (2 * MILLION)
