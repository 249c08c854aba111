"""Offers that get in each other's way: ties, offers that never win, sums that come to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from msgspec import Struct

from cext.lang.item import Item, Limits, PriceBook
from cext.offers import BasketRow, DealRow, ItemRow, Lowered, OfferRow
from cext.offers.review._finding import Finding
from cext.offers.review._hours import can_meet, is_open_with

RIVALS_MAX_N = 64  # offers on one item that are compared with each other
WHOLE_PPM = 1_000_000


class Entry(Struct, frozen=True, eq=False):
    """One row of an offer, and its place in the order of rank."""

    rank: int
    lowered: Lowered
    row: OfferRow
    items: frozenset[str]


def find_rivals(book: PriceBook, offers: Sequence[Lowered]) -> Iterator[Finding]:
    """What is wrong between the offers of a book; `offers` come in order of rank."""
    entries = [
        Entry(rank, lowered, row, frozenset(_items_of(row)))
        for rank, lowered in enumerate(offers)
        for row in lowered.rows
    ]
    by_item: dict[str, list[Entry]] = {}
    for entry in entries:
        if not isinstance(entry.row, BasketRow):
            for item in _items_of(entry.row):
                by_item.setdefault(item, []).append(entry)
    yield from _find_ties(by_item, entries)
    priced = {price.item for price in book.prices}
    items = {item.item: item for item in book.items if item.item in by_item}
    yield from _find_beaten(book, by_item, {k: v for k, v in items.items() if k not in priced})
    yield from _find_nothing_left(by_item, items)


def _items_of(row: OfferRow) -> Iterable[str]:
    if isinstance(row, DealRow):
        return (item for slot in row.slots for item in slot.items)
    return (row.bears or ()) if isinstance(row, BasketRow) else row.items


# Ties: two exclusive offers, equal in priority.


def _find_ties(by_item: dict[str, list[Entry]], entries: list[Entry]) -> Iterator[Finding]:
    compared: set[tuple[int, int]] = set()
    for item, rivals in by_item.items():
        if len(rivals) < 2:
            continue
        alone = [one for one in rivals if one.lowered.offer.conflict == "exclusive"]
        for one, other in combinations(alone[:RIVALS_MAX_N], 2):
            pair = (one.rank, other.rank)
            if pair not in compared:
                compared.add(pair)
                if _is_tie(one, other):
                    yield _say_tie(one, other, f"on {item!r}")
    later = [
        entry
        for entry in entries
        if isinstance(entry.row, BasketRow) and entry.lowered.offer.conflict == "exclusive"
    ]
    for one, other in combinations(later[:RIVALS_MAX_N], 2):
        if _is_tie(one, other) and _share_lines(one.row, other.row):
            yield _say_tie(one, other, "on the same goods")


def _is_tie(one: Entry, other: Entry) -> bool:
    mine, theirs = one.lowered.offer, other.lowered.offer
    return one.rank != other.rank and mine.priority == theirs.priority and can_meet(mine, theirs)


def _share_lines(one: OfferRow, other: OfferRow) -> bool:
    if not isinstance(one, BasketRow) or not isinstance(other, BasketRow):
        return False
    if one.stage != other.stage:
        return False
    if one.bears is None or other.bears is None:
        return True
    return not set(one.bears).isdisjoint(other.bears)


def _say_tie(one: Entry, other: Entry, where: str) -> Finding:
    offer = one.lowered.offer
    return Finding(
        "error",
        offer.offer,
        "exclusive_tie",
        f"it and {other.lowered.offer.offer!r} are both exclusive with priority {offer.priority} "
        f"{where} at the same time; give one a higher priority or part their times",
    )


# Offers that never win: another one is open whenever they are, and saves more on every item.


def _find_beaten(
    book: PriceBook, by_item: dict[str, list[Entry]], items: dict[str, Item]
) -> Iterator[Finding]:
    apart = book.zones == "apart"
    seen: set[int] = set()
    for rivals in by_item.values():
        for entry in rivals:
            if entry.rank in seen or not isinstance(entry.row, ItemRow):
                continue
            seen.add(entry.rank)
            winner = _find_winner(entry, by_item, items, apart=apart)
            if winner is not None:
                yield Finding(
                    "warning",
                    entry.lowered.offer.offer,
                    "always_beaten",
                    f"{winner.lowered.offer.offer!r} is open whenever it is and saves more on each "
                    "of its items; leave it out or let it stack",
                )


def _find_winner(
    entry: Entry, by_item: dict[str, list[Entry]], items: dict[str, Item], *, apart: bool
) -> Entry | None:
    row = entry.row
    if not isinstance(row, ItemRow):
        return None
    rivals = by_item[row.items[0]][:RIVALS_MAX_N]
    left = [rival for rival in rivals if _competes(rival, entry, apart=apart)]
    for name in row.items:
        item = items.get(name)
        if item is None or item.open_price or not left:
            return None
        left = [
            rival
            for rival in left
            if name in rival.items and _saves_more(rival, entry, item, apart=apart)
        ]
    return left[0] if left else None


def _competes(rival: Entry, entry: Entry, *, apart: bool) -> bool:
    """Whether only one of the two can apply to a line, so that the larger saving shuts it out."""
    mine, theirs = entry.lowered.offer, rival.lowered.offer
    if rival.rank == entry.rank or not isinstance(rival.row, ItemRow):
        return False
    if theirs.limits != Limits() or not is_open_with(theirs, mine):
        return False
    if "stack" in (mine.conflict, theirs.conflict):
        return False
    if theirs.conflict == "exclusive":
        return mine.conflict == "best" or theirs.priority >= mine.priority
    if mine.conflict == "exclusive":
        return False
    return theirs.priority >= mine.priority if apart else theirs.group == mine.group


def _saves_more(rival: Entry, entry: Entry, item: Item, *, apart: bool) -> bool:
    mine, theirs = _saving_of(entry.row, item), _saving_of(rival.row, item)
    offer, other = entry.lowered.offer, rival.lowered.offer
    comes_first = other.conflict == "exclusive" and offer.conflict != "exclusive"
    if other.conflict == offer.conflict and (apart or offer.conflict == "exclusive"):
        comes_first = other.priority > offer.priority
    if comes_first:
        return theirs > 0
    return theirs > mine or (theirs == mine > 0 and rival.rank < entry.rank)


def _saving_of(row: OfferRow, item: Item) -> int:
    """What a row saves on the item's own `per`, in millionths of a minor unit: exact."""
    if not isinstance(row, ItemRow):
        return 0
    if row.benefit == "rate":
        return item.price_minor * row.value
    if row.benefit == "amount":
        return min(row.value, item.price_minor) * WHOLE_PPM
    return max(0, item.price_minor - row.value) * WHOLE_PPM


# Sums that come to nothing: offers that stack until the item is free.


def _find_nothing_left(
    by_item: dict[str, list[Entry]], items: dict[str, Item]
) -> Iterator[Finding]:
    said: set[tuple[int, ...]] = set()
    stacks: dict[tuple[int, ...], list[Entry]] = {}
    for name, rivals in by_item.items():
        item = items[name]
        same = tuple(id(one) for one in rivals)
        if not item.price_minor or len(same) < 2:
            continue
        if same not in stacks:
            stacks[same] = _stack_up([one for one in rivals if isinstance(one.row, ItemRow)])
        chosen = stacks[same]
        ranks = tuple(one.rank for one in chosen)
        if len(chosen) < 2 or ranks in said or not _comes_to_nothing(chosen, item):
            continue
        said.add(ranks)
        names = ", ".join(repr(one.lowered.offer.offer) for one in chosen)
        yield Finding(
            "warning",
            chosen[-1].lowered.offer.offer,
            "stacks_to_nothing",
            f"together {names} leave nothing to pay for {name!r}; let one of them not stack",
        )


def _stack_up(rivals: list[Entry]) -> list[Entry]:
    """Rows that can all apply to one line: at most one `best`, and every `stack` beside it."""
    chosen: list[Entry] = []
    for one in rivals[:RIVALS_MAX_N]:
        offer = one.lowered.offer
        has_best = any(other.lowered.offer.conflict == "best" for other in chosen)
        if offer.conflict == "exclusive" or (offer.conflict == "best" and has_best):
            continue
        if all(can_meet(offer, other.lowered.offer) for other in chosen):
            chosen.append(one)
    return chosen


def _comes_to_nothing(chosen: list[Entry], item: Item) -> bool:
    """Whether they do together what none of them does alone."""
    full = item.price_minor * WHOLE_PPM
    left = full
    for one in chosen:
        if _saving_of(one.row, item) >= full:
            return False
        if isinstance(one.row, ItemRow) and one.row.benefit == "rate":
            left -= left * one.row.value // WHOLE_PPM
        else:
            left -= min(left, _saving_of(one.row, item))
    # Less than half of the smallest coin is nothing on a receipt.
    return left * 2 < WHOLE_PPM
