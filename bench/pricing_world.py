"""The workload of the pricing bench: one shop, its offers, and baskets; the same for every engine.

Nothing in it depends on how an engine rounds, competes or splits, so that every engine has to
come to the same total: prices are multiples of 20 minor units and percentages of 5; an item is in
one item-level offer at most; an offer on several items together holds items of one price; the sum
before and after all discounts lies between the same two spend thresholds; no discount is more
than its line or basket can give.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec

from bench.plain_pricing import PlainPricer
from bench.pricing_shop import Offering, Shopping, Ware, World

CATEGORY_ITEMS_N = 50
SEED = 20_260_810
SPEND_TIERS = ((5_000, 100), (10_000, 100), (20_000, 200), (40_000, 200), (80_000, 300))
# How many offers of a hundred are of each kind; thresholds are never more than there are tiers.
SHARES = {"buy_get": 30, "nth_half": 20, "n_for": 15, "percent": 20, "amount_off": 7.5, "coupon": 5}


@dataclass
class _Draft:
    """A shop while it is being stocked."""

    random: Random
    prices: list[int]
    members: list[int]
    free: list[int]  # items that no offer has yet, in random order

    def take(self, count: int) -> list[int]:
        return [self.free.pop() for _ in range(count)]


def make_world(
    *,
    items_n: int = 20_000,
    offers_n: int = 200,
    lines_n: tuple[int, ...] = (1, 10, 50, 200),
    baskets_n: int = 200,
) -> World:
    """The shop of that size; the same arguments always give the same one."""
    random = Random(f"{SEED} {items_n} {offers_n}")
    prices = [20 * random.randint(20, 150) for _ in range(items_n)]
    members = [
        20 * random.randint(price * 7 // 200, price // 20 - 1) if random.random() < 0.25 else 0
        for price in prices
    ]
    counts = {kind: int(offers_n * share / 100) for kind, share in SHARES.items()}
    tiers = SPEND_TIERS[: max(1, min(len(SPEND_TIERS), offers_n // 20))]
    counts["buy_get"] += offers_n - sum(counts.values()) - len(tiers)
    categories_n = items_n // CATEGORY_ITEMS_N
    rated = random.sample(range(categories_n), counts["percent"])
    free = [n for n in range(items_n) if n // CATEGORY_ITEMS_N not in set(rated)]
    random.shuffle(free)
    draft = _Draft(random, prices, members, free)
    offers: list[Offering] = []
    for kind, count in counts.items():
        offers += [_make_offer(draft, kind, n, rated) for n in range(count)]
    for n, (least_minor, amount_minor) in enumerate(tiers):
        offers.append(
            Offering(
                offer=f"spend-{n}", kind="spend", least_minor=least_minor, amount_minor=amount_minor
            )
        )
    wares = tuple(
        Ware(_name(n), prices[n], members[n], f"c{n // CATEGORY_ITEMS_N:04d}")
        for n in range(items_n)
    )
    world = World(wares=wares, offers=tuple(offers), baskets={})
    baskets = {str(n): _make_baskets(world, n, baskets_n) for n in lines_n}
    return msgspec.structs.replace(world, baskets=baskets)


def _name(n: int) -> str:
    return f"i{n:06d}"


def _make_offer(draft: _Draft, kind: str, n: int, rated: list[int]) -> Offering:
    random = draft.random
    say: dict[str, Any] = {"offer": f"{kind}-{n}", "kind": kind}
    if kind == "percent":
        say |= {"category": f"c{rated[n]:04d}", "percent": 5 * random.randint(2, 8)}
    elif kind == "coupon":
        say |= {"code": f"99{n:04d}", "amount_minor": 100 * random.randint(1, 5)}
    elif kind == "amount_off":
        items = draft.take(random.randint(5, 15))
        most = min(min(draft.prices[i], draft.members[i] or draft.prices[i]) for i in items) // 40
        say |= {"items": _names(items), "amount_minor": 20 * random.randint(1, min(10, most))}
    else:
        # Items bought together have one price, for members too.
        items = draft.take(random.randint(5, 15))
        price = draft.prices[items[0]]
        for i in items:
            draft.prices[i], draft.members[i] = price, 0
        say["items"] = _names(items)
        if kind == "buy_get":
            say["buy_n"] = random.randint(1, 4)
            say["get_n"] = 2 if say["buy_n"] == 4 else 1
        elif kind == "n_for":
            say["buy_n"] = random.randint(2, 5)
            say["price_minor"] = say["buy_n"] * price - 20 * random.randint(1, price // 40)
    return Offering(**say)


def _names(items: list[int]) -> tuple[str, ...]:
    return tuple(_name(n) for n in sorted(items))


def _make_baskets(world: World, lines_n: int, count: int) -> tuple[Shopping, ...]:
    random = Random(f"{SEED} {len(world.offers)} {lines_n}")
    together = [one for one in world.offers if one.items]
    by_category: dict[str, list[str]] = {}
    for ware in world.wares:
        by_category.setdefault(ware.category, []).append(ware.item)
    rated = [by_category[one.category] for one in world.offers if one.category]
    coupons = [one for one in world.offers if one.kind == "coupon"]
    pricer = PlainPricer(world)
    found: list[Shopping] = []
    while len(found) < count:
        chosen: dict[str, int] = {}
        while len(chosen) < lines_n:
            draw = random.random()
            if draw < 0.5:  # two lines of one offer now and then
                pool = random.choice(together).items
                for item in random.sample(pool, min(2, lines_n - len(chosen))):
                    chosen[item] = random.randint(1, 4)
            elif draw < 0.7:
                chosen[random.choice(random.choice(rated))] = random.randint(1, 3)
            else:
                chosen[random.choice(world.wares).item] = random.randint(1, 3)
        one = Shopping(
            member=random.random() < 0.5,
            coupon=random.choice(coupons).code if random.random() < 0.3 else "",
            lines=tuple(list(chosen.items())[:lines_n]),
        )
        if pricer.is_plain(one):
            found.append(one)
    return tuple(found)
