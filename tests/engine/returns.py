"""Sales to be returned: a small shop whose every offer follows from a sum, and ways to pay it."""

from __future__ import annotations

from random import Random
from typing import Any

from msgspec.structs import replace

from cext.engine.refunds import Sold
from cext.engine.rounding import round_half_up
from cext.engine.tail.tail_alone import run_tail
from cext.lang.basket import Basket, BasketLine, Tender
from cext.lang.item import PriceBook
from cext.lang.quote import Adjustment, Quote, QuotedLine, Use
from cext.lang.rights import NO_RIGHTS, Rights
from tests.engine.books import make_book
from tests.engine.tails import INDEX, ITEMS, make_plan
from tests.oracle.money import split
from tests.oracle.sale import Row

TAX_PPM = 130_000


class TailShop:
    """Prices whole pieces, then lets the compiled tail take off what the rows say."""

    def __init__(self, rows: list[Row], prices: dict[str, int], *, tax_included: bool = True):
        items = tuple(replace(item, price_minor=prices.get(item.item, 1)) for item in ITEMS)
        offers = {row.offer.offer: row.offer for row in rows}
        self.rows, self.plan = rows, make_plan(rows)
        self.book: PriceBook = make_book(
            *items, offers=tuple(offers.values()), tax_included=tax_included
        )

    def quote(self, basket: Basket, at_ms: int, rights: Rights = NO_RIGHTS) -> Quote:
        """Lines in basket order; they are taken to be canonical."""
        gross = [
            round_half_up(self.book.items[INDEX[line.item]].price_minor * line.quantity, 1000)
            for line in basket.lines
        ]
        lines = [
            (INDEX[line.item], amount, amount, line.quantity, _count(line))
            for line, amount in zip(basket.lines, gross, strict=True)
        ]
        facts: dict[int, tuple[int, int | None, int]] = {
            row.rank: (0, None, basket.coupons.count(row.offer.when.coupon))
            for row in self.rows
            if row.offer.when.coupon
        }
        facts = {rank: (0 if scans else 1, scans, scans) for rank, (_, _, scans) in facts.items()}
        ran = run_tail(self.plan, lines, facts=facts, points_n=rights.points_n)
        return self._dress(basket, gross, ran)

    def _dress(self, basket: Basket, gross: list[int], ran: Any) -> Quote:
        left = list(gross)
        adjustments: list[list[Adjustment]] = [[] for _ in gross]
        for at, rank, amount, _ in ran[2]:
            left[at] -= amount
            row = next(row for row in self.rows if row.rank == rank)
            adjustments[at].append(
                Adjustment(
                    line=basket.lines[at].line,
                    rule=row.offer.offer,
                    kind=row.row.kind,
                    reason="",
                    amount_minor=amount,
                )
            )
        included, whole = self.book.tax_included, sum(left)
        tax = round_half_up(whole * TAX_PPM, 1_000_000 + (TAX_PPM if included else 0))
        shares = split(tax, left) if whole else [0] * len(left)
        offers = {row.rank: row.offer.offer for row in self.rows}
        uses: dict[str, int] = {}
        for rank, times in ran[4]:
            uses[offers[rank]] = max(times, uses.get(offers[rank], 0))
        lines = tuple(
            QuotedLine(
                line=line.line,
                item=line.item,
                quantity=line.quantity,
                gross_minor=gross[at],
                net_minor=left[at],
                tax="vat",
                tax_minor=shares[at],
                adjustments=tuple(adjustments[at]),
            )
            for at, line in enumerate(basket.lines)
        )
        return Quote(
            book=self.book.version,
            lines=lines,
            taxes=(),
            gross_minor=sum(gross),
            discount_minor=sum(gross) - whole,
            payable_minor=whole + (0 if included else tax),
            uses=tuple(Use(rule=rule, times=times) for rule, times in uses.items()),
            points_n=ran[6],
        )


def _count(line: BasketLine) -> int:
    return line.quantity // 1000 if line.quantity % 1000 == 0 else 0


def make_sold(shop: TailShop, basket: Basket, *tenders: Tender, **more: Any) -> Sold:
    """`basket` priced and paid: in cash, where no tenders are given."""
    rights = more.pop("rights", NO_RIGHTS)
    quote = shop.quote(basket, 0, rights)
    paid = quote.payable_minor + more.get("rounding_minor", 0)
    tenders = tenders or (Tender(kind="cash", amount_minor=paid),)
    return Sold(basket=basket, quote=quote, tenders=tenders, rights=rights, **more)


def draw_tenders(random: Random, paid_minor: int) -> tuple[Tender, ...]:
    """Up to four tenders that pay it, the cash with change."""
    tenders, kinds = [], ("card", "cash", "voucher", "wallet")
    for kind in random.sample(kinds, random.randrange(3)):
        part = random.randrange(paid_minor + 1)
        paid_minor -= part
        tenders.append(Tender(kind=kind, amount_minor=part))  # type: ignore[arg-type]
    change = random.choice((0, 50))
    cash = Tender(kind="cash", amount_minor=paid_minor + change, change_minor=change)
    tenders.insert(random.randrange(len(tenders) + 1), cash)
    return tuple(tenders)


def draw_series(random: Random, basket: Basket) -> list[dict[int, int]]:
    """Returns in random parts until everything is back."""
    kept = {line.line: line.quantity for line in basket.lines}
    series = []
    while kept:
        returned = {}
        for line in random.sample(sorted(kept), random.randrange(1, len(kept) + 1)):
            step = kept[line] if random.random() < 0.5 else random.randrange(1, kept[line] + 1)
            if kept[line] % 1000 == 0 and random.random() < 0.8:
                step = min(kept[line], max(1000, step // 1000 * 1000))
            returned[line] = step
            kept[line] -= step
            if not kept[line]:
                del kept[line]
        series.append(returned)
    return series
