"""The simulated cashier: scans, weighs, takes money, one basket after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from cext.kit.clock import Clock, ClockWheel
from cext.lang.quantity import PIECE
from edge.sim.week.measure import How
from edge.sim.week.plan import HISTORY_PRICE, PlannedBasket, Ring
from edge.sim.week.till import Till

log = structlog.get_logger(__name__)

CASHIER = "anna"
APPROVER = "manager"
NS_PER_S = 1_000_000_000


class Scanner(Protocol):
    """A scanner that can be made to read a code."""

    async def type(self, code: str) -> None:
        """Send `code` as the scanner's own bytes."""


class Scale(Protocol):
    """A scale that can be loaded."""

    def set_load(self, weight_g: int) -> None:
        """Put `weight_g` on the pan; 0 empties it."""


class Pace:
    """When the next act may begin: at once, every so often, or so that all are done in time."""

    def __init__(self, clock: Clock, *, acts_n: int, wait_s: float, whole_s: float) -> None:
        """`wait_s` lies between two acts; `whole_s` is what all `acts_n` of them shall take."""
        self._clock = clock
        self._step_ns = int(max(wait_s, whole_s / max(acts_n, 1)) * NS_PER_S)
        self._next_ns = clock.mono_ns()

    async def wait(self) -> None:
        """Return when the next act is due. A late cashier hurries, but never by more than 2 s."""
        now_ns = self._clock.mono_ns()
        self._next_ns = max(self._next_ns + self._step_ns, now_ns - 2 * NS_PER_S)
        if self._next_ns > now_ns:
            await asyncio.sleep((self._next_ns - now_ns) / NS_PER_S)


def make_pace(name: str, clock: Clock, *, acts_n: int, fast_s: float) -> Pace:
    """live: a second between scans; fast: all within `fast_s`; max: no pause at all."""
    wait_s = {"live": 1.0}.get(name, 0.0)
    whole_s = fast_s if name == "fast" else 0.0
    return Pace(clock, acts_n=acts_n, wait_s=wait_s, whole_s=whole_s)


@dataclass(frozen=True)
class Sold:
    """A basket that was closed: what the till asked, and what the customer paid then."""

    basket: str
    number: str
    payable_minor: int
    expected_minor: int


@dataclass(frozen=True, kw_only=True)
class Counter:
    """What stands on the counter of one lane."""

    till: Till
    scanner: Scanner
    scale: Scale
    wheel: ClockWheel
    clock: Clock


class Cashier:
    """Rings baskets up at one counter. `on_scan` is told how long each scan took (ns)."""

    def __init__(
        self,
        counter: Counter,
        pace: Pace,
        *,
        on_scan: Callable[[int], None],
        on_sold: Callable[[Sold], None],
    ) -> None:
        self._counter = counter
        self._pace = pace
        self._on_scan = on_scan
        self._on_sold = on_sold

    async def sell(self, basket: PlannedBasket) -> Sold:
        """Ring up, take the money, close. The till finds every price by itself."""
        till = self._counter.till
        till.begin(basket.past.basket)
        # The pause comes first: in it the hub hears of the last receipt, before time jumps.
        await self._pace.wait()
        self._counter.wheel.set_now(basket.past.at_ms)
        await self._read(basket.card)
        for ring in basket.rings:
            await self._ring(ring)
        seen = await till.look()
        if seen.payable_minor != basket.expected_minor:
            log.warning(
                "basket_differs",
                basket=basket.past.basket,
                payable_minor=seen.payable_minor,
                expected_minor=basket.expected_minor,
            )
        await self._take_money(basket, seen.due_minor)
        # Ringing took a while; the sale carries the time of the trade.
        self._counter.wheel.set_now(basket.past.at_ms)
        paper = await till.close()
        sold = Sold(basket.past.basket, paper.number, paper.payable_minor, basket.expected_minor)
        self._on_sold(sold)
        # The clock is not turned on before the customer has the receipt: it would be printed late.
        if not await till.wait_paper(paper.number):
            log.warning("paper_missing", sale=paper.number)
        return sold

    async def _ring(self, ring: Ring) -> None:
        till = self._counter.till
        if ring.how.by_key:
            await self._pace.wait()
            await till.ring(ring.item, ring.past.gross_minor)
        elif ring.how is How.WEIGHED:
            self._counter.scale.set_load(ring.quantity)
            await self._scan(ring.code)
            self._counter.scale.set_load(0)
        else:
            await self._scan(ring.code)
        change: dict[str, object] = {}
        if ring.how is How.PIECE and ring.quantity != PIECE:
            change["quantity"] = ring.quantity
        if ring.hand is not None:
            override: dict[str, object] = {
                "discount_minor": ring.hand.discount_minor,
                "reason": HISTORY_PRICE,
                "approved_by": APPROVER,
            }
            if ring.hand.amount_minor is not None:
                override["amount_minor"] = ring.hand.amount_minor
            change["override"] = override
        if change:
            await till.change(till.last_line(ring.item), change)
        if ring.coupon:
            await self._scan(ring.coupon)

    async def _scan(self, code: str) -> None:
        await self._pace.wait()
        await self._read(code)

    async def _read(self, code: str) -> None:
        began_ns = self._counter.clock.mono_ns()
        await self._counter.scanner.type(code)
        await self._counter.till.wait_scan(code)
        self._on_scan(self._counter.clock.mono_ns() - began_ns)

    async def _take_money(self, basket: PlannedBasket, due_minor: int) -> None:
        if due_minor <= 0:
            return
        if basket.pays_cash:
            await self._counter.till.tender("cash", basket.cash_for(due_minor))
        else:
            await self._counter.till.tender("card", due_minor)


def acts_of(basket: PlannedBasket) -> int:
    """How often the cashier scans or presses a key for `basket`."""
    return 1 + sum(1 + bool(ring.coupon) for ring in basket.rings)
