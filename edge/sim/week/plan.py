"""Turning past baskets into what a cashier does, and stating every rule that was needed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from cext.engine import round_half_up
from cext.lang.item import PriceBook
from cext.lang.quantity import KILOGRAM, PIECE
from edge.sim.week.book import (
    Shelf,
    card_code,
    item_code,
    label_code,
    rung_item,
)
from edge.sim.week.fit import (
    Price,
    Seen,
    choose_weight,
    label_explained,
    piece_explained,
    piece_gross,
)
from edge.sim.week.measure import How, how_to_ring
from edge.sim.week.trade import PastBasket, PastLine

HISTORY_PRICE = "history_price"
# Cash is given in the next multiple of one of these notes, card pays to the cent.
NOTES_MINOR = (100, 500, 1000, 2000)


@dataclass(frozen=True, kw_only=True)
class HandPrice:
    """A price by hand; `amount_minor` None keeps the book's."""

    amount_minor: int | None
    discount_minor: int


@dataclass(frozen=True, kw_only=True)
class Ring:
    """How one past line is rung up. `quantity` is in the item's unit: thousandths or grams.

    `code` is scanned; it is empty for a department key, which is rung by the line's amount.
    """

    past: PastLine
    how: How
    item: str
    code: str = ""
    quantity: int = PIECE
    hand: HandPrice | None = None
    coupon: str = ""

    @property
    def by_weight(self) -> bool:
        """Whether `quantity` is in grams."""
        return self.how in {How.WEIGHED, How.LABEL}


@dataclass(frozen=True, kw_only=True)
class PlannedBasket:
    """What is done at the counter for one past basket; `rings` leaves out what is set aside."""

    past: PastBasket
    card: str
    rings: tuple[Ring, ...]
    aside: tuple[PastLine, ...]

    @property
    def expected_minor(self) -> int:
        """What the customer paid then; the till works it out by itself and is compared."""
        return sum(ring.past.sales_minor - ring.past.coupon_paid_minor for ring in self.rings)

    @property
    def pays_cash(self) -> bool:
        """The file names no tenders: about half the baskets pay cash, by their number."""
        return _lot(self.past.basket) % 2 == 0

    def cash_for(self, due_minor: int) -> int:
        """The notes handed over for `due_minor`."""
        note = NOTES_MINOR[_lot(self.past.basket) // 2 % len(NOTES_MINOR)]
        return -(-due_minor // note) * note


def _lot(basket: str) -> int:
    return zlib.crc32(basket.encode())


@dataclass(frozen=True)
class WeekPlan:
    """The baskets of one week of the file under that week's price book."""

    week: int
    book: PriceBook
    baskets: tuple[PlannedBasket, ...]

    @property
    def rings_n(self) -> int:
        """Lines to ring up."""
        return sum(len(basket.rings) for basket in self.baskets)


def plan_weeks(shelf: Shelf, baskets: Iterable[PastBasket]) -> tuple[WeekPlan, ...]:
    """One plan for each week that `baskets` (in the order of time) fall into."""
    by_week: dict[int, list[PlannedBasket]] = {}
    for basket in baskets:
        by_week.setdefault(basket.week, []).append(plan_basket(shelf, basket))
    return tuple(
        WeekPlan(week, shelf.book(week), tuple(planned)) for week, planned in by_week.items()
    )


def plan_basket(shelf: Shelf, basket: PastBasket) -> PlannedBasket:
    """What the cashier does for `basket`."""
    rings = []
    aside = []
    for line in basket.lines:
        how = how_to_ring(line, shelf.measures)
        if how is How.ASIDE:
            aside.append(line)
        else:
            rings.append(_ring(shelf, line, how))
    return PlannedBasket(
        past=basket, card=card_code(basket.member), rings=tuple(rings), aside=tuple(aside)
    )


def _ring(shelf: Shelf, line: PastLine, how: How) -> Ring:
    item = rung_item(line, shelf.measures)
    coupon = shelf.coupon_of(line, item)
    seen = Seen(line.gross_minor, line.loyalty_minor, line.pieces)
    if how.by_key:
        hand = HandPrice(amount_minor=None, discount_minor=seen.loyalty_minor)
        kept = hand if seen.loyalty_minor else None
        return Ring(past=line, how=how, item=item, hand=kept, coupon=coupon)
    price = shelf.prices[line.week][item]
    if how is How.PIECE:
        code, quantity, hand_price = item_code(item), line.pieces * PIECE, _by_piece(price, seen)
    elif how is How.WEIGHED:
        quantity, explained = choose_weight(price, seen)
        code, hand_price = item_code(item), None if explained else _discount(seen)
    else:
        code = label_code(shelf.plus[item], seen.gross_minor)
        quantity = max(round_half_up(seen.gross_minor * KILOGRAM, price.price_minor), 1)
        hand_price = None if label_explained(price, seen) else _discount(seen)
    return Ring(
        past=line,
        how=how,
        item=item,
        code=code,
        quantity=quantity,
        hand=hand_price,
        coupon=coupon,
    )


def _by_piece(price: Price, seen: Seen) -> HandPrice | None:
    if piece_explained(price, seen):
        return None
    same = piece_gross(price, seen.pieces) == seen.gross_minor
    return HandPrice(
        amount_minor=None if same else seen.gross_minor, discount_minor=seen.loyalty_minor
    )


def _discount(seen: Seen) -> HandPrice:
    return HandPrice(amount_minor=None, discount_minor=seen.loyalty_minor)
