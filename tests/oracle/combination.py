"""The best combination of competing deals by trying all, in plain lists; slow and obvious.

Shares no code with the engine: it makes use after use, every composition of pieces it can have,
and looks at what is left to pay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from cext.engine.search.problem import Deal, Problem

_Rows = Sequence[Sequence[int]]
# A choice: pieces taken by deal and kind, savings by deal, times by deal.
_Choice = tuple[tuple[tuple[int, ...], ...], tuple[int, ...], tuple[int, ...]]
_Use = tuple[tuple[int, ...], int]


def find_best(problem: Problem) -> int:
    """The smallest objective of all choices."""
    best = _get_objective(problem, _nothing(problem))
    seen = set()
    stack = [_nothing(problem)]
    uses = [list(_list_uses(problem, deal)) for deal in problem.deals]
    while stack:
        choice = stack.pop()
        for number, compositions in enumerate(uses):
            for composition, saving in compositions:
                more = _add_use(problem, choice, number, (composition, saving))
                if more is not None and more not in seen:
                    seen.add(more)
                    stack.append(more)
                    best = min(best, _get_objective(problem, more))
    return best


def check_choice(problem: Problem, taken: _Rows, times: Sequence[int]) -> list[int]:
    """What each deal can save at most with exactly these pieces, so often; [] if it cannot."""
    savings = []
    for number, deal in enumerate(problem.deals):
        uses = list(_list_uses(problem, deal))
        saving = _split(tuple(taken[number]), times[number], uses, {})
        if saving is None or times[number] > deal.uses_max:
            return []
        savings.append(saving)
    return savings


def get_objective(problem: Problem, taken: _Rows, saving: Sequence[int]) -> int:
    """What is to be paid for a choice."""
    return _get_objective(problem, (tuple(map(tuple, taken)), tuple(saving), ()))


def be_greedy_by_rank(problem: Problem) -> int:
    """Deal after deal, each as often as it gains, the use that gains most first.

    Where several gain alike, the greedy one may take any: the dearest outcome.
    """
    choices = {_nothing(problem)}
    for number in range(len(problem.deals)):
        choices = _take_all(problem, choices, [number])
    return max(_get_objective(problem, choice) for choice in choices)


def be_greedy_by_saving(problem: Problem) -> int:
    """Always the use, of any deal, that gains most; of equals any, so the dearest outcome."""
    choices = _take_all(problem, {_nothing(problem)}, list(range(len(problem.deals))))
    return max(_get_objective(problem, choice) for choice in choices)


def _nothing(problem: Problem) -> _Choice:
    zeros = tuple(0 for _ in problem.deals)
    return tuple(tuple(0 for _ in problem.pieces) for _ in problem.deals), zeros, zeros


def _take_all(problem: Problem, choices: set[_Choice], numbers: list[int]) -> set[_Choice]:
    """Where greed ends up from these choices, using these deals."""
    ended: set[_Choice] = set()
    while choices:
        further = set()
        for choice in choices:
            best = _take_best(problem, choice, numbers)
            further.update(best)
            if not best:
                ended.add(choice)
        choices = further
    return ended


def _take_best(problem: Problem, choice: _Choice, numbers: list[int]) -> list[_Choice]:
    """The choice with one use more, the one that gains most; all of them if several do."""
    before = _get_objective(problem, choice, tail=False)
    found: list[_Choice] = []
    most = 1
    for number in numbers:
        for use in _list_uses(problem, problem.deals[number]):
            more = _add_use(problem, choice, number, use)
            if more is None:
                continue
            gain = before - _get_objective(problem, more, tail=False)
            if gain > most:
                found, most = [], gain
            if gain == most:
                found.append(more)
    return found


def _add_use(problem: Problem, choice: _Choice, number: int, use: _Use) -> _Choice | None:
    taken, saving, times = choice
    if times[number] == problem.deals[number].uses_max:
        return None
    for kind, pieces in enumerate(problem.pieces):
        if sum(row[kind] for row in taken) + use[0][kind] > pieces.count:
            return None
    row = tuple(a + b for a, b in zip(taken[number], use[0], strict=True))
    return (
        (*taken[:number], row, *taken[number + 1 :]),
        (*saving[:number], saving[number] + use[1], *saving[number + 1 :]),
        (*times[:number], times[number] + 1, *times[number + 1 :]),
    )


def _split(
    taken: tuple[int, ...], times: int, uses: list[_Use], known: dict[tuple[int, ...], int | None]
) -> int | None:
    """The most these pieces save in exactly `times` uses."""
    if times == 0:
        return None if any(taken) else 0
    if (*taken, times) in known:
        return known[(*taken, times)]
    best = None
    for composition, saving in uses:
        left = tuple(a - b for a, b in zip(taken, composition, strict=True))
        if min(left, default=0) < 0:
            continue
        rest = _split(left, times - 1, uses, known)
        if rest is not None and (best is None or rest + saving > best):
            best = rest + saving
    known[(*taken, times)] = best
    return best


def _list_uses(problem: Problem, deal: Deal) -> Iterator[_Use]:
    """Every composition of one use that saves something, and what it saves."""
    if deal.uses_max == 0:
        return
    if deal.benefit == "fixed":
        whole = tuple(
            one.count if slot >= 0 else 0
            for one, slot in zip(problem.pieces, deal.slot_of, strict=True)
        )
        if deal.value > 0 and any(slot >= 0 for slot in deal.slot_of):
            yield whole, deal.value
        return
    ranges = [
        range(min(one.count, deal.slots[slot]) + 1 if slot >= 0 else 1)
        for one, slot in zip(problem.pieces, deal.slot_of, strict=True)
    ]
    for composition in product(*ranges):
        filled = [0] * len(deal.slots)
        for count, slot in zip(composition, deal.slot_of, strict=True):
            if slot >= 0:
                filled[slot] += count
        if filled == list(deal.slots):
            saving = _get_saving(problem, deal, composition)
            if saving > 0:
                yield composition, saving


def _get_saving(problem: Problem, deal: Deal, composition: tuple[int, ...]) -> int:
    """What one use saves, from the words of the contract."""
    pieces = []  # (value, does it get)
    for kind, count in enumerate(composition):
        beside = deal.piece_saving[kind] if deal.piece_saving else 0
        slot = deal.slot_of[kind]
        gets = slot >= 0 and (not deal.gets or deal.gets[slot])
        pieces += [(problem.pieces[kind].gross - beside, gets)] * count
    total = sum(value for value, _ in pieces)
    if deal.benefit == "price":
        return max(0, total - deal.value)
    if deal.benefit == "off":
        return min(deal.value, total)
    getting = sorted(value for value, gets in pieces if gets)
    if len(deal.slots) == 1 and deal.get_n:
        getting = getting[: deal.get_n]
    if deal.benefit == "rate":
        return sum((2 * value * deal.value + 1_000_000) // 2_000_000 for value in getting)
    if deal.benefit == "amount":
        return sum(min(deal.value, value) for value in getting)
    return sum(max(0, value - deal.value) for value in getting)


def _get_objective(problem: Problem, choice: _Choice, *, tail: bool = True) -> int:
    taken, saving, _ = choice
    left = -sum(saving)
    free_left = []
    for kind, pieces in enumerate(problem.pieces):
        free_n = pieces.count - sum(row[kind] for row in taken)
        free = pieces.free_saving[free_n] if pieces.free_saving else pieces.free_each * free_n
        left += pieces.gross * pieces.count - free
        free_left.append(pieces.gross * free_n - free)
        for deal, row in zip(problem.deals, taken, strict=True):
            if deal.piece_saving and deal.benefit != "fixed":
                left -= deal.piece_saving[kind] * row[kind]
    for threshold in problem.thresholds if tail else ():
        seen = sum(free_left[kind] for kind in threshold.kinds) if threshold.kinds else left
        if seen >= threshold.min_minor:
            left -= min(threshold.off, left)
    return left
