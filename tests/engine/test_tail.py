"""What follows from the sum of a basket: stages, steps, conflicts, gifts, points."""

from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise
from random import Random
from typing import Any

import pytest

from cext.engine.tail.tail_alone import run_tail
from cext.errors import Broken, Refused
from cext.lang.rights import Rights
from cext.offers.rows import BasketRow, Step
from tests.engine.tails import (
    INDEX,
    ITEMS,
    Scene,
    draw_rows,
    draw_scene,
    make_lines,
    make_offer,
    make_plan,
    make_row,
    make_rows,
)
from tests.oracle.sale import Row

BOOKS_N = 2500
BASKETS_N = 40


def saved(rows: list[Row], lines: Any, **more: Any) -> int:
    """What rows take of lines in all."""
    return int(Scene(rows, lines, **more).run()[0])


def lost(scene: Scene) -> list[tuple[str, str, int, int]]:
    """(offer, why, missing money, missing pieces) of what came to nothing."""
    offers = {row.rank: row.offer.offer for row in scene.rows}
    return [(offers[row], *rest) for row, *rest in scene.run()[3]]


# --- against the slow one


def compare(scene: Scene) -> None:
    total, most, takings, losses, uses, gifts, points_n = scene.run()
    end = scene.work_out()
    offers = {row.rank: row.offer.offer for row in scene.rows}
    taken: dict[tuple[int, int], tuple[int, int]] = {}
    for line, row, amount, pieces in end.taken:
        before = taken.get((line, row.rank), (0, 0))
        taken[line, row.rank] = (before[0] + amount, before[1] + pieces)
    assert {(line, row): (amount, pieces) for line, row, amount, pieces in takings} == taken
    assert total == sum(line.left for line in scene.lines) - sum(end.left)
    assert dict(uses) == end.times
    assert [(offers[row], n, price) for row, n, price in gifts] == [
        (gift[0], gift[3], gift[4]) for gift in end.gifts
    ]
    assert points_n == end.points_n
    used = {offers[row] for row, _ in uses} | {offers[row] for row, _, _ in gifts}
    open_ones = {row.offer.offer for row in scene.tail}
    assert {
        (offers[row], why): missing for row, why, *missing in losses if offers[row] in open_ones
    } == {(o, why): list(gap) for (_, o, why), gap in end.losses.items() if o not in used}
    assert total <= most


@pytest.mark.parametrize("part", range(2))
def test_the_compiled_tail_says_to_the_cent_what_the_slow_one_says(part: int) -> None:
    for seed in range(part * BOOKS_N // 2, (part + 1) * BOOKS_N // 2):
        random = Random(seed)
        rows = draw_rows(random)
        plan = make_plan(rows)
        for _ in range(BASKETS_N):
            compare(draw_scene(random, rows, plan))


def test_no_smaller_lefts_are_ever_lowered_by_more_than_the_bound() -> None:
    for seed in range(700):
        random = Random(-seed)
        rows = draw_rows(random)
        plan = make_plan(rows)
        for _ in range(10):
            scene = draw_scene(random, rows, plan)
            most = scene.run()[1]
            for _ in range(5):
                lower = [
                    random.choice((line.left, random.randrange(line.left + 1)))
                    for line in scene.lines
                ]
                assert scene.run(lower)[0] <= most


def test_an_item_bears_the_same_however_its_sum_stands_on_its_lines() -> None:
    for seed in range(1000):
        random = Random(seed)
        rows = [row for row in draw_rows(random) if not row.row.pieces_n]
        if not rows:
            continue
        plan = make_plan(rows)
        for _ in range(20):
            scene = draw_scene(random, rows, plan)
            other: list[int] = []
            for _, alike in groupby(scene.lines, key=lambda line: line.item.item):
                mine = [line.left for line in alike]
                cuts = sorted(random.randrange(sum(mine) + 1) for _ in mine[1:])
                other += [b - a for a, b in pairwise([0, *cuts, sum(mine)])]
            if max(other, default=0) > 10**11:
                continue
            assert by_item(scene, scene.run()) == by_item(scene, scene.run(other))


def by_item(scene: Scene, ran: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a run says, its takings by (row, item)."""
    taken: Counter[tuple[int, str]] = Counter()
    for line, row, amount, _ in ran[2]:
        taken[row, scene.lines[line].item.item] += amount
    return taken, ran[0], ran[3:]


# --- by hand


def test_all_lines_of_an_item_bear_together_weighed_and_by_hand_as_well() -> None:
    rows = make_rows((make_row("threshold", (0, 1)), {}))
    lines = make_lines(("a", 200), ("a", 300), ("a", 200), ("b", 400))
    lines[1].pieces = 0  # weighed
    lines[2].left = 50  # 1.50 off by hand

    # Line by line the cent would fall to b, which is worth more than any line of a.
    assert Scene(rows, lines).run()[2] == [(1, 0, 1, 0)]


@pytest.mark.parametrize(("sum_minor", "off"), [(9950, 0), (9999, 0), (10000, 1000), (10001, 1000)])
def test_99_50_never_gets_what_100_gets(sum_minor: int, off: int) -> None:
    rows = make_rows((make_row("threshold", (10000, 1000)), {}))

    assert saved(rows, make_lines(("a", sum_minor - 50), ("b", 50))) == off


def test_not_reached_says_what_is_missing_to_the_lowest_step() -> None:
    step = Step(min_minor=10000, min_quantity=3000, value=1)
    row = BasketRow(kind="k", stage="threshold", steps=(step,), benefit="amount")
    scene = Scene(make_rows((row, {})), make_lines(("a", 9950)))

    assert lost(scene) == [("o0", "not_reached", 50, 2)]


def test_three_times_12_with_10_off_splits_to_10() -> None:
    rows = make_rows((make_row("threshold", (0, 1000)), {}))

    takings = Scene(rows, make_lines(("a", 1200), ("b", 1200), ("c", 1200))).run()[2]

    assert [amount for _, _, amount, _ in takings] == [334, 333, 333]


def test_each_full_100_takes_10_and_a_limit_ends_it() -> None:
    rows = make_rows((make_row("threshold", (10000, 1000), repeat=True), {}))
    lines = make_lines(("a", 35000))

    assert saved(rows, lines) == 3000
    assert saved(rows, lines, facts={0: (0, 2, 0)}) == 2000


def test_of_several_thresholds_the_best_counts_unless_they_stack() -> None:
    first, second = make_row("threshold", (100, 20)), make_row("threshold", (200, 50))
    lines = make_lines(("a", 300))

    assert saved(make_rows((first, {}), (second, {})), lines) == 50
    scene = Scene(make_rows((first, {}), (second, {})), lines)
    assert lost(scene) == [("o0", "beaten", 0, 0)]
    assert saved(make_rows((first, {"conflict": "stack"}), (second, {})), lines) == 70
    assert saved(make_rows((first, {"group": "x"}), (second, {"group": "y"})), lines) == 70


def test_a_stacked_threshold_sees_what_the_one_before_it_left() -> None:
    rows = make_rows(
        (make_row("threshold", (100, 20)), {"conflict": "stack"}),
        (make_row("threshold", (100, 20)), {"conflict": "stack"}),
        (make_row("threshold", (100, 5), sees="before"), {"conflict": "stack"}),
    )
    scene = Scene(rows, make_lines(("a", 119)))

    assert scene.run()[0] == 25
    assert lost(scene) == [("o1", "used_up", 0, 0)]


def test_an_exclusive_offer_of_high_priority_stands_alone_in_its_stage_only() -> None:
    rows = make_rows(
        (make_row("threshold", (0, 10)), {"conflict": "exclusive", "priority": 9}),
        (make_row("threshold", (0, 90)), {"conflict": "exclusive"}),
        (make_row("threshold", (0, 50)), {"conflict": "stack"}),
        (make_row("points", (0, 1), benefit="points", points_n=10), {}),
    )

    assert saved(rows, make_lines(("a", 1000)), rights=Rights(points_n=70)) == 17


def test_a_coupon_scanned_three_times_takes_three_times_and_never_more_than_is_left() -> None:
    rows = make_rows((make_row("coupon", (0, 40), fair=False), {"coupon": "c"}))
    facts: dict[int, tuple[int, int | None, int]] = {0: (0, 3, 3)}
    scene = Scene(rows, make_lines(("a", 70), ("b", 30)), facts)

    assert scene.run()[2] == [(0, 0, 70, 0), (1, 0, 30, 0)]
    assert scene.run()[4] == [(0, 3)]
    assert saved(rows, make_lines(("a", 500)), facts=facts) == 120


def test_a_coupon_for_what_is_not_in_the_basket_says_so() -> None:
    rows = make_rows((make_row("coupon", (0, 40), seen=("e",), bears=("e",)), {"coupon": "c"}))

    assert lost(Scene(rows, make_lines(("a", 70)), {0: (0, 1, 1)})) == [
        ("o0", "not_applicable", 0, 0)
    ]
    assert lost(Scene(rows, [], {0: (0, 1, 1)})) == [("o0", "not_applicable", 0, 0)]


def test_a_closed_offer_is_lost_where_it_touches_the_basket() -> None:
    closed_ones = {0: (2, None, 0), 1: (3, None, 0), 2: (2, None, 0), 3: (1, None, 0)}
    rows = make_rows(
        (make_row("threshold", (0, 1)), {}),
        (make_row("threshold", (0, 1)), {}),
        (make_row("threshold", (0, 1), seen=("e",), bears_but=("a",)), {}),
        (make_row("threshold", (0, 1)), {}),
        (make_row("threshold", (0, 1)), {}),
    )
    facts = {**closed_ones, 4: (0, 0, 0)}

    assert lost(Scene(rows, make_lines(("a", 70)), facts)) == [
        ("o0", "not_applicable", 0, 0),
        ("o1", "limit_reached", 0, 0),
        ("o4", "limit_reached", 0, 0),
    ]


def test_a_percent_coupon_stops_at_its_cap() -> None:
    rows = make_rows((make_row("coupon", (0, 200_000), benefit="rate", cap_minor=30), {}))

    assert saved(rows, make_lines(("a", 100))) == 20
    assert saved(rows, make_lines(("a", 10_000))) == 30


def test_points_pay_in_whole_steps_within_the_share_they_may_pay() -> None:
    row = make_row("points", (0, 100), benefit="points", points_n=100, cap_ppm=500_000)
    rows = make_rows((row, {}))

    ran = Scene(rows, make_lines(("a", 1250)), rights=Rights(points_n=999)).run()

    assert (ran[0], ran[6]) == (600, 600)


def test_delivery_is_free_from_a_sum_of_goods() -> None:
    row = make_row("delivery", (1000, 1_000_000), benefit="rate", bears=("z",))
    rows = make_rows((row, {}))

    assert saved(rows, make_lines(("a", 1000), ("z", 500))) == 500
    assert saved(rows, make_lines(("a", 999), ("z", 500))) == 0
    assert lost(Scene(rows, make_lines(("z", 500)))) == [("o0", "not_reached", 1000, 0)]


def test_points_come_after_coupons_and_coupons_after_thresholds() -> None:
    rows = make_rows(
        (make_row("points", (0, 1), benefit="points", points_n=1), {}),
        (make_row("coupon", (0, 100_000), benefit="rate"), {}),
        (make_row("threshold", (0, 100)), {}),
    )

    ran = Scene(rows, make_lines(("a", 1100)), rights=Rights(points_n=5000)).run()

    assert ran[2] == [(0, 2, 100, 0), (0, 1, 100, 0), (0, 0, 900, 0)]


def test_five_hundred_lines_of_the_largest_amount_do_not_overflow() -> None:
    most = 10**11
    lines = make_lines(*[("a", most)] * 500)
    gift = {"benefit": "unit_price", "pieces_n": 100_000, "gift": True, "bears": ("e",)}
    rows = make_rows(
        (make_row("reward", (1, 0), **gift, repeat=True), {}),
        (make_row("threshold", (1, most), repeat=True, cap_minor=most), {}),
    )
    thousandth = make_rows((make_row("threshold", (0, 1000), benefit="rate"), {}))

    assert saved(rows, lines) == 500 * most
    assert Scene(rows, lines).run()[5] == [(0, 500 * most * 100_000, 0)]
    assert saved(thousandth, lines) == 500 * most // 1000


# --- refusals


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (make_row("threshold", (0, 1), repeat=True), "one step, and a minimum"),
        (make_row("threshold", (1, 1), (2, 2), repeat=True), "one step, and a minimum"),
        (make_row("threshold"), "1 to 16 steps"),
        (make_row("threshold", *[(n, 1) for n in range(17)]), "1 to 16 steps"),
        (make_row("points", (0, 1), benefit="points"), "how many points"),
        (make_row("points", (0, 0), benefit="points", points_n=1), "how many points"),
        (make_row("reward", (0, 1), benefit="unit_price"), "number of pieces"),
        (make_row("reward", (0, 1), pieces_n=1, cap_minor=1), "has no cap"),
        (make_row("reward", (0, 1), gift=True, pieces_n=1), "gift needs items"),
        (make_row("reward", (0, 1), instead_minor=1), "only a gift"),
        (make_row("threshold", (0, 1_000_001), benefit="rate"), "value 1000001"),
        (make_row("threshold", (0, 10**11 + 1)), "value 100000000001"),
        (make_row("threshold", (2**70, 1)), "minimum"),
        (make_row("reward", (0, 1), pieces_n=100_001), "pieces 100001"),
    ],
)
def test_a_row_without_meaning_is_refused_by_name(row: BasketRow, why: str) -> None:
    with pytest.raises(Refused, match=why) as caught:
        make_plan(make_rows((row, {})))
    assert caught.value.code == "offer_invalid"
    assert "offer 'o0'" in caught.value.detail


def test_the_door_takes_exact_whole_numbers_within_their_bounds_only() -> None:
    plan = make_plan(make_rows((make_row("threshold", (0, 1)), {})))

    with pytest.raises(Refused, match="amount"):
        run_tail(plan, [(0, 10**11 + 1, 0, 1000, 1)])
    with pytest.raises(Broken, match="exact_int"):
        run_tail(plan, [(0, 1.5, 0, 1000, 1)])  # type: ignore[list-item]
    with pytest.raises(Refused, match="500 lines"):
        run_tail(plan, [(0, 1, 1, 1000, 1)] * 501)
    with pytest.raises(Broken, match="exact_plan"):
        run_tail(None, [])  # type: ignore[arg-type]


def test_rows_must_come_in_order_with_those_of_one_offer_together() -> None:
    row, one, other = make_row("threshold", (0, 1)), make_offer("x"), make_offer("y")
    for order in ([(1, one), (0, other)], [(0, one), (1, other), (2, one)]):
        with pytest.raises(Broken, match="rows_in_rank_order"):
            make_plan([Row(rank, offer, "", row, frozenset()) for rank, offer in order])


def test_a_book_of_many_rows_is_found_through_the_items_of_the_basket() -> None:
    every = [
        (make_row("threshold", (0, n % 7), seen=(name,), bears=(name,)), {"conflict": "stack"})
        for n, name in enumerate([*"abcde"] * 400)
    ]
    scene = Scene(make_rows(*every), make_lines(("a", 10**9)))

    assert scene.run()[0] == sum(row.steps[0].value for row, _ in every if row.seen == ("a",))
    assert {row for _, row, _, _ in scene.run()[2]} <= set(range(0, 2000, 5))
    assert INDEX["a"] == 0
    assert ITEMS[0].item == "a"
