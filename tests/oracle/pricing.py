"""A slow, obvious second pricing: exact fractions, every offer looked at for every line.

Written from the rules of the shop and sharing no line with the engine or the offer kinds: it reads
the terms of an offer as plain JSON. What both agree on is probably right.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from cext.lang.basket import Basket, BasketLine
from cext.lang.item import Item, Offer, PriceBook


@dataclass
class PricedLine:
    """A line under work: `left` is what the customer still pays for it."""

    given: BasketLine
    item: Item
    gross: int
    left: int
    tax: int = 0
    taken: list[tuple[str, str, str, int]] = field(default_factory=list)  # rule, kind, payer, minor

    def take(self, rule: str, kind: str, amount: int, payer: str = "store") -> int:
        """Take `amount` off, never more than is left."""
        amount = min(amount, self.left)
        if amount:
            self.left -= amount
            self.taken.append((rule, kind, payer, amount))
        return amount


@dataclass
class Priced:
    """What the oracle says of a basket."""

    lines: list[PricedLine]
    taxes: dict[str, tuple[int, int]]  # (without tax, tax)
    losses: set[tuple[int, str, str]]
    payable: int


def nearest(number: Fraction) -> int:
    """The nearest integer; a half goes away from zero."""
    down = abs(number).numerator // abs(number).denominator
    size = down + (abs(number) - down >= Fraction(1, 2))
    return -size if number < 0 else size


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Largest remainder: whole parts first, then one each by remainder, weight and position."""
    if not total:
        return [0] * len(weights)
    ideal = [Fraction(abs(total) * weight, sum(weights)) for weight in weights]
    parts = [number.numerator // number.denominator for number in ideal]
    order = sorted(
        range(len(weights)), key=lambda i: (ideal[i] - parts[i], weights[i], -i), reverse=True
    )
    for i in order[: abs(total) - sum(parts)]:
        parts[i] += 1
    return [part if total > 0 else -part for part in parts]


def price(book: PriceBook, basket: Basket, at_ms: int) -> Priced:
    """Price a basket that the shop does not refuse."""
    items = {item.item: item for item in book.items}
    losses: set[tuple[int, str, str]] = set()
    live = [offer for offer in book.offers if offer.from_ms <= at_ms < offer.until_ms]
    lines = [_open_line(line, items[line.item]) for line in basket.lines]
    for line in lines:
        if line.given.override is not None:
            line.take("manual", "manual", line.given.override.discount_minor)
        _let_compete(line, live, member=basket.member is not None, losses=losses)
    _use_coupons(book, basket, lines, at_ms, losses)
    taxes = _tax(book, lines)
    payable = sum(line.left for line in lines)
    if not book.tax_included:
        payable += sum(tax for _, tax in taxes.values())
    return Priced(lines, taxes, losses, payable)


def _open_line(given: BasketLine, item: Item) -> PricedLine:
    override = given.override
    if override is not None and override.amount_minor is not None:
        gross = override.amount_minor
    elif given.label_minor is not None:
        gross = given.label_minor
    else:
        gross = nearest(Fraction(item.price_minor * given.quantity, item.per))
    return PricedLine(given, item, gross, gross)


def _let_compete(
    line: PricedLine, live: list[Offer], *, member: bool, losses: set[tuple[int, str, str]]
) -> None:
    """Exclusive offers first, else the best one and on top of it those that stack."""
    number = line.given.line
    runners: list[tuple[Offer, int]] = []
    for offer in live:
        terms = json.loads(bytes(offer.terms))
        if offer.kind == "coupon" or not _covers(terms, line.item):
            continue
        if offer.kind == "member_price" and not member:
            losses.add((number, offer.offer, "not_applicable"))
        elif line.given.override is not None:
            losses.add((number, offer.offer, "overridden"))
        elif _saving(offer, terms, line) <= 0:
            losses.add((number, offer.offer, "not_applicable"))
        else:
            runners.append((offer, _saving(offer, terms, line)))
    runners.sort(key=lambda runner: (-runner[0].priority, runner[0].offer))
    winners = _winners(runners)
    for offer, _ in winners:
        terms = json.loads(bytes(offer.terms))
        if not line.take(offer.offer, offer.kind, max(0, _saving(offer, terms, line))):
            losses.add((number, offer.offer, "used_up"))
    for offer, _ in runners:
        if all(offer is not winner for winner, _ in winners):
            losses.add((number, offer.offer, "beaten"))


def _winners(runners: list[tuple[Offer, int]]) -> list[tuple[Offer, int]]:
    """`runners` come in order of rank, so that the first of equals wins."""
    alone = [runner for runner in runners if runner[0].conflict == "exclusive"]
    if alone:
        return [max(alone, key=lambda runner: (runner[0].priority, runner[1]))]
    rivals = [runner for runner in runners if runner[0].conflict == "best"]
    best = [max(rivals, key=lambda runner: runner[1])] if rivals else []
    return best + [runner for runner in runners if runner[0].conflict == "stack"]


def _covers(terms: dict[str, Any], item: Item) -> bool:
    if "department" in terms and terms["department"] is not None:
        return bool(terms["department"] == item.department)
    return item.item in (terms.get("items") or [terms.get("item")])


def _saving(offer: Offer, terms: dict[str, Any], line: PricedLine) -> int:
    if offer.kind == "percent":
        return nearest(Fraction(line.left * terms["rate_ppm"], 1_000_000))
    item, offered = line.item, terms["price_minor"]
    if item.open_price or offered >= item.price_minor:
        return 0
    if line.given.label_minor is not None:
        share = Fraction(item.price_minor - offered, item.price_minor)
        return min(line.left, nearest(line.given.label_minor * share))
    return min(line.left, line.gross - nearest(Fraction(offered * line.given.quantity, item.per)))


def _use_coupons(
    book: PriceBook,
    basket: Basket,
    lines: list[PricedLine],
    at_ms: int,
    losses: set[tuple[int, str, str]],
) -> None:
    """Coupons in order of rank; the store's match first, then what the maker bears."""
    known = [
        (offer, json.loads(bytes(offer.terms))) for offer in book.offers if offer.kind == "coupon"
    ]
    known.sort(key=lambda pair: (-pair[0].priority, pair[0].offer))
    codes = [terms["code"] for _, terms in known]
    losses.update((0, code, "unknown_coupon") for code in basket.coupons if code not in codes)
    for offer, terms in known:
        for _ in range(basket.coupons.count(terms["code"])):
            mine = [line for line in lines if line.item.item == terms["item"]]
            if not mine or not offer.from_ms <= at_ms < offer.until_ms:
                losses.add((0, offer.offer, "not_applicable"))
                continue
            taken = 0
            for kind, payer, amount in (
                ("match", "store", terms.get("match_minor", 0)),
                ("coupon", "maker", terms["amount_minor"]),
            ):
                rest = amount
                for line in mine:
                    rest -= line.take(offer.offer, kind, rest, payer)
                taken += amount - rest
            if not taken:
                losses.add((0, offer.offer, "used_up"))


def _tax(book: PriceBook, lines: list[PricedLine]) -> dict[str, tuple[int, int]]:
    """Round once per rate group of the document; the lines share the tax of their group."""
    taxes: dict[str, tuple[int, int]] = {}
    for key, tax in book.taxes.items():
        group = [line for line in lines if line.item.tax == key]
        if not group:
            continue
        total = sum(line.left for line in group)
        rate = Fraction(tax.rate_ppm, 1_000_000)
        if book.tax_included:
            net = nearest(total / (1 + rate))
            taxes[key] = (net, total - net)
        else:
            taxes[key] = (total, nearest(total * rate))
        for line, part in zip(
            group, split(taxes[key][1], [one.left for one in group]), strict=True
        ):
            line.tax = part
    return taxes
