"""What makes a price book unusable, apart from the terms of its offers."""

from __future__ import annotations

from collections import Counter

from cext.engine.codes import clashes
from cext.lang.item import PriceBook

TAXES_MAX_N = 64
ITEMS_MAX_N = 1_000_000
OFFERS_MAX_N = 1_000_000


def find_problems(book: PriceBook) -> list[str]:
    """Every fault of `book` as one line each: doubled ids, unknown taxes, clashing codes, sizes."""
    problems = [
        f"{what} {key!r} is there twice"
        for what, key in (
            *(("item", key) for key in _doubled([item.item for item in book.items])),
            *(("offer", key) for key in _doubled([offer.offer for offer in book.offers])),
        )
    ]
    problems += [
        f"item {item.item!r}: there is no tax {item.tax!r}"
        for item in book.items
        if item.tax not in book.taxes
    ]
    for what, found_n, most_n in (
        ("items", len(book.items), ITEMS_MAX_N),
        ("offers", len(book.offers), OFFERS_MAX_N),
        ("taxes", len(book.taxes), TAXES_MAX_N),
    ):
        if found_n > most_n:
            problems.append(f"{found_n} {what}, at most {most_n}")
    problems += clashes(book)
    return problems


def _doubled(keys: list[str]) -> list[str]:
    """The keys that are there more than once; the usual book has none and pays for one set."""
    if len(set(keys)) == len(keys):
        return []
    counts = Counter(keys)
    return [key for key, count in counts.items() if count > 1]
