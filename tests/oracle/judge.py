"""The oracle's doors: the best that can be had, and every figure of a choice that was made."""

from __future__ import annotations

from cext.lang.basket import Basket
from cext.lang.item import PriceBook
from cext.lang.quote import Quote
from cext.lang.rights import NO_RIGHTS, Rights
from tests.oracle.choice import Board, Counts
from tests.oracle.passes import list_passes
from tests.oracle.sale import Rules, Sale
from tests.oracle.stages import Tail
from tests.oracle.work import Evaluation, Made, Verdict, net_of, open_state

PIECES_MAX_N = 12


def best(sale: Sale) -> set[int]:
    """The sums of nets that the best choices lead to, pass after pass: one, or few by ties."""
    tail = Tail(sale)
    left, free = open_state(sale)
    states = {(left, free)}
    for one in list_passes(sale):
        found: dict[tuple[Counts, Counts], int] = {}
        for left, free in states:
            for outcome in Board(sale, one, free, left).outcomes(all_of_them=bool(tail.stages)):
                found[outcome] = net_of(tail, outcome[0])
        least = min(found.values())
        states = {outcome for outcome, net in found.items() if net == least}
    return {net_of(tail, left) for left, _ in states}


def read_uses(quote: Quote) -> dict[str, Made]:
    """What a quote says of the rules it used, by rule."""
    taken: dict[str, int] = {}
    for line in quote.lines:
        for one in line.adjustments:
            taken[one.rule] = taken.get(one.rule, 0) + one.amount_minor
    found: dict[str, Made] = {}
    for use in quote.uses:
        made = found.setdefault(use.rule, Made(0, {}, taken.get(use.rule, 0)))
        made.times += use.times
        for number, pieces in use.pieces:
            made.pieces[number] = made.pieces.get(number, 0) + pieces
    return found


def evaluate(sale: Sale, made: dict[str, Made], *, look_around: bool = False) -> Verdict:
    """Every figure of the choice `made`; `short` is how much better the best choice would be."""
    return Evaluation(sale, made).finish(look_around=look_around)


def judge(
    rules: Rules, basket: Basket, at_ms: int, quote: Quote, rights: Rights = NO_RIGHTS
) -> list[str]:
    """Everything in which `quote` differs from the oracle; empty when they agree.

    Baskets of more than `PIECES_MAX_N` pieces are worked through, but not searched. Which of
    several lines of one item gives a piece is for the engine to say.
    """
    sale = Sale(rules, basket, at_ms, rights)
    small = sum(line.pieces for line in sale.lines) <= PIECES_MAX_N
    verdict = evaluate(sale, read_uses(quote), look_around=small)
    return [*verdict.wrong, *_compare(verdict, quote)]


def price_best(book: PriceBook, basket: Basket, at_ms: int, rights: Rights = NO_RIGHTS) -> set[int]:
    """The smallest sum of nets; more than one where equal choices lead to different ends."""
    return best(Sale(Rules(book), basket, at_ms, rights))


def _compare(verdict: Verdict, quote: Quote) -> list[str]:
    wrong: list[str] = []

    def same(what: str, got: object, wanted: object) -> None:
        if got != wanted:
            wrong.append(f"{what}: {got}, not {wanted}")

    at = {line.number: n for n, line in enumerate(verdict.lines)}
    for line in quote.lines:
        n = at[line.line]
        mine = verdict.lines[n]
        same(f"gross of {line.line}", line.gross_minor, mine.gross)
        same(f"net of {line.line}", line.net_minor, verdict.left[n])
        same(f"tax of {line.line}", line.tax_minor, verdict.line_taxes[n])
        same(f"price of {line.line}", (line.price_minor, line.per), (mine.price, mine.per))
        taken = [
            (one.rule, one.kind, one.funded_by, one.amount_minor, one.reason)
            for one in line.adjustments
        ]
        same(f"takings of {line.line}", sorted(taken), sorted(verdict.takings[n]))
    same("taxes", {one.tax: (one.net_minor, one.tax_minor) for one in quote.taxes}, verdict.taxes)
    same("payable", quote.payable_minor, verdict.payable)
    same(
        "losses",
        sorted({(x.line, x.rule, x.why, x.missing_minor, x.missing_n) for x in quote.losses}),
        sorted((*key, *missing) for key, missing in verdict.losses.items()),
    )
    got = [(x.rule, x.reason, x.items, x.pieces_n, x.price_minor) for x in quote.gifts]
    same("gifts", sorted(got), sorted(verdict.gifts))
    same("points", quote.points_n, verdict.points_n)
    same("uses", {rule: made.times for rule, made in read_uses(quote).items()}, verdict.uses)
    if verdict.known and quote.proof == "optimal" and verdict.short > 0:
        wrong.append(f"{verdict.short} dearer than the best choice, but called optimal")
    if verdict.known and quote.proof == "bounded" and verdict.short > quote.gap_minor:
        wrong.append(f"{verdict.short} dearer than the best choice, gap {quote.gap_minor}")
    return wrong
