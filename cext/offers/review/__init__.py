"""The review of a price book before it counts: what is wrong with it, and what will disappoint."""

from __future__ import annotations

from collections.abc import Mapping

from cext.engine import find_problems
from cext.lang.item import PriceBook
from cext.offers import lower_offers
from cext.offers.review._alone import review_alone
from cext.offers.review._finding import Finding, Level
from cext.offers.review._rivals import find_rivals
from cext.offers.review._shelf import Shelf
from cext.offers.review._slips import review_slips

FINDINGS_MAX_N = 1000  # of one code; a fault in every offer needs no longer list


def review(book: PriceBook, lows: Mapping[str, int] | None = None) -> tuple[Finding, ...]:
    """Every fault of `book`, errors first; a book with an error must not come into force.

    `lows`: the lowest price in minor units that each item was really sold at here in the seven
    days before the book takes effect; the list price stands in for items not named, and for
    offers that have begun before: those days were their own.
    """
    found = [Finding("error", "", "book_invalid", problem) for problem in find_problems(book)]
    offers = []
    for lowered in lower_offers(book):
        if lowered.problem:
            name = lowered.offer.offer
            detail = lowered.problem.removeprefix(f"offer {name!r}: ")
            found.append(Finding("error", name, "offer_invalid", detail))
        else:
            offers.append(lowered)
    shelf = Shelf(book, lows or {})
    for lowered in offers:
        found += review_alone(lowered, shelf)
        found += review_slips(lowered, shelf)
    found += find_rivals(book, offers)
    return _trim(found)


def _trim(found: list[Finding]) -> tuple[Finding, ...]:
    """Errors first, otherwise as found; of one code at most so many."""
    counts: dict[str, int] = {}
    kept = []
    for finding in sorted(found, key=lambda finding: finding.level):
        counts[finding.code] = counts.get(finding.code, 0) + 1
        if counts[finding.code] <= FINDINGS_MAX_N:
            kept.append(finding)
    return tuple(kept)


__all__ = ["FINDINGS_MAX_N", "Finding", "Level", "review"]
