"""The price book of one store, derived from the lines of one week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

import msgspec

from cext.engine import with_check_digit
from cext.lang.item import Item, LabelLayout, Offer, PriceBook
from cext.lang.quantity import PIECE
from cext.lang.when import instant_ms
from edge.sim.week.fit import Price, Seen, fit_label, fit_pieces, fit_weighed, price_by_weight
from edge.sim.week.measure import How, Measures, how_to_ring, measure_items
from edge.sim.week.trade import CURRENCY, ZONE, PastLine, Trade, week_days

# In-store numbers begin with 2 (GS1): 20 an item, 22 a price label, 26 a card, 27 a coupon.
ITEM_HEAD, LABEL_HEAD, CARD_HEAD, COUPON_HEAD = "20", "22", "26", "27"
LAYOUTS = (
    LabelLayout(pattern=f"{LABEL_HEAD} I{{5}} A{{5}} C"),
    LabelLayout(pattern=f"{CARD_HEAD} M{{10}} C"),
    LabelLayout(pattern=f"{COUPON_HEAD} K{{10}} C"),
)
Coupon = tuple[str, int, int]  # item, amount of the maker, match of the shop (minor units)


def item_code(item: str) -> str:
    """The in-store EAN-13 of an item: the file has no barcodes."""
    return with_check_digit(f"{ITEM_HEAD}{int(item):010d}")


def card_code(member: str) -> str:
    """The EAN-13 on a household's member card."""
    return with_check_digit(f"{CARD_HEAD}{int(member):010d}")


def coupon_code(number: int) -> str:
    """The EAN-13 on a manufacturer's coupon."""
    return with_check_digit(f"{COUPON_HEAD}{number:010d}")


def label_code(plu: str, amount_minor: int) -> str:
    """The EAN-13 that the scale behind the counter prints on a pack."""
    return with_check_digit(f"{LABEL_HEAD}{plu}{amount_minor:05d}")


def key_item(department: str) -> str:
    """The open-price item of a department: its key on the till."""
    words = "".join(sign if sign.isalnum() else "-" for sign in department.lower())
    return f"key-{words}"[:32]


@dataclass(frozen=True)
class Shelf:
    """What the books of a store's weeks have in common, and the prices of each week."""

    store: str
    lines: tuple[PastLine, ...]
    measures: Measures
    plus: Mapping[str, str]
    coupons: Mapping[Coupon, int]
    prices: Mapping[int, Mapping[str, Price]]

    def coupon_of(self, line: PastLine, item: str) -> str:
        """The coupon's code that lowers `item` as `line` was lowered; empty when none does."""
        number = self.coupons.get((item, line.coupon_minor, line.match_minor))
        return coupon_code(number) if number else ""

    def book(self, week: int) -> PriceBook:
        """The price book in force from Monday of `week` on."""
        monday, _ = week_days(week)
        prices = self.prices[week]
        return PriceBook(
            version=f"{self.store}-2017w{week:02d}",
            store=self.store,
            currency=CURRENCY,
            effective_ms=instant_ms(datetime.combine(monday, time()), ZONE),
            items=(*self._items(prices), *self._keys()),
            offers=(*_member_offers(prices), *self._coupon_offers(week)),
            layouts=LAYOUTS,
        )

    def _items(self, prices: Mapping[str, Price]) -> Iterable[Item]:
        known = {line.item: line.known for line in self.lines if line.known}
        for name, price in sorted(prices.items(), key=lambda pair: int(pair[0])):
            past = known[name]
            by_piece = self.measures.get(name, How.PIECE) is How.PIECE
            words = (past.kind or past.category or f"Item {name}").title()
            if by_piece:
                words += f" {past.pack}"
            yield Item(
                item=name,
                name=" ".join(words.split()),  # the file pads packs with blanks
                price_minor=price.price_minor,
                unit="piece" if by_piece else "g",
                per=price.per,
                codes=(item_code(name),),
                plu=self.plus.get(name),
                department=past.department,
                category=past.category,
                brand=past.brand,
            )

    def _keys(self) -> Iterable[Item]:
        by_key = {line.department for line in self.lines if how_to_ring(line, self.measures).by_key}
        for department in sorted(by_key):
            yield Item(
                item=key_item(department),
                name=department.title(),
                price_minor=0,
                department=department,
                category="DEPARTMENT KEY",
                open_price=True,
            )

    def _coupon_offers(self, week: int) -> Iterable[Offer]:
        used = {coupon_key(line, self.measures) for line in self.lines if line.week == week}
        for (item, amount_minor, match_minor), number in self.coupons.items():
            if (item, amount_minor, match_minor) in used:
                code = coupon_code(number)
                terms = {
                    "code": code,
                    "item": item,
                    "amount_minor": amount_minor,
                    "match_minor": match_minor,
                }
                yield Offer(
                    offer=f"coupon-{number}",
                    kind="coupon",
                    title="Manufacturer's coupon",
                    terms=msgspec.Raw(msgspec.json.encode(terms)),
                )


def rung_item(line: PastLine, measures: Measures) -> str:
    """The item that `line` is rung as: itself, or the key of its department."""
    by_key = how_to_ring(line, measures).by_key
    return key_item(line.department) if by_key else line.item


def coupon_key(line: PastLine, measures: Measures) -> Coupon | None:
    """The coupon given with `line`; None where there was none, or nothing to lower."""
    if line.coupon_minor + line.match_minor == 0:
        return None
    if how_to_ring(line, measures) is How.ASIDE:
        return None
    return rung_item(line, measures), line.coupon_minor, line.match_minor


def derive_shelf(trade: Trade, *, measured_on: Iterable[PastLine]) -> Shelf:
    """The shelf of `trade`'s store; `measured_on` are the lines of the whole cut."""
    measures = measure_items(measured_on)
    labels = sorted(
        {line.item for line in trade.lines if measures.get(line.item) is How.LABEL}, key=int
    )
    coupons = {key for line in trade.lines if (key := coupon_key(line, measures))}
    return Shelf(
        store=trade.store,
        lines=trade.lines,
        measures=measures,
        plus={name: f"{place:05d}" for place, name in enumerate(labels, start=1)},
        coupons={key: number for number, key in enumerate(sorted(coupons), start=1)},
        prices=_price_weeks(trade, measures),
    )


def _price_weeks(trade: Trade, measures: Measures) -> dict[int, dict[str, Price]]:
    """For each week the price of every item of the store; one that nobody bought keeps its last.

    An item not sold yet has the price of the first week in which it is.
    """
    sold: dict[str, dict[int, list[Seen]]] = defaultdict(lambda: defaultdict(list))
    for line in trade.lines:
        if _says_price(line, measures):
            seen = Seen(line.gross_minor, line.loyalty_minor, line.pieces)
            sold[line.item][line.week].append(seen)
    weeks = trade.weeks()
    prices: dict[int, dict[str, Price]] = {week: {} for week in weeks}
    for name, by_week in sold.items():
        by_weight = price_by_weight([one.gross_minor for all_ in by_week.values() for one in all_])
        how = measures.get(name, How.PIECE)
        fitted = {week: _fit(how, lines, by_weight) for week, lines in by_week.items()}
        last = fitted[min(fitted)]
        for week in weeks:
            last = fitted.get(week, Price(last.price_minor, None, last.per))
            prices[week][name] = last
    return prices


def _says_price(line: PastLine, measures: Measures) -> bool:
    how = how_to_ring(line, measures)
    return not how.by_key and how is not How.ASIDE


def _fit(how: How, lines: Sequence[Seen], by_weight_minor: int) -> Price:
    if how is How.WEIGHED:
        return fit_weighed(lines, by_weight_minor)
    return fit_label(lines, by_weight_minor) if how is How.LABEL else fit_pieces(lines)


def _member_offers(prices: Mapping[str, Price]) -> Iterable[Offer]:
    for name, price in sorted(prices.items(), key=lambda pair: int(pair[0])):
        if price.member_minor is not None:
            terms = {"item": name, "price_minor": price.member_minor}
            yield Offer(
                offer=f"member-{name}",
                kind="member_price",
                title="Member price",
                terms=msgspec.Raw(msgspec.json.encode(terms)),
            )


def stock_needed(quantities: Mapping[str, int], book: PriceBook) -> dict[str, int]:
    """Opening stock: what the week will sell and a tenth more, in whole pieces or kilograms."""
    return {
        item.item: -(-quantities.get(item.item, 0) * 11 // (10 * PIECE)) * PIECE + PIECE
        for item in book.items
    }
