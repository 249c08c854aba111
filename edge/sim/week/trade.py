"""Past trade, as the cut in edge/sim/data tells it: baskets of lines, in the order of time.

The file's timestamps are UTC: read so, every line falls into its own Monday-to-Sunday week in
`ZONE`; read as local times, one line in forty does not.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from cext.errors import ConfigError
from cext.lang.when import business_day
from edge.sim.data.cut import ITEMS_FILE, LINES_FILE

ZONE = "America/New_York"
CURRENCY = "USD"

# Week 1 of the file holds Sunday, 1 January 2017 alone; every other begins on a Monday.
_WEEK_ONE = date(2016, 12, 26)
UNKNOWN_DEPARTMENT = "UNKNOWN"


@dataclass(frozen=True, kw_only=True)
class PastItem:
    """What the file says about an item."""

    item: str
    department: str
    category: str
    kind: str
    brand: str
    pack: str


@dataclass(frozen=True, kw_only=True)
class PastLine:
    """One line as it was sold. All amounts are those of the whole line, in minor units."""

    store: str
    week: int
    at_ms: int
    basket: str
    member: str
    item: str
    known: PastItem | None
    pieces: int
    sales_minor: int  # what the shop received: from the customer and from the coupon's maker
    loyalty_minor: int
    coupon_minor: int  # borne by the maker
    match_minor: int  # what the shop added to the coupon

    @property
    def gross_minor(self) -> int:
        """The shelf price of the line."""
        return self.sales_minor + self.loyalty_minor + self.match_minor

    @property
    def department(self) -> str:
        """The file's department, `UNKNOWN_DEPARTMENT` where the file knows none."""
        return (self.known.department if self.known else "") or UNKNOWN_DEPARTMENT

    @property
    def coupon_paid_minor(self) -> int:
        """What of the coupon the line could bear: never more than the line's value."""
        return min(self.coupon_minor, self.sales_minor)


@dataclass(frozen=True, kw_only=True)
class PastBasket:
    """The lines of one basket; `at_ms` is its one time, UTC."""

    basket: str
    at_ms: int
    week: int
    member: str
    lines: tuple[PastLine, ...]


@dataclass(frozen=True)
class Trade:
    """The trade of one store: all its lines in the cut, and the items they name."""

    store: str
    lines: tuple[PastLine, ...] = field(repr=False)

    def weeks(self) -> tuple[int, ...]:
        """The weeks of the file that the cut holds for this store, rising."""
        return tuple(sorted({line.week for line in self.lines}))

    def baskets(self, first: date, last: date) -> tuple[PastBasket, ...]:
        """The baskets of the business days `first` to `last`, both included, by time."""
        inside = (line for line in self.lines if first <= business_day(line.at_ms, ZONE) <= last)
        return tuple(_baskets(sorted(inside, key=lambda line: (line.at_ms, line.basket))))


def _baskets(lines: list[PastLine]) -> Iterator[PastBasket]:
    for (at_ms, name), group in groupby(lines, key=lambda line: (line.at_ms, line.basket)):
        members = tuple(group)
        yield PastBasket(
            basket=name,
            at_ms=at_ms,
            week=members[0].week,
            member=members[0].member,
            lines=members,
        )


def week_days(week: int) -> tuple[date, date]:
    """Monday and Sunday of a week of the file."""
    monday = _WEEK_ONE + timedelta(weeks=week - 1)
    return monday, monday + timedelta(days=6)


def week_of(day: date) -> int:
    """The week of the file that `day` falls into."""
    return (day - _WEEK_ONE).days // 7 + 1


def parse_day(text: str, *, end: bool = False) -> date:
    """A day: ISO 8601, or the Monday (the Sunday at the `end`) of a week number of the file.

    ConfigError when `text` is neither.
    """
    if text.isdigit() and 1 <= int(text) <= 53:
        return week_days(int(text))[1 if end else 0]
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        message = f"{text!r} is neither a day such as 2017-01-16 nor a week number 1 to 53"
        raise ConfigError((message,)) from exc


def load_trade(
    store: str | None = None, *, lines_file: Path = LINES_FILE, items_file: Path = ITEMS_FILE
) -> dict[str, Trade]:
    """The trade of every store of the cut, or of `store` alone."""
    items = {row["product_id"]: _item(row) for row in _rows(items_file)}
    found: dict[str, list[PastLine]] = {}
    for row in _rows(lines_file):
        if store is None or row["store_id"] == store:
            found.setdefault(row["store_id"], []).append(_line(row, items))
    return {name: Trade(name, tuple(lines)) for name, lines in sorted(found.items())}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _item(row: dict[str, str]) -> PastItem:
    return PastItem(
        item=row["product_id"],
        department=row["department"],
        category=row["product_category"],
        kind=row["product_type"],
        brand=row["brand"],
        pack=row["package_size"],
    )


def _line(row: dict[str, str], items: dict[str, PastItem]) -> PastLine:
    at = datetime.fromisoformat(row["transaction_timestamp"]).replace(tzinfo=UTC)
    return PastLine(
        store=row["store_id"],
        week=int(row["week"]),
        at_ms=int(at.timestamp()) * 1000,
        basket=row["basket_id"],
        member=row["household_id"],
        item=row["product_id"],
        known=items.get(row["product_id"]),
        pieces=int(row["quantity"]),
        sales_minor=_minor(row["sales_value"]),
        loyalty_minor=_minor(row["retail_disc"]),
        coupon_minor=_minor(row["coupon_disc"]),
        match_minor=_minor(row["coupon_match_disc"]),
    )


def _minor(text: str) -> int:
    whole, _, rest = text.partition(".")
    return int(whole) * 100 + int(rest.ljust(2, "0"))
