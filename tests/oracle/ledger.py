"""A slow, obvious ledger: one dict of accounts, exact fractions, and a copy before every set.

Written from the rules of cost, lots and reservations; it shares no code with the engine.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from cext.lang.movement import Movement

Key = tuple[str, str, str, str, str, str]
LIMIT = 2**62


class No(Exception):
    """The ledger refuses; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Row:
    """One account. `last` is the last known cost of one unit; `floor` None means there is none."""

    balance: int = 0
    value: int = 0
    last: Fraction | None = None
    holds: bool = False
    floor: int | None = None
    hard: bool = False
    buffer: int = 0
    low: int | None = None
    high: int | None = None


@dataclass
class Promise:
    """A reservation."""

    number: int
    source: Key
    target: Key
    quantity: int
    expires_ms: int | None


def nearest(value: Fraction) -> int:
    """The nearest integer; a half goes away from zero."""
    size = int(abs(value) + Fraction(1, 2))
    return size if value >= 0 else -size


@dataclass
class PlainLedger:
    """`policies`: for (kind, place), whether it keeps value, its floor, whether that is hard."""

    policies: Mapping[tuple[str, str], tuple[bool, int | None, bool]]
    rows: dict[Key, Row] = field(default_factory=dict)
    promises: list[Promise] = field(default_factory=list)
    promised_n: int = 0
    moved_n: int = 0

    def row(self, key: Key) -> Row:
        if key not in self.rows:
            holds, floor, hard = self.policies.get((key[0], key[2]), (False, None, False))
            self.rows[key] = Row(holds=holds, floor=floor, hard=hard)
        return self.rows[key]

    def reserved(self, key: Key) -> int:
        return sum(one.quantity for one in self.promises if one.source == key)

    def available(self, key: Key) -> int:
        row = self.row(key)
        return row.balance - self.reserved(key) - row.buffer

    def post(self, movements: Iterable[Movement]) -> tuple[list[int], list[tuple[object, ...]]]:
        """(value of each movement, crossings); nothing has happened after No."""
        before, count = {key: copy.copy(row) for key, row in self.rows.items()}, self.moved_n
        values: list[int] = []
        said: list[tuple[object, ...]] = []
        try:
            values += [self._move(*keys_of(one), one.quantity, one.cost, said) for one in movements]
        except No:
            self.rows, self.moved_n = before, count
            raise
        return values, said

    def reserve(self, one: Movement, expires_ms: int | None) -> int:
        source, target = keys_of(one)
        if source == target:
            raise No("movement_invalid")
        if self.available(source) - (self.row(source).floor or 0) < one.quantity:
            raise No("account_short")
        self.promised_n += 1
        promise = Promise(self.promised_n, source, target, one.quantity, expires_ms)
        self.promises.append(promise)
        return promise.number

    def void(self, number: int) -> Promise:
        for promise in self.promises:
            if promise.number == number:
                self.promises.remove(promise)
                return promise
        raise No("reservation_unknown")

    def commit(self, number: int, quantity: int | None) -> list[tuple[object, ...]]:
        promise = self.void(number)
        said: list[tuple[object, ...]] = []
        row = self.row(promise.source)
        buffer, row.buffer = row.buffer, 0  # what was promised may be taken below the buffer
        try:
            self._move(promise.source, promise.target, quantity or promise.quantity, None, said)
        except No:
            self.promises.append(promise)
            raise
        finally:
            row.buffer = buffer
        return said

    def expire(self, at_ms: int) -> list[int]:
        over = [one for one in self.promises if one.expires_ms is not None]
        lapsed = sorted((one.expires_ms, one.number) for one in over if one.expires_ms <= at_ms)
        return [self.void(number).number for _, number in lapsed]

    def _move(
        self, source: Key, target: Key, quantity: int, cost: int | None,
        said: list[tuple[object, ...]],
    ) -> int:  # fmt: skip
        giver, taker = self.row(source), self.row(target)
        carries = any(valued and kind == source[0] for (kind, _), (valued, _, _)
                      in self.policies.items())  # fmt: skip
        if source == target or (cost is not None and not carries):
            raise No("movement_invalid")
        missing = 0
        if giver.floor is not None and quantity:
            missing = quantity - (self.available(source) - giver.floor)
            if missing > 0 and giver.hard:
                raise No("account_short")
        was = giver.balance, taker.balance
        value = self._carry(source, target, quantity, cost) if carries else 0
        giver.balance -= quantity
        taker.balance += quantity
        if carries:
            learn(taker, value, quantity)
        if missing > 0:
            said.append(("short", source, missing, giver.balance))
        for key, row, before in ((source, giver, was[0]), (target, taker, was[1])):
            said += crossings(key, row, before)
        self.moved_n += 1
        return value

    def _carry(self, source: Key, target: Key, quantity: int, cost: int | None) -> int:
        """Move the value; balances are still as they were."""
        giver, taker = self.row(source), self.row(target)
        gaps = self.row((source[0], source[1], "variance", "", "", ""))
        if quantity == 0:
            assert cost is not None
            if giver.holds and giver.balance > 0 and giver.value < cost:
                raise No("value_short")
            (gaps if giver.holds and giver.balance <= 0 else giver).value -= cost
            (gaps if taker.holds and taker.balance <= 0 else taker).value += cost
            return cost
        if giver.holds or (giver.balance > 0 and giver.value >= 0):
            average = price_issue(giver, quantity)
        elif cost is None:
            average = price_unknown(taker, quantity)
        else:
            average = cost
        paid = average if cost is None else cost
        if giver.holds:
            giver.value -= average
            gaps.value += average - paid
        else:
            giver.value -= paid
        owed = -taker.balance
        if not taker.holds or owed <= 0:
            taker.value += paid
            return paid
        if quantity >= owed:
            settled = nearest(Fraction(paid * owed, quantity))
            gaps.value += settled + taker.value
            taker.value = paid - settled
        else:
            settled = nearest(Fraction(-taker.value * quantity, owed))
            gaps.value += paid - settled
            taker.value += settled
        return paid


def price_issue(giver: Row, quantity: int) -> int:
    """A share of the value by quantity; the last unit takes the rest, the rest the last cost."""
    there = max(giver.balance, 0)
    if quantity < there:
        return nearest(Fraction(giver.value * quantity, there))
    value = giver.value if there else 0
    return value + nearest((giver.last or Fraction(0)) * (quantity - there))


def price_unknown(taker: Row, quantity: int) -> int:
    if taker.balance > 0 and taker.value >= 0:
        return nearest(Fraction(taker.value * quantity, taker.balance))
    return nearest((taker.last or Fraction(0)) * quantity)


def learn(taker: Row, value: int, quantity: int) -> None:
    if taker.balance > 0 and taker.value >= 0:
        taker.last = Fraction(taker.value, taker.balance)
    elif quantity:
        taker.last = Fraction(value, quantity)


def crossings(key: Key, row: Row, before: int) -> list[tuple[object, ...]]:
    said: list[tuple[object, ...]] = []
    if row.low is not None and (before < row.low) != (row.balance < row.low):
        said.append(("low" if row.balance < row.low else "low_over", key, row.low, row.balance))
    if row.high is not None and (before > row.high) != (row.balance > row.high):
        said.append(("high" if row.balance > row.high else "high_over", key, row.high, row.balance))
    return said


def keys_of(one: Movement) -> tuple[Key, Key]:
    """The account that gives and the one that takes."""
    source = (one.kind, one.item, one.source, one.lot, one.owner, one.right)
    to_lot = one.lot if one.to_lot is None else one.to_lot
    to_owner = one.owner if one.to_owner is None else one.to_owner
    to_right = one.right if one.to_right is None else one.to_right
    return source, (one.kind, one.item, one.target, to_lot, to_owner, to_right)
