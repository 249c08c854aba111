"""The search for the best combination of deals: small cases said in words."""

from __future__ import annotations

import pytest

from cext.engine.search.problem import Deal, Pieces, Problem, Solved, Threshold
from cext.engine.search.search import solve_deals
from cext.errors import Broken, Refused


def test_given_no_deals_then_free_savings_alone_count() -> None:
    pieces = (Pieces(count=3, gross=100, free_each=10), Pieces(count=2, gross=5))

    solved = solve_deals(Problem(pieces=pieces, deals=()))

    assert solved.objective == solved.bound == 280
    assert solved.proven


def test_given_a_set_price_when_it_saves_then_as_many_uses_as_fit() -> None:
    three_for_two = Deal(benefit="price", value=200, slot_of=(0,), slots=(3,))

    solved = solve_deals(Problem(pieces=(Pieces(count=7, gross=100),), deals=(three_for_two,)))

    assert solved.times == (2,)
    assert solved.taken == ((6,),)
    assert solved.objective == 500


def test_given_the_cheapest_free_then_pieces_go_in_falling_value() -> None:
    pieces = (Pieces(count=2, gross=300), Pieces(count=2, gross=100))
    one_free = Deal(benefit="rate", value=1_000_000, slot_of=(0, 0), slots=(2,), get_n=1)

    solved = solve_deals(Problem(pieces=pieces, deals=(one_free,)))

    assert solved.objective == 800 - 300 - 100


def test_given_two_deals_for_one_piece_then_the_pair_that_saves_most_wins() -> None:
    pieces = tuple(Pieces(count=1, gross=100) for _ in range(4))
    greedy = Deal(benefit="off", value=50, slot_of=(-1, 0, 0, -1), slots=(2,))
    left = Deal(benefit="off", value=40, slot_of=(0, 0, -1, -1), slots=(2,))
    right = Deal(benefit="off", value=40, slot_of=(-1, -1, 0, 0), slots=(2,))

    solved = solve_deals(Problem(pieces=pieces, deals=(greedy, left, right)))

    assert solved.times == (0, 1, 1)
    assert solved.objective == 320
    assert solved.proven


def test_given_a_threshold_then_a_deal_that_would_miss_it_is_left() -> None:
    pieces = (Pieces(count=1, gross=60), Pieces(count=1, gross=60))
    off = Deal(benefit="off", value=30, slot_of=(0, 0), slots=(2,))
    from_100_on = Threshold(min_minor=100, off=40)

    solved = solve_deals(Problem(pieces=pieces, deals=(off,), thresholds=(from_100_on,)))

    assert solved.times == (0,)
    assert solved.objective == 80
    assert solved.proven


def test_given_many_pieces_then_the_work_does_not_grow() -> None:
    deals = (
        Deal(benefit="price", value=250, slot_of=(0, 0, 0, 0), slots=(3,)),
        Deal(benefit="price", value=80, slot_of=(-1, -1, -1, -1), slots=(1,)),
    )

    def solve(count: int) -> Solved:
        pieces = tuple(Pieces(count=count // 4, gross=100 + kind) for kind in range(4))
        return solve_deals(Problem(pieces=pieces, deals=deals))

    few, many = solve(1_200), solve(1_200_000)

    assert few.proven
    assert many.proven
    assert few.work_n == many.work_n < 1_000


def test_given_uses_that_save_nothing_then_looking_through_them_is_work_too() -> None:
    """Ten of sixty kinds in all ways: more than anybody can look at, and none of them saves."""
    pieces = tuple(Pieces(count=3, gross=100, free_saving=(0, 1, 1, 2)) for _ in range(60))
    never = Deal(benefit="price", value=999, slot_of=(0,) * 60, slots=(10,))
    problem = Problem(pieces=pieces, deals=(never, never), work_max_n=100_000)

    solved = solve_deals(problem)

    assert solved.work_n < 110_000
    assert solved.bound <= solved.objective


def test_given_a_problem_that_is_none_then_it_is_the_callers_bug() -> None:
    short = Deal(benefit="off", value=1, slot_of=(0, 0))

    with pytest.raises(Broken):
        solve_deals("a problem")  # type: ignore[arg-type]
    with pytest.raises(Broken):
        solve_deals(Problem(pieces=(Pieces(count=1, gross=1),), deals=(short,)))
    with pytest.raises(Refused):
        solve_deals(Problem(pieces=(Pieces(count=-1, gross=1),), deals=()))
