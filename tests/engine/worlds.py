"""Random shops from a seed: small, nasty, and quick to make by the hundred thousand.

A `World` is a price book in which every offer overlaps some other, and a maker of baskets for it.
`large` baskets have tens of lines and hundreds of pieces: too many to look at every choice. The
same seed makes the same world and the same baskets, for ever and on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from cext.lang.basket import Basket, BasketLine, Override
from cext.lang.item import Item, Limits, Offer, Price, PriceBook, Tax, When
from cext.lang.rights import NO_RIGHTS, Rights
from cext.offers.rows import BasketRow, DealRow, ItemRow, Slot, Step, TierRow
from tests.engine.raw_rows import NAME, Terms

MONDAY_MS = 1_767_571_200_000  # 2026-01-05 00:00 UTC, a Monday
HOUR_MS = 3_600_000
MOMENTS = (MONDAY_MS + 9 * HOUR_MS, MONDAY_MS + 23 * HOUR_MS, MONDAY_MS + 5 * 24 * HOUR_MS)
CODES = ("c1", "c2", "c3")
TIERS = ("", "silver", "gold")
CHANNELS = ("counter", "mall")
BY_HAND = tuple(
    Override(amount_minor=amount, discount_minor=discount, reason="dented", approved_by="ann")
    for amount, discount in ((None, 0), (None, 37), (301, 0), (250, 51), (0, 5), (99, 200))
)


class Case(NamedTuple):
    """One sale to be priced."""

    basket: Basket
    at_ms: int
    rights: Rights


class World:
    """A price book and its baskets, from one seed."""

    def __init__(self, seed: int, *, large: bool = False) -> None:
        self.seed, self.large = seed, large
        self.random = Random(seed)
        self.items = self._make_items()
        self.names = [item.item for item in self.items]
        self.codes = list(CODES)  # a coupon belongs to one offer
        self.book = self._make_book()

    def cases(self, cases_n: int) -> Iterator[Case]:
        """So many sales; they go on where the last call ended."""
        for _ in range(cases_n):
            yield self._make_case()

    def _make_items(self) -> tuple[Item, ...]:
        pick = self.random
        made = []
        for name in "abcdef"[: pick.choice((2, 3, 3, 4, 4, 5, 6))]:
            kind = pick.random()
            unit: Any = "piece"
            per = 1000
            if kind > 0.85:
                unit, per = "g", pick.choice((500, 1000, 100))
            elif kind > 0.78:
                per = pick.choice((500, 1, 3000))
            price = pick.choice((0, 1, 3, 99, 100, 101, 199, 333, 499, 500, 999, 1000, 1200, 9950))
            if pick.random() < 0.4:
                price = pick.randint(1, 3000)
            if per == 1:
                price = min(price, 3)
            made.append(
                Item(
                    item=name,
                    name=name,
                    price_minor=price,
                    unit=unit,
                    per=per,
                    role="delivery" if pick.random() < 0.1 else "goods",
                    tax=pick.choice(("none", "low", "high")),
                )
            )
        return tuple(made)

    def _make_book(self) -> PriceBook:
        pick = self.random
        rates = pick.choice(((60_000, 200_000), (88_750, 0), (333_333, 1_000_000)))
        offers = tuple(self._make_offer(n) for n in range(pick.choice((1, 2, 2, 3, 3, 4, 5, 6))))
        return PriceBook(
            version=f"w{self.seed}",
            store="s1",
            currency="CNY",
            effective_ms=0,
            items=self.items,
            offers=offers,
            prices=tuple(self._make_price() for _ in range(pick.choice((0, 0, 0, 1, 3)))),
            taxes={
                "none": Tax(rate_ppm=0),
                "low": Tax(rate_ppm=rates[0]),
                "high": Tax(rate_ppm=rates[1]),
            },
            tax_included=pick.random() < 0.6,
            zones=pick.choice(("together", "together", "apart")),
        )

    def _make_price(self) -> Price:
        pick = self.random
        return Price(
            item=pick.choice(self.names),
            price_minor=pick.choice((100, 250, pick.randint(0, 3000))),
            store=pick.choice(("", "", "s1", "s2")),
            channel=pick.choice(("", "", *CHANNELS)),
            tier=pick.choice(("", "", "silver")),
            from_ms=pick.choice((0, 0, MOMENTS[1])),
            until_ms=pick.choice((2**62, 2**62, MOMENTS[2])),
        )

    def _make_offer(self, n: int) -> Offer:
        pick = self.random
        kind, terms, coupon, can_limit = self._make_terms()
        limits = Limits()
        if can_limit and pick.random() < 0.2:
            limits = Limits(
                basket_n=pick.choice((None, 1, 2)),
                customer_n=pick.choice((None, None, 2, 3)),
                total_n=pick.choice((None, None, 2)),
            )
        return Offer(
            offer=f"o{n}",
            kind=kind,
            title="" if n % 2 else f"Offer {n}",
            terms=Raw(msgspec.json.encode(terms)),
            conflict=pick.choices(("best", "stack", "exclusive"), (50, 35, 15))[0],
            group=pick.choice(("", "", "", "g", "h")),
            priority=pick.choice((0, 0, 0, 1, -1)),
            from_ms=pick.choice((0, 0, 0, 0, 0, MOMENTS[1])),
            until_ms=pick.choice((2**62, 2**62, 2**62, 2**62, MOMENTS[2])),
            when=self._make_when(coupon),
            limits=limits,
        )

    def _make_terms(self) -> tuple[str, Any, str, bool]:
        """(kind, terms, coupon asked for, whether it may have limits)."""
        shape = self.random.choices(("single", "tier", "deal", "basket"), (28, 12, 32, 28))[0]
        terms, coupon = getattr(self, f"_{shape}")()
        return NAME, terms, coupon, self._can_limit(terms)

    def _can_limit(self, terms: Terms) -> bool:
        """A price can be limited only where it is for whole pieces."""
        of = {item.item: item for item in self.items}
        return all(
            of[item].unit == "piece" and of[item].per == 1000
            for row in terms.singles
            for item in row.items
        )

    def _make_when(self, coupon: str) -> When:
        pick = self.random
        if pick.random() < 0.65:
            return When(coupon=coupon)
        return When(
            member=pick.random() < 0.3,
            tiers=pick.choice(((), (), (), ("gold",), ("silver", "gold"))),
            channels=pick.choice(((), (), ("mall",), CHANNELS)),
            stores=pick.choice(((), (), ("s1",), ("s2", "s1"), ("s2",))),
            weekdays=pick.choice(((), (), (), (1,), (6, 7))),
            from_minute=pick.choice((0, 0, 0, 540, 1200)),
            until_minute=pick.choice((1440, 1440, 1380, 600)),
            first_order=pick.random() < 0.1,
            coupon=coupon,
        )

    def _some(self, least: int = 1) -> tuple[str, ...]:
        """Some of the items, in the order of the book."""
        pick = self.random
        most = max(least, min(len(self.names), pick.choice((1, 2, 2, 3, 6))))
        chosen = set(pick.sample(self.names, most))
        return tuple(name for name in self.names if name in chosen)

    def _benefit(self, *, label: str = "") -> tuple[Any, int]:
        """(benefit, value) of a row for single pieces."""
        pick = self.random
        benefit = label or pick.choice(("unit_price", "rate", "amount"))
        if benefit == "rate":
            return benefit, pick.choice((100_000, 125_000, 333_333, 500_000, 1_000_000))
        return benefit, pick.choice((1, 50, 90, 99, 250, 300, pick.randint(0, 1500)))

    def _single(self) -> tuple[Terms, str]:
        benefit, value = self._benefit()
        row = ItemRow(kind="single", items=self._some(), benefit=benefit, value=value)
        return Terms(singles=(row,)), self._maybe_code(0.08)

    def _maybe_code(self, chance: float) -> str:
        if not self.codes or self.random.random() >= chance:
            return ""
        return self.codes.pop(self.random.randrange(len(self.codes)))

    def _tier(self) -> tuple[Terms, str]:
        pick = self.random
        benefit, _ = self._benefit()
        first = pick.choice((0, 1000, 1000, 2000, 3000))
        edges = [first, first + pick.choice((500, 1000, 2000)), first + pick.choice((3000, 5000))]
        steps = tuple(
            Step(min_quantity=edge, value=self._benefit(label=benefit)[1])
            for edge in edges[: pick.randint(1, 3)]
        )
        row = TierRow(
            kind="tier",
            items=self._some(),
            benefit=benefit,
            steps=steps,
            marginal=pick.random() < 0.5,
        )
        return Terms(tiers=(row,)), self._maybe_code(0.05)

    def _deal(self) -> tuple[Terms, str]:
        pick = self.random
        benefit: Any = pick.choice(("price", "off", "rate", "amount", "unit_price"))
        value = pick.choice((50, 199, 250, 500, 1000, pick.randint(0, 2500)))
        if benefit == "rate":
            value = pick.choice((500_000, 300_000, 1_000_000))
        names = self._some()
        if len(names) == 1 or pick.random() < 0.5:
            pieces_n = pick.choice((1, 2, 2, 3, 4))
            slots = [Slot(items=names, pieces_n=pieces_n)]
            get_n = pick.choice((0, 1, 1)) if pieces_n > 1 else 0
        else:
            cut = pick.randint(1, len(names) - 1)
            get_n = 0
            slots = [
                Slot(items=names[:cut], pieces_n=pick.choice((1, 1, 2)), gets=pick.random() < 0.3),
                Slot(items=names[cut:], pieces_n=pick.choice((1, 1, 2))),
            ]
        row = DealRow(kind="deal", slots=tuple(slots), benefit=benefit, value=value, get_n=get_n)
        return Terms(deals=(row,)), self._maybe_code(0.08)

    def _basket(self) -> tuple[Terms, str]:
        pick = self.random
        stage = pick.choices(
            ("reward", "threshold", "coupon", "points", "delivery"), (18, 42, 22, 8, 10)
        )[0]
        row = getattr(self, f"_{stage}")()
        coupon = self._maybe_code(1.0 if stage == "coupon" else 0.05)
        if stage == "coupon" and pick.random() < 0.25:
            match = BasketRow(
                kind="match",
                stage="coupon",
                steps=row.steps,
                benefit="amount",
                seen=row.seen,
                bears=row.bears,
                fair=row.fair,
            )
            if row.benefit == "amount" and not row.pieces_n:
                return Terms(baskets=(match, row)), coupon
        return Terms(baskets=(row,)), coupon

    def _sets(self) -> dict[str, Any]:
        pick = self.random
        if pick.random() < 0.5:
            return {}
        if pick.random() < 0.4:
            but = tuple(self._some()[:1])
            return {"seen_but": but, "bears_but": but}
        names = self._some()
        return {"seen": names, "bears": names if pick.random() < 0.7 else self._some()}

    def _steps(self, benefit: str, steps_n: int) -> tuple[Step, ...]:
        pick = self.random
        minor = pick.choice((0, 100, 500, 999, 1000, pick.randint(1, 3000)))
        quantity = pick.choice((0, 0, 0, 1000, 2000))
        steps = []
        for n in range(steps_n):
            value = pick.choice((1, 50, 100, 200 + 150 * n, pick.randint(1, 900)))
            if benefit == "rate":
                value = pick.choice((50_000, 100_000, 200_000, 333_333))
            steps.append(Step(min_minor=minor, min_quantity=quantity, value=value))
            minor += pick.choice((1, 200, 1000))
        return tuple(steps)

    def _threshold(self) -> BasketRow:
        pick = self.random
        benefit: Any = pick.choice(("amount", "amount", "rate"))
        repeat = benefit == "amount" and pick.random() < 0.35
        steps = self._steps(benefit, 1 if repeat else pick.randint(1, 3))
        if repeat and not steps[0].min_minor and not steps[0].min_quantity:
            repeat = False
        return BasketRow(
            kind="threshold",
            stage="threshold",
            steps=steps,
            benefit=benefit,
            sees=pick.choice(("after", "after", "before")),
            repeat=repeat,
            cap_minor=pick.choice((0, 0, 0, 150)),
            **self._sets(),
        )

    def _coupon(self) -> BasketRow:
        pick = self.random
        benefit, value = self._benefit()
        minor = pick.choice((0, 0, 500, 1200))
        pieces_n = 1 if benefit == "unit_price" or pick.random() < 0.25 else 0
        return BasketRow(
            kind="coupon",
            stage="coupon",
            steps=(Step(min_minor=minor, value=value),),
            benefit=benefit,
            pieces_n=pieces_n,
            fair=pieces_n > 0 or pick.random() < 0.6,
            cap_minor=0 if pieces_n else pick.choice((0, 0, 120)),
            funded_by=pick.choice(("store", "maker")),
            **self._sets(),
        )

    def _reward(self) -> BasketRow:
        pick = self.random
        gift = pick.random() < 0.6
        benefit: Any
        benefit, value = ("rate", 1_000_000) if gift else self._benefit(label="unit_price")
        if gift and pick.random() < 0.3:
            benefit, value = "unit_price", 10
        step = self._steps("amount", 1)[0]
        repeat = pick.random() < 0.3 and bool(step.min_minor or step.min_quantity)
        return BasketRow(
            kind="reward",
            stage="reward",
            steps=(msgspec.structs.replace(step, value=value),),
            benefit=benefit,
            seen=pick.choice((None, self._some())),
            bears=self._some(),
            sees=pick.choice(("after", "before")),
            repeat=repeat,
            pieces_n=pick.choice((1, 1, 2)),
            gift=gift,
            instead_minor=pick.choice((0, 33)) if gift else 0,
        )

    def _points(self) -> BasketRow:
        pick = self.random
        return BasketRow(
            kind="points",
            stage="points",
            steps=(Step(min_minor=pick.choice((0, 500)), value=pick.choice((1, 7, 100))),),
            benefit="points",
            points_n=pick.choice((1, 10, 100)),
            cap_ppm=pick.choice((1_000_000, 500_000, 333_333)),
            cap_minor=pick.choice((0, 0, 250)),
            seen_but=self._some()[:1] if pick.random() < 0.3 else (),
        )

    def _delivery(self) -> BasketRow:
        pick = self.random
        fees = tuple(item.item for item in self.items if item.role == "delivery")
        benefit: Any = pick.choice(("rate", "amount"))
        value = pick.choice((500_000, 1_000_000)) if benefit == "rate" else pick.choice((99, 500))
        return BasketRow(
            kind="delivery",
            stage="delivery",
            steps=(Step(min_minor=pick.choice((0, 500, 1500)), value=value),),
            benefit=benefit,
            bears=fees or self._some(),
        )

    def _make_case(self) -> Case:
        pick = self.random
        lines, room = [], 400 if self.large else 9
        lines_n = pick.choice((10, 20, 40)) if self.large else pick.choice((1, 2, 2, 3, 3, 4, 5))
        for number in range(1, lines_n + 1):
            item = pick.choice(self.items)
            label = override = None
            luck = pick.random()
            if item.unit == "piece" and luck > 0.06:
                pieces = min(pick.choice((1, 1, 1, 2, 2, 3, 4)), room)
                if self.large and luck > 0.5:
                    pieces = min(pick.randint(5, 60), room)
                if pieces <= 0:
                    break
                room -= pieces
                quantity = pieces * 1000
            else:
                quantity = pick.choice((1, 386, 500, 1500, pick.randint(1, 3000)))
            if luck > 0.93:
                label = pick.choice((0, 5, 494, pick.randint(1, 2000)))
            elif luck > 0.87:
                override = pick.choice(BY_HAND)
            lines.append(
                BasketLine(
                    line=number,
                    item=item.item,
                    quantity=quantity,
                    label_minor=label,
                    override=override,
                )
            )
        coupons: tuple[str, ...] = ()
        if pick.random() < 0.6:
            coupons = tuple(pick.choices((*CODES, *CODES, "c9"), k=pick.choice((1, 1, 2, 3))))
        basket = Basket(
            lines=tuple(lines), member="7" if pick.random() < 0.5 else None, coupons=coupons
        )
        return Case(basket, pick.choice(MOMENTS), self._make_rights())

    def _make_rights(self) -> Rights:
        pick = self.random
        if pick.random() < 0.4:
            return NO_RIGHTS
        counts = (0, 1, 2)
        return Rights(
            tier=pick.choice(TIERS),
            channel=pick.choice(CHANNELS),
            first_order=pick.random() < 0.3,
            points_n=pick.choice((0, 5, 95, 1000)),
            used={f"o{n}": pick.choice(counts) for n in range(3) if pick.random() < 0.3},
            left={f"o{n}": pick.choice(counts) for n in range(3) if pick.random() < 0.2},
            gifts={name: pick.choice((0, 1, 3)) for name in self.names if pick.random() < 0.3},
            utc_offset_min=pick.choice((0, 480, -300)),
        )
