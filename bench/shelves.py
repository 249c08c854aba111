"""The real price lists: how much of them is read, and a million random baskets over them.

`python -m bench shelf_lists FOLDER`, where FOLDER holds `prices_DAY.csv.gz` and
`promos_DAY.csv.gz` of one or more days (README.md says where they come from).
"""

from __future__ import annotations

import itertools
import time
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import NamedTuple

from bench.figure import Figure, figure
from bench.shelf_baskets import draw_baskets, find_breaches
from bench.shelf_lists import Shelf, load_shelves, say_reasons
from cext.engine import Pricer, pack_baskets

BASKETS_N = 1_000_000
GROUP_N = 1_000
SEED = 20_260_810


class LawBroken(Exception):
    """A basket of a real shelf was priced against the laws; the message says how."""


def measure(folder: Path, *, baskets_n: int = BASKETS_N) -> list[Figure]:
    """Read every day of `folder`, compile each shop, price `baskets_n` baskets over all of them.

    Raises `LawBroken` for the first basket that breaks one.
    """
    days = sorted(path.name[len("prices_") : -len(".csv.gz")] for path in folder.glob("prices_*"))
    shelves = [shelf for day in days for shelf in load_shelves(folder, day)]
    read_n = sum(shelf.read_n for shelf in shelves)
    left_out = say_reasons(shelves)
    compile_s = price_s = bulk_s = 0.0
    bounded_n = saved_n = plain_n = 0
    share_n = -(-baskets_n // len(shelves))
    for number, shelf in enumerate(shelves):
        began_s = time.perf_counter()
        pricer = Pricer(shelf.book)
        compile_s += time.perf_counter() - began_s
        run = _price(shelf, pricer, share_n, seed=SEED + number)
        price_s += run.price_s
        bulk_s += run.bulk_s
        bounded_n += run.bounded_n
        saved_n += run.saved_n
        plain_n += run.plain_n
    priced_n = share_n * len(shelves)
    return [
        figure("shelf_prices", sum(len(shelf.book.items) for shelf in shelves), "prices"),
        figure("shelf_offer_rows", sum(shelf.rows_n for shelf in shelves), "rows"),
        figure("shelf_offers_read", read_n, "offers"),
        *(figure(f"shelf_offers_{name}", count, "offers") for name, count in left_out.items()),
        figure("shelf_compile", compile_s / len(shelves), "s"),
        figure("shelf_baskets", priced_n, "baskets", goal=(">=", min(baskets_n, BASKETS_N))),
        figure("shelf_baskets_saving", 100 * saved_n / priced_n, "%"),
        figure("shelf_baskets_bounded", bounded_n, "baskets", goal=("<=", 0)),
        figure("shelf_price", priced_n / price_s, "baskets/s"),
        figure(
            "shelf_bulk",
            priced_n / bulk_s,
            "baskets/s",
            against="one call each",
            against_value=priced_n / price_s,
            goal=(">=", 3),
        ),
        figure("shelf_bulk_core", priced_n / bulk_s, "baskets/s", goal=(">=", 1_000_000)),
        figure("shelf_bulk_plain", 100 * plain_n / priced_n, "%"),
    ]


class Run(NamedTuple):
    """CPU time of pricing one shelf; how many quotes are unproven, save anything, are plain."""

    price_s: float
    bulk_s: float
    bounded_n: int
    saved_n: int
    plain_n: int


def _price(shelf: Shelf, pricer: Pricer, count: int, *, seed: int) -> Run:
    """Price `count` baskets one by one and in bulk; hold the one to the laws and to the other."""
    items = {item.item: item for item in shelf.book.items}
    baskets = draw_baskets(shelf.book, Random(seed))
    price_s, bulk_s, bounded_n, saved_n, plain_n = 0.0, 0.0, 0, 0, 0
    for first in range(0, count, GROUP_N):
        # A bulk call has one time for all its baskets.
        group = sorted(itertools.islice(baskets, min(GROUP_N, count - first)), key=itemgetter(1))
        began_s = time.process_time()
        found = [pricer.price(basket, at_ms) for basket, at_ms in group]
        price_s += time.process_time() - began_s
        for (basket, at_ms), priced in zip(group, found, strict=True):
            breaches = find_breaches(items, basket, priced.to_quote())
            if breaches:
                raise LawBroken(f"{shelf.book.version}, {at_ms}, {basket}: {breaches}")
            bounded_n += priced.proof == "bounded"
            saved_n += priced.discount_minor > 0
        payable: list[int] = []
        for at_ms, some in itertools.groupby(group, key=itemgetter(1)):
            batch = pack_baskets(pricer, [basket for basket, _ in some], at_ms)
            began_s = time.process_time()
            result = pricer.price_many(batch)
            bulk_s += time.process_time() - began_s
            payable += result.payable
            plain_n += result.plain_n
        if payable != [priced.payable_minor for priced in found]:
            raise LawBroken(f"{shelf.book.version}: in bulk other totals than one by one")
    return Run(price_s, bulk_s, bounded_n, saved_n, plain_n)
