"""What follows from the sum of a basket, stage by stage, on what is left of its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cext.offers.rows import BasketRow, Step
from tests.oracle.money import part_of, split_by_owner
from tests.oracle.sale import STAGES, Row, Sale

MILLION = 1_000_000


@dataclass
class Turn:
    """A row with the lines it sees and bears on (positions), and how often it may come."""

    row: Row
    terms: BasketRow
    seen: list[int]
    bears: list[int]
    quantity: int
    gross: int
    promised: int = 0  # pieces of a gift that earlier scans were offered


@dataclass
class Rival:
    """The rows of one offer in one stage: they never compete with each other."""

    turns: list[Turn]
    scans: int
    uses_max: int

    @property
    def first(self) -> Row:
        """The row that stands for the offer."""
        return self.turns[0].row


@dataclass
class Effect:
    """What one row does once; `takes` are (line, minor units, pieces)."""

    takes: list[tuple[int, int, int]] = field(default_factory=list)
    gift_n: int = 0
    gift_minor: int = 0
    times: int = 0
    uses: int = 0  # of these, those that took something
    points_n: int = 0

    @property
    def amount(self) -> int:
        return sum(amount for _, amount, _ in self.takes)


@dataclass
class Ending:
    """Everything the stages did."""

    left: list[int]
    taken: list[tuple[int, Row, int, int]] = field(default_factory=list)  # line, row, minor, pieces
    times: dict[int, int] = field(default_factory=dict)  # rank of the row -> uses
    gifts: list[tuple[str, str, tuple[str, ...], int, int]] = field(default_factory=list)
    losses: dict[tuple[int, str, str], tuple[int, int]] = field(default_factory=dict)
    points_n: int = 0


class Tail:
    """The stages of one sale, to be run on any number of lefts."""

    def __init__(self, sale: Sale) -> None:
        self.sale = sale
        self.stages: list[list[Rival]] = []
        for stage in STAGES:
            rivals: dict[str, Rival] = {}
            for row in sale.tail:
                if row.row.stage == stage:
                    offer = row.offer
                    scans = sale.scans[offer.when.coupon] if offer.when.coupon else 1
                    uses_max = sale.uses_max[offer.offer]
                    rival = rivals.setdefault(offer.offer, Rival([], scans, uses_max))
                    rival.turns.append(self._turn(row))
            if rivals:
                self.stages.append(list(rivals.values()))

    def _turn(self, row: Row) -> Turn:
        lines, rules = self.sale.lines, self.sale.rules
        seen, bears = rules.seen(row.row), rules.bears(row.row)
        found = [at for at, line in enumerate(lines) if line.item.item in seen]
        return Turn(
            row,
            row.row,
            found,
            [at for at, line in enumerate(lines) if line.item.item in bears],
            sum(lines[at].quantity for at in found),
            sum(lines[at].gross for at in found),
        )

    def run(self, left: Sequence[int], *, record: bool = True) -> Ending:
        """Let every stage take from `left`, one after the other."""
        ending = Ending(list(left))
        for rivals in self.stages:
            self._run_stage(rivals, ending, record=record)
        return ending

    def _run_stage(self, rivals: list[Rival], ending: Ending, *, record: bool) -> None:
        worth: list[tuple[Rival, int]] = []
        for rival in rivals:
            amount, gives = self._alone(rival, ending)
            if amount or gives:
                worth.append((rival, amount))
            elif record:
                self._lose(rival, ending)
        winners = _winners(worth)
        for rival, _ in worth:
            offer = rival.first.offer.offer
            if all(rival is not winner for winner in winners):
                ending.losses[0, offer, "beaten"] = (0, 0)
        for rival in winners:
            if not self._play(rival, ending):
                ending.losses[0, rival.first.offer.offer, "used_up"] = (0, 0)

    def _alone(self, rival: Rival, ending: Ending) -> tuple[int, bool]:
        """(what the offer would take if it were the only one, whether it would give a gift)."""
        trial = Ending(list(ending.left), points_n=ending.points_n)
        gives = self._play(rival, trial)
        return sum(ending.left) - sum(trial.left), gives

    def _play(self, rival: Rival, ending: Ending) -> bool:
        """Apply an offer, each scan at its turn; whether it took or gave something."""
        used = [0] * len(rival.turns)
        done = False
        for turn in rival.turns:
            turn.promised = 0
        for _ in range(rival.scans):
            for n, turn in enumerate(rival.turns):
                room = rival.uses_max - used[n]
                effect = self.effect(turn, room, ending) if room > 0 else None
                if effect is None or not (effect.takes or effect.gift_n):
                    continue
                done = True
                used[n] += effect.times
                turn.promised += effect.gift_n
                self._note(turn, effect, ending)
        return done

    def _note(self, turn: Turn, effect: Effect, ending: Ending) -> None:
        for at, amount, pieces in effect.takes:
            ending.left[at] -= amount
            ending.taken.append((at, turn.row, amount, pieces))
        ending.points_n += effect.points_n
        rank = turn.row.rank
        if effect.uses:
            ending.times[rank] = ending.times.get(rank, 0) + effect.uses
        if effect.gift_n:
            known = self.sale.rights.gifts
            worth_it = self._worth_offering(turn.terms, effect.gift_minor)
            items = tuple(item for item in worth_it if known.get(item, 1))
            gift = (turn.row.offer.offer, turn.row.reason, items, effect.gift_n, effect.gift_minor)
            ending.gifts.append(gift)

    def _worth_offering(self, terms: BasketRow, at_minor: int) -> list[str]:
        """The items of a gift that cost more than `at_minor` a piece; for nothing, all of them."""
        of = {item.item: item for item in self.sale.rules.book.items}
        return [
            name
            for name in terms.bears or ()
            if not at_minor
            or of[name].open_price
            or part_of(self.sale.price_of(of[name]), 1000, of[name].per) > at_minor
        ]

    def reach(self, turn: Turn, left: Sequence[int]) -> tuple[Step | None, int]:
        """(the highest step reached, the sum it was measured by)."""
        before = turn.terms.sees == "before"
        total = turn.gross if before else sum(left[at] for at in turn.seen)
        reached = [
            step
            for step in turn.terms.steps
            if step.min_minor <= total and step.min_quantity <= turn.quantity
        ]
        return (reached[-1] if reached and turn.seen else None), total

    def effect(self, turn: Turn, room: int, ending: Ending) -> Effect | None:
        """What a row does at its turn; None when no step is reached."""
        left, terms = ending.left, turn.terms
        step, total = self.reach(turn, left)
        if step is None:
            return None
        times = 1
        if terms.repeat:
            fits = [room]
            if step.min_minor:
                fits.append(total // step.min_minor)
            if step.min_quantity:
                fits.append(turn.quantity // step.min_quantity)
            times = min(fits)
        if terms.pieces_n:
            return self._take_pieces(turn, step, times, left)
        bearing = sum(left[at] for at in turn.bears)
        most = self._cap(terms, times, bearing)
        if terms.benefit == "points":
            open_n = (self.sale.rights.points_n - ending.points_n) // terms.points_n
            steps_n = max(0, min(open_n, most // step.value if step.value else 0))
            takes = self._share(turn, step.value * steps_n, left)
            return Effect(takes, times=1, uses=1, points_n=steps_n * terms.points_n)
        if terms.benefit == "rate":
            amount = part_of(bearing, step.value, MILLION)
        else:
            amount = step.value * times
        return Effect(self._share(turn, min(amount, most), left), times=times, uses=times)

    def _cap(self, terms: BasketRow, times: int, bearing: int) -> int:
        most = bearing
        if terms.cap_minor:
            most = min(most, terms.cap_minor * times)
        if terms.cap_ppm < MILLION:
            most = min(most, part_of(bearing, terms.cap_ppm, MILLION))
        return most

    def _share(self, turn: Turn, amount: int, left: Sequence[int]) -> list[tuple[int, int, int]]:
        if turn.terms.fair:
            return self._spread(turn.bears, amount, left)
        takes = []
        for at in turn.bears:  # in their place, so that scanning in another order moves no tax
            part = min(amount, left[at])
            amount -= part
            if part:
                takes.append((at, part, 0))
        return takes

    def _spread(
        self, places: Sequence[int], amount: int, left: Sequence[int]
    ) -> list[tuple[int, int, int]]:
        """Each item its share of `amount`, whatever its lines are; then each line of the item."""
        items = [self.sale.lines[at].item.item for at in places]
        shares = split_by_owner(amount, items, [left[at] for at in places])
        return [(at, share, 0) for at, share in zip(places, shares, strict=True) if share]

    def _take_pieces(self, turn: Turn, step: Step, times: int, left: Sequence[int]) -> Effect:
        terms, lines = turn.terms, self.sale.lines
        benefit, value = terms.benefit, step.value
        single = {
            at: _save_pieces(benefit, value, 1, part_of(left[at], 1, lines[at].pieces))
            for at in turn.bears
            if lines[at].pieces
        }
        rest = due = terms.pieces_n * times
        takes = []
        for at in sorted(single, key=lambda at: (-single[at], at)):
            if not single[at] or not rest:
                continue
            n = lines[at].pieces
            pieces = min(n, rest)
            worth = part_of(left[at], pieces, n)
            amount = _save_pieces(benefit, value, pieces, worth)
            rest -= pieces
            if amount:
                takes.append((at, amount, pieces))
        effect = Effect(takes, times=times)
        paid = 0
        if terms.gift and rest:
            effect.gift_minor = value if benefit == "unit_price" else 0
            paid = self._offer(turn, effect, rest, left)
        effect.uses = -(-(due - rest + paid) // terms.pieces_n)
        return effect

    def _offer(self, turn: Turn, effect: Effect, rest: int, left: Sequence[int]) -> int:
        """Offer what is to be had of `rest` pieces; how many others money was given for."""
        terms, known = turn.terms, self.sale.rights.gifts
        items = self._worth_offering(terms, effect.gift_minor)
        if not items:
            return 0
        effect.gift_n = rest
        if all(item in known for item in items):
            there = sum(known[item] for item in items) - turn.promised
            effect.gift_n = max(0, min(rest, there))
        missing = rest - effect.gift_n
        lower = list(left)
        for at, amount, _ in effect.takes:
            lower[at] -= amount
        room = sum(lower[at] for at in turn.seen)
        amount = min(room, part_of(terms.instead_minor, missing, terms.pieces_n))
        effect.takes += self._spread(turn.seen, amount, lower)
        return missing if amount else 0

    def _lose(self, rival: Rival, ending: Ending) -> None:
        """Why an offer of which nothing came was lost."""
        offer, terms = rival.first.offer.offer, rival.first.row
        turn = rival.turns[0]
        coupon = bool(rival.first.offer.when.coupon)
        step, total = self.reach(turn, ending.left)
        if step is None and not turn.seen and (coupon or terms.seen is not None):
            if coupon:
                ending.losses[0, offer, "not_applicable"] = (0, 0)
        elif step is None:
            lowest = terms.steps[0]
            missing = (
                max(0, lowest.min_minor - total),
                -(min(0, turn.quantity - lowest.min_quantity) // 1000),
            )
            ending.losses[0, offer, "not_reached"] = missing
        elif self._could_take(rival):
            ending.losses[0, offer, "used_up"] = (0, 0)
        else:
            ending.losses[0, offer, "not_applicable"] = (0, 0)

    def _could_take(self, rival: Rival) -> bool:
        """Whether it would take something of the lines as scanned, and of all the points."""
        untouched = Ending([line.gross for line in self.sale.lines])
        effect = self.effect(rival.turns[0], rival.uses_max, untouched)
        return effect is not None and bool(effect.takes or effect.gift_n)


def _winners(worth: list[tuple[Rival, int]]) -> list[Rival]:
    """Who is applied, in order of rank; `worth` comes in that order."""
    alone = [pair for pair in worth if pair[0].first.offer.conflict == "exclusive"]
    if alone:
        return [max(alone, key=lambda pair: (pair[0].first.offer.priority, pair[1]))[0]]
    best: dict[Any, tuple[Rival, int]] = {}
    for rival, amount in worth:
        row = rival.first
        key: Any = row.offer.group
        if row.offer.conflict == "stack" or (not key and row.row.stage != "threshold"):
            key = row.rank  # competes with nobody
        if key not in best or amount > best[key][1]:
            best[key] = (rival, amount)
    return sorted((rival for rival, _ in best.values()), key=lambda rival: rival.first.rank)


def _save_pieces(benefit: str, value: int, pieces: int, worth: int) -> int:
    if benefit == "rate":
        return min(worth, part_of(worth, value, MILLION))
    if benefit == "amount":
        return min(worth, pieces * value)
    return max(0, worth - pieces * value)
