"""What a price costs: one call, everything explained, in bulk; by offers, lines and quantities.

The peers are in bench/peers, because they have to be installed; here stand our own figures, and
plain Python with an index as the yardstick that is always there.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from bench.figure import Figure, figure
from bench.plain_pricing import PlainPricer
from bench.pricing_book import AT_MS, make_basket, make_book
from bench.pricing_shop import Shopping, World
from bench.pricing_world import make_world
from cext.engine import Pricer, pack_baskets

ROUNDS_N = 9
TURN_S = 0.25
TIMES = 100  # how much larger the quantities of a wholesaler are
BULK_N = 2_000
Task = Callable[[], float]


def measure() -> list[Figure]:
    """Rounds over all rows in turn; a row is the median of its rounds. Totals are compared."""
    near = make_world(lines_n=(10, 50), baskets_n=200)
    far = make_world(items_n=60_000, offers_n=2_000, lines_n=(10,))
    many = make_world(lines_n=(10,), baskets_n=BULK_N).baskets["10"]
    began_s = time.perf_counter()
    far_pricer = Pricer(make_book(far))
    compile_s = time.perf_counter() - began_s
    pricer = Pricer(make_book(near))
    tasks = _list_tasks(pricer, near, many)
    tasks["far"] = _per_basket(far_pricer, _turned(far_pricer, far, far.baskets["10"]))
    rounds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(ROUNDS_N):
        for name, task in tasks.items():
            rounds[name].append(task())
    us = {name: statistics.median(found) for name, found in rounds.items()}
    # A shared machine is slower by half at times, and never faster than it is.
    us["bulk_core"] = min(rounds["bulk"])
    return _judge(us, compile_s)


def _list_tasks(pricer: Pricer, near: World, many: Sequence[Shopping]) -> dict[str, Task]:
    """Each task runs for about `TURN_S` and gives microseconds a basket."""
    ten = _turned(pricer, near, near.baskets["10"])
    fifty = _turned(pricer, near, near.baskets["50"])
    heavy = _turned(pricer, near, near.baskets["10"], times=TIMES)
    one_each = _turned(pricer, near, many)
    plain = PlainPricer(near)
    batch = pack_baskets(pricer, one_each, AT_MS)
    if list(pricer.price_many(batch).payable) != [plain.total(basket) for basket in many]:
        raise RuntimeError("the bulk call comes to other totals than plain Python")
    return {
        "price": _per_basket(pricer, ten),
        "fresh": lambda: _fresh_us(pricer, near.baskets["10"]),
        "quote": lambda: _median_us(lambda basket: pricer.quote(basket, AT_MS), ten),
        "plain": lambda: _median_us(plain.total, near.baskets["10"]),
        "price_50": _per_basket(pricer, fifty),
        "plain_50": lambda: _median_us(plain.total, near.baskets["50"]),
        "heavy": _per_basket(pricer, heavy),
        "each": lambda: _mean_us(lambda: [pricer.price(one, AT_MS) for one in one_each], BULK_N),
        "bulk": lambda: _mean_us(lambda: pricer.price_many(batch), BULK_N),
    }


def _turned(pricer: Pricer, world: World, baskets: Sequence[Shopping], times: int = 1) -> list[Any]:
    """The baskets as the engine takes them, once their totals are known to be right."""
    plain = PlainPricer(world)
    turned = []
    for basket in baskets:
        ours = make_basket(basket, times=times)
        total = pricer.price(ours, AT_MS).payable_minor
        lines = tuple((item, units * times) for item, units in basket.lines)
        want = plain.total(Shopping(member=basket.member, coupon=basket.coupon, lines=lines))
        if total != want:
            raise RuntimeError(f"{basket} comes to {total}, and it is {want}")
        turned.append(ours)
    return turned


def _per_basket(pricer: Pricer, baskets: Sequence[Any]) -> Task:
    return lambda: _median_us(lambda basket: pricer.price(basket, AT_MS), baskets)


def _fresh_us(pricer: Pricer, baskets: Sequence[Shopping]) -> float:
    """The median basket whose ids were never seen before, as a request brings them."""
    clock = time.perf_counter_ns
    took: list[int] = []
    until = clock() + TURN_S * 1e9
    while clock() < until:
        for basket in baskets:
            lines = tuple((item.encode().decode(), units) for item, units in basket.lines)
            ours = make_basket(msgspec.structs.replace(basket, lines=lines))
            began = clock()
            pricer.price(ours, AT_MS)
            took.append(clock() - began)
    return statistics.median(took) / 1000


def _median_us(price: Callable[[Any], Any], baskets: Sequence[Any]) -> float:
    """The median basket, each one timed alone."""
    clock = time.perf_counter_ns
    took: list[int] = []
    until = clock() + TURN_S * 1e9
    while clock() < until:
        for basket in baskets:
            began = clock()
            price(basket)
            took.append(clock() - began)
    return statistics.median(took) / 1000


def _mean_us(price_all: Callable[[], Any], count: int) -> float:
    """The mean basket of `count` priced together, in CPU time: passes are long enough to be cut."""
    clock = time.process_time_ns
    took: list[int] = []
    until = clock() + TURN_S * 1e9
    while clock() < until or not took:
        began = clock()
        price_all()
        took.append(clock() - began)
    return statistics.median(took) / 1000 / count


def _judge(us: dict[str, float], compile_s: float) -> list[Figure]:
    per_s = {name: 1e6 / value for name, value in us.items()}
    plain = "plain Python with an index"
    return [
        figure("pricing_price", per_s["price"], "baskets/s",
               against=plain, against_value=per_s["plain"], goal=(">=", 8)),
        figure("pricing_price_50_lines", per_s["price_50"], "baskets/s",
               against=plain, against_value=per_s["plain_50"], goal=(">=", 8)),
        figure("pricing_price_fresh", per_s["fresh"], "baskets/s",
               against=plain, against_value=per_s["plain"]),
        figure("pricing_quote", per_s["quote"], "baskets/s",
               against=plain, against_value=per_s["plain"]),
        figure("pricing_growth", us["far"], "us",
               against="200 offers instead of 2,000", against_value=us["price"], goal=("<=", 1.3)),
        figure("pricing_quantities", us["heavy"], "us",
               against="quantities a hundredth of these", against_value=us["price"],
               goal=("<=", 1.2)),
        figure("pricing_bulk", per_s["bulk"], "baskets/s",
               against="one call each", against_value=per_s["each"], goal=(">=", 3)),
        figure("pricing_bulk_core", per_s["bulk_core"], "baskets/s", goal=(">=", 1_000_000)),
        figure("pricing_compile", compile_s, "s"),
    ]  # fmt: skip
