"""A store that trades at random, and what it must add up to by the plainest of sums."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cext.lang.basket import Tender
from cext.lang.events import (
    GENESIS_HASH,
    Body,
    PriceBookApplied,
    SaleClosed,
    SaleLine,
    SaleRefunded,
    StockReceived,
    StockReceivedLine,
    Stored,
    StoreOpened,
    chain_hash,
    encode_event,
)
from cext.lang.ids import receipt_number
from cext.lang.quote import Adjustment
from hub.link.ports import Checked

START_MS = 1_483_275_600_000  # 2017-01-01 08:00 in New York
KINDS = ("special_price", "member_price", "coupon", "match", "manual")


@dataclass
class Shop:
    """One store's journal in memory: append events, take what was not taken yet."""

    store: str = "367"
    epoch: int = 1
    at_ms: int = START_MS
    events: list[Stored] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    taken_n: int = 0

    def add(self, body: Body, *, lane: str = "1", worker: str = "anna") -> Stored:
        self.at_ms += 1000
        raw = encode_event(
            body, seq=len(self.events) + 1, hlc=self.at_ms << 16, lane=lane, worker=worker
        )
        self.bodies.append(body)
        return self.add_raw(raw)

    def add_raw(self, raw: bytes) -> Stored:
        seq = len(self.events) + 1
        previous = self.events[-1].hash if self.events else GENESIS_HASH
        stored = Stored(seq, raw, chain_hash(previous, epoch=self.epoch, seq=seq, raw=raw))
        self.events.append(stored)
        return stored

    def open(self, *, currency: str = "USD") -> None:
        self.add(
            StoreOpened(
                store=self.store,
                currency=currency,
                zone="America/New_York",
                day_change_hour=0,
                software="test",
            )
        )
        book = {"version": "w1", "hash": "ab" * 32, "effective_ms": START_MS}
        self.add(PriceBookApplied(**book, items_n=9, offers_n=2))

    def take(self) -> Checked:
        """Everything since the last `take`."""
        fresh = tuple(self.events[self.taken_n :])
        self.taken_n = len(self.events)
        return Checked(self.store, self.epoch, fresh)


def trade(shop: Shop, seed: int, *, acts_n: int = 30) -> None:
    """Let `shop` receive, sell and take back at random."""
    dice = random.Random(seed)
    unrefunded: list[SaleClosed] = []
    for _ in range(acts_n):
        act = dice.choices(("sell", "receive", "refund"), (8, 1, 1))[0]
        if act == "receive":
            items = {f"i{dice.randrange(9)}": dice.randrange(1, 9000) for _ in range(3)}
            lines = tuple(StockReceivedLine(item, n) for item, n in items.items())
            shop.add(StockReceived(document=f"d{dice.randrange(99)}", lines=lines))
        elif act == "refund" and unrefunded:
            shop.add(refund_of(unrefunded.pop(), shop))
        else:
            sale = _sale(shop, dice)
            unrefunded.append(sale)
            shop.add(sale, lane=sale.number.split("-")[1])


def _sale(shop: Shop, dice: random.Random) -> SaleClosed:
    lines = tuple(_line(n, dice) for n in range(1, dice.randrange(2, 6)))
    net_minor = sum(line.net_minor for line in lines)
    cash_minor = dice.randrange(net_minor + 1)
    tenders = (
        Tender(kind="cash", amount_minor=cash_minor + 50, change_minor=50),
        Tender(kind="card", amount_minor=net_minor - cash_minor),
    )
    return SaleClosed(
        number=receipt_number(shop.store, dice.choice("12"), len(shop.events)),
        business_day=f"2017-01-0{dice.randrange(1, 4)}",
        business_hour=dice.randrange(8, 22),
        book="w1",
        member=dice.choice((None, "7001", "7002")),
        lines=lines,
        tenders=tenders,
        taxes=(),
        gross_minor=sum(line.gross_minor for line in lines),
        discount_minor=sum(line.gross_minor - line.net_minor for line in lines),
        payable_minor=net_minor,
    )


def _line(n: int, dice: random.Random) -> SaleLine:
    gross_minor = dice.randrange(0, 5000)
    cuts = []
    left = gross_minor
    for _ in range(dice.randrange(3)):
        amount = dice.randrange(left + 1)
        left -= amount
        kind = dice.choice(KINDS)
        cuts.append(
            Adjustment(line=n, rule="r", kind=kind, reason=f"why {kind}", amount_minor=amount)
        )
    item = dice.randrange(9)
    return SaleLine(
        line=n,
        item=f"i{item}",
        name=f"Item {item}",
        department=("GROCERY", "PRODUCE", "DELI")[item % 3],
        unit=("piece", "g", "ml")[item % 3],
        quantity=dice.randrange(1, 4000),
        gross_minor=gross_minor,
        net_minor=left,
        tax="none",
        tax_minor=0,
        adjustments=tuple(cuts),
    )


def refund_of(sale: SaleClosed, shop: Shop) -> SaleRefunded:
    return SaleRefunded(
        number=receipt_number(shop.store, "1", 500_000 + len(shop.events)),
        sale_number=sale.number,
        business_day=sale.business_day,
        business_hour=21,
        reason="bruised",
        approved_by="boss",
        lines=sale.lines,
        tenders=sale.tenders,
        payable_minor=sale.payable_minor,
    )


def cut(work: Checked, seed: int) -> Iterator[Checked]:
    """The same events in batches of random size."""
    dice = random.Random(seed)
    rest = list(work.events)
    while rest:
        n = dice.randrange(1, 9)
        yield Checked(work.store, work.epoch, tuple(rest[:n]))
        rest = rest[n:]


@dataclass
class Figures:
    """The plain sums of some bodies, one store: written without a look at the hub's code."""

    by_day: Counter[str] = field(default_factory=Counter)
    by_hour: Counter[int] = field(default_factory=Counter)
    by_department: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    by_tender: Counter[str] = field(default_factory=Counter)
    by_reason: Counter[str] = field(default_factory=Counter)
    stock: Counter[str] = field(default_factory=Counter)
    sales_n: int = 0
    refunds_n: int = 0


def figures(bodies: Iterable[Body]) -> Figures:
    sums = Figures()
    for body in bodies:
        if isinstance(body, StockReceived):
            for got in body.lines:
                sums.stock[got.item] += got.quantity
        if not isinstance(body, SaleClosed | SaleRefunded):
            continue
        sign = 1 if isinstance(body, SaleClosed) else -1
        sums.sales_n += sign == 1
        sums.refunds_n += sign == -1
        for line in body.lines:
            sums.by_day[body.business_day] += sign * line.net_minor
            sums.by_hour[body.business_hour] += sign * line.net_minor
            sums.by_department[line.department]["net"] += sign * line.net_minor
            sums.by_department[line.department]["gross"] += sign * line.gross_minor
            sums.by_department[line.department]["lines"] += sign
            sums.by_department[line.department][line.unit] += sign * line.quantity
            sums.stock[line.item] -= sign * line.quantity
            for one in line.adjustments:
                sums.by_reason[one.kind] += sign * one.amount_minor
        for tender in body.tenders:
            sums.by_tender[tender.kind] += sign * (tender.amount_minor - tender.change_minor)
    return sums
