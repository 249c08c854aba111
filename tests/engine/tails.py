"""Random rows and baskets for the tail, given to the engine and to the slow one alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from cext.engine.tail.tail_alone import run_tail
from cext.engine.tail.tail_plan import TailPlan
from cext.lang.item import Item, Offer, When
from cext.lang.rights import Rights
from cext.offers.rows import BasketRow, Step
from tests.engine.books import to_raw
from tests.oracle.sale import Row
from tests.oracle.stages import Ending, Tail

ITEMS = tuple(
    Item(item=name, name=name, price_minor=1, role="delivery" if name == "z" else "goods")
    for name in "abcdez"
)
NAMES = tuple(item.item for item in ITEMS)
INDEX = {name: at for at, name in enumerate(NAMES)}
STAGES = ("reward", "threshold", "threshold", "coupon", "points", "delivery")
MINIMA = (0, 1, 100, 100, 101, 250, 1000, 5000)
ROUND = (1, 50, 99, 100, 101, 250, 999, 1000, 10_000)


@dataclass
class TailLine:
    """A line as both take it; `item.item` is how the slow one asks for its name."""

    item: Item
    gross: int
    left: int
    quantity: int
    pieces: int
    number: int


@dataclass
class Scene:
    """A sale as far as its tail needs one."""

    rows: list[Row]
    lines: list[TailLine]
    facts: dict[int, tuple[int, int | None, int]] = field(default_factory=dict)
    rights: Rights = field(default_factory=Rights)
    prices: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 100))
    plan: TailPlan | None = None

    def __post_init__(self) -> None:
        closed = {row.rank for row in self.rows if self.fact(row)[0]}
        self.tail = [row for row in self.rows if row.rank not in closed and self.uses(row)]
        if not self.lines:  # nothing but a scanned coupon can be lost to an empty basket
            self.tail = [row for row in self.tail if row.offer.when.coupon]
        self.uses_max = {row.offer.offer: self.uses(row) for row in self.rows}
        self.scans = Counter(
            {row.offer.when.coupon: self.fact(row)[2] for row in self.rows if self.fact(row)[2]}
        )
        self.rules = self

    @property
    def items(self) -> tuple[Item, ...]:
        return ITEMS

    @property
    def book(self) -> Scene:
        return self

    def fact(self, row: Row) -> tuple[int, int | None, int]:
        return self.facts.get(row.rank, (0, None, 0))

    def uses(self, row: Row) -> int:
        most = self.fact(row)[1]
        return 10**12 if most is None else most

    def price_of(self, item: Item) -> int:
        return self.prices[item.item]

    def seen(self, row: BasketRow) -> frozenset[str]:
        return _members(row.seen, row.seen_but)

    def bears(self, row: BasketRow) -> frozenset[str]:
        return _members(row.bears, row.bears_but)

    def run(self, lefts: list[int] | None = None) -> tuple[Any, ...]:
        """What the compiled tail says."""
        if self.plan is None:
            self.plan = make_plan(self.rows)
        left = [line.left for line in self.lines] if lefts is None else lefts
        lines = [
            (INDEX[line.item.item], line.gross, rest, line.quantity, line.pieces)
            for line, rest in zip(self.lines, left, strict=True)
        ]
        return run_tail(
            self.plan,
            lines,
            facts=self.facts,
            points_n=self.rights.points_n,
            stock={INDEX[item]: count for item, count in self.rights.gifts.items()},
            prices=[self.prices[name] for name in NAMES],
        )

    def work_out(self) -> Ending:
        """What the slow one says."""
        return Tail(self).run([line.left for line in self.lines])  # type: ignore[arg-type]


def _members(given: tuple[str, ...] | None, but: tuple[str, ...]) -> frozenset[str]:
    goods = [item.item for item in ITEMS if item.role == "goods"]
    return frozenset(goods) - set(but) if given is None else frozenset(given)


def make_plan(rows: list[Row]) -> TailPlan:
    """The rows compiled."""
    return TailPlan([(row.rank, row.row, row.offer) for row in rows], INDEX, ITEMS)


def make_row(stage: str, *steps: tuple[int, int], benefit: str = "amount", **more: Any) -> Any:
    """A row with steps (from this sum, value)."""
    made = tuple(Step(min_minor=least, value=value) for least, value in steps)
    row: Any = {"kind": "k", "stage": stage, "steps": made, "benefit": benefit}
    return BasketRow(**row, **more)


def make_rows(*offers: tuple[BasketRow, dict[str, Any]]) -> list[Row]:
    """Each row under an offer of its own, `o0` first; beside it the offer's further fields."""
    rows = []
    for rank, (row, more) in enumerate(offers):
        rows.append(Row(rank, make_offer(f"o{rank}", **more), "", row, frozenset()))
    return rows


def make_offer(offer: str, *, coupon: str = "", **more: Any) -> Offer:
    """An offer whose terms nobody reads."""
    when = When(coupon=coupon)
    return Offer(offer=offer, kind="k", title="", terms=to_raw({}), when=when, **more)


def make_lines(*lines: tuple[str, int] | tuple[str, int, int]) -> list[TailLine]:
    """(item, amount[, pieces]) of full lines of pieces."""
    made = []
    for number, (name, amount, *pieces) in enumerate(lines, start=1):
        n = pieces[0] if pieces else 1
        made.append(TailLine(ITEMS[INDEX[name]], amount, amount, n * 1000, n, number))
    return made


# --- at random


def draw_rows(random: Random) -> list[Row]:
    """One to six offers, often of one stage, so that they meet."""
    rows: list[Row] = []
    stage = random.choice(STAGES)
    for number in range(random.choice((1, 1, 2, 2, 3, 4, 6))):
        if random.random() < 0.3:
            stage = random.choice(STAGES)
        offer = make_offer(
            f"o{number}",
            coupon=f"c{number}" if random.random() < 0.3 else "",
            conflict=random.choice(("best", "best", "best", "stack", "stack", "exclusive")),
            group=random.choice(("", "", "g", "h")),
            priority=-number if random.random() < 0.5 else -(number // 2 * 2),
        )
        first = draw_row(random, stage)
        more = []
        if random.random() < 0.15:
            sees = {"seen": first.seen, "seen_but": first.seen_but}
            more.append(draw_row(random, stage, **sees))
        rows += [
            Row(len(rows) + n, offer, "", row, frozenset()) for n, row in enumerate([first, *more])
        ]
    order = sorted(rows, key=lambda row: (-row.offer.priority, row.offer.offer, row.rank))
    return [row._replace(rank=rank) for rank, row in enumerate(order)]


def draw_row(random: Random, stage: str, **more: Any) -> BasketRow:
    """Any row that means something."""
    shape = random.choice(("amount", "amount", "rate", "points", "pieces", "gift"))
    if stage == "points":
        shape = "points"
    if stage == "reward":
        shape = random.choice(("pieces", "gift", "gift", "amount"))
    fields: dict[str, Any] = {
        "seen": _draw_set(random),
        "bears": _draw_set(random),
        "seen_but": tuple(random.sample(NAMES, random.choice((0, 0, 1, 2)))),
        "bears_but": tuple(random.sample(NAMES, random.choice((0, 0, 1, 2)))),
        "sees": random.choice(("before", "after", "after")),
        "fair": random.random() < 0.8,
    }
    if stage == "delivery":
        fields["bears"] = ("z",)
    if random.random() < 0.4:
        fields["bears"], fields["bears_but"] = fields["seen"], fields["seen_but"]
    benefit = shape
    if shape in ("pieces", "gift"):
        benefit = random.choice(("amount", "rate", "unit_price", "unit_price"))
        fields["pieces_n"] = random.choice((1, 1, 2, 3, 7))
        if shape == "gift":
            fields["gift"] = True
            fields["bears"] = fields["bears"] or ("e",)
            fields["instead_minor"] = random.choice((0, 7, 100))
    else:
        fields["cap_minor"] = random.choice((0, 0, 0, 1, 30, 500))
        fields["cap_ppm"] = random.choice((1_000_000, 1_000_000, 500_000, 333_333))
    if shape == "points":
        fields["points_n"] = random.choice((1, 10, 100))
    steps = _draw_steps(random, benefit)
    fields["repeat"] = (
        len(steps) == 1
        and any((steps[0].min_minor, steps[0].min_quantity))
        and random.random() < 0.5
    )
    fields.update(more)
    row: Any = {"kind": "k", "stage": stage, "steps": steps, "benefit": benefit}
    return BasketRow(**{**row, **fields})


def _draw_set(random: Random) -> tuple[str, ...] | None:
    if random.random() < 0.5:
        return None
    return tuple(random.sample(NAMES, random.choice((1, 1, 2, 3, 4))))


def _draw_steps(random: Random, benefit: str) -> tuple[Step, ...]:
    least, counts = random.choice(MINIMA), random.choice((0, 0, 0, 1000, 2000, 2500))
    steps = []
    for _ in range(random.choice((1, 1, 2, 3))):
        if benefit == "rate":
            value = random.choice((1, 100_000, 333_333, 500_000, 1_000_000))
        else:
            value = random.choice((1, 3, 10, 50, 100, 999))
        steps.append(Step(min_minor=least, min_quantity=counts, value=value))
        least += random.choice((1, 100, 500))
        counts += random.choice((0, 0, 1000))
    return tuple(steps)


def draw_scene(random: Random, rows: list[Row], plan: TailPlan) -> Scene:
    """A basket at, under and over the steps of `rows`, with what its customer may have."""
    lines = []
    for number in range(1, random.choice((0, 1, 2, 3, 3, 4, 6)) + 1):
        item = random.choice(ITEMS)
        pieces = random.choice((1, 1, 2, 3, 7))
        gross = random.choice(ROUND) if random.random() < 0.6 else random.randrange(3000)
        if random.random() < 0.02:
            gross = 10**11 - random.randrange(3)
        whole = random.random() < 0.2
        left = gross if random.random() < 0.6 else random.randrange(gross + 1)
        quantity = random.randrange(1, 5000) if whole else pieces * 1000
        lines.append(TailLine(item, gross, left, quantity, 0 if whole else pieces, number))
    _meet_a_step(random, rows, lines)
    lines.sort(key=lambda line: (INDEX[line.item.item], line.quantity))
    shuffled = random.sample(range(1, len(lines) + 1), len(lines))
    for line, number in zip(lines, shuffled, strict=True):
        line.number = number
    rights = Rights(
        points_n=random.choice((0, 5, 100, 1000)),
        gifts={name: random.choice((0, 0, 1, 3, 8)) for name in NAMES if random.random() < 0.5},
    )
    facts = _draw_facts(random, rows)
    prices = {name: random.choice((1, 10, 50, 100, 1000)) for name in NAMES}
    return Scene(rows, lines, facts, rights, prices, plan)


def _meet_a_step(random: Random, rows: list[Row], lines: list[TailLine]) -> None:
    """Often make the sum just one under, at or one over what some row asks for."""
    if not lines or random.random() < 0.4:
        return
    step = random.choice(random.choice(rows).row.steps)
    wanted = step.min_minor + random.choice((-1, 0, 0, 1))
    others = sum(line.left for line in lines[1:])
    if wanted >= others:
        lines[0].left = wanted - others
        lines[0].gross = max(lines[0].gross, lines[0].left)


def _draw_facts(random: Random, rows: list[Row]) -> dict[int, tuple[int, int | None, int]]:
    facts: dict[str, tuple[int, int | None, int]] = {}
    for row in rows:
        if row.offer.offer in facts:
            continue
        closed = random.choice((1, 2, 3)) if random.random() < 0.08 else 0
        uses_max = random.choice((0, 1, 2)) if random.random() < 0.2 else None
        scans = 0
        if row.offer.when.coupon:
            scans = random.choice((1, 1, 1, 2, 3))
            uses_max = scans if uses_max is None else min(uses_max, scans)
        facts[row.offer.offer] = (closed, uses_max, scans)
    return {row.rank: facts[row.offer.offer] for row in rows}
