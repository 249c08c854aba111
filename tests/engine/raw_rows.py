"""An offer kind for tests alone: its terms are the rows themselves, so that every row is tried."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from cext.offers import KINDS, load_kind
from cext.offers.rows import BasketRow, Catalogue, DealRow, ItemRow, OfferRow, TierRow

NAME = "raw_rows"


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The rows, as they are."""

    singles: tuple[ItemRow, ...] = ()
    tiers: tuple[TierRow, ...] = ()
    deals: tuple[DealRow, ...] = ()
    baskets: tuple[BasketRow, ...] = ()


def lower(terms: Terms, catalogue: Catalogue) -> tuple[OfferRow, ...]:
    """The rows in the order of their shapes."""
    del catalogue
    return (*terms.singles, *terms.tiers, *terms.deals, *terms.baskets)


def say(_terms: Terms, _currency: object = None) -> str:
    """The line on the receipt."""
    return "Row"


EXAMPLES = ()


@contextmanager
def known_rows() -> Iterator[None]:
    """Let price books have this kind, for as long as the block lasts."""
    KINDS[NAME] = "tests.engine.raw_rows"
    try:
        yield
    finally:
        del KINDS[NAME]
        load_kind.cache_clear()
