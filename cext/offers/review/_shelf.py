"""What the items of a book cost: by the book, and in the days before it."""

from __future__ import annotations

from collections.abc import Mapping

from cext.lang.item import PriceBook
from cext.lang.money import Currency

OPEN_TOP_MINOR = 10**12  # what is rung by amount may cost anything


class Shelf:
    """What the items cost: by the book, and in the days before it."""

    def __init__(self, book: PriceBook, lows: Mapping[str, int]) -> None:
        self.book = book
        self.money = Currency(code=book.currency)
        self._lists: dict[str, int] = {}
        self._tops: dict[str, int] = {}
        self._lows = lows
        self.tiers = frozenset(price.tier for price in book.prices if price.tier)
        for item in book.items:
            self._lists[item.item] = item.price_minor
            self._tops[item.item] = OPEN_TOP_MINOR if item.open_price else item.price_minor
        for price in book.prices:
            top = max(price.price_minor, self._tops.get(price.item, 0))
            self._tops[price.item] = top

    def get_top(self, item: str) -> int:
        """The most the item ever costs by this book."""
        return self._tops[item]

    def get_list(self, item: str) -> int:
        """The list price: what the item costs when nothing is said."""
        return self._lists[item]

    def find_low(self, item: str) -> int | None:
        """The lowest price the item was sold at in the seven days before, if it was."""
        return self._lows.get(item)

    def say(self, amount_minor: int) -> str:
        """An amount in the book's currency."""
        return self.money.say(amount_minor)
