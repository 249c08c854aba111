"""Random baskets over a real shelf, and the laws that every price of them has to keep."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import msgspec

from bench.shelf_lists import KG, PIECE
from cext.lang.basket import Basket, BasketLine
from cext.lang.item import Item, PriceBook
from cext.lang.quote import Quote
from cext.offers.rows import Target

LINES_MAX_N = 14
GRAMS_MAX_N = 3_500
DAY_MS = 86_400_000
# One chain publishes offers whose end is long past: half of the baskets are of a day when those
# were in force, half of the day of the list.
LONG_AGO_MS = 1_750_000_000_000


class _Terms(msgspec.Struct):
    target: Target


def draw_baskets(book: PriceBook, random: Random) -> Iterator[tuple[Basket, int]]:
    """(basket, the time it is paid) without end: two lines of three from the items of offers."""
    by_id = {item.item: item for item in book.items}
    pools = [
        [by_id[match.item] for match in msgspec.json.decode(offer.terms, type=_Terms).target.any_of]
        for offer in book.offers
    ]
    coupons = [offer.when.coupon for offer in book.offers if offer.when.coupon]
    while True:
        chosen: list[Item] = []
        for _ in range(random.randint(1, LINES_MAX_N)):
            pool = random.choice(pools) if random.random() < 0.67 else book.items
            chosen += random.choices(pool, k=random.choice((1, 1, 2)))
        lines = tuple(
            BasketLine(line=line, item=item.item, quantity=_draw_quantity(item, random))
            for line, item in enumerate(chosen[:LINES_MAX_N], start=1)
        )
        shown = random.sample(coupons, min(2, len(coupons))) if random.random() < 0.2 else []
        member = "m1" if random.random() < 0.5 else None
        at_ms = random.choice((LONG_AGO_MS, book.effective_ms + DAY_MS // 2))
        yield Basket(lines=lines, member=member, coupons=tuple(shown)), at_ms


def _draw_quantity(item: Item, random: Random) -> int:
    if item.unit == "piece":
        return random.choice((1, 1, 1, 2, 2, 3, 4, 6)) * PIECE
    return random.randint(1, GRAMS_MAX_N)


def find_breaches(book_items: dict[str, Item], basket: Basket, quote: Quote) -> list[str]:
    """Which laws `quote` breaks, in words; none for a right one. Prices include tax here."""
    found = []
    for line, entry in zip(basket.lines, quote.lines, strict=True):
        item = book_items[line.item]
        gross = (2 * item.price_minor * line.quantity + KG) // (2 * KG)
        taken = [one.amount_minor for one in entry.adjustments]
        if (entry.line, entry.item, entry.gross_minor) != (line.line, line.item, gross):
            found.append(f"line {line.line} is {entry.item} at {entry.gross_minor}, not {gross}")
        if any(amount <= 0 for amount in taken) or sum(taken) > gross:
            found.append(f"line {line.line} of {gross} bears {taken}")
        if entry.net_minor != gross - sum(taken):
            found.append(f"line {line.line}: {gross} less {taken} is not {entry.net_minor}")
    sums = (
        sum(entry.gross_minor for entry in quote.lines),
        sum(one.amount_minor for entry in quote.lines for one in entry.adjustments),
        sum(entry.net_minor for entry in quote.lines),
    )
    if sums != (quote.gross_minor, quote.discount_minor, quote.payable_minor):
        found.append(f"the lines come to {sums}, the quote does not")
    if quote.payable_minor < 0 or quote.gap_minor < 0:
        found.append(f"{quote.payable_minor} to pay, gap {quote.gap_minor}")
    return found
