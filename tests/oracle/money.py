"""Rounding and sharing as a person does them: exact fractions, plain lists."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction


def nearest(number: Fraction) -> int:
    """The nearest integer; a half goes away from zero."""
    down = abs(number).numerator // abs(number).denominator
    size = down + (abs(number) - down >= Fraction(1, 2))
    return -size if number < 0 else size


def part_of(amount: int, times: int, over: int) -> int:
    """`amount` * `times` / `over` to the nearest integer, nothing negative: a quick `nearest`."""
    return (2 * amount * times + over) // (2 * over)


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Largest remainder: whole parts first, then one each by remainder, weight and position."""
    if not total:
        return [0] * len(weights)
    whole, size = sum(weights), abs(total)
    parts = [size * weight // whole for weight in weights]
    rest = [size * weight % whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (rest[i], weights[i], -i), reverse=True)
    for i in order[: size - sum(parts)]:
        parts[i] += 1
    return parts if total > 0 else [-part for part in parts]


def split_by_owner(total: int, owners: Sequence[Hashable], weights: Sequence[int]) -> list[int]:
    """`split` over the owners first, each with the sum of its weights; then within each."""
    order = list(dict.fromkeys(owners))
    of_each = [[i for i, one in enumerate(owners) if one == owner] for owner in order]
    parts = [0] * len(weights)
    shares = split(total, [sum(weights[i] for i in mine) for mine in of_each])
    for mine, share in zip(of_each, shares, strict=True):
        for i, part in zip(mine, split(share, [weights[i] for i in mine]), strict=True):
            parts[i] = part
    return parts
