"""Contests as the search meets them at its worst: every item in three deals, all overlapping."""

from __future__ import annotations

from random import Random

from cext.engine.search.problem import Deal, Pieces, Problem

MILLION = 1_000_000
DEALS_PER_ITEM_N = 3


def make_contest(lines_n: int, deals_n: int, seed: int) -> Problem:
    """Lines of one to three pieces; deals of two to four pieces out of a random set.

    Two in six are sets at a price, one an amount off, one a rate, two give the cheapest piece
    free or at half. Values follow the prices of the set, as a shop would choose them.
    """
    draw = Random(seed * 1000 + lines_n)
    pieces = tuple(
        Pieces(
            count=draw.randint(1, 3),
            gross=draw.choice([draw.randint(100, 999), draw.randint(300, 4999)]),
        )
        for _ in range(lines_n)
    )
    members: list[set[int]] = [set() for _ in range(deals_n)]
    for kind in range(lines_n):
        for deal in draw.sample(range(deals_n), min(DEALS_PER_ITEM_N, deals_n)):
            members[deal].add(kind)
    return Problem(pieces=pieces, deals=tuple(_make(draw, pieces, one) for one in members if one))


def _make(draw: Random, pieces: tuple[Pieces, ...], members: set[int]) -> Deal:
    prices = [pieces[kind].gross for kind in members]
    need = draw.randint(2, 4)
    slot_of = tuple(0 if kind in members else -1 for kind in range(len(pieces)))
    kind = draw.choice(["price", "price", "off", "rate", "lowest", "lowest"])
    if kind == "price":
        value = int(sum(prices) / len(prices) * need * draw.uniform(0.6, 0.9))
        return Deal(benefit="price", value=value, slot_of=slot_of, slots=(need,))
    if kind == "off":
        value = int(min(prices) * need * draw.uniform(0.2, 0.9))
        return Deal(benefit="off", value=value, slot_of=slot_of, slots=(need,))
    if kind == "rate":
        value = draw.randint(10, 40) * MILLION // 100
        return Deal(benefit="rate", value=value, slot_of=slot_of, slots=(need,))
    value = draw.choice([MILLION, MILLION // 2])
    return Deal(benefit="rate", value=value, slot_of=slot_of, slots=(need,), get_n=1)
