"""The lowest prices really asked of late: what a former price on a sign is held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from cext.lang.events import Body, SaleClosed
from cext.lang.events.sale import SaleLine
from cext.lang.quantity import PIECE

DAY_MS = 86_400_000
EPOCH_DAY = date(1970, 1, 1).toordinal()
DAYS_N = 7  # 规范促销行为暂行规定, in force 2020-12-01
# Offers that change the price of a single item; deals, sums and coupons leave the price as it is.
PRICE_KINDS = frozenset({"special_price", "member_price", "percent", "amount", "fixed_price"})
NOT_LIMITED: Mapping[tuple[str, int], int] = {}


class Lows:
    """A fold of sales: for every item the lowest price of each of the last business days.

    Prices are for the item's own `per`. What a label or a person priced is left out, and so are
    sales of events too old to know their price.
    """

    def __init__(self) -> None:
        self._days: dict[int, dict[str, int]] = {}

    def fold(self, bodies: Iterable[Body]) -> None:
        """Take the prices of every sale among the events."""
        for body in bodies:
            if isinstance(body, SaleClosed):
                self._fold_sale(body)

    def _fold_sale(self, sale: SaleClosed) -> None:
        day = date.fromisoformat(sale.business_day).toordinal() - EPOCH_DAY
        if day not in self._days:
            self._days[day] = {}
            for old in sorted(self._days)[: -(DAYS_N + 1)]:
                del self._days[old]
        lows = self._days.get(day)
        if lows is None:
            return
        limited = _list_limited(sale)
        for line in sale.lines:
            price = price_of(line, limited)
            if price is not None and price < lows.get(line.item, price + 1):
                lows[line.item] = price

    def before(self, at_ms: int) -> dict[str, int]:
        """The lowest price of each item sold in the seven days up to `at_ms`, and since."""
        lows: dict[str, int] = {}
        first = at_ms // DAY_MS - DAYS_N
        for day, prices in self._days.items():
            if day < first:
                continue
            for item, price in prices.items():
                lows[item] = min(price, lows.get(item, price))
        return lows


def _list_limited(sale: SaleClosed) -> dict[tuple[str, int], int]:
    """(rule, line) -> pieces of the line the rule took up, where it took only so many."""
    uses = sale.pricing.uses if sale.pricing is not None else ()
    return {(use.rule, line): pieces_n for use in uses for line, pieces_n in use.pieces}


def price_of(line: SaleLine, limited: Mapping[tuple[str, int], int] = NOT_LIMITED) -> int | None:
    """What the item's `per` cost in this line: the most that the amount allows; None: not known.

    Of a line of which only some pieces were cheaper (`limited`), what the cheapest cost. A small
    weight says little about its price, as its amount was rounded.
    """
    if not line.price_minor or line.derived_quantity or line.override is not None:
        return None
    offs = [one for one in line.adjustments if one.kind in PRICE_KINDS]
    pieces = {one.rule: limited.get((one.rule, line.line), 0) for one in offs}
    whole_minor = sum(one.amount_minor for one in offs if not pieces[one.rule])
    price = line.price_minor
    if whole_minor:
        at_most = (2 * (line.gross_minor - whole_minor) + 1) * line.per // (2 * line.quantity)
        price = min(at_most, price)
    cuts = [
        one.amount_minor * line.per // (pieces[one.rule] * PIECE)
        for one in offs
        if pieces[one.rule]
    ]
    return max(price - max(cuts, default=0), 0)
