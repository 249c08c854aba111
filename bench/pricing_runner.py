"""Our own engines as the peers' runners are: a process that answers one JSON question a line.

  {"do": "load", "engine": name, "world": path}  -> {"versions": {...}}
  {"do": "price", "lines": "10", "first": 0, "most_s": 5, "times_n": 100}
      -> {"first": 0, "totals": [minor, ...], "ns": [nanoseconds a basket, ...]}

As in peers/talk.js, but a basket is priced in `times_n` rounds over all baskets, since one takes
about a microsecond; every round is timed basket by basket.
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from bench.plain_pricing import PlainPricer
from bench.pricing_book import AT_MS, make_basket, make_book
from bench.pricing_shop import Shopping, World, load_world
from cext.engine import Pricer, pack_baskets

Priced = Callable[[Any], int]


Calls = tuple[Callable[[Shopping], Any], Priced, Priced]


def open_engine(name: str, world: World) -> Calls | Pricer:
    """(a basket as the engine takes it, the call that is timed, the total of its result).

    For "bulk" the pricer itself.
    """
    if name == "plain":
        plain = PlainPricer(world)
        return (lambda basket: basket), plain.total, (lambda total: total)
    pricer = Pricer(make_book(world))
    if name == "bulk":
        return pricer
    if name == "price":
        return make_basket, (lambda basket: pricer.price(basket, AT_MS)), _payable
    if name == "quote":
        return make_basket, (lambda basket: pricer.quote(basket, AT_MS)), _payable
    raise ValueError(f"there is no engine {name!r} of ours")


def _payable(result: Any) -> int:
    return int(result.payable_minor)


def time_bulk(pricer: Pricer, baskets: Any, question: Any) -> dict[str, Any]:
    """As `time_baskets`, all baskets in one call; each takes its even share of the time."""
    first = question["first"]
    turned = [make_basket(basket) for basket in (*baskets[first:], *baskets[:first])]
    batch = pack_baskets(pricer, turned, AT_MS)
    clock = time.process_time_ns
    totals = list(pricer.price_many(batch).payable)
    took: list[int] = []
    until = time.perf_counter() + question["most_s"]
    while len(took) < question.get("times_n", 1) and time.perf_counter() < until:
        began = clock()
        pricer.price_many(batch)
        took.append((clock() - began) // len(turned))
    return {"first": first, "totals": totals, "ns": took}


def time_baskets(engine: Any, baskets: Any, question: Any) -> dict[str, Any]:
    """Rounds over all baskets until there were `times_n` or the time is over."""
    if isinstance(engine, Pricer):
        return time_bulk(engine, baskets, question)
    make, price, total = engine
    first = question["first"]
    turned = [make(basket) for basket in (*baskets[first:], *baskets[:first])]
    clock, cpu_clock = time.perf_counter_ns, time.process_time_ns
    totals = [total(price(basket)) for basket in turned]
    took: list[int] = []
    until = clock() + question["most_s"] * 1e9
    for _ in range(question.get("times_n", 1)):
        for basket in turned:
            cpu_before = cpu_clock()
            began = clock()
            price(basket)
            ended = clock()
            took.append(min(ended - began, cpu_clock() - cpu_before))
        if clock() > until:
            break
    return {"first": first, "totals": totals, "ns": took}


def main() -> None:
    """Answer until there are no more questions."""
    worlds: dict[str, World] = {}
    engine: Any = None
    world: Any = None
    for line in sys.stdin:
        question = msgspec.json.decode(line)
        if question["do"] == "load":
            path = question["world"]
            world = worlds[path] = worlds.get(path) or load_world(Path(path))
            engine = open_engine(question["engine"], world)
            answer: dict[str, Any] = {"versions": {"python": platform.python_version()}}
        else:
            answer = time_baskets(engine, world.baskets[question["lines"]], question)
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
