"""Offers on single items: the passes, the price of a part, the worth of a tier and of a deal."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from cext.offers.rows import DealRow, ItemRow, TierRow
from tests.oracle.money import part_of, split
from tests.oracle.sale import Line, Row, Sale

MILLION = 1_000_000


class Taken(NamedTuple):
    """What an item row took of a part of which `before` was left."""

    row: Row
    amount: int
    before: int


class Pass:
    """The unit offers that are looked at together, and how they go with one another."""

    def __init__(self, way: str, rows: Sequence[Row]) -> None:
        self.way = way  # exclusive | together | apart
        self.rows = [row for row in rows if isinstance(row.row, ItemRow)]
        self.tiers = [row for row in rows if isinstance(row.row, TierRow)]
        self.deals = [row for row in rows if isinstance(row.row, DealRow)]
        self._of: dict[str, list[Row]] = {}

    def of_item(self, item: str) -> list[Row]:
        """The item rows that cover it, by rank."""
        if item not in self._of:
            self._of[item] = [row for row in self.rows if item in row.items]
        return self._of[item]


def list_passes(sale: Sale) -> list[Pass]:
    """First the exclusive offers by priority, then the others: at once or by priority."""
    alone = [row for row in sale.unit if row.offer.conflict == "exclusive"]
    others = [row for row in sale.unit if row.offer.conflict != "exclusive"]
    passes = [Pass("exclusive", rows) for rows in _by_priority(alone)]
    if sale.rules.book.zones == "apart":
        return passes + [Pass("apart", rows) for rows in _by_priority(others)]
    return passes + ([Pass("together", others)] if others else [])


def _by_priority(rows: Sequence[Row]) -> list[list[Row]]:
    levels = sorted({row.offer.priority for row in rows}, reverse=True)
    return [[row for row in rows if row.offer.priority == level] for level in levels]


def save(benefit: str, value: int, part: tuple[Line, int, int], left: int) -> int:
    """What a benefit of an item row saves on (line, quantity, list gross) with `left` to pay."""
    line, quantity, gross = part
    if benefit == "rate":
        return min(left, part_of(left, value, MILLION))
    if line.label is not None:
        if not line.price:
            return 0
        less = line.price - value if benefit == "unit_price" else min(value, line.price)
        return min(left, part_of(gross, less, line.price)) if less > 0 else 0
    whole = part_of(value, quantity, line.per)
    return min(left, max(0, gross - whole) if benefit == "unit_price" else whole)


def choose(rows: Sequence[Row], way: str, part: tuple[Line, int, int]) -> list[Row]:
    """The item rows that are applied to a part, in the order in which they are."""
    gross = part[2]
    worth = {row.rank: save(row.row.benefit, row.row.value, part, gross) for row in rows}
    if way == "exclusive":
        best = _best(rows, worth)
        return [best] if best is not None else []
    rivals = [row for row in rows if row.offer.conflict == "best"]
    stack = [row for row in rows if row.offer.conflict == "stack"]
    if way == "together":
        groups = {row.offer.group for row in rivals}
        winners = [
            _best([row for row in rivals if row.offer.group == group], worth) for group in groups
        ]
        return sorted((row for row in winners if row is not None), key=_rank) + stack
    single = _best(rivals, worth)
    compound = sum(taken.amount for taken in apply(stack, part))
    if single is not None and worth[single.rank] >= compound:
        return [single]
    return stack


def _rank(row: Row) -> int:
    return row.rank


def _best(rows: Sequence[Row], worth: dict[int, int]) -> Row | None:
    return max(rows, key=lambda row: (worth[row.rank], -row.rank)) if rows else None


def apply(rows: Sequence[Row], part: tuple[Line, int, int]) -> list[Taken]:
    """What each row takes at its turn."""
    left, taken = part[2], []
    for row in rows:
        amount = save(row.row.benefit, row.row.value, part, left)
        taken.append(Taken(row, amount, left))
        left -= amount
    return taken


def price_part(one: Pass, part: tuple[Line, int, int]) -> list[Taken]:
    """The item price of a part (line, quantity, list gross) that is in no deal."""
    rows = one.of_item(part[0].item.item)
    return apply(choose(rows, one.way, part), part) if rows else []


def price_along(one: Pass, deal: Row, part: tuple[Line, int, int]) -> list[Taken]:
    """What the item rows that go with `deal` take of a part (line, quantity, list gross)."""
    rows = one.of_item(part[0].item.item)
    if one.way == "exclusive" or not rows:
        return []
    if deal.offer.conflict == "stack":
        if one.way == "together":
            return apply(choose(rows, one.way, part), part)
        return apply([row for row in rows if row.offer.conflict == "stack"], part)
    if one.way == "apart":
        return []
    chosen = [
        row
        for row in choose(rows, one.way, part)
        if row.offer.conflict == "stack" or row.offer.group != deal.offer.group
    ]
    return apply(chosen, part)


def save_by_tier(row: TierRow, parts: Sequence[tuple[Line, int, int, int]]) -> list[int] | None:
    """What a tier saves on each (line, quantity, gross, left); None when it is not reached."""
    whole = sum(quantity for _, quantity, _, _ in parts)
    if whole < row.steps[0].min_quantity:
        return None
    if not row.marginal:
        step = [one for one in row.steps if one.min_quantity <= whole][-1]
        return [_save_left(row.benefit, step.value, part) for part in parts]
    order = sorted(
        range(len(parts)), key=lambda i: (-Fraction(parts[i][0].price, parts[i][0].per), i)
    )
    savings, filled = [0] * len(parts), 0
    for i in order:
        savings[i] = _save_between(row, parts[i], filled)
        filled += parts[i][1]
    return savings


def _save_between(row: TierRow, part: tuple[Line, int, int, int], filled: int) -> int:
    """What the steps that lie above `filled` and up to the end of the part save on it."""
    line, quantity, gross, left = part
    edges = [(0, None)] if row.steps[0].min_quantity else []
    edges += [(step.min_quantity, step.value) for step in row.steps]  # type: ignore[misc]
    cuts: list[tuple[int, Any]] = []
    for at, (begin, value) in enumerate(edges):
        end = edges[at + 1][0] if at + 1 < len(edges) else filled + quantity
        length = min(end, filled + quantity) - max(begin, filled)
        if length > 0:
            cuts.append((length, value))
    lengths = [length for length, _ in cuts]
    lefts, grosses = split(left, lengths), split(gross, lengths)
    total = 0
    for (length, value), one_left, one_gross in zip(cuts, lefts, grosses, strict=True):
        if value is not None:
            total += _save_left(row.benefit, value, (line, length, one_gross, one_left))
    return total


def _save_left(benefit: str, value: int, part: tuple[Line, int, int, int]) -> int:
    line, quantity, gross, left = part
    if benefit == "unit_price" and line.label is None:
        return max(0, left - part_of(value, quantity, line.per))
    if benefit == "unit_price":
        to_pay = gross - save(benefit, value, (line, quantity, gross), gross)
        return max(0, left - to_pay)
    return save(benefit, value, (line, quantity, gross), left)


def save_by_deal(row: DealRow, got: Sequence[tuple[int, int]]) -> int:
    """What one use saves; `got` is (slot, value) of every piece in it."""
    total = sum(value for _, value in got)
    if row.benefit == "price":
        return max(0, total - row.value)
    if row.benefit == "off":
        return min(row.value, total)
    if len(row.slots) == 1:
        by_value = sorted(value for _, value in got)
        getting = by_value[: row.get_n or len(by_value)]
    else:
        getting = [value for slot, value in got if row.slots[slot].gets]
    if row.benefit == "rate":
        return sum(part_of(value, row.value, MILLION) for value in getting)
    if row.benefit == "amount":
        return sum(min(value, row.value) for value in getting)
    return sum(max(0, value - row.value) for value in getting)
