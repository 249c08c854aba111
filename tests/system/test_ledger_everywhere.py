"""One log, two readers: after 10,000 random movements box, hub and plain sums agree."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from cext.kit.clock import SystemClock
from cext.lang.basket import Tender
from cext.lang.events import (
    SaleClosed,
    SaleLine,
    SaleRefunded,
    StockReceived,
    StockReceivedLine,
    StoreOpened,
)
from edge.books import Books
from edge.journal import Draft, open_journal
from edge.stock import Stockroom
from hub.link.ports import Checked
from hub.projections import PROJECTIONS
from hub.stock.on_hand import stock_on_hand
from hub.store import Storage, StoreUrl, open_database

MOVEMENTS_N = 10_000
ITEMS = tuple(f"i{number}" for number in range(60))
STORE = "367"


def line_of(number: int, item: str, quantity: int) -> SaleLine:
    return SaleLine(
        line=number, item=item, name=item, department="d", unit="piece", quantity=quantity,
        gross_minor=100, net_minor=100, tax="none", tax_minor=0,
    )  # fmt: skip


def random_event(rng: random.Random, count: int, truth: Counter[str]) -> tuple[Draft, int]:
    """An event that moves goods, what it moves noted in `truth`, and how many movements it is."""
    moved = [(rng.choice(ITEMS), rng.randint(1, 5000)) for _ in range(rng.randint(1, 8))]
    kind = rng.choice(("received", "sold", "sold", "sold", "refunded"))
    for item, quantity in moved:
        truth[item] += -quantity if kind == "sold" else quantity
    if kind == "received":
        goods = tuple(StockReceivedLine(item, quantity) for item, quantity in moved)
        return Draft(StockReceived(document=f"d{count}", lines=goods)), len(moved)
    lines = tuple(line_of(n, *goods) for n, goods in enumerate(moved, 1))
    paid = 100 * len(lines)
    tenders = (Tender(kind="card", amount_minor=paid),)
    day = {"business_day": "2026-01-05", "business_hour": 9}
    number = f"{STORE}-1-{count:06d}"
    if kind == "sold":
        sale = SaleClosed(
            number=number, book="b", member=None, lines=lines, tenders=tenders, taxes=(),
            gross_minor=paid, discount_minor=0, payable_minor=paid, **day,
        )  # fmt: skip
        return Draft(sale, lane="1", worker="w"), len(moved)
    refund = SaleRefunded(
        number=number, sale_number=f"{STORE}-1-000001", reason="r", approved_by="m", lines=lines,
        tenders=tenders, payable_minor=paid, **day,
    )  # fmt: skip
    return Draft(refund, lane="1", worker="w"), len(moved)


async def test_after_10_000_random_movements_on_hand_is_the_fold_at_the_box_and_at_the_hub(
    tmp_path: Path,
) -> None:
    rng, truth, moved_n = random.Random(1), Counter[str](), 0
    clock = SystemClock()
    opened = StoreOpened(
        store=STORE, currency="USD", zone="UTC", day_change_hour=0, software="test"
    )
    async with open_journal(tmp_path / "journal.db", store=STORE, clock=clock) as journal:
        books = Books(tmp_path, store=STORE, currency="USD", journal=journal, clock=clock)
        room = Stockroom(books)
        journal.listeners.append(room.fold)
        await journal.append([Draft(opened)])
        while moved_n < MOVEMENTS_N:
            draft, more_n = random_event(rng, moved_n + 1, truth)
            await journal.append([draft])
            moved_n += more_n
        events = tuple(await journal.load(1, limit_n=MOVEMENTS_N, max_bytes=1 << 30))
    async with open_database(StoreUrl.of("", state_dir=tmp_path)) as database:
        storage = Storage(database, PROJECTIONS)
        for first in range(0, len(events), 137):
            some = events[first : first + 137]
            await storage.commit([Checked(STORE, 1, some)], received_ms=clock.now_ms())
        async with database.reading() as connection:
            rows = (await connection.execute(stock_on_hand.select())).mappings().all()

    at_box = {item: room.get_balance("stock", item, "store") for item in ITEMS}
    at_hub = {row["item"]: row["on_hand"] for row in rows if row["store"] == STORE}
    assert at_box == {item: truth[item] for item in ITEMS}
    assert at_hub == at_box
