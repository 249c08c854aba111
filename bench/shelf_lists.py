"""Reads the price and offer lists that Israeli supermarkets publish, into a price book.

Two tables a day, for several shops: prices, and one row for each item of each offer. What an offer
means is spread over its fields and a free Hebrew description, and the chains fill them
differently (README.md of this folder says how). What cannot be understood is listed with a reason,
never guessed.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Raw, Struct

from bench.shelf_words import Unclear, Words, read_words
from cext.engine import is_gtin
from cext.lang.item import Item, Limits, Offer, PriceBook, When

ZONE = ZoneInfo("Asia/Jerusalem")
KG = 1000  # grams
PIECE = 1000  # thousandths
# Rates of this chain are in hundredths of a percent.
FINE_RATES = {"Yohananof"}

Row = dict[str, str]
Spec = tuple[str, dict[str, Any], Limits]


class Unread(Struct, frozen=True):
    """An offer that is left out, and why."""

    offer: str
    description: str
    rows_n: int
    reason: str


class Shelf(Struct, frozen=True, kw_only=True):
    """One chain's list of one day as a price book. `rows_n` and `read_n` count rows and offers."""

    book: PriceBook
    unread: tuple[Unread, ...]
    rows_n: int
    read_n: int

    def reasons(self) -> Counter[str]:
        """How many offers were left out, by reason."""
        return Counter(one.reason for one in self.unread)


def load_rows(path: Path) -> list[Row]:
    """The rows of a gzipped CSV file."""
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def load_shelves(folder: Path, day: str) -> list[Shelf]:
    """Every chain's shelf of `day` (2026-08-10) from the two files of that day in `folder`."""
    prices = load_rows(folder / f"prices_{day}.csv.gz")
    offers = load_rows(folder / f"promos_{day}.csv.gz")
    # One shop a chain; a chain may give its shop another number in the other table.
    return [
        read_shelf(
            [row for row in prices if row["chain"] == chain],
            [row for row in offers if row["chain"] == chain],
            day=day,
        )
        for chain in dict.fromkeys(row["chain"] for row in prices)
    ]


def read_shelf(prices: Sequence[Row], offer_rows: Sequence[Row], *, day: str) -> Shelf:
    """The price book of one chain, and what of its offers could not be read."""
    items = {row["barcode"]: _read_item(row) for row in prices}
    groups: dict[str, list[Row]] = {}
    for row in offer_rows:
        groups.setdefault(row["promo_id"], []).append(row)
    offers: list[Offer] = []
    unread: list[Unread] = []
    for number, rows in groups.items():
        try:
            offers += _read_offer(number, rows, items)
        except Unclear as exc:
            unread.append(Unread(number, rows[0]["description"], len(rows), exc.reason))
    first = prices[0]
    return Shelf(
        book=PriceBook(
            version=f"{first['chain']} {day}",
            store=first["store_id"],
            currency="ILS",
            effective_ms=_ms_of(day),
            items=tuple(items.values()),
            offers=tuple(offers),
        ),
        unread=tuple(unread),
        rows_n=len(offer_rows),
        read_n=len(groups) - len(unread),
    )


def _read_item(row: Row) -> Item:
    """Weighed goods are priced per kilogram. Codes that are no GTIN stay shop numbers."""
    code = row["barcode"]
    known = len(code) in {8, 12, 13, 14} and code.isdigit() and is_gtin(code)
    return Item(
        item=code,
        name=row["item_name"],
        price_minor=_minor(row["price_ils"]),
        unit="g" if row["is_weighted"] == "1" else "piece",
        codes=(code,) if known else (),
        brand=row["manufacturer"],
    )


def _read_offer(number: str, rows: Sequence[Row], items: dict[str, Item]) -> list[Offer]:
    """One offer, or one for each price that its rows name. Raises `Unclear`."""
    first = rows[0]
    words = read_words(first["description"])
    kinds: dict[tuple[str, str, str], list[Item]] = {}
    for row in rows:
        if row["barcode"] in items:
            # Only one chain's rate is computed from the price, and then differs between items.
            key = (row["min_qty"], row["discounted_price_ils"], _rate_text(row))
            kinds.setdefault(key, []).append(items[row["barcode"]])
    if not kinds:
        raise Unclear("no_item")
    if len(kinds) > 1 and any(Decimal(quantity) != 1 for quantity, _, _ in kinds):
        raise Unclear("several_prices")
    when = When(
        member=first["club_only"] == "1", coupon=number if first["coupon_only"] == "1" else ""
    )
    offers = []
    for n, ((quantity, price, rate), group) in enumerate(kinds.items()):
        if len({item.unit for item in group}) > 1:
            raise Unclear("mixed_units")
        deal = _Deal(group, Decimal(quantity), words)
        kind, terms, limits = (
            deal.by_rate(_rate_ppm(first["chain"], rate)) if rate else deal.by_price(_minor(price))
        )
        target = {"any_of": [{"item": item.item} for item in group]}
        offers.append(
            Offer(
                offer=f"{number}-{n}" if n else number,
                kind=kind,
                title=first["description"],
                terms=Raw(msgspec.json.encode({"target": target, **terms})),
                until_ms=_ms_of(first["end_date"], days=1),
                when=when,
                limits=limits,
            )
        )
    return offers


def _rate_text(row: Row) -> str:
    """The rate of an offer without a price; some chains compute one for priced offers too."""
    priced = row["discounted_price_ils"] not in {"", "0"}
    return "" if priced else row["discount_rate_percent"] or "0"


def _rate_ppm(chain: str, rate: str) -> int:
    return int(Decimal(rate) * (100 if chain in FINE_RATES else 10_000))


class _Deal:
    """The items of an offer, how many of them it asks for, and what its description says."""

    def __init__(self, items: Sequence[Item], quantity: Decimal, words: Words) -> None:
        self._items = items
        self._quantity = quantity
        self._words = words

    def by_price(self, price_minor: int) -> Spec:
        """A price for the whole quantity, or for one unit (a piece, a kilogram)."""
        if not price_minor:
            raise Unclear("words")
        quantity = self._quantity
        weighed = self._items[0].unit == "g"
        each = Decimal(price_minor)
        if quantity not in {0, 1} and not (weighed and quantity < Decimal("0.1")):
            if self._reads_whole(each):
                each /= quantity
                if not weighed:
                    return self._any_n(price_minor)
            from_quantity = int(quantity * (KG if weighed else PIECE))
            return self._tier(from_quantity, int(each.to_integral_value()))
        if all(each >= item.price_minor for item in self._items):
            raise Unclear("not_cheaper")
        return "fixed_price", {"price_minor": price_minor}, self._limits(1)

    def _reads_whole(self, price: Decimal) -> bool:
        """Whether the price is for the whole quantity; by what it lowers, then by the words."""
        most = max(item.price_minor for item in self._items)
        whole, unit = price / self._quantity, price
        stated = self._stated()
        if stated is not None and abs(stated - whole) <= 1:
            unit = Decimal(most)
        elif stated is not None and abs(stated - unit) <= 1:
            whole = Decimal(most)
        elif stated is not None:
            raise Unclear("words_contradict")
        if whole >= most and unit >= most:
            raise Unclear("not_cheaper")
        if whole < most and unit < most:
            raise Unclear("whole_or_unit")
        return whole < most

    def _stated(self) -> Decimal | None:
        """What the description says one piece or kilogram costs.

        Digits of names run into those of offers ("21/6 ב 65" is two for 65), so that without a
        unit only a description with the quantity of the fields counts. Weights are rounded.
        """
        group = self._words.group
        if group is None:
            return None
        if self._items[0].unit == "g":
            if group.unit == "piece":
                raise Unclear("pieces_of_weighed")
            return group.each_minor
        if group.quantity == self._quantity:
            return group.each_minor
        if group.unit:
            raise Unclear("words_contradict")
        return None

    def _any_n(self, price_minor: int) -> Spec:
        pieces_n = int(self._quantity)
        if pieces_n != self._quantity:
            raise Unclear("part_of_a_piece")
        return "any_n", {"any_n": pieces_n, "price_minor": price_minor}, self._limits(pieces_n)

    def _tier(self, from_quantity: int, each_minor: int) -> Spec:
        if self._limits(1) != Limits():
            raise Unclear("limit")
        step = {"from_quantity": from_quantity, "price_minor": each_minor}
        return "tier", {"steps": [step], "unit": self._items[0].unit}, Limits()

    def by_rate(self, rate_ppm: int) -> Spec:
        """A share off all, off each second one, or off what comes free with others."""
        words = self._words
        if words.buy_get:
            buy_n, get_n = words.buy_get
            if buy_n + get_n != self._quantity or rate_ppm not in {0, 1_000_000}:
                raise Unclear("words_contradict")
            return "buy_get", {"buy_n": buy_n, "get_n": get_n}, self._limits(buy_n + get_n)
        if not 0 < rate_ppm <= 1_000_000:
            raise Unclear("words")
        if words.second:
            if self._quantity not in {0, 2}:
                raise Unclear("words_contradict")
            return "nth_unit", {"nth": 2, "rate_ppm": rate_ppm}, self._limits(2)
        if self._quantity > 1:
            raise Unclear("words")
        return "percent", {"rate_ppm": rate_ppm}, self._limits(1)

    def _limits(self, use_n: int) -> Limits:
        """How often the offer is used where one use takes `use_n` units."""
        pieces_n, capped_n = self._words.pieces_max_n, self._words.capped_n
        if pieces_n is None and capped_n is None:
            return Limits()
        weighed = self._items[0].unit == "g"
        if weighed or (use_n > 1 and (pieces_n is None or pieces_n % use_n)):
            raise Unclear("limit")
        return Limits(basket_n=(pieces_n or capped_n or use_n) // use_n)


def _minor(text: str) -> int:
    minor = Decimal(text) * 100
    if minor != int(minor):
        raise ValueError(f"{text!r} is finer than a minor unit")
    return int(minor)


def _ms_of(day: str, *, days: int = 0) -> int:
    """When a day begins in the shops' own time, `days` later."""
    date = datetime.fromisoformat(day).date() + timedelta(days=days)
    return int(datetime.combine(date, time(), tzinfo=ZONE).timestamp()) * 1000


def say_reasons(shelves: Iterable[Shelf]) -> dict[str, int]:
    """How many offers of all `shelves` were left out, by reason, the most common first."""
    total: Counter[str] = Counter()
    for shelf in shelves:
        total += shelf.reasons()
    return dict(total.most_common())
