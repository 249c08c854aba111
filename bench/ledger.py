"""The ledger against the plain one anybody would write: a dict of balances and a list of tuples."""

from __future__ import annotations

import random
import subprocess
import sys
from array import array
from time import process_time

from msgspec import Struct

from bench.figure import Figure, figure, percentile
from cext.engine import Ledger
from cext.engine.ledger.posting import TAPE_RECORD_BYTES
from cext.errors import must
from cext.lang.movement import Movement

ITEMS_N = 20_000
MOVES_N = 300_000
POSTS_N = 20_000
PROMISES_N = 100_000
ROUNDS_N = 9
FULL_N = 10**9  # of every item: nothing runs out while it is measured
ACCOUNTS_N = 100_000

Moves = tuple["array[int]", "array[int]", "array[int]"]  # sources, targets, quantities


class Round(Struct):
    """Moves a second of one interleaved round."""

    plain: float
    single: float
    batch: float
    batch_taped: float
    promised: float
    posted: float


class Shop(Struct):
    """A ledger full of goods, and one random sequence of sales in the form each door takes."""

    ledger: Ledger
    valued: Ledger
    items: array[int]
    moves: Moves
    sales: list[list[Movement]]
    promises: list[Movement]


def measure() -> list[Figure]:
    """Single moves with every check and a record kept, batches, promises, and memory."""
    shop = _open_shop()
    rounds = [_round(shop) for _ in range(ROUNDS_N)]
    plain = _median(rounds, "plain")
    against = "dict + list of tuples, the same sequence"

    def held(name: str, field: str, goal: float | None = None) -> Figure:
        return figure(
            name, _median(rounds, field), "moves/s", against=against, against_value=plain,
            goal=(">=", goal) if goal else None,
        )  # fmt: skip

    return [
        held("ledger_move", "single", 2.5),
        held("ledger_batch", "batch", 50),
        held("ledger_batch_taped", "batch_taped"),
        figure("ledger_reserve_commit", _median(rounds, "promised"), "pairs/s"),
        figure("ledger_post_valued", _median(rounds, "posted"), "moves/s"),
        *_memory(),
    ]


def _median(rounds: list[Round], field: str) -> float:
    return percentile([getattr(one, field) for one in rounds], 0.5)


def _open_shop() -> Shop:
    """Hard floors, levels and a buffer on every item, a promise on every tenth; values apart."""
    rng = random.Random(1)
    ledger, valued = Ledger(), Ledger()
    ledger.govern("stock", "store", floor=0, hard=True)
    valued.govern("stock", "store", floor=0, valued=True)
    names = [str(100_000 + number) for number in range(ITEMS_N)]
    stores = array("i")
    customers = array("i")
    for item in names:
        stores.append(ledger.open_account("stock", item, "store"))
        customers.append(ledger.open_account("stock", item, "customer"))
    for item, store in zip(names, stores, strict=True):
        ledger.move(ledger.open_account("stock", item, "supplier"), store, FULL_N)
        ledger.set_levels(store, low=1000, high=2 * FULL_N)
        ledger.set_buffer(store, 10)
        valued.post([Movement("stock", item, "supplier", "store", FULL_N, cost=33 * FULL_N)])
    for item in names[::10]:
        ledger.reserve(Movement("stock", item, "store", "picked", 5))
    items = array("i", [rng.randrange(ITEMS_N) for _ in range(MOVES_N)])
    moves = (
        array("i", [stores[item] for item in items]),
        array("i", [customers[item] for item in items]),
        array("q", [rng.randint(1, 5) for _ in range(MOVES_N)]),
    )
    sold = [
        Movement("stock", names[item], "store", "customer", quantity)
        for item, quantity in zip(items[:PROMISES_N], moves[2], strict=False)
    ]
    sales = [sold[first : first + 5] for first in range(0, POSTS_N, 5)]
    return Shop(ledger, valued, items, moves, sales, sold)


def _round(shop: Shop) -> Round:
    return Round(
        plain=_time_plain(shop.items, shop.moves[2]),
        single=_time_single(shop.ledger, *shop.moves),
        batch=_time_batch(shop.ledger, shop.moves, taping=False),
        batch_taped=_time_batch(shop.ledger, shop.moves, taping=True),
        promised=_time_promises(shop.ledger, shop.promises),
        posted=_time_posts(shop.valued, shop.sales),
    )


def _time_plain(items: array[int], quantities: array[int]) -> float:
    """No floor, no promise, no conservation: only what is on hand, and what was done."""
    on_hand = dict.fromkeys(range(ITEMS_N), FULL_N)
    log: list[tuple[int, int, int]] = []
    keep = log.append
    begin = process_time()
    for number, (item, quantity) in enumerate(zip(items, quantities, strict=True)):
        on_hand[item] -= quantity
        keep((number, item, quantity))
    return len(items) / (process_time() - begin)


def _time_single(
    ledger: Ledger, sources: array[int], targets: array[int], quantities: array[int]
) -> float:
    ledger.keep_tape(True)
    move = ledger.move
    begin = process_time()
    for source, target, quantity in zip(sources, targets, quantities, strict=True):
        move(source, target, quantity)
    took_s = process_time() - begin
    ledger.keep_tape(False)
    must(len(ledger.take_tape()) == len(sources) * TAPE_RECORD_BYTES, "every_move_is_kept")
    return len(sources) / took_s


def _time_batch(ledger: Ledger, moves: Moves, *, taping: bool) -> float:
    ledger.keep_tape(taping)
    begin = process_time()
    ledger.move_many(*moves)
    took_s = process_time() - begin
    ledger.keep_tape(False)
    ledger.take_tape()
    return len(moves[0]) / took_s


def _time_promises(ledger: Ledger, promises: list[Movement]) -> float:
    begin = process_time()
    for one in promises:
        ledger.commit(ledger.reserve(one, expires_ms=None))
    return len(promises) / (process_time() - begin)


def _time_posts(ledger: Ledger, sales: list[list[Movement]]) -> float:
    begin = process_time()
    for sale in sales:
        ledger.post(sale)
    return sum(map(len, sales)) / (process_time() - begin)


# The names are made first: a daemon has them in its price book anyway.
GROW = f"""
from os import getpid
from bench.process import resident_mb
from cext.engine import Ledger
ledger, items = Ledger(), [str(100_000 + number) for number in range({ACCOUNTS_N})]
before = resident_mb(getpid())
for item in items:
    ledger.open_account("stock", item, "store")
print(resident_mb(getpid()) - before, ledger.size_bytes)
"""


def _memory() -> list[Figure]:
    done = subprocess.run([sys.executable, "-c", GROW], capture_output=True, text=True, check=True)
    grown_mb, size_bytes = done.stdout.split()
    return [
        figure("ledger_account_bytes", float(grown_mb) * 1e6 / ACCOUNTS_N, "B"),
        figure("ledger_account_bytes_in_arrays", int(size_bytes) / ACCOUNTS_N, "B"),
    ]
