"""Returns worked out by hand, one after the other, with exact fractions and a list of what is open.

Written from the rule and not from the engine: it keeps what is still open of each line, tender and
right, and takes from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from cext.lang.basket import Tender
from cext.lang.quote import Quote
from tests.oracle.money import nearest

Rest = Callable[[Mapping[int, int]], Quote | None]  # line -> quantity kept; None: nothing is


# What stays paid: (net, tax) of each line, in all, points, uses of each rule.
Target = tuple[dict[int, tuple[int, int]], int, int, dict[str, int]]


@dataclass
class Paid:
    """What one return pays back."""

    lines: dict[int, tuple[int, int]]  # line -> (net, tax), where not both are 0
    payable: int
    rounding: int
    tenders: list[int]
    points_n: int
    uses: dict[str, int]


class Books:
    """A sale and all that came back of it."""

    def __init__(self, quote: Quote, tenders: Sequence[Tender], rounding: int, rest: Rest | None):
        self.quote, self.tenders, self.rounding, self.rest = quote, tenders, rounding, rest
        self.kept = {line.line: line.quantity for line in quote.lines}
        self.open_lines = {line.line: (line.net_minor, line.tax_minor) for line in quote.lines}
        self.open_payable, self.open_rounding = quote.payable_minor, rounding
        self.open_tenders = [tender.amount_minor - tender.change_minor for tender in tenders]
        self.open_points = quote.points_n
        self.open_uses = {use.rule: use.times for use in quote.uses}

    def take_back(self, returned: Mapping[int, int]) -> Paid:
        """One return."""
        for line, count in returned.items():
            self.kept[line] -= count
        target = self._keep_shares() if self.rest is None else self._keep_rest(self.rest)
        if target is None:
            return Paid({}, 0, 0, [0] * len(self.tenders), 0, {})
        lines, payable, points_n, uses = target
        rounding = Fraction(0)
        if self.quote.payable_minor:
            back = self.quote.payable_minor - payable
            rounding = Fraction(self.rounding * back, self.quote.payable_minor)
        rounding_left = self.rounding - nearest(rounding)
        paid = Paid(
            lines={
                line: (net - lines[line][0], tax - lines[line][1])
                for line, (net, tax) in self.open_lines.items()
                if (net, tax) != lines[line]
            },
            payable=self.open_payable - payable,
            rounding=self.open_rounding - rounding_left,
            tenders=[],
            points_n=self.open_points - points_n,
            uses={r: n - uses[r] for r, n in self.open_uses.items() if n > uses[r]},
        )
        paid.tenders = self._pay(paid.payable + paid.rounding)
        self.open_lines, self.open_payable, self.open_rounding = lines, payable, rounding_left
        self.open_points, self.open_uses = points_n, uses
        return paid

    def _keep_shares(self) -> Target:
        """What stays paid when each line keeps its own share."""
        lines, points, points_kept, all_kept = {}, 0, 0, not any(self.kept.values())
        taken: dict[str, list[int]] = {}
        for line in self.quote.lines:
            back = Fraction(line.quantity - self.kept[line.line], line.quantity)
            lines[line.line] = (
                line.net_minor - nearest(line.net_minor * back),
                line.tax_minor - nearest(line.tax_minor * back),
            )
            for one in line.adjustments:
                sums = taken.setdefault(one.rule, [0, 0])
                sums[0] += one.amount_minor
                sums[1] += int(one.amount_minor * back)
                if one.kind == "points":
                    points += one.amount_minor
                    points_kept += one.amount_minor - nearest(one.amount_minor * back)
        payable = sum(net for net, _ in lines.values())
        if self.quote.payable_minor != sum(line.net_minor for line in self.quote.lines):
            payable += sum(tax for _, tax in lines.values())
        points_n = self.quote.points_n
        if points:
            points_n -= nearest(Fraction(points_n * (points - points_kept), points))
        uses = {}
        for use in self.quote.uses:
            whole, back_minor = taken.get(use.rule, (0, 0))
            times = int(Fraction(use.times * back_minor, whole)) if whole else 0
            uses[use.rule] = 0 if all_kept else use.times - times
        return lines, payable, points_n, uses

    def _keep_rest(self, rest: Rest) -> Target | None:
        """What the rest costs, unless that is more than is still paid."""
        quote = rest({line: count for line, count in self.kept.items() if count})
        payable = quote.payable_minor if quote else 0
        if payable > self.open_payable:
            return None
        now = {line.line: (line.net_minor, line.tax_minor) for line in quote.lines} if quote else {}
        used = {use.rule: use.times for use in quote.uses} if quote else {}
        lines = {line: now.get(line, (0, 0)) for line in self.open_lines}
        points_n = min(self.open_points, quote.points_n if quote else 0)
        uses = {rule: min(times, used.get(rule, 0)) for rule, times in self.open_uses.items()}
        return lines, payable, points_n, uses

    def _pay(self, amount: int) -> list[int]:
        parts = [0] * len(self.tenders)
        for cash in (False, True):
            for at, tender in enumerate(self.tenders):
                if (tender.kind == "cash") == cash:
                    parts[at] = min(amount, self.open_tenders[at])
                    self.open_tenders[at] -= parts[at]
                    amount -= parts[at]
        assert amount == 0
        return parts
