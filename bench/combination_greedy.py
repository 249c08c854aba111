"""What a till that always makes the use that saves most would save."""

from __future__ import annotations

from cext.engine.search.problem import Deal, Problem

MILLION = 1_000_000


def save_by_saving(contest: Problem) -> int:
    """The saving of best-saving-first, for deals with one slot."""
    left = [pieces.count for pieces in contest.pieces]
    total = 0
    while True:
        uses = [_find_use(contest, deal, left) for deal in contest.deals]
        saving, kinds = max(uses, default=(0, []))
        if saving <= 0:
            return total
        total += saving
        for kind in kinds:
            left[kind] -= 1


def _find_use(contest: Problem, deal: Deal, left: list[int]) -> tuple[int, list[int]]:
    """The saving and the kinds of a deal's best use: its dearest pieces."""
    kinds = [kind for kind, slot in enumerate(deal.slot_of) if slot == 0 for _ in range(left[kind])]
    kinds.sort(key=lambda kind: -contest.pieces[kind].gross)
    kinds = kinds[: deal.slots[0]]
    if len(kinds) < deal.slots[0]:
        return 0, []
    prices = [contest.pieces[kind].gross for kind in kinds]
    if deal.benefit == "price":
        return sum(prices) - deal.value, kinds
    if deal.benefit == "off":
        return min(deal.value, sum(prices)), kinds
    getting = prices[-deal.get_n :] if deal.get_n else prices
    return sum((2 * price * deal.value + MILLION) // (2 * MILLION) for price in getting), kinds
