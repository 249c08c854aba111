"""A slow, obvious second ledger: a list of movements, summed anew for every question."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from cext.lang.movement import Movement


class Stock:
    """Everything that was ever moved, in order."""

    def __init__(self) -> None:
        self.moved: list[Movement] = []

    def post(self, movements: Iterable[Movement]) -> None:
        """Remember them."""
        self.moved.extend(movements)

    def balance(self, kind: str, item: str, place: str) -> int:
        """What came to the place less what left it."""
        mine = [one for one in self.moved if (one.kind, one.item) == (kind, item)]
        came = sum(Fraction(one.quantity) for one in mine if one.target == place)
        left = sum(Fraction(one.quantity) for one in mine if one.source == place)
        return int(came - left)

    def balances(self, kind: str, place: str) -> dict[str, int]:
        """Every item of which the place has something or owes something."""
        items = {one.item for one in self.moved if one.kind == kind}
        found = {item: self.balance(kind, item, place) for item in items}
        return {item: balance for item, balance in found.items() if balance}
