"""What the free descriptions of the published offers say, as far as it can be read.

Hebrew, a few words of trade: "2 ב 24" two for 24; "2+1 מתנה" or "חינם" two and one free; "השני
בחצי מחיר", "השני ב50% הנחה" the second at half; "מוג 4", "עד 4 יח" at most 4 (pieces); "עד 3קג" at
most 3 kg; "מעל 100" where the basket comes to more than 100; "למשלמים באשראי" for who pays by
credit card.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from msgspec import Struct

NUMBER = r"(\d+(?:\.\d+)?)"
# "2 יח' ב-24", "2 ב 24", "2קג ב50", "250 גרם ב20"
GROUP = re.compile(rf"(?<![\d.]){NUMBER}\s*(יח'?|קג|ק\"ג|ק|גרם)?\s*ב-?\s*{NUMBER}(?![\d.]*%)")
PLUS = re.compile(r"(\d)\+(\d)\s*(?:מתנה|חינם)(.*)")
SECOND = re.compile("השני ב")
CAPPED = re.compile(r"(?:מוג|מו|מ)\s*(\d+)\s*$")
UP_TO_PIECES = re.compile(r"עד\s*(\d+)\s*יח")
UP_TO_WEIGHT = re.compile(r"ע[דק]\s*(\d+)\s*ק")
SPEND = re.compile(r"מעל\s*\d*")
BY_CARD = "למשלמים באשראי"
CHEAPEST = "הזול"


class Unclear(Exception):
    """An offer cannot be read; `reason` is one word of the README's table."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Group(Struct, frozen=True):
    """So many for so much: `quantity` as written, grams as kilograms.

    `each_minor` is what one piece or one kilogram comes to. `unit` is "" where none is written, and
    a digit of a name may then stand before the quantity.
    """

    quantity: Decimal
    each_minor: Decimal
    unit: Literal["", "piece", "g"]


class Words(Struct, frozen=True, kw_only=True):
    """What a description says: None or False where it says nothing of it.

    `group` is "so many for so much", `pieces_max_n` "at most so many pieces", `capped_n`
    "limited to so many", whether pieces or groups of them.
    """

    group: Group | None = None
    buy_get: tuple[int, int] | None = None
    second: bool = False
    pieces_max_n: int | None = None
    capped_n: int | None = None


def read_words(text: str) -> Words:
    """Raises `Unclear` where the description asks for what an offer cannot ask for."""
    if BY_CARD in text:
        raise Unclear("asks_for_a_tender")
    if SPEND.search(text):
        raise Unclear("asks_for_a_sum")
    if UP_TO_WEIGHT.search(text):
        raise Unclear("limit_by_weight")
    pieces, capped = UP_TO_PIECES.search(text), CAPPED.search(text)
    return Words(
        group=_read_group(text),
        buy_get=_read_buy_get(text),
        second=bool(SECOND.search(text)),
        pieces_max_n=int(pieces[1]) if pieces else None,
        capped_n=int(capped[1]) if capped else None,
    )


def _read_group(text: str) -> Group | None:
    found = GROUP.search(text)
    if found is None or not Decimal(found[1]):
        return None
    quantity = Decimal(found[1]) / (1000 if found[2] == "גרם" else 1)
    unit: Literal["", "piece", "g"] = ""
    if found[2]:
        unit = "piece" if found[2].startswith("יח") else "g"
    return Group(quantity, Decimal(found[3]) * 100 / quantity, unit)


def _read_buy_get(text: str) -> tuple[int, int] | None:
    found = PLUS.search(text)
    if found is None:
        return None
    low, high = sorted((int(found[1]), int(found[2])))
    if low == high:
        return low, low
    # Written from either side: the smaller number is what is free, where it is one.
    if low != 1:
        raise Unclear("words")
    return high, low
