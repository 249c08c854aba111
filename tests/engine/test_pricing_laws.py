"""Laws of every quote, on random shops: offers of every shape, conditions, limits, rights.

Which books keep which law is said here, and was found by looking for counter-examples with the
oracle before it was proved for the class:

- One more piece never makes the rest dearer where nothing is exclusive, all priorities are looked
  at together, a higher step never gives less, no sum is asked for "after" an earlier stage took
  its part, no gift that is out of stock is paid in money, and a point is worth a cent at most. An
  exclusive offer, a priority looked at first, a step that gives less, a coupon from 9.00 on after
  "3.00 off from 10.00 on", the last gift found after all, and a point of 1.00 that no longer fits
  after 0.99 more was taken, say by rule that one piece more may cost more.
- Splitting a basket by its lines gains nothing where nothing is exclusive, limited, scanned or
  asked of a sum or quantity, and all priorities are looked at together: every choice of the parts
  is a choice of the whole. Where sums are asked for, the review of the book tells of the gain.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cext.engine import Pricer, decode_book
from cext.lang.basket import Basket, BasketLine
from cext.lang.item import Item, Limits, Offer, PriceBook, Tax
from cext.lang.quote import Quote
from cext.lang.rights import Rights
from cext.offers import lower_offers
from cext.offers.review import review
from cext.offers.rows import BasketRow, DealRow, ItemRow, Step, TierRow
from tests.engine.books import NOW_MS, make_basket, make_book, make_line, make_offer
from tests.engine.raw_rows import NAME, known_rows
from tests.engine.worlds import Case, World
from tests.oracle.greedy import price_greedily, use_by_rank, use_by_saving
from tests.oracle.judge import evaluate, read_uses
from tests.oracle.passes import list_passes
from tests.oracle.sale import Rules, Sale

FEW = settings(max_examples=60, deadline=None)
SEEDS = st.integers(0, 2**32)
CASES_N = 12


@pytest.fixture(autouse=True, scope="module")
def _rows() -> Iterator[None]:
    with known_rows():
        yield


def net(quote: Quote) -> int:
    """What the choice of offers makes as small as it can: the sum without taxes on top."""
    return sum(line.net_minor for line in quote.lines)


def _totals(quote: Quote) -> tuple[object, ...]:
    return (quote.gross_minor, quote.discount_minor, quote.payable_minor, quote.taxes)


@FEW
@given(SEEDS)
def test_every_cent_has_a_reason_and_no_discount_exceeds_its_line(seed: int) -> None:
    world = World(seed)
    pricer = Pricer(world.book)
    for case in world.cases(CASES_N):
        quote = pricer.quote(*case)
        for line in quote.lines:
            taken = [one.amount_minor for one in line.adjustments]
            assert all(amount > 0 for amount in taken)
            assert line.net_minor == line.gross_minor - sum(taken) >= 0
            assert all(one.line == line.line and one.reason for one in line.adjustments)
        assert quote.gross_minor == sum(line.gross_minor for line in quote.lines)
        assert quote.discount_minor == quote.gross_minor - net(quote)


@FEW
@given(SEEDS)
def test_line_nets_and_taxes_add_up_to_what_is_paid(seed: int) -> None:
    world = World(seed)
    pricer = Pricer(world.book)
    for case in world.cases(CASES_N):
        quote = pricer.quote(*case)
        tax = sum(line.tax_minor for line in quote.lines)
        assert quote.payable_minor == net(quote) + (0 if world.book.tax_included else tax) >= 0
        assert tax == sum(one.tax_minor for one in quote.taxes)
        assert quote.payable_minor == sum(one.net_minor + one.tax_minor for one in quote.taxes)


@FEW
@given(SEEDS, st.data())
def test_the_order_of_scanning_decides_nothing_not_even_a_cent_of_tax(
    seed: int, data: st.DataObject
) -> None:
    world = World(seed)
    pricer = Pricer(world.book)
    for case in world.cases(CASES_N):
        basket = case.basket
        order = data.draw(st.permutations(basket.lines))
        lines = tuple(replace(line, line=n) for n, line in enumerate(order, start=1))
        coupons = tuple(data.draw(st.permutations(basket.coupons)))
        turned = case._replace(basket=replace(basket, lines=lines, coupons=coupons))
        one, other = pricer.quote(*case), pricer.quote(*turned)

        assert _totals(one) == _totals(other)
        assert _by_goods(basket, one) == _by_goods(turned.basket, other)


def _by_goods(basket: Basket, quote: Quote) -> list[tuple[Any, ...]]:
    """What each kind of line pays, whatever its number."""
    return sorted(
        (line.item, line.quantity, str(line.label_minor), str(line.override), q.net_minor)
        for line, q in zip(basket.lines, quote.lines, strict=True)
    )


@FEW
@given(SEEDS, st.data())
def test_the_order_of_the_offers_in_the_book_changes_nothing(
    seed: int, data: st.DataObject
) -> None:
    world = World(seed)
    turned = Pricer(
        replace(world.book, offers=tuple(data.draw(st.permutations(world.book.offers))))
    )
    pricer = Pricer(world.book)
    for case in world.cases(CASES_N):
        assert turned.quote(*case) == pricer.quote(*case)


@FEW
@given(SEEDS)
def test_adding_a_line_and_voiding_it_restores_the_quote(seed: int) -> None:
    world = World(seed)
    pricer = Pricer(world.book)
    for case in world.cases(CASES_N):
        before = pricer.quote(*case)
        lines = case.basket.lines
        extra = replace(lines[0], line=lines[-1].line + 1)
        pricer.quote(replace(case.basket, lines=(*lines, extra)), case.at_ms, case.rights)

        assert pricer.quote(*case) == before


@FEW
@given(SEEDS)
def test_a_sale_priced_again_from_its_bytes_gives_the_same_bytes(seed: int) -> None:
    world = World(seed)
    encode = msgspec.json.encode
    live, replayed = Pricer(world.book), Pricer(decode_book(encode(world.book)))
    for basket, at_ms, rights in world.cases(CASES_N):
        again = replayed.quote(
            msgspec.json.decode(encode(basket), type=Basket),
            at_ms,
            msgspec.json.decode(encode(rights), type=Rights),
        )

        assert encode(live.quote(basket, at_ms, rights)) == encode(again)


@FEW
@given(SEEDS)
def test_the_short_answer_is_the_long_one_without_its_reasons(seed: int) -> None:
    world = World(seed)
    pricer = Pricer(world.book)
    for case in world.cases(CASES_N):
        quote, priced = pricer.quote(*case), pricer.price(*case)

        assert priced.to_quote() == quote
        assert (priced.gross_minor, priced.discount_minor, priced.payable_minor) == (
            quote.gross_minor,
            quote.discount_minor,
            quote.payable_minor,
        )
        assert (priced.proof, priced.gap_minor, priced.points_n) == (
            quote.proof,
            quote.gap_minor,
            quote.points_n,
        )


@FEW
@given(SEEDS, st.sampled_from((0, 1_000, 5_000, 50_000)))
def test_a_search_cut_short_is_never_worse_than_greedy_and_says_how_far_off_it_may_be(
    seed: int, work_max_n: int
) -> None:
    world = World(seed)
    pricer, rules = Pricer(world.book, work_max_n=work_max_n), Rules(world.book)
    for case in world.cases(CASES_N):
        sale, quote = Sale(rules, *case), pricer.quote(*case)
        verdict = evaluate(sale, read_uses(quote), look_around=True)

        assert verdict.short <= quote.gap_minor
        assert (quote.proof == "optimal") == (quote.gap_minor == 0)
        if quote.proof == "bounded" and len(list_passes(sale)) == 1:
            for short_cut in (use_by_rank, use_by_saving):
                assert net(quote) <= price_greedily(sale, short_cut)


def _gives_no_less(row: TierRow | BasketRow) -> bool:
    """Whether a higher step gives at least what a lower one gives."""
    values = [step.value for step in row.steps]
    return values == sorted(values, reverse=row.benefit == "unit_price")


def _never_dearer(offer: Offer, rows: tuple[Any, ...]) -> bool:
    """Whether the offer belongs to the first class of books above."""
    if offer.conflict == "exclusive":
        return False
    for row in rows:
        if isinstance(row, TierRow) and not _gives_no_less(row):
            return False
        if isinstance(row, BasketRow) and (
            row.instead_minor
            or (row.benefit == "points" and any(step.value > 1 for step in row.steps))
            or not _gives_no_less(row)
            or (row.sees == "after" and any(step.min_minor for step in row.steps))
        ):
            return False
    return True


def _thin(world: World, keep: Any, **more: Any) -> PriceBook:
    """The world's book with those of its offers that belong to a class."""
    kept = [
        replace(one.offer, **more) for one in lower_offers(world.book) if keep(one.offer, one.rows)
    ]
    return replace(world.book, offers=tuple(kept), zones="together")


@settings(FEW, max_examples=150)
@given(SEEDS)
def test_one_more_piece_never_makes_the_rest_dearer(seed: int) -> None:
    world = World(seed)
    pricer = Pricer(_thin(world, _never_dearer))
    for case in world.cases(CASES_N):
        less = pricer.quote(*case).discount_minor
        for at, line in enumerate(case.basket.lines):
            if not _is_plain(world, line, case):
                continue
            more = pricer.quote(*_with(case, at, quantity=line.quantity + 1000))
            assert more.discount_minor >= less or more.proof == "bounded"


def _is_plain(world: World, line: BasketLine, case: Case) -> bool:
    """Whether another piece of the line costs what each of its pieces costs."""
    sale = Sale(Rules(world.book), *case)
    return any(one.pieces for one in sale.lines if one.number == line.line)


def _with(case: Case, at: int, **changes: Any) -> Case:
    lines = case.basket.lines
    line = replace(lines[at], **changes)
    return case._replace(basket=replace(case.basket, lines=(*lines[:at], line, *lines[at + 1 :])))


def test_the_last_gift_found_after_all_may_be_worth_less_than_the_money_instead() -> None:
    # Two pieces of 0.03 are due: with one of them 0.17 stands in for the other, with both nothing.
    terms = {"gifts": ["c"], "min_minor": 100, "pieces_n": 2, "instead_minor": 33}
    goods = (Item(item="a", name="a", price_minor=100), Item(item="c", name="c", price_minor=3))
    pricer = Pricer(make_book(*goods, offers=(make_offer("g", "gift", terms),)))
    rights = Rights(gifts={"c": 0})
    baskets = [make_basket(make_line(1, "a"), make_line(2, "c", n * 1000)) for n in (1, 2)]

    assert [pricer.quote(one, NOW_MS, rights).discount_minor for one in baskets] == [3 + 17, 6]


def test_a_point_that_no_longer_fits_may_be_worth_more_than_what_pushed_it_out() -> None:
    world = World(362_024)  # a tier takes 0.99 more, and of half the rest 37 points fit, not 38
    book = _thin(world, lambda offer, _rows: offer.conflict != "exclusive")
    pricer = Pricer(book)

    assert any(
        pricer.quote(*_with(case, at, quantity=line.quantity + 1000)).discount_minor
        < pricer.quote(*case).discount_minor
        for case in world.cases(CASES_N)
        for at, line in enumerate(case.basket.lines)
        if _is_plain(world, line, case)
    )


def test_an_exclusive_offer_may_make_the_rest_dearer() -> None:
    # From two on 0.10 off each, and nothing else: the 5.00 off a single one are gone.
    row = TierRow(
        kind="t", items=("a",), benefit="amount", steps=(Step(min_quantity=2000, value=10),)
    )
    alone = make_offer("t", NAME, {"tiers": (row,)}, conflict="exclusive")
    terms = {"target": {"any_of": [{"item": "a"}]}, "amount_minor": 500}

    assert _discounts((1, 2), alone, make_offer("x", "amount", terms)) == [500, 20]


def test_a_sum_asked_for_after_other_offers_may_make_the_rest_dearer() -> None:
    # 16 pieces are 9.60 and open the coupon from 9.00 on; 17 are 10.20 less 3.00, and do not.
    least = {"steps": [{"min_minor": 1000, "amount_minor": 300}]}
    coupon = {"code": "k", "min_minor": 900, "amount_minor": 500}
    offers = (make_offer("t", "threshold", least), make_offer("c", "coupon_amount", coupon))

    assert _discounts((16, 17), *offers, price_minor=60) == [500, 300]


def _discounts(pieces: tuple[int, ...], *offers: Offer, price_minor: int = 1000) -> list[int]:
    """What so many pieces of one item save, with the coupon "k" scanned."""
    pricer = Pricer(make_book(Item(item="a", name="a", price_minor=price_minor), offers=offers))
    baskets = [make_basket(make_line(1, "a", n * 1000), coupons=("k",)) for n in pieces]
    return [pricer.quote(basket, NOW_MS).discount_minor for basket in baskets]


def _gains_nothing_by_splitting(offer: Offer, rows: tuple[Any, ...]) -> bool:
    """Whether the offer belongs to the second class of books above."""
    plain = offer.conflict != "exclusive" and not offer.when.coupon
    return plain and all(isinstance(row, ItemRow | DealRow) for row in rows)


def _splits(case: Case) -> Iterator[tuple[Case, Case]]:
    """The basket as two: every line goes into one or the other."""
    lines = case.basket.lines
    for mask in range(1, 2 ** (len(lines) - 1)):
        parts = [
            tuple(line for at, line in enumerate(lines) if bool(mask >> at & 1) == side)
            for side in (True, False)
        ]
        one, other = (case._replace(basket=replace(case.basket, lines=part)) for part in parts)
        yield one, other


@settings(FEW, max_examples=150)
@given(SEEDS)
def test_deals_without_limits_gain_nothing_by_splitting_the_basket(seed: int) -> None:
    world = World(seed)
    pricer = Pricer(_thin(world, _gains_nothing_by_splitting, limits=Limits()))
    for drawn in world.cases(6):
        case = drawn._replace(rights=replace(drawn.rights, left={}, used={}))
        whole = pricer.quote(*case)
        for one, other in _splits(case):
            apart = pricer.quote(*one).discount_minor + pricer.quote(*other).discount_minor
            assert apart <= whole.discount_minor or whole.proof == "bounded"


@settings(FEW, max_examples=100)
@given(
    least=st.lists(st.integers(1, 3000), min_size=1, max_size=3, unique=True),
    values=st.lists(st.integers(1, 900), min_size=3, max_size=3),
    grosses=st.lists(st.integers(1, 3000), min_size=2, max_size=4),
    repeat=st.booleans(),
)
def test_a_threshold_that_pays_for_splitting_is_named_by_the_review(
    least: list[int], values: list[int], grosses: list[int], repeat: bool
) -> None:
    steps = [
        {"min_minor": minor, "amount_minor": min(value, minor)}
        for minor, value in zip(sorted(least), values, strict=False)
    ]
    terms = {"steps": steps, "repeat": repeat and len(steps) == 1, "sees": "before"}
    item = Item(item="a", name="a", price_minor=0, open_price=True)
    book = make_book(item, offers=(make_offer("t", "threshold", terms),))
    pricer = Pricer(book)

    lines = [make_line(n, "a", label_minor=gross) for n, gross in enumerate(grosses, start=1)]
    case = Case(make_basket(*lines), NOW_MS, Rights())
    whole = pricer.quote(*case).discount_minor
    gain = max(
        pricer.quote(*one).discount_minor + pricer.quote(*other).discount_minor - whole
        for one, other in _splits(case)
    )

    if gain > 0:
        assert "split_pays" in {finding.code for finding in review(book)}


@pytest.mark.parametrize("included", [True, False])
@FEW
@given(nets=st.lists(st.integers(0, 10**9), min_size=1, max_size=9), rate=st.integers(0, 10**6))
def test_tax_of_a_group_is_within_one_minor_unit_of_exact_on_every_line(
    included: bool, nets: list[int], rate: int
) -> None:
    # One rounding for the group and one unit of the largest remainder for the line.
    quote = _quote_nets(nets, rate, included=included)

    for line in quote.lines:
        whole = 1_000_000 + rate if included else 1_000_000
        assert abs(line.tax_minor * whole - line.net_minor * rate) < 2 * whole


def _quote_nets(nets: list[int], rate: int, *, included: bool) -> Quote:
    item = Item(item="a", name="a", price_minor=1, tax="t", open_price=True)
    book = make_book(item, taxes={"t": Tax(rate_ppm=rate)}, tax_included=included)
    lines = (make_line(n, "a", label_minor=net) for n, net in enumerate(nets, start=1))
    return Pricer(book).quote(make_basket(*lines), NOW_MS)
