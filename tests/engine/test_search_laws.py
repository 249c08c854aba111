"""The laws of the search, against trying all choices and against both greedy ways."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cext.engine.search.problem import Deal, Problem, Solved
from cext.engine.search.search import solve_deals
from tests.engine.contests import make_crowd, make_problem
from tests.oracle import combination

SEEDS = st.integers(0, 2**40)
EXAMPLES_N = 400


def _check(problem: Problem, solved: Solved) -> None:
    """The answer is a choice that can be made, and says rightly what it costs."""
    savings = combination.check_choice(problem, solved.taken, solved.times)
    assert len(savings) == len(problem.deals)
    assert all(said <= most for said, most in zip(solved.saving, savings, strict=True))
    assert combination.get_objective(problem, solved.taken, solved.saving) == solved.objective
    assert solved.proven == (solved.bound == solved.objective)


@pytest.mark.parametrize("thresholds_n", [0, 2])
@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize("beside", [False, True])
@settings(max_examples=EXAMPLES_N, deadline=None)
@given(seed=SEEDS)
def test_the_answer_is_the_best_of_all_choices(
    seed: int, uneven: bool, beside: bool, thresholds_n: int
) -> None:
    problem = make_problem(seed, uneven=uneven, beside=beside, thresholds_n=thresholds_n)

    solved = solve_deals(problem)

    _check(problem, solved)
    assert solved.proven
    assert solved.objective == combination.find_best(problem)


@pytest.mark.parametrize("work_max_n", [0, 1_000, 5_000, 50_000])
@pytest.mark.parametrize("thresholds_n", [0, 1])
@settings(max_examples=EXAMPLES_N // 2, deadline=None)
@given(seed=SEEDS)
def test_a_short_budget_gives_a_choice_and_a_bound_that_holds(
    seed: int, work_max_n: int, thresholds_n: int
) -> None:
    problem = make_problem(seed, uneven=True, beside=True, thresholds_n=thresholds_n)

    solved = solve_deals(replace(problem, work_max_n=work_max_n))

    _check(problem, solved)
    best = combination.find_best(problem)
    assert solved.bound <= best <= solved.objective


@pytest.mark.parametrize("work_max_n", [0, 2_000, 100_000_000])
@settings(max_examples=EXAMPLES_N // 2, deadline=None)
@given(seed=SEEDS)
def test_it_is_never_worse_than_either_greedy_way(seed: int, work_max_n: int) -> None:
    problem = make_problem(seed)
    sums = replace(problem, deals=tuple(deal for deal in problem.deals if deal.benefit != "off"))

    solved = solve_deals(replace(sums, work_max_n=work_max_n))

    assert solved.objective <= combination.be_greedy_by_rank(sums)
    assert solved.objective <= combination.be_greedy_by_saving(sums)


@pytest.mark.parametrize("benefit", ["price", "off", "rate", "lowest", "mixed"])
@pytest.mark.parametrize("thresholds_n", [0, 3])
@pytest.mark.parametrize("uneven", [False, True])
def test_the_work_stays_within_its_budget_whatever_the_deals(
    benefit: str, thresholds_n: int, uneven: bool
) -> None:
    """What is begun is finished: a look at all deals, which is less than the least there is."""
    crowd = make_crowd(benefit, uneven=uneven, thresholds_n=thresholds_n)
    least = solve_deals(replace(crowd, work_max_n=0))

    for work_max_n in (1_000, 500_000, 1_000_000, 5_000_000):
        solved = solve_deals(replace(crowd, work_max_n=work_max_n))

        assert not solved.proven
        assert solved.work_n <= max(work_max_n, least.work_n) + least.work_n
        assert solved.objective <= least.objective
        assert least.bound <= solved.bound <= solved.objective


def test_the_work_is_counted_alike_on_every_machine() -> None:
    """These figures change with the search, never with the machine or its load."""
    crowds = [make_crowd("mixed", uneven=True, thresholds_n=n) for n in (0, 3)]

    solved = [solve_deals(replace(crowd, work_max_n=5_000_000)) for crowd in crowds]

    assert [(one.work_n, one.objective, one.bound) for one in solved] == [
        (5_012_129, 91_799, 84_254),
        (5_028_418, 92_810, 76_533),
    ]


@settings(max_examples=EXAMPLES_N, deadline=None)
@given(seed=SEEDS)
def test_the_order_of_deals_and_kinds_decides_nothing(seed: int) -> None:
    problem = make_problem(seed, uneven=True, beside=True)
    order = Random(seed)
    kinds = order.sample(range(len(problem.pieces)), len(problem.pieces))
    deals = order.sample(problem.deals, len(problem.deals))
    turned = Problem(
        pieces=tuple(problem.pieces[kind] for kind in kinds),
        deals=tuple(_turn(deal, kinds) for deal in deals),
    )

    assert solve_deals(turned).objective == solve_deals(problem).objective


@settings(max_examples=EXAMPLES_N // 4, deadline=None)
@given(seed=SEEDS)
def test_the_same_problem_has_the_same_answer(seed: int) -> None:
    problem = make_problem(seed, uneven=True, thresholds_n=1)

    assert solve_deals(problem) == solve_deals(problem)


@settings(max_examples=EXAMPLES_N // 4, deadline=None)
@given(seed=SEEDS)
def test_two_problems_side_by_side_cost_their_sum(seed: int) -> None:
    one, other = make_problem(seed, uneven=True), make_problem(seed + 1, uneven=True)
    after = (-1,) * len(other.pieces)
    before = (-1,) * len(one.pieces)
    both = Problem(
        pieces=(*one.pieces, *other.pieces),
        deals=(
            *(replace(deal, slot_of=(*deal.slot_of, *after)) for deal in one.deals),
            *(replace(deal, slot_of=(*before, *deal.slot_of)) for deal in other.deals),
        ),
    )

    apart = solve_deals(one).objective + solve_deals(other).objective
    assert solve_deals(both).objective == apart


def _turn(deal: Deal, kinds: list[int]) -> Deal:
    return replace(
        deal,
        slot_of=tuple(deal.slot_of[kind] for kind in kinds),
        piece_saving=tuple(deal.piece_saving[kind] for kind in kinds if deal.piece_saving),
    )
