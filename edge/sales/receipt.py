"""A receipt as it stands on paper, from the event alone: any receipt can be printed years later."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from msgspec import Struct

from cext.engine import round_half_up
from cext.lang.events import SaleLine
from cext.lang.item import Item
from cext.lang.money import Currency
from cext.lang.quantity import KILOGRAM, PIECE, say_quantity
from cext.lang.quote import Adjustment
from cext.lang.when import local_time
from edge.books import Books
from edge.devices.paper import (
    Cut,
    Document,
    Feed,
    Part,
    Qr,
    Rule,
    Text,
    render_png,
    render_text,
)
from edge.sales.texts import RTL_LANGUAGES, TEXTS, Language, say_rate, say_sum
from edge.sales.views import Receipt

_NO_BREAK_TIMES = "x"  # every code page has it, unlike the sign for times


class Letterhead(Struct, frozen=True, kw_only=True):
    """What every receipt of a store carries."""

    shop_name: str
    store: str
    zone: str
    currency: str
    language: Language
    footer: str
    width_n: int


class Press:
    """Turns receipts into paper of any kind."""

    def __init__(self, head: Letterhead, books: Books) -> None:
        self._head = head
        self._books = books

    def render_text(self, receipt: Receipt) -> str:
        """The receipt as lines of text."""
        return render_text(self.lay_out(receipt, width_n=self._head.width_n))

    async def render_png(self, receipt: Receipt) -> bytes:
        """The receipt as a picture; drawn in a thread, since it takes some 50 ms."""

        def draw() -> bytes:
            return render_png(self.lay_out(receipt, width_n=self._head.width_n))

        return await asyncio.to_thread(draw)

    def lay_out(self, receipt: Receipt, *, width_n: int, late_ms: int = 0) -> Document:
        """The paper of `receipt`; `late_ms` above 0 adds when it was printed.

        What says COPY on top of a reprint is the print journal.
        """
        writer = _Writer(self._head, receipt, self._books)
        parts = (
            *writer.head(late_ms=late_ms),
            *writer.lines(),
            *writer.sums(),
            *writer.tenders(),
            *writer.taxes(),
            *writer.foot(),
        )
        return Document(width_n, parts, rtl=self._head.language in RTL_LANGUAGES)


class _Writer:
    """Writes one receipt, part by part, from top to bottom."""

    def __init__(self, head: Letterhead, receipt: Receipt, books: Books) -> None:
        self._head = head
        self._receipt = receipt
        self._books = books
        self._texts = TEXTS[head.language]
        self._money = Currency(code=receipt.currency)

    def head(self, *, late_ms: int) -> Iterator[Part]:
        head, receipt, texts = self._head, self._receipt, self._texts
        if head.shop_name:
            yield Text(head.shop_name, bold=True, size=2, align="center")
        yield Text(f"{texts['store']} {receipt.store}", align="center")
        yield Feed()
        if receipt.kind == "refund":
            yield Text(texts["refund"], bold=True, size=2, align="center")
        yield Text(texts["receipt"], receipt.number, bold=True)
        if receipt.sale_number:
            yield Text(texts["refund_of"], receipt.sale_number)
        if receipt.reason:
            yield Text(texts["reason"], _say_word(receipt.reason))
        yield Text(self._time(receipt.at_ms), f"{texts['lane']} {receipt.lane}")
        who = "approved_by" if receipt.kind == "refund" else "worker"
        yield Text(texts[who], receipt.worker)
        if receipt.member:
            yield Text(texts["member"], receipt.member)
        if late_ms:
            printed = self._time(receipt.at_ms + late_ms)
            sold = self._time(receipt.at_ms)
            yield Text(texts["sold_at"], sold, bold=True)
            yield Text(texts["late"], printed, bold=True)
        yield Rule(double=True)

    def lines(self) -> Iterator[Part]:
        for line in self._receipt.lines:
            how = self._how_much(line)
            if how:
                weighed = f" ({self._texts['weighed']})" if line.weighing is not None else ""
                yield Text(line.name + weighed)
                yield Text(f"  {how}", self._say(line.gross_minor))
            else:
                yield Text(line.name, self._say(line.gross_minor))
            if line.override is not None and line.override.amount_minor is not None:
                yield Text(f"    {self._texts['by_hand']}: {_say_word(line.override.reason)}")
            for taken in line.adjustments:
                yield Text(f"    {self._reason(taken)}", self._say(-taken.amount_minor))
        yield Rule()

    def _reason(self, taken: Adjustment) -> str:
        """Why; a price by hand says so, since its reason is only somebody's remark."""
        if taken.kind == "manual":
            return f"{self._texts['off_by_hand']}: {_say_word(taken.reason)}"
        return taken.reason

    def sums(self) -> Iterator[Part]:
        receipt, texts = self._receipt, self._texts
        yield Text(texts["lines"], str(len(receipt.lines)))
        if receipt.discount_minor:
            yield Text(texts["subtotal"], self._say(receipt.gross_minor))
            yield Text(texts["discounts"], self._say(-receipt.discount_minor))
        yield from self._taxes_on_top()
        if receipt.rounding_minor:
            yield Text(texts["rounding"], self._say(receipt.rounding_minor))
        total_minor = receipt.payable_minor + receipt.rounding_minor
        yield Rule(double=True)
        word = "paid_back" if receipt.kind == "refund" else "total"
        yield Text(texts[word], self._say(total_minor), bold=True, size=2)
        yield Rule(double=True)

    def tenders(self) -> Iterator[Part]:
        for tender in self._receipt.tenders:
            yield Text(self._texts[tender.kind], self._say(tender.amount_minor))
            if tender.change_minor:
                yield Text(self._texts["change"], self._say(tender.change_minor))

    def taxes(self) -> Iterator[Part]:
        if self._has_tax_on_top():
            return
        for tax in self._receipt.taxes:
            if tax.tax_minor:
                yield self._tax("tax_inside", tax.rate_ppm, tax.net_minor, tax.tax_minor)

    def foot(self) -> Iterator[Part]:
        yield Feed()
        yield Qr(self._receipt.number)
        yield Text(self._receipt.number, align="center")
        if self._receipt.proof:
            yield Text(f"{self._texts['proof']} {self._receipt.proof}", align="center")
        yield Feed()
        yield Text(self._head.footer or self._texts["thanks"], align="center")
        yield Cut()

    def _taxes_on_top(self) -> Iterator[Part]:
        if self._has_tax_on_top():
            for tax in self._receipt.taxes:
                if tax.tax_minor:
                    yield self._tax("tax_on_top", tax.rate_ppm, tax.net_minor, tax.tax_minor)

    def _has_tax_on_top(self) -> bool:
        receipt = self._receipt
        return receipt.payable_minor > receipt.gross_minor - receipt.discount_minor

    def _tax(self, text: str, rate_ppm: int, net_minor: int, tax_minor: int) -> Text:
        said = self._texts[text].format(rate=say_rate(rate_ppm), net=self._say(net_minor))
        return Text(said, self._say(tax_minor))

    def _how_much(self, line: SaleLine) -> str:
        """Quantity and price of a line; empty for one piece, which needs no sum."""
        if line.unit == "piece" and line.quantity == PIECE:
            return ""
        quantity = say_quantity(line.quantity, line.unit)  # type: ignore[arg-type]
        price = self._price(line)
        if line.unit == "g" and price.endswith("/kg"):
            kilograms, grams = divmod(line.quantity, KILOGRAM)
            quantity = f"{kilograms}.{grams:03d} kg"
        how = f"{quantity} {_NO_BREAK_TIMES} {price}" if price else quantity
        return say_sum(how, self._head.language)

    def _price(self, line: SaleLine) -> str:
        """The price of a unit, if it is known to be the one that made the amount."""
        if line.unit == "piece" and (line.gross_minor * PIECE) % line.quantity == 0:
            return self._say(line.gross_minor * PIECE // line.quantity)
        if line.price_minor:
            return self._per(line.price_minor, line.per, line.unit) if _made(line) else ""
        active = self._books.active
        item = active.find_item(line.item) if active else None
        if item is None or not _made_by(item, line):
            return ""
        return self._per(item.price_minor, item.per, item.unit)

    def _per(self, price_minor: int, per: int, unit: str) -> str:
        said = say_quantity(per, unit)  # type: ignore[arg-type]
        said = said.replace("1000 g", "kg").replace("1000 ml", "l")
        return f"{self._say(price_minor)}/{said}"

    def _say(self, amount_minor: int) -> str:
        return self._money.say(amount_minor)

    def _time(self, at_ms: int) -> str:
        return local_time(at_ms, self._head.zone).strftime("%Y-%m-%d %H:%M:%S")


def _say_word(reason: str) -> str:
    """A reason for people: a word of the store's own list, such as damaged_goods, has no _."""
    return reason.replace("_", " ")


def _made(line: SaleLine) -> bool:
    """Whether the price in force made the amount: not so by hand or with a label of its own."""
    return round_half_up(line.price_minor * line.quantity, line.per) == line.gross_minor


def _made_by(item: Item, line: SaleLine) -> bool:
    return round_half_up(item.price_minor * line.quantity, item.per) == line.gross_minor
