"""What a sale is made of, before any offer takes anything: lines, open offers, who may use what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from cext.lang.basket import Basket, BasketLine
from cext.lang.item import Item, Offer, Price, PriceBook
from cext.lang.rights import NO_RIGHTS, Rights
from cext.offers import lower_offers
from cext.offers.rows import BasketRow, DealRow, ItemRow, Slot, TierRow
from tests.oracle.money import part_of

STAGES = ("reward", "threshold", "coupon", "points", "delivery")
UNLIMITED = 10**12
DAY_MS, HOUR_MS, MINUTE_MS = 86_400_000, 3_600_000, 60_000


class Row(NamedTuple):
    """One row of an offer with its rank: offers by priority and id, rows in their own order."""

    rank: int
    offer: Offer
    reason: str
    row: Any
    items: frozenset[str]


class Rules:
    """A price book read once: rows by rank, items by place, prices by item."""

    def __init__(self, book: PriceBook) -> None:
        self.book = book
        self.items = {item.item: item for item in book.items}
        self.place = {item.item: at for at, item in enumerate(book.items)}
        self.prices: dict[str, list[Price]] = {}
        for price in book.prices:
            self.prices.setdefault(price.item, []).append(price)
        self.goods = frozenset(item.item for item in book.items if item.role == "goods")
        self.unit: list[Row] = []
        self.tail: list[Row] = []
        self.coupons: set[str] = set()
        for lowered in lower_offers(book):
            if lowered.problem:
                raise ValueError(lowered.problem)
            if lowered.offer.when.coupon:
                self.coupons.add(lowered.offer.when.coupon)
            for row in lowered.rows:
                self._add(lowered.offer, lowered.reason, row)

    def _add(self, offer: Offer, reason: str, row: Any) -> None:
        rank = len(self.unit) + len(self.tail)
        if isinstance(row, BasketRow):
            self.tail.append(Row(rank, offer, reason, row, self.seen(row) | self.bears(row)))
            return
        limits = offer.limits
        if isinstance(row, ItemRow) and (limits.basket_n or limits.customer_n or limits.total_n):
            row = DealRow(
                kind=row.kind,
                slots=(Slot(items=row.items, pieces_n=1),),
                benefit=row.benefit,
                value=row.value,
                funded_by=row.funded_by,
            )
        self.unit.append(Row(rank, offer, reason, row, frozenset(items_of(row))))

    def seen(self, row: BasketRow) -> frozenset[str]:
        """The items whose sum the row asks for."""
        return self.goods - set(row.seen_but) if row.seen is None else frozenset(row.seen)

    def bears(self, row: BasketRow) -> frozenset[str]:
        """The items whose lines get it."""
        return self.goods - set(row.bears_but) if row.bears is None else frozenset(row.bears)


def items_of(row: ItemRow | TierRow | DealRow) -> Iterable[str]:
    """Every item a row over single items is for."""
    if isinstance(row, DealRow):
        return [item for slot in row.slots for item in slot.items]
    return row.items


class Line:
    """One line in its place: what it costs before offers, and whether pieces can be told apart."""

    __slots__ = (
        "closed",
        "given",
        "gross",
        "hand",
        "item",
        "label",
        "number",
        "per",
        "pieces",
        "price",
        "quantity",
        "reason",
    )

    def __init__(self, given: BasketLine, item: Item, price: int) -> None:
        override = given.override
        self.given, self.item, self.price = given, item, price
        self.number, self.quantity, self.label = given.line, given.quantity, given.label_minor
        self.per, self.closed = item.per, override is not None
        if override is not None and override.amount_minor is not None:
            self.gross = override.amount_minor
        elif self.label is not None:
            self.gross = self.label
        else:
            self.gross = part_of(price, given.quantity, item.per)
        self.hand = 0 if override is None else min(override.discount_minor, self.gross)
        self.reason = "" if override is None else override.reason
        plain = item.unit == "piece" and given.quantity % 1000 == 0
        plain = plain and self.label is None and override is None
        self.pieces = given.quantity // 1000 if plain and price * 1000 % item.per == 0 else 0

    @property
    def piece(self) -> int:
        """The whole gross of one piece of a countable line."""
        return self.gross // self.pieces


class Sale:
    """A basket against a book at one moment, with the rights that came along."""

    def __init__(
        self, rules: Rules, basket: Basket, at_ms: int, rights: Rights = NO_RIGHTS
    ) -> None:
        self.rules, self.basket, self.at_ms, self.rights = rules, basket, at_ms, rights
        self.scans = Counter(basket.coupons)
        self.tier = rights.tier if basket.member is not None else ""
        made = [
            Line(given, item, self.price_of(item))
            for given in basket.lines
            for item in (rules.items[given.item],)
        ]
        self.lines = sorted(made, key=lambda line: (rules.place[line.item.item], *_order(line)))
        self.there = {line.item.item for line in made}
        self.losses: set[tuple[int, str, str]] = set()
        self.uses_max: dict[str, int] = {}
        self._days = {row.offer.offer: self.is_dated(row.offer) for row in rules.unit + rules.tail}
        self.unit = [row for row in rules.unit if self._is_open(row, unit=True)]
        self.tail = [row for row in rules.tail if self._is_open(row, unit=False)]

    def price_of(self, item: Item) -> int:
        """The price in force, for the item's own `per`."""
        fits = [
            row
            for row in self.rules.prices.get(item.item, ())
            if row.from_ms <= self.at_ms < row.until_ms
            and row.store in ("", self.rules.book.store)
            and row.channel in ("", self.rights.channel)
            and row.tier in ("", self.tier)
        ]
        if not fits:
            return item.price_minor
        named = [((row.store != "") + (row.channel != "") + (row.tier != "")) for row in fits]
        best = max(
            zip(named, fits, strict=True), key=lambda p: (p[0], p[1].from_ms, -p[1].price_minor)
        )
        return best[1].price_minor

    def is_dated(self, offer: Offer) -> bool:
        """Whether it is the offer's time."""
        return offer.from_ms <= self.at_ms < offer.until_ms

    def _is_open(self, row: Row, *, unit: bool) -> bool:
        """Whether the row takes part; what it is lost for otherwise is noted."""
        offer = row.offer
        touches = bool(row.items & self.there)
        if not self._days[offer.offer] or not self.lines:
            return False
        if not touches and (unit or row.row.seen is not None or not self.fits(offer)):
            return False
        if not self.fits(offer):
            if offer.when.coupon and not self.scans[offer.when.coupon]:
                return False
            if not unit:
                self.losses.add((0, offer.offer, "not_applicable"))
                return False
            for line in self.lines:
                if line.item.item in row.items:
                    self.losses.add((line.number, offer.offer, "not_applicable"))
            return False
        self.uses_max[offer.offer] = self.count_uses(offer)
        if not self.uses_max[offer.offer]:
            self.losses.add((0, offer.offer, "limit_reached"))
        return self.uses_max[offer.offer] > 0

    def fits(self, offer: Offer) -> bool:
        """Whether everything the offer asks of the sale is true of it."""
        when, rights = offer.when, self.rights
        local_ms = self.at_ms + rights.utc_offset_min * MINUTE_MS
        minute = local_ms % DAY_MS // MINUTE_MS
        weekday = (local_ms // DAY_MS + 3) % 7 + 1  # 1970-01-01 was a Thursday, ISO day 4
        first, last = when.from_minute, when.until_minute
        in_time = first <= minute < last if first < last else minute >= first or minute < last
        return (
            (not when.member or self.basket.member is not None)
            and (not when.tiers or (self.tier in when.tiers and self.basket.member is not None))
            and (not when.channels or rights.channel in when.channels)
            and (not when.stores or self.rules.book.store in when.stores)
            and (not when.weekdays or weekday in when.weekdays)
            and in_time
            and (not when.first_order or rights.first_order)
            and (not when.coupon or self.scans[when.coupon] > 0)
        )

    def count_uses(self, offer: Offer) -> int:
        """How often the offer may be used at most."""
        limits, rights = offer.limits, self.rights
        bounds = [UNLIMITED]
        if limits.basket_n is not None:
            bounds.append(limits.basket_n)
        if limits.customer_n is not None:
            bounds.append(limits.customer_n - rights.used.get(offer.offer, 0))
        if offer.offer in rights.left:
            bounds.append(rights.left[offer.offer])
        if limits.total_n is not None:
            bounds.append(limits.total_n)
        if offer.when.coupon:
            bounds.append(self.scans[offer.when.coupon])
        return max(0, min(bounds))


def _strength(price: Price) -> tuple[int, int, int]:
    """More conditions named, then begun later, then lower."""
    named_n = sum(word != "" for word in (price.store, price.channel, price.tier))
    return named_n, price.from_ms, -price.price_minor


def _order(line: Line) -> tuple[int, int, tuple[int, int, int], int]:
    """The order of lines of one item: label, quantity, override, number; nothing comes first."""
    override = line.given.override
    by_hand = (-1, -1, -1)
    if override is not None:
        amount = override.amount_minor
        by_hand = (0, -1 if amount is None else amount, override.discount_minor)
    label = -1 if line.label is None else line.label
    return label, line.quantity, by_hand, line.number
