"""How a past line is rung: by piece, on the scale, by price label, on a department key, or not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum

from edge.sim.week.trade import PastItem, PastLine

# Goods sold loose go over the counter's scale; goods packed behind the counter carry a label.
_LOOSE = frozenset({"PRODUCE"})
_PACKED = frozenset({"DELI", "MEAT", "SALAD BAR", "SEAFOOD"})
_KEY_DEPARTMENTS = frozenset({"COUPON", "FUEL"})
_KEY_CATEGORIES = frozenset({"COUPON/MISC ITEMS", "COUPONS/STORE & MFG", "FUEL"})
LABEL_MAX_MINOR = 99_999  # five digits in the label's layout


class How(StrEnum):
    """The ways of ringing a line up; the value is what the table says."""

    PIECE = "scanned by piece"
    WEIGHED = "weighed; weight derived from amount"
    LABEL = "price label; weight derived from it"
    KEY_FUEL = "key: fuel and COUPON/MISC, one piece"
    KEY_UNKNOWN = "key: item not in the item file"
    KEY_NO_QUANTITY = "key: value without quantity, one piece"
    KEY_LABEL = "key: too much for a price label"
    ASIDE = "set aside: no value, nothing to ring"

    @property
    def by_key(self) -> bool:
        """Rung by amount on the open-price item of its department."""
        return self.name.startswith("KEY")


Measures = Mapping[str, How]


def measure_items(lines: Iterable[PastLine]) -> Measures:
    """PIECE, WEIGHED or LABEL for every known item of `lines`.

    Loose and packed goods are sold by weight when the value of one unit differs in more than half
    of their lines. An item with a single line follows the majority of its category.
    """
    units: dict[str, Counter[tuple[int, int]]] = defaultdict(Counter)
    known: dict[str, PastItem] = {}
    for line in lines:
        if line.known and line.pieces > 0 and line.gross_minor > 0:
            known[line.item] = line.known
            units[line.item][divmod(line.gross_minor, line.pieces)] += 1
    by_category: Counter[tuple[str, str]] = Counter()
    for name, seen in units.items():
        if seen.total() > 1:
            votes = 1 if _varies(seen) else -1
            by_category[known[name].department, known[name].category] += votes
    return {name: _measure(known[name], units[name], by_category) for name in known}


def _varies(seen: Counter[tuple[int, int]]) -> bool:
    return len(seen) > 1 and 2 * len(seen) > seen.total()


def _measure(
    item: PastItem, seen: Counter[tuple[int, int]], votes: Counter[tuple[str, str]]
) -> How:
    if item.department not in _LOOSE | _PACKED:
        return How.PIECE
    single = seen.total() == 1
    varies = votes[item.department, item.category] > 0 if single else _varies(seen)
    if not varies:
        return How.PIECE
    return How.WEIGHED if item.department in _LOOSE else How.LABEL


def how_to_ring(line: PastLine, measures: Measures) -> How:
    """The rule that applies to `line`; the first that fits."""
    by_key = _key_of(line)
    if by_key is None:
        how = measures.get(line.item, How.PIECE)
        if how is How.PIECE:
            return how
        too_much = how is How.LABEL and line.gross_minor > LABEL_MAX_MINOR
        by_key = How.KEY_LABEL if too_much else how
    return by_key if line.gross_minor > 0 else How.ASIDE


def _key_of(line: PastLine) -> How | None:
    if line.known is None:
        return How.KEY_UNKNOWN
    if line.known.department in _KEY_DEPARTMENTS or line.known.category in _KEY_CATEGORIES:
        return How.KEY_FUEL
    return How.KEY_NO_QUANTITY if line.pieces == 0 else None
