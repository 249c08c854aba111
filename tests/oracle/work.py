"""A choice of deals worked through once more: every taking, loss, gift, point and tax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from tests.oracle.choice import Board, Counts, TooManyChoices
from tests.oracle.money import nearest, split
from tests.oracle.passes import Taken, list_passes, price_along, save
from tests.oracle.sale import Line, Row, Sale
from tests.oracle.stages import Ending, Tail

Taking = tuple[str, str, str, int, str]  # rule, kind, payer, minor units, reason
GROUPINGS_MAX_N = 4000
GROUPED_MAX_N = 12  # pieces


@dataclass
class Made:
    """What a quote says it did with one rule: uses, pieces of lines by number, minor units."""

    times: int
    pieces: dict[int, int]
    amount: int


@dataclass
class Verdict:
    """Every figure of a sale under one choice; lines stand in canonical order."""

    lines: list[Line] = field(default_factory=list)
    takings: list[list[Taking]] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    line_taxes: list[int] = field(default_factory=list)
    taxes: dict[str, tuple[int, int]] = field(default_factory=dict)
    losses: dict[tuple[int, str, str], tuple[int, int]] = field(default_factory=dict)
    gifts: list[tuple[str, str, tuple[str, ...], int, int]] = field(default_factory=list)
    uses: dict[str, int] = field(default_factory=dict)
    points_n: int = 0
    payable: int = 0
    short: int = 0  # what better choices would still have saved, pass by pass
    known: bool = True  # whether every choice could be looked at
    wrong: list[str] = field(default_factory=list)  # what the choice may not do


def open_state(sale: Sale) -> tuple[Counts, Counts]:
    """(what is left to pay, untouched pieces or whole lines) before the first pass."""
    left = tuple(line.gross - line.hand for line in sale.lines)
    free = tuple(0 if line.closed else line.pieces or 1 for line in sale.lines)
    return left, free


def net_of(tail: Tail, left: Sequence[int]) -> int:
    """What is to pay when the stages have come after these lefts."""
    return sum(tail.run(left, record=False).left) if tail.stages else sum(left)


class Evaluation:
    """A choice that was made, worked through once more."""

    def __init__(self, sale: Sale, made: dict[str, Made]) -> None:
        self.sale, self.made = sale, made
        self.tail = Tail(sale)
        self.left, self.free = (list(one) for one in open_state(sale))
        self.verdict = Verdict(lines=sale.lines, left=self.left)
        self.notes: list[list[tuple[int, Row, int]]] = [[] for _ in sale.lines]

    def finish(self, *, look_around: bool) -> Verdict:
        """Work through every pass and stage; `look_around`: compare with every other choice."""
        sale, verdict = self.sale, self.verdict
        verdict.losses = dict.fromkeys(sale.losses, (0, 0))
        for one in list_passes(sale):
            board = Board(sale, one, self.free, self.left)
            least = self._least(board) if look_around else None
            self._work(board)
            if least is not None:
                verdict.short += net_of(self.tail, self.left) - least
        self._record()
        self._lose_closed()
        ending = self.tail.run(self.left)
        self._end(ending)
        _tax(sale, verdict)
        return verdict

    def _least(self, board: Board) -> int | None:
        if not board.one.deals and not board.one.tiers:
            return None
        try:
            found = board.outcomes(all_of_them=bool(self.tail.stages))
        except TooManyChoices:
            self.verdict.known = False
            return None
        return min(net_of(self.tail, left) for left in {left for left, _ in found})

    def _work(self, board: Board) -> None:
        """Take what the pass takes under the choice that was made."""
        notes: list[list[tuple[int, Row, int]]] = [[] for _ in self.left]
        rest = list(board.free)
        tried: dict[tuple[int, int], list[Taken]] = {}
        for tier in board.one.tiers:
            self._work_tier(board, tier, rest, notes, tried)
        for deal in board.one.deals:
            self._work_deal(board, deal, rest, notes, tried)
        touched = [a != b for a, b in zip(board.free, rest, strict=True)]
        for at, count in enumerate(rest):
            for one in board.price(at, count):
                notes[at].append((0, one.row, one.amount))
                tried.setdefault((at, one.row.rank), []).append(one)
            saved = sum(one.amount for one in board.price(at, count))
            self.free[at] = 0 if saved or not count else count
            if touched[at] and self.sale.lines[at].pieces == 0:
                self.free[at] = 0
        for at, mine in enumerate(notes):
            self.left[at] -= sum(amount for _, _, amount in mine)
            self.notes[at] += mine
        self._lose_rows(board, notes, tried)

    def _work_tier(
        self,
        board: Board,
        tier: Row,
        rest: list[int],
        notes: list[list[tuple[int, Row, int]]],
        tried: dict[tuple[int, int], list[Taken]],
    ) -> None:
        offer = tier.offer.offer
        lines = [at for at, line in enumerate(board.lines) if line.item.item in tier.items]
        made = self.made.get(offer)
        if made is None:
            whole = sum(board.lines[at].quantity for at in lines if not board.lines[at].closed)
            missing = tier.row.steps[0].min_quantity - whole
            if missing > 0 and whole:
                self.verdict.losses[0, offer, "not_reached"] = (0, -(-missing // 1000))
            elif whole:
                self.verdict.losses[0, offer, "beaten"] = (0, 0)
            return
        savings = board.tier_savings(tier)
        self.verdict.uses[offer] = 1
        if savings is None or made.times != 1:
            self.verdict.wrong.append(f"tier {offer} was used without use")
            return
        said = {at: made.pieces.get(board.lines[at].number, 0) for at in lines}
        if {at: n for at, n in said.items() if n} != {at: board.free[at] for at in savings}:
            self.verdict.wrong.append(f"tier {offer} took up other lines than its own")
        for at, (_, saving) in savings.items():
            if rest[at] != board.free[at]:
                self.verdict.wrong.append(f"tier {offer} took up pieces of others")
            for one in price_along(board.one, tier, board.part(at, board.free[at])):
                notes[at].append((0, one.row, one.amount))
                tried.setdefault((at, one.row.rank), []).append(one)
            notes[at].append((1, tier, saving))
            rest[at] = 0

    def _work_deal(
        self,
        board: Board,
        deal: Row,
        rest: list[int],
        notes: list[list[tuple[int, Row, int]]],
        tried: dict[tuple[int, int], list[Taken]],
    ) -> None:
        offer, made = deal.offer.offer, self.made.get(deal.offer.offer)
        if made is None:
            self._lose_deal(deal)
            return
        self.verdict.uses[offer] = made.times
        taken = tuple(made.pieces.get(line.number, 0) for line in board.lines)
        if any(n > room for n, room in zip(taken, rest, strict=True)) or not _fits(
            deal, board.lines, taken, made.times
        ):
            self.verdict.wrong.append(f"deal {offer} took up pieces it cannot have")
            return
        if made.times > self.sale.uses_max[offer]:
            self.verdict.wrong.append(f"deal {offer} was used too often")
        try:
            if made.amount not in groupings(board, deal, taken, made.times):
                self.verdict.wrong.append(f"deal {offer} cannot save {made.amount} on these pieces")
        except TooManyChoices:
            self.verdict.known = False
        for at, share in board.split_saving(deal, taken, made.amount).items():
            for one in self._along(board, deal, at):
                notes[at].append((0, one.row, one.amount * taken[at]))
                tried.setdefault((at, one.row.rank), []).append(one)
            notes[at].append((1, deal, share))
            rest[at] -= taken[at]

    def _along(self, board: Board, deal: Row, at: int) -> list[Taken]:
        return price_along(board.one, deal, board.part(at, 1)) if board.lines[at].pieces else []

    def _record(self) -> None:
        """One taking for each (line, row): by hand, item rows by rank, then deals by rank."""
        for line, mine in zip(self.sale.lines, self.notes, strict=True):
            sums: dict[tuple[int, int], tuple[Row, int]] = {}
            for order, row, amount in mine:
                key = (order, row.rank)
                sums[key] = (row, sums.get(key, (row, 0))[1] + amount)
            by_hand = [("manual", "manual", "store", line.hand, line.reason)] if line.hand else []
            taken = [_taking(*sums[key]) for key in sorted(sums) if sums[key][1]]
            self.verdict.takings.append(by_hand + taken)

    def _lose_rows(
        self,
        board: Board,
        notes: list[list[tuple[int, Row, int]]],
        tried: dict[tuple[int, int], list[Taken]],
    ) -> None:
        """Why item rows of the pass took nothing of a line they are for."""
        for at, line in enumerate(board.lines):
            if line.closed:
                continue
            part = (line, line.quantity, line.gross)
            for row in board.one.of_item(line.item.item):
                if any(one is row and amount for _, one, amount in notes[at]):
                    continue
                why = "beaten"
                if not save(row.row.benefit, row.row.value, part, line.gross):
                    why = "not_applicable"
                elif any(not one.before for one in tried.get((at, row.rank), ())):
                    why = "used_up"
                self.verdict.losses[line.number, row.offer.offer, why] = (0, 0)

    def _lose_deal(self, deal: Row) -> None:
        """How many pieces are missing to one use; "beaten" when others took what there is."""
        missing, there = 0, 0
        for slot in deal.row.slots:
            open_n = sum(line.pieces for line in self.sale.lines if line.item.item in slot.items)
            there += open_n
            missing += max(0, slot.pieces_n - open_n)
        if there and missing:
            self.verdict.losses[0, deal.offer.offer, "not_reached"] = (0, missing)
        elif there:
            self.verdict.losses[0, deal.offer.offer, "beaten"] = (0, 0)

    def _lose_closed(self) -> None:
        """Lines with a price by hand are closed to offers on single items."""
        for line in self.sale.lines:
            for row in self.sale.unit:
                if line.closed and line.item.item in row.items:
                    self.verdict.losses[line.number, row.offer.offer, "overridden"] = (0, 0)

    def _end(self, ending: Ending) -> None:
        verdict, sale = self.verdict, self.sale
        rows = {row.rank: row for row in sale.tail}
        sums: dict[tuple[int, int], int] = {}
        for at, row, amount, _ in ending.taken:
            sums[at, row.rank] = sums.get((at, row.rank), 0) + amount
        for (at, rank), amount in sums.items():
            verdict.takings[at].append(_taking(rows[rank], amount))
        for rank, times in ending.times.items():
            offer = rows[rank].offer.offer
            verdict.uses[offer] = max(verdict.uses.get(offer, 0), times)
        self.left = verdict.left = ending.left
        verdict.gifts, verdict.points_n = ending.gifts, ending.points_n
        verdict.losses.update(ending.losses)
        _lose_coupons(sale, verdict)


def _lose_coupons(sale: Sale, verdict: Verdict) -> None:
    """A coupon nobody knows, and one that is known but is not for this sale."""
    rules = sale.rules
    for text in sale.scans:
        if text not in rules.coupons:
            verdict.losses[0, text, "unknown_coupon"] = (0, 0)
    lost = {rule for _, rule, _ in verdict.losses}
    used = {rule for mine in verdict.takings for rule, *_ in mine} | set(verdict.uses)
    used |= {rule for rule, *_ in verdict.gifts}
    for row in (*rules.tail, *rules.unit):
        offer = row.offer
        scanned = offer.when.coupon and sale.scans[offer.when.coupon]
        if scanned and offer.offer not in lost | used:
            open_now = row in rules.tail and sale.is_dated(offer) and sale.fits(offer)
            spent = open_now and not sale.count_uses(offer)
            why = "limit_reached" if spent else "not_applicable"
            verdict.losses[0, offer.offer, why] = (0, 0)


def _taking(row: Row, amount: int) -> Taking:
    return row.offer.offer, row.row.kind, row.row.funded_by, amount, row.reason


def _fits(deal: Row, lines: Sequence[Line], taken: Counts, times: int) -> bool:
    """Whether the pieces fill every slot `times` times and nothing else."""
    if any(n and line.item.item not in deal.items for n, line in zip(taken, lines, strict=True)):
        return False
    return all(
        sum(n for n, line in zip(taken, lines, strict=True) if line.item.item in slot.items)
        == slot.pieces_n * times
        for slot in deal.row.slots
    )


def groupings(board: Board, deal: Row, taken: Counts, times: int) -> set[int]:
    """Every sum that `times` uses, each of which saves something, can save on these pieces."""
    layer: set[tuple[Counts, int]] = {(taken, 0)}
    if sum(taken) > GROUPED_MAX_N:
        raise TooManyChoices
    for _ in range(times):
        layer = {
            (tuple(a - b for a, b in zip(rest, use, strict=True)), saved + saving)
            for rest, saved in layer
            for use, saving in board.uses(deal, rest)
        }
        if len(layer) > GROUPINGS_MAX_N:
            raise TooManyChoices
    return {saved for rest, saved in layer if not any(rest)}


def _tax(sale: Sale, verdict: Verdict) -> None:
    """Round once per rate group of the document; the lines share the tax of their group."""
    book = sale.rules.book
    verdict.line_taxes = [0] * len(sale.lines)
    verdict.payable = sum(verdict.left)
    for key, tax in book.taxes.items():
        group = [at for at, line in enumerate(sale.lines) if line.item.tax == key]
        if not group:
            continue
        total = sum(verdict.left[at] for at in group)
        rate = Fraction(tax.rate_ppm, 1_000_000)
        if book.tax_included:
            net = nearest(total / (1 + rate))
            verdict.taxes[key] = (net, total - net)
        else:
            verdict.taxes[key] = (total, nearest(total * rate))
            verdict.payable += verdict.taxes[key][1]
        shares = split(verdict.taxes[key][1], [verdict.left[at] for at in group])
        for at, part in zip(group, shares, strict=True):
            verdict.line_taxes[at] = part
