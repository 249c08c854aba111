"""A price book is reviewed before it comes into force: errors stop it, warnings are logged."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from cext.errors import Refused
from cext.lang.item import PriceBook
from cext.offers.review import review

log = structlog.get_logger(__name__)

SAID_MAX_N = 5  # warnings that are spelled out in the log


def check_book(book: PriceBook, lows: Mapping[str, int]) -> None:
    """Refused("price_book_invalid") with every error of `book`; `lows` as the review wants them."""
    found = review(book, lows)
    problems = tuple(finding.say() for finding in found if finding.level == "error")
    if problems:
        raise Refused("price_book_invalid", "\n".join(problems), problems=problems)
    if found:
        log.warning(
            "price_book_doubted",
            version=book.version,
            findings_n=len(found),
            findings=tuple(finding.say() for finding in found[:SAID_MAX_N]),
        )
