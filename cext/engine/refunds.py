"""Refunds: what a sale that comes back in parts pays back, per line, tax, tender and right.

Everything is a function of all that was returned so far, less what was paid back before. So any
series of returns sums exactly to what was paid, in any order, and the last one takes the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

from cext.engine.rounding import round_half_up
from cext.errors import Refused, break_off, must
from cext.lang.basket import Basket, BasketLine, Override, Tender
from cext.lang.events import SaleClosed, basket_of, quote_of
from cext.lang.item import PriceBook
from cext.lang.quote import Quote
from cext.lang.rights import NO_RIGHTS, Rights


class Repricer(Protocol):
    """What prices the rest of a sale: `Pricer` of the book it was sold by."""

    @property
    def book(self) -> PriceBook: ...

    def quote(self, basket: Basket, at_ms: int, rights: Rights = ...) -> Quote: ...


class Sold(Struct, frozen=True, kw_only=True):
    """A paid sale: what was priced, when and with which rights, and how it was paid.

    `rounding_minor` is negative or zero (抹零); payable + rounding = tenders less change.
    """

    basket: Basket
    quote: Quote
    tenders: tuple[Tender, ...]
    rounding_minor: int = 0
    at_ms: int = 0
    rights: Rights = NO_RIGHTS


def sold_of(sale: SaleClosed) -> Sold:
    """What was sold, from its event; price returns with the book of `sale.pricing.book_hash`.

    Refused: "sale_too_old" where the event does not say what it was priced with.
    """
    quote = quote_of(sale)
    if quote is None or sale.pricing is None:
        raise Refused(
            "sale_too_old",
            f"{sale.number} does not say how it was priced; give the whole receipt back",
            number=sale.number,
        )
    return Sold(
        basket=basket_of(sale),
        quote=quote,
        tenders=sale.tenders,
        rounding_minor=sale.rounding_minor,
        at_ms=sale.pricing.at_ms,
        rights=sale.pricing.rights,
    )


class LineBack(Struct, frozen=True, kw_only=True):
    """One line of a return. `quantity` is 0 where the line is kept and only its price changed.

    `net_minor` may be negative there: what is kept became dearer without what went back.
    """

    line: int
    quantity: int
    tax: str
    net_minor: int
    tax_minor: int


class Back(Struct, frozen=True, kw_only=True):
    """What one return pays back: `payable_minor` + `rounding_minor` = sum of `tenders_minor`.

    `rounding_minor` has the sign of the sale's. `tenders_minor` stand in the order of the sale's
    tenders, `points_n` and `uses` (of each rule) are rights that live again.
    """

    lines: tuple[LineBack, ...]
    payable_minor: int
    rounding_minor: int
    tenders_minor: tuple[int, ...]
    points_n: int = 0
    uses: tuple[tuple[str, int], ...] = ()

    @property
    def taxes_minor(self) -> dict[str, int]:
        """The tax of each rate group."""
        sums: dict[str, int] = {}
        for line in self.lines:
            sums[line.tax] = sums.get(line.tax, 0) + line.tax_minor
        return sums


class _Sums(Struct):
    """Everything paid back so far, or due by now."""

    quantity: dict[int, int]
    net: dict[int, int]
    tax: dict[int, int]
    uses: dict[str, int]
    points_n: int = 0
    payable: int = 0


class Refunds:
    """The refunds of one sale, by its offers' own scheme: `pro_rata`, or `reprice` for all of it.

    One rule that took something and says `reprice` makes it the scheme of the whole sale.
    """

    def __init__(self, sold: Sold, pricer: Repricer) -> None:
        self._sold = sold
        self._pricer = pricer
        self._lines = {line.line: line for line in sold.quote.lines}
        self._kept = _keep(sold.tenders)
        must(
            sum(self._kept) == sold.quote.payable_minor + sold.rounding_minor,
            "tenders_pay_the_sale",
        )
        net_minor = sum(line.net_minor for line in sold.quote.lines)
        self._tax_on_top = sold.quote.payable_minor != net_minor
        self.scheme = self._find_scheme()

    def pay_back(self, returned: Mapping[int, int], before: Sequence[Back] = ()) -> Back:
        """What returning `returned` (line -> quantity) pays back, after all returns `before`.

        Refused: "line_unknown", "quantity_invalid" for nothing at all, "return_too_large" for more
        than was sold and has not come back yet.
        """
        had = self._add_up(before)
        quantity = self._take_in(returned, had)
        due = self._share(quantity) if self.scheme == "pro_rata" else self._reprice(quantity, had)
        rounding = self._round(due.payable) - self._round(had.payable)
        paid = due.payable + self._round(due.payable)
        paid_before = had.payable + self._round(had.payable)
        return Back(
            lines=tuple(self._list_lines(returned, due, had)),
            payable_minor=due.payable - had.payable,
            rounding_minor=rounding,
            tenders_minor=tuple(
                now - then
                for now, then in zip(self._fill(paid), self._fill(paid_before), strict=True)
            ),
            points_n=due.points_n - had.points_n,
            uses=tuple(
                (rule, times - had.uses.get(rule, 0))
                for rule, times in due.uses.items()
                if times > had.uses.get(rule, 0)
            ),
        )

    def _find_scheme(self) -> Literal["pro_rata", "reprice"]:
        quote = self._sold.quote
        rules = {one.rule for line in quote.lines for one in line.adjustments}
        rules.update(use.rule for use in quote.uses)
        for offer in self._pricer.book.offers if rules else ():
            if offer.refund == "reprice" and offer.offer in rules:
                return "reprice"
        return "pro_rata"

    def _add_up(self, before: Sequence[Back]) -> _Sums:
        had = _Sums({}, {}, {}, {})
        for back in before:
            had.payable += back.payable_minor
            had.points_n += back.points_n
            for line in back.lines:
                had.quantity[line.line] = had.quantity.get(line.line, 0) + line.quantity
                had.net[line.line] = had.net.get(line.line, 0) + line.net_minor
                had.tax[line.line] = had.tax.get(line.line, 0) + line.tax_minor
            for rule, times in back.uses:
                had.uses[rule] = had.uses.get(rule, 0) + times
        return had

    def _take_in(self, returned: Mapping[int, int], had: _Sums) -> dict[int, int]:
        """All quantities returned by now."""
        quantity = dict(had.quantity)
        for number, count in returned.items():
            if type(count) is not int:
                break_off("exact_int", what="quantity", type=type(count).__name__)
            line = self._lines.get(number)
            if line is None:
                raise Refused(
                    "line_unknown",
                    f"the sale has no line {number}; take a line of its receipt",
                    line=number,
                )
            if count <= 0:
                raise Refused(
                    "quantity_invalid",
                    f"line {number}: {count} cannot come back; return 1 or more",
                    line=number,
                )
            quantity[number] = quantity.get(number, 0) + count
            if quantity[number] > line.quantity:
                left = line.quantity - had.quantity.get(number, 0)
                raise Refused(
                    "return_too_large",
                    f"line {number}: only {left} can still come back; return {left} or less",
                    line=number,
                    left=left,
                )
        if not returned:
            raise Refused("quantity_invalid", "say which lines come back, and how much of each")
        return quantity

    # --- pro rata

    def _share(self, quantity: dict[int, int]) -> _Sums:
        """Each line's own share of what was paid for it, and of the rights it used."""
        due = _Sums(quantity, {}, {}, {})
        quote = self._sold.quote
        took: dict[str, int] = {}
        gave: dict[str, int] = {}
        points = points_back = 0
        for line in quote.lines:
            count = quantity.get(line.line, 0)
            due.net[line.line] = round_half_up(line.net_minor * count, line.quantity)
            due.tax[line.line] = round_half_up(line.tax_minor * count, line.quantity)
            for one in line.adjustments:
                # A use is whole or not at all, so its shares are cut and not rounded.
                share = one.amount_minor * count // line.quantity
                took[one.rule] = took.get(one.rule, 0) + one.amount_minor
                gave[one.rule] = gave.get(one.rule, 0) + share
                if one.kind == POINTS_KIND:
                    points += one.amount_minor
                    points_back += round_half_up(one.amount_minor * count, line.quantity)
        due.payable = sum(due.net.values()) + (sum(due.tax.values()) if self._tax_on_top else 0)
        all_back = all(quantity.get(line.line, 0) == line.quantity for line in quote.lines)
        for use in quote.uses:
            whole = took.get(use.rule, 0)
            times = use.times * gave[use.rule] // whole if whole else 0
            due.uses[use.rule] = use.times if all_back else times
        if points:
            due.points_n = round_half_up(quote.points_n * points_back, points)
        return due

    # --- the rest priced again

    def _reprice(self, quantity: dict[int, int], had: _Sums) -> _Sums:
        """What was paid less what the rest costs; nothing yet where that is less than before."""
        sold = self._sold
        rest = self._quote_rest(quantity)
        due = _Sums(quantity, {}, {}, {}, payable=sold.quote.payable_minor - rest.payable_minor)
        if due.payable < had.payable:
            return _Sums(quantity, had.net, had.tax, had.uses, had.points_n, had.payable)
        now = {line.line: line for line in rest.lines}
        for line in sold.quote.lines:
            left = now.get(line.line)
            due.net[line.line] = line.net_minor - (left.net_minor if left else 0)
            due.tax[line.line] = line.tax_minor - (left.tax_minor if left else 0)
        used = {use.rule: use.times for use in rest.uses}
        for use in sold.quote.uses:
            back = use.times - used.get(use.rule, 0)
            due.uses[use.rule] = max(back, had.uses.get(use.rule, 0))
        due.points_n = max(sold.quote.points_n - rest.points_n, had.points_n)
        return due

    def _quote_rest(self, quantity: dict[int, int]) -> Quote:
        sold = self._sold
        kept = tuple(
            _cut(line, quantity.get(line.line, 0))
            for line in sold.basket.lines
            if quantity.get(line.line, 0) < line.quantity
        )
        if not kept:
            return replace(sold.quote, lines=(), payable_minor=0, uses=(), points_n=0)
        basket = replace(sold.basket, lines=kept)
        return self._pricer.quote(basket, sold.at_ms, sold.rights)

    # --- what both schemes share

    def _round(self, payable_minor: int) -> int:
        """The share of the sale's rounding that goes with so much of it."""
        whole = self._sold.quote.payable_minor
        return round_half_up(self._sold.rounding_minor * payable_minor, whole) if whole else 0

    def _fill(self, paid_minor: int) -> list[int]:
        """So much spread over the tenders: what is not cash in its order, then cash."""
        tenders = self._sold.tenders
        parts = [0] * len(tenders)
        for at in sorted(range(len(tenders)), key=lambda at: (tenders[at].kind == "cash", at)):
            parts[at] = min(paid_minor, self._kept[at])
            paid_minor -= parts[at]
        return parts

    def _list_lines(
        self, returned: Mapping[int, int], due: _Sums, had: _Sums
    ) -> Iterator[LineBack]:
        for number, line in self._lines.items():
            net = due.net.get(number, 0) - had.net.get(number, 0)
            tax = due.tax.get(number, 0) - had.tax.get(number, 0)
            if number in returned or net or tax:
                yield LineBack(
                    line=number,
                    quantity=returned.get(number, 0),
                    tax=line.tax,
                    net_minor=net,
                    tax_minor=tax,
                )


POINTS_KIND = "points"  # the kind of offer that takes points as money


def _keep(tenders: Sequence[Tender]) -> list[int]:
    """What the shop kept of each tender; change beyond one cash tender comes out of the others."""
    kept = [max(0, tender.amount_minor - tender.change_minor) for tender in tenders]
    short = sum(kept) - sum(tender.amount_minor - tender.change_minor for tender in tenders)
    for at, tender in enumerate(tenders):
        part = min(kept[at], short) if tender.kind == "cash" else 0
        kept[at] -= part
        short -= part
    return kept


def _cut(line: BasketLine, returned: int) -> BasketLine:
    """The part of a line that is kept; amounts on a label or set by hand go by quantity."""
    if not returned:
        return line
    override = line.override
    if override is not None:
        override = _cut_override(override, returned, line.quantity)
    label = line.label_minor
    return replace(
        line,
        quantity=line.quantity - returned,
        label_minor=None
        if label is None
        else label - round_half_up(label * returned, line.quantity),
        override=override,
    )


def _cut_override(override: Override, returned: int, quantity: int) -> Override:
    amount, off = override.amount_minor, override.discount_minor
    return replace(
        override,
        amount_minor=None
        if amount is None
        else amount - round_half_up(amount * returned, quantity),
        discount_minor=off - round_half_up(off * returned, quantity),
    )
