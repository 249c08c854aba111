"""Trading on a stage that stands: books, opening stock, then basket after basket."""

from __future__ import annotations

import asyncio
from collections import Counter as Quantities
from collections.abc import Mapping
from dataclasses import dataclass

from cext.errors import OutsideError
from cext.kit.clock import Clock
from edge.sim.escpos_tcp_printer import SimPrinter
from edge.sim.week.book import stock_needed
from edge.sim.week.cashier import CASHIER, Cashier, Counter, acts_of, make_pace
from edge.sim.week.plan import WeekPlan
from edge.sim.week.programme import Programme
from edge.sim.week.stage import Folder
from edge.sim.week.till import Door, JsonValue
from edge.sim.week.view import Progress, View

# The pauses of PACE=fast are set so that trading takes this long; starting and comparing take
# the rest of the 90 s a newcomer is promised.
FAST_S = 76.0
ARRIVE_WAIT_S = 120.0
DELIVERY_LINES_N = 400
HOUR_MS = 3_600_000

Pages = tuple[tuple[str, str], ...]  # (what it is, its address with the token in the fragment)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Everything that runs during a replay."""

    edge: Door
    hub: Door
    counter: Counter
    printer: SimPrinter
    folder: Folder
    pages: Pages


def opening_ms(week: WeekPlan) -> int:
    """An hour before the first customer, but not before the price book counts."""
    return max(week.book.effective_ms, week.baskets[0].past.at_ms - HOUR_MS)


def begin_progress(programme: Programme, clock: Clock) -> Progress:
    """What the view shows of a replay that begins now."""
    baskets = [basket for basket in programme.baskets if basket.rings]
    return Progress(
        store=programme.store,
        baskets_n=len(baskets),
        acts_n=sum(acts_of(basket) for basket in baskets),
        clock=clock,
        began_ns=clock.mono_ns(),
    )


async def trade(programme: Programme, stage: Stage, view: View, *, pace: str) -> None:
    """Apply each week's book, receive the opening stock, then sell basket after basket.

    Returns once every receipt is printed and the hub has confirmed every event.
    """
    progress, counter = view.progress, stage.counter
    cashier = Cashier(
        counter,
        make_pace(pace, counter.clock, acts_n=progress.acts_n, fast_s=FAST_S),
        on_scan=progress.on_scan,
        on_sold=progress.on_sold,
    )

    def on_news(news: Mapping[str, JsonValue]) -> None:
        counter.till.on_news(news)
        progress.on_news(news)

    async with stage.edge.open_live() as live, asyncio.TaskGroup() as group:
        listening = group.create_task(live.listen(on_news), name="live door")
        for place, week in enumerate(programme.weeks):
            progress.act = f"price book {week.book.version}"
            counter.wheel.set_now(opening_ms(week))
            await stage.edge.call("POST", "/v1/price-books", body=week.book)
            if place == 0:
                await receive_stock(stage.edge, programme)
                await counter.till.open(CASHIER)
                await wait_devices(stage.edge)
            progress.act = f"trading under price book {week.book.version}"
            view.begin()
            await _sell_week(cashier, week, view)
        progress.act = "waiting until everything is printed and at the hub"
        await wait_arrived(stage.edge, view)
        listening.cancel()


async def _sell_week(cashier: Cashier, week: WeekPlan, view: View) -> None:
    for basket in week.baskets:
        if basket.rings:
            view.progress.shop_ms = basket.past.at_ms
            await cashier.sell(basket)
            view.show()


async def receive_stock(edge: Door, programme: Programme) -> None:
    """Book deliveries that hold what all the weeks will sell, and a tenth more."""
    needed: Quantities[str] = Quantities()
    for basket in programme.baskets:
        for ring in basket.rings:
            needed[ring.item] += ring.quantity
    stock = sorted(stock_needed(needed, programme.weeks[0].book).items())
    for first in range(0, len(stock), DELIVERY_LINES_N):
        some = stock[first : first + DELIVERY_LINES_N]
        lines = [{"item": item, "quantity": quantity} for item, quantity in some]
        document = f"opening-stock-{first // DELIVERY_LINES_N + 1}"
        body = {"document": document, "lines": lines}
        await edge.call("POST", "/v1/stock/receivings", body=body, key=document)


async def wait_devices(edge: Door) -> None:
    """Return once every device is ready; OutsideError names those that are not in time."""
    missing = "no answer"
    try:
        async with asyncio.timeout(ARRIVE_WAIT_S):
            while missing:
                devices = (await edge.get("/v1/devices"))["devices"]
                missing = ", ".join(one["device"] for one in devices if one["state"] != "ready")
                await asyncio.sleep(0.05 if missing else 0)
    except TimeoutError as exc:
        raise OutsideError("devices_missing", f"not ready: {missing}") from exc


async def wait_arrived(edge: Door, view: View) -> None:
    """Return once every receipt is printed and the hub has confirmed every event."""
    health: JsonValue = {}
    try:
        async with asyncio.timeout(ARRIVE_WAIT_S):
            while True:
                health = await edge.get("/v1/health")
                view.progress.lag_n = health["link"]["lag_n"]
                printed = health["unprinted_n"] == 0
                if printed and health["link"]["cursor"] == health["head_seq"]:
                    return
                await asyncio.sleep(0.1)
    except TimeoutError as exc:
        raise OutsideError("hub_behind", f"not everything arrived: {health}") from exc
