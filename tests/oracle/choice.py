"""Every way to use the deals and tiers of a pass, and what each leaves to pay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from cext.offers.rows import DealRow
from tests.oracle.money import split_by_owner
from tests.oracle.passes import Pass, Taken, price_along, price_part, save_by_deal, save_by_tier
from tests.oracle.sale import Line, Row, Sale

STATES_MAX_N = 2500
Counts = tuple[int, ...]


class TooManyChoices(Exception):
    """The basket is too large to look at every choice."""


class Board:
    """The lines as a pass finds them: what is still untouched, and what is left to pay."""

    def __init__(self, sale: Sale, one: Pass, free: Sequence[int], left: Sequence[int]) -> None:
        self.sale, self.one, self.free, self.left = sale, one, tuple(free), tuple(left)
        self.lines = sale.lines
        self._parts: dict[tuple[int, int], list[Taken]] = {}
        self._uses: dict[tuple[int, Counts], list[tuple[Counts, int]]] = {}
        self._values: dict[tuple[int, int], tuple[int, int]] = {}
        self._reach: dict[tuple[int, Counts], set[tuple[Counts, int]]] = {}

    def part(self, at: int, pieces: int) -> tuple[Line, int, int]:
        """(line, quantity, list gross) of so many pieces of a line, or of the whole line."""
        line = self.lines[at]
        if line.pieces:
            return line, pieces * 1000, pieces * line.piece
        return line, line.quantity, line.gross

    def price(self, at: int, pieces: int) -> list[Taken]:
        """What the item rows take of the pieces that are in no deal."""
        key = (at, pieces)
        if key not in self._parts:
            self._parts[key] = price_part(self.one, self.part(at, pieces)) if pieces else []
        return self._parts[key]

    def value(self, deal: Row, at: int) -> tuple[int, int]:
        """(what item rows take of a piece in the deal, what is then left of it)."""
        key = (deal.rank, at)
        if key not in self._values:
            line = self.lines[at]
            taken = sum(one.amount for one in price_along(self.one, deal, self.part(at, 1)))
            self._values[key] = (taken, line.piece - taken)
        return self._values[key]

    def uses(self, deal: Row, room: Counts) -> list[tuple[Counts, int]]:
        """Every single use out of `room` that saves something: (pieces of each line, saving)."""
        key = (deal.rank, room)
        if key not in self._uses:
            self._uses[key] = list(self._list_uses(deal, room))
        return self._uses[key]

    def _list_uses(self, deal: Row, room: Counts) -> Iterator[tuple[Counts, int]]:
        row: DealRow = deal.row
        choices: list[list[list[int]]] = [[[0] * len(room)]]
        for slot in row.slots:
            members = [
                at
                for at, line in enumerate(self.lines)
                if line.pieces and room[at] and line.item.item in slot.items
            ]
            choices.append(list(_fill(members, room, slot.pieces_n)))
        for picked in _combine(choices[1:]):
            got = [
                (slot, self.value(deal, at)[1])
                for slot, counts in enumerate(picked)
                for at, count in enumerate(counts)
                for _ in range(count)
            ]
            saving = save_by_deal(row, got)
            if saving:
                yield tuple(map(sum, zip(*picked, strict=True))), saving

    def reach(self, deal: Row, room: Counts) -> set[tuple[Counts, int]]:
        """Every (pieces taken, saving in all) of any number of uses out of `room`."""
        key = (deal.rank, room)
        if key not in self._reach:
            none = (0,) * len(room)
            found = layer = {(none, 0)}
            for _ in range(min(self.sale.uses_max[deal.offer.offer], sum(room))):
                layer = {
                    (tuple(map(sum, zip(taken, more, strict=True))), saved + saving)
                    for taken, saved in layer
                    for more, saving in self.uses(deal, _less(room, taken))
                } - found
                if not layer:
                    break
                found = found | layer
                if len(found) > STATES_MAX_N:
                    raise TooManyChoices
            self._reach[key] = found
        return self._reach[key]

    def tier_lines(self, tier: Row) -> list[int]:
        """The lines a tier takes: all of its items that earlier passes left untouched."""
        return [
            at
            for at, line in enumerate(self.lines)
            if self.free[at] and not line.closed and line.item.item in tier.items
        ]

    def tier_savings(self, tier: Row) -> dict[int, tuple[int, int]] | None:
        """Line -> (what item rows take, what the tier saves); None when it is of no use."""
        members = self.tier_lines(tier)
        along, parts = [], []
        for at in members:
            line, quantity, gross = self.part(at, self.free[at])
            taken = sum(one.amount for one in price_along(self.one, tier, (line, quantity, gross)))
            along.append(taken)
            parts.append((line, quantity, gross, gross - taken))
        savings = save_by_tier(tier.row, parts) if parts else None
        if savings is None or not sum(savings):
            return None
        return dict(zip(members, zip(along, savings, strict=True), strict=True))

    def outcomes(self, *, all_of_them: bool) -> set[tuple[Counts, Counts]]:
        """(what is left to pay, what is still untouched) of each line under every choice.

        Or, of the choices that leave the same pieces untouched, one with the smallest sum.
        """
        found: set[tuple[Counts, Counts]] = set()
        for tiers in self._tier_choices():
            room, gone = list(self.free), [0] * len(self.free)
            for lines in tiers:
                for at, (along, saving) in lines.items():
                    room[at] = 0
                    gone[at] = along + saving
            pieces = [n if self.lines[at].pieces else 0 for at, n in enumerate(room)]
            whole = [at for at, n in enumerate(room) if n and not self.lines[at].pieces]
            states = {tuple(pieces): {tuple(gone)}}
            for deal in self.one.deals:
                states = self._with_deal(deal, states, all_of_them=all_of_them)
            for rest, gones in states.items():
                open_n = list(rest)
                for at in whole:
                    open_n[at] = 1
                saved = [
                    sum(one.amount for one in self.price(at, n)) for at, n in enumerate(open_n)
                ]
                untouched = tuple(
                    0 if saving else n for n, saving in zip(open_n, saved, strict=True)
                )
                for lost in gones:
                    left = tuple(a - b - c for a, b, c in zip(self.left, lost, saved, strict=True))
                    found.add((left, untouched))
        return found

    def _tier_choices(self) -> Iterator[list[dict[int, tuple[int, int]]]]:
        known = [self.tier_savings(tier) for tier in self.one.tiers]
        useful = [lines for lines in known if lines is not None]
        for n in range(len(useful) + 1):
            for chosen in combinations(useful, n):
                members = [at for lines in chosen for at in lines]
                if len(members) == len(set(members)):
                    yield list(chosen)

    def _with_deal(
        self, deal: Row, states: dict[Counts, set[Counts]], *, all_of_them: bool
    ) -> dict[Counts, set[Counts]]:
        after: dict[Counts, set[Counts]] = {}
        states_n = 0
        for room, gones in states.items():
            for taken, saving in self.reach(deal, room):
                lost = self.shares(deal, taken, saving)
                kept = after.setdefault(_less(room, taken), set())
                for gone in gones:
                    kept.add(tuple(a + b for a, b in zip(gone, lost, strict=True)))
                if not all_of_them and len(kept) > 1:
                    best = max(kept, key=sum)
                    kept.clear()
                    kept.add(best)
                states_n += len(gones)
                if states_n > STATES_MAX_N * 4:
                    raise TooManyChoices
        return after

    def shares(self, deal: Row, taken: Counts, saving: int) -> list[int]:
        """What each line loses by a deal: the item rows along with it, and its share."""
        lost = [taken[at] * self.value(deal, at)[0] if n else 0 for at, n in enumerate(taken)]
        for at, share in self.split_saving(deal, taken, saving).items():
            lost[at] += share
        return lost

    def split_saving(self, deal: Row, taken: Counts, saving: int) -> dict[int, int]:
        """Line -> its share of what a deal saves: items share first, then the lines of each."""
        lines = [at for at, count in enumerate(taken) if count]
        items = [self.lines[at].item.item for at in lines]
        weights = [taken[at] * self.value(deal, at)[1] for at in lines]
        return dict(zip(lines, split_by_owner(saving, items, weights), strict=True))


def _fill(members: Sequence[int], room: Counts, pieces_n: int) -> Iterator[list[int]]:
    """Every way to take `pieces_n` pieces from the member lines."""
    if pieces_n == 0:
        yield [0] * len(room)
    elif members:
        first, rest = members[0], members[1:]
        for count in range(min(room[first], pieces_n), -1, -1):
            for counts in _fill(rest, room, pieces_n - count):
                counts[first] = count
                yield counts


def _combine(choices: Sequence[list[list[int]]]) -> Iterator[list[list[int]]]:
    if not choices:
        yield []
        return
    for counts in choices[0]:
        for others in _combine(choices[1:]):
            yield [counts, *others]


def _less(room: Counts, taken: Counts) -> Counts:
    return tuple(a - b for a, b in zip(room, taken, strict=True))
