"""django-oscar's Applicator, tuned: everything it asks the database for lies in memory already.

Runs in the environment of bench/peers alone. Oscar's own models, conditions, benefits and
Applicator decide; what is replaced is where they ask the database at every step: which items a
range holds, which offers may be combined (none restricts the others here), which offers are in
force. As installed it makes thousands of queries a basket. Its own "percentage of the cheapest"
applies once a basket only, so offers on groups of units are a benefit of our own, written as its
documentation shows.

Hears and says what talk.js says: one JSON document a line.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import oscar_site  # noqa: F401  configures Django, which what follows needs

# isort: split
from oscar.apps.basket.models import Basket, Line
from oscar.apps.catalogue.models import Product
from oscar.apps.offer import benefits, conditions
from oscar.apps.offer.applicator import Applicator
from oscar.apps.offer.models import Benefit, ConditionalOffer, Range
from oscar.apps.offer.results import ZERO_DISCOUNT, BasketDiscount
from oscar.apps.partner.availability import Available
from oscar.apps.partner.models import StockRecord
from oscar.apps.partner.prices import FixedPrice
from oscar.apps.partner.strategy import PurchaseInfo


def money(minor: int) -> Decimal:
    return Decimal(minor) / 100


class NoOffers:
    """Stands for an offer's list of offers it may be combined with: no restriction."""

    def count(self) -> int:
        return 0


class Engine:
    """One world in Oscar's words."""

    def __init__(self, world: dict[str, Any]) -> None:
        self._applicator = Applicator()
        self._wares = {}
        for number, (item, price, member, category) in enumerate(world["wares"], 1):
            ware = Product(id=number, title=item, is_discountable=True, structure="standalone")
            stock = StockRecord(id=number, partner_sku=item, price=money(price))
            infos = [
                PurchaseInfo(FixedPrice("ILS", money(p), Decimal(0)), Available(), stock)
                for p in (price, member or price)
            ]
            self._wares[item] = (ware, stock, infos, category)
        offers = [make_offer(said, n, self._wares) for n, said in enumerate(world["offers"], 1)]
        self._site = sorted(
            (offer for offer, code in offers if not code), key=lambda offer: -offer.priority
        )
        self._by_code = {code: offer for offer, code in offers if code}

    def ready(self, shopping: dict[str, Any]) -> tuple[Any, list[Any]]:
        """Oscar's basket with its lines, prices known, and the offers in force for it."""
        basket = Basket(id=1)
        basket._lines = []
        for number, (item, quantity) in enumerate(shopping["lines"], 1):
            ware, stock, infos, _ = self._wares[item]
            line = Line(
                id=number, basket=basket, product=ware, stockrecord=stock, quantity=quantity
            )
            line._info = infos[1 if shopping["member"] else 0]
            basket._lines.append(line)
        code = shopping["coupon"]
        offers = [*self._site, self._by_code[code]] if code else self._site
        return basket, offers

    def price(self, ready: tuple[Any, list[Any]]) -> Decimal:
        """What the basket costs once the offers are applied."""
        basket, offers = ready
        self._applicator.apply_offers(basket, offers)
        lines = basket.all_lines()
        return sum((line.line_price_incl_tax_incl_discounts for line in lines), Decimal(0))


def make_range(items: set[int] | None, number: int) -> Any:
    """A range that knows its items (None: all of them) without asking."""
    made = Range(id=number, name=f"range {number}")
    holds = (lambda _: True) if items is None else (lambda ware: ware.pk in items)
    # Oscar asks a range by this name.
    setattr(made, "contains_" + "product", holds)
    return made


class GroupBenefit(Benefit):  # type: ignore[misc]
    """`value` percent off `max_affected_items` units of each group the condition counts.

    Spread over the units of the group, as Oscar's FixedPriceBenefit spreads.
    """

    class Meta:  # noqa: D106
        app_label = "offer"
        proxy = True

    def proxy(self) -> Any:
        return self

    def apply(self, basket: Any, condition: Any, offer: Any, **_: Any) -> Any:
        """Take one group's units; Oscar asks again until there is no group left."""
        left, covered = int(condition.value), []
        for price, line in self.get_applicable_lines(offer, basket):
            units = min(line.quantity_without_offer_discount(offer), left)
            if units > 0:
                covered.append((price, line, units))
                left -= units
        if left:
            return ZERO_DISCOUNT
        # All units of a range have one price here.
        total = covered[0][0] * self.max_affected_items * self.value / 100
        rest = total
        for _price, line, units in covered[:-1]:
            off = self.round(total * units / condition.value, basket.currency)
            benefits.apply_discount(line, off, units, offer)
            rest -= off
        benefits.apply_discount(covered[-1][1], rest, covered[-1][2], offer)
        return BasketDiscount(total)


class FreeOffer(ConditionalOffer):  # type: ignore[misc]
    """An offer that may be combined with every other."""

    class Meta:  # noqa: D106
        app_label = "offer"
        proxy = True


# Oscar counts them in the database for every line and offer.
FreeOffer.combinations = NoOffers()


def make_offer(said: dict[str, Any], number: int, wares: dict[str, Any]) -> tuple[Any, str]:
    """(Oscar's offer, the coupon it needs or "")."""
    kind = said["kind"]
    if kind == "percent":
        items = {ware.pk for ware, _, _, category in wares.values() if category == said["category"]}
    else:
        items = {wares[item][0].pk for item in said["items"]} if "items" in said else None
    where = make_range(items, number)
    count, least, once = 1, 0, False
    if kind in {"buy_get", "nth_half"}:
        count = said["buy_n"] + said["get_n"] if kind == "buy_get" else 2
        free = said.get("get_n", 1)
        value = 100 if kind == "buy_get" else 50
        benefit = GroupBenefit(range=where, value=Decimal(value), max_affected_items=free)
    elif kind == "n_for":
        count = said["buy_n"]
        benefit = benefits.FixedPriceBenefit(value=money(said["price_minor"]))
    elif kind == "percent":
        benefit = benefits.PercentageDiscountBenefit(range=where, value=Decimal(said["percent"]))
    elif kind == "amount_off":
        benefit = benefits.FixedUnitDiscountBenefit(range=where, value=money(said["amount_minor"]))
    else:
        benefit = benefits.AbsoluteDiscountBenefit(range=where, value=money(said["amount_minor"]))
        once, least = True, said.get("least_minor", 0)
    if least:
        condition = conditions.ValueCondition(range=where, value=money(least))
    else:
        condition = conditions.CountCondition(range=where, value=count)
    offer = FreeOffer(
        id=number,
        name=said["offer"],
        condition=condition,
        benefit=benefit,
        exclusive=False,
        priority=0 if once else 1,  # what takes from the whole basket comes last
        max_basket_applications=1 if once else None,
    )
    return offer, said.get("code", "")


def time_baskets(engine: Engine, baskets: list[Any], question: dict[str, Any]) -> dict[str, Any]:
    """Price baskets until each had its turn or the time is over."""
    totals, took = [], []
    until = time.perf_counter() + question["most_s"]
    for n in range(len(baskets)):
        ready = engine.ready(baskets[(question["first"] + n) % len(baskets)])
        cpu_before = time.process_time_ns()
        began = time.perf_counter_ns()
        total = engine.price(ready)
        ended = time.perf_counter_ns()
        cpu = time.process_time_ns() - cpu_before
        minor = total * 100
        totals.append(int(minor) if minor == int(minor) else float(minor))
        took.append(min(ended - began, cpu))
        if ended / 1e9 > until:
            break
    return {"first": question["first"], "totals": totals, "ns": took}


def main() -> None:
    """Answer one question a line until there are no more."""
    engine, world = None, {}
    for line in sys.stdin:
        question = json.loads(line)
        if question["do"] == "load":
            world = json.loads(Path(question["world"]).read_text(encoding="utf-8"))
            engine = Engine(world)
            names = ("django-oscar", "Django")
            versions = {name: importlib.metadata.version(name) for name in names}
            answer: dict[str, Any] = {"versions": {"python": platform.python_version(), **versions}}
        else:
            assert engine is not None
            answer = time_baskets(engine, world["baskets"][question["lines"]], question)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
