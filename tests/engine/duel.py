"""Engine against oracle, one sale at a time; and the smallest sale they still quarrel about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from cext.engine import Pricer, pack_baskets
from cext.errors import ShopError
from cext.lang.basket import Basket
from cext.lang.item import Offer, PriceBook
from cext.lang.rights import NO_RIGHTS
from tests.engine.worlds import Case, World
from tests.oracle.judge import judge
from tests.oracle.sale import Rules

SHRINKS_MAX_N = 2000
LARGE_WORK_MAX_N = 4_000_000
# Whatever the engine may throw is a difference like any other: the oracle prices every sale.
FAULTS = (ShopError, ArithmeticError, LookupError, TypeError, ValueError)


class Quarrel(NamedTuple):
    """A sale on which engine and oracle differ."""

    seed: int
    book: PriceBook
    case: Case
    differences: tuple[str, ...]

    def __str__(self) -> str:
        said = "\n  ".join(self.differences)
        return (
            f"world {self.seed}: engine, not oracle\n  {said}\n"
            f"book {msgspec.json.encode(self.book).decode()}\n"
            f"basket {msgspec.json.encode(self.case.basket).decode()}\n"
            f"at_ms {self.case.at_ms}\n"
            f"rights {msgspec.json.encode(self.case.rights).decode()}"
        )


def open_pricer(book: PriceBook, *, large: bool) -> Pricer:
    """The engine for a book; with large baskets it may search only a little."""
    return Pricer(book, work_max_n=LARGE_WORK_MAX_N) if large else Pricer(book)


def fight(world: World, cases_n: int) -> Quarrel | None:
    """Price `cases_n` sales of a world twice; the first quarrel, made small."""
    pricer, rules = open_pricer(world.book, large=world.large), Rules(world.book)
    for case in world.cases(cases_n):
        if _differ(pricer, rules, case):
            return shrink(Quarrel(world.seed, world.book, case, ()), large=world.large)
    return None


def _differ(pricer: Pricer, rules: Rules, case: Case) -> list[str]:
    try:
        quote = pricer.quote(case.basket, case.at_ms, case.rights)
    except FAULTS as exc:
        return [f"{type(exc).__name__}: {exc}"]
    found = judge(rules, case.basket, case.at_ms, quote, case.rights)
    return found or _differ_in_bulk(pricer, case)


def _differ_in_bulk(pricer: Pricer, case: Case) -> list[str]:
    """Whether the bulk call, where a plain basket goes a way of its own, says the same."""
    basket = strip_basket(pricer, case.basket)
    try:
        many = pricer.price_many(pack_baskets(pricer, [basket], case.at_ms))
        one = pricer.price(basket, case.at_ms)
    except FAULTS as exc:
        return [f"{type(exc).__name__}: {exc}"]
    in_bulk = (many.payable[0], many.discount[0], many.gap[0])
    alone = (one.payable_minor, one.discount_minor, one.gap_minor)
    return [] if in_bulk == alone else [f"bulk {in_bulk}, alone {alone}"]


def strip_basket(pricer: Pricer, basket: Basket) -> Basket:
    """The basket as arrays can say it: no labels, nothing by hand, only coupons of the book."""
    lines = tuple(replace(line, label_minor=None, override=None) for line in basket.lines)
    known = {offer.when.coupon for offer in pricer.book.offers} - {""}
    coupons = tuple(coupon for coupon in basket.coupons if coupon in known)
    return replace(basket, lines=lines, coupons=coupons)


def quarrel_about(book: PriceBook, case: Case, *, large: bool = False) -> list[str]:
    """What the two say differently of one sale."""
    return _differ(open_pricer(book, large=large), Rules(book), case)


def shrink(quarrel: Quarrel, *, large: bool = False) -> Quarrel:
    """The same kind of quarrel about a smaller sale: fewer lines, offers, pieces, rights."""
    best, case = quarrel.book, quarrel.case
    said = quarrel_about(best, case, large=large)
    tries_n, smaller = 0, True
    while smaller and tries_n < SHRINKS_MAX_N:
        smaller = False
        for book, less in _smaller(best, case):
            tries_n += 1
            found = quarrel_about(book, less, large=large)
            if found and found[0].split(" ")[0] == said[0].split(" ")[0]:
                best, case, said, smaller = book, less, found, True
                break
    return Quarrel(quarrel.seed, best, case, tuple(said))


def _smaller(book: PriceBook, case: Case) -> Iterator[tuple[PriceBook, Case]]:
    for at in range(len(book.offers)):
        yield replace(book, offers=book.offers[:at] + book.offers[at + 1 :]), case
    for at in range(len(book.prices)):
        yield replace(book, prices=book.prices[:at] + book.prices[at + 1 :]), case
    for basket in _smaller_baskets(case.basket):
        yield book, case._replace(basket=basket)
    if case.rights != NO_RIGHTS:
        yield book, case._replace(rights=NO_RIGHTS)
        for name, default in (("used", {}), ("left", {}), ("gifts", {}), ("points_n", 0)):
            if getattr(case.rights, name):
                yield book, case._replace(rights=replace(case.rights, **{name: default}))
    for at, offer in enumerate(book.offers):
        for name in ("when", "limits", "conflict", "group", "priority"):
            plain = msgspec.structs.replace(offer, **{name: _default(name)})
            if plain != offer:
                yield replace(book, offers=(*book.offers[:at], plain, *book.offers[at + 1 :])), case


def _default(name: str) -> object:
    fields = {field.name: field for field in msgspec.structs.fields(Offer)}
    return fields[name].default


def _smaller_baskets(basket: Basket) -> Iterator[Basket]:
    lines = basket.lines
    for at in range(len(lines)):
        yield replace(basket, lines=lines[:at] + lines[at + 1 :])
    for at in range(len(basket.coupons)):
        yield replace(basket, coupons=basket.coupons[:at] + basket.coupons[at + 1 :])
    if basket.member is not None:
        yield replace(basket, member=None)
    for at, line in enumerate(lines):
        less = [replace(line, quantity=line.quantity - 1000)] if line.quantity > 1000 else []
        if line.label_minor is not None:
            less.append(replace(line, label_minor=None))
        if line.override is not None:
            less.append(replace(line, override=None))
        for one in less:
            yield replace(basket, lines=(*lines[:at], one, *lines[at + 1 :]))
