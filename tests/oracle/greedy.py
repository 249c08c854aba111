"""The two short cuts that shops take instead of searching: by rank, and by the largest saving."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.oracle.choice import Board, Counts
from tests.oracle.passes import list_passes
from tests.oracle.sale import Row, Sale
from tests.oracle.stages import Tail
from tests.oracle.work import net_of, open_state

TIES_N = 12


class Table:
    """A pass in the middle of a greedy choice."""

    def __init__(self, board: Board, luck: Random) -> None:
        self.board, self.luck = board, luck
        self.room = [n if board.lines[at].pieces else 0 for at, n in enumerate(board.free)]
        self.whole = list(board.free)  # what nothing has taken yet, whole lines too
        self.gone = [0] * len(board.free)
        self.sums: dict[int, tuple[Row, Counts, int, int]] = {}  # deal: pieces, saving, times

    def best_use(self, row: Row) -> tuple[int, Counts]:
        """(saving, pieces) of the use that saves most now; saving 0: there is none."""
        _, _, _, times = self.sums.get(row.rank, (row, (), 0, 0))
        if times >= self.board.sale.uses_max[row.offer.offer]:
            return 0, ()
        uses = self.board.uses(row, tuple(self.room))
        most = max((saving for _, saving in uses), default=0)
        best = [taken for taken, saving in uses if saving == most]
        return (most, self.luck.choice(best)) if best else (0, ())

    def use(self, row: Row, saving: int, taken: Counts) -> None:
        """Make one use."""
        _, before, saved, times = self.sums.get(row.rank, (row, (0,) * len(taken), 0, 0))
        both = tuple(a + b for a, b in zip(before, taken, strict=True))
        self.sums[row.rank] = (row, both, saved + saving, times + 1)
        self.room = [a - b for a, b in zip(self.room, taken, strict=True)]
        self.whole = [a - b for a, b in zip(self.whole, taken, strict=True)]

    def tier_saving(self, row: Row) -> int:
        """What a tier saves now; 0 when some of its lines are gone."""
        found = self.board.tier_savings(row)
        if found is None or any(self.whole[at] != self.board.free[at] for at in found):
            return 0
        return sum(saving for _, saving in found.values())

    def use_tier(self, row: Row) -> None:
        """Take all its lines."""
        for at, (along, saving) in (self.board.tier_savings(row) or {}).items():
            self.gone[at] += along + saving
            self.room[at] = self.whole[at] = 0

    def end(self) -> tuple[Counts, Counts]:
        """(left, untouched) when the rest has got its item prices."""
        for row, taken, saving, _ in self.sums.values():
            for at, lost in enumerate(self.board.shares(row, taken, saving)):
                self.gone[at] += lost
        left, free = [], []
        for at, n in enumerate(self.whole):
            saved = sum(one.amount for one in self.board.price(at, n))
            left.append(self.board.left[at] - self.gone[at] - saved)
            free.append(0 if saved else n)
        return tuple(left), tuple(free)


def use_by_rank(table: Table) -> None:
    """Each offer in turn, as often as it saves something."""
    rows = sorted((*table.board.one.deals, *table.board.one.tiers), key=lambda row: row.rank)
    for row in rows:
        if row in table.board.one.tiers:
            if table.tier_saving(row):
                table.use_tier(row)
            continue
        saving, taken = table.best_use(row)
        while saving:
            table.use(row, saving, taken)
            saving, taken = table.best_use(row)


def use_by_saving(table: Table) -> None:
    """Always the single use that saves most, until none saves anything."""
    while True:
        uses = [(*table.best_use(row), row) for row in table.board.one.deals]
        uses += [(table.tier_saving(row), (), row) for row in table.board.one.tiers]
        most = max((saving for saving, _, _ in uses), default=0)
        if not most:
            return
        saving, taken, row = table.luck.choice([use for use in uses if use[0] == most])
        if row in table.board.one.tiers:
            table.use_tier(row)
        else:
            table.use(row, saving, taken)


def price_greedily(sale: Sale, choose: Callable[[Table], None]) -> int:
    """The largest sum of nets that a short cut comes to, however it breaks its ties."""
    return max(_price_once(sale, choose, Random(seed)) for seed in range(TIES_N))


def _price_once(sale: Sale, choose: Callable[[Table], None], luck: Random) -> int:
    left, free = open_state(sale)
    for one in list_passes(sale):
        table = Table(Board(sale, one, free, left), luck)
        choose(table)
        left, free = table.end()
    return net_of(Tail(sale), left)
