"""Laws of every quote, on random books and baskets; the compiled engine equals the oracle."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cext.engine import Pricer
from cext.lang.basket import Basket
from cext.lang.item import Item, PriceBook, Tax
from cext.lang.quote import Quote
from tests.engine.books import NOW_MS, baskets, books, make_basket, make_book, make_line
from tests.oracle.pricing import price

# Making a random book costs far more than pricing by it; the oracle test below gets the most.
FEW = settings(max_examples=40, deadline=None)


def _totals(quote: Quote) -> tuple[object, ...]:
    return (quote.gross_minor, quote.discount_minor, quote.payable_minor, quote.taxes)


def _renumber(basket: Basket, order: list[int]) -> Basket:
    lines = tuple(replace(basket.lines[at], line=n) for n, at in enumerate(order, start=1))
    return replace(basket, lines=lines)


@settings(max_examples=150, deadline=None)
@given(books(), baskets())
def test_the_compiled_quote_equals_the_oracle_to_the_cent_and_the_reason(
    book: PriceBook, basket: Basket
) -> None:
    quote = Pricer(book).quote(basket, NOW_MS)

    expected = price(book, basket, NOW_MS)
    for line, wanted in zip(quote.lines, expected.lines, strict=True):
        assert (line.gross_minor, line.net_minor) == (wanted.gross, wanted.left)
        assert line.tax_minor == wanted.tax
        assert [
            (one.rule, one.kind, one.funded_by, one.amount_minor) for one in line.adjustments
        ] == wanted.taken
    assert {one.tax: (one.net_minor, one.tax_minor) for one in quote.taxes} == expected.taxes
    assert {(one.line, one.rule, one.why) for one in quote.losses} == expected.losses
    assert quote.payable_minor == expected.payable


@FEW
@given(books(), baskets())
def test_every_cent_has_a_reason_and_no_discount_exceeds_its_line(
    book: PriceBook, basket: Basket
) -> None:
    quote = Pricer(book).quote(basket, NOW_MS)

    for line in quote.lines:
        taken = [one.amount_minor for one in line.adjustments]
        assert all(amount > 0 for amount in taken)
        assert line.net_minor == line.gross_minor - sum(taken) >= 0
        assert all(one.line == line.line and one.reason for one in line.adjustments)
    assert quote.gross_minor == sum(line.gross_minor for line in quote.lines)
    assert quote.discount_minor == quote.gross_minor - sum(line.net_minor for line in quote.lines)


@FEW
@given(books(), baskets())
def test_line_nets_and_taxes_add_up_to_what_is_paid(book: PriceBook, basket: Basket) -> None:
    quote = Pricer(book).quote(basket, NOW_MS)

    net = sum(line.net_minor for line in quote.lines)
    tax = sum(line.tax_minor for line in quote.lines)
    assert quote.payable_minor == (net if book.tax_included else net + tax)
    assert tax == sum(one.tax_minor for one in quote.taxes)
    assert quote.payable_minor == sum(one.net_minor + one.tax_minor for one in quote.taxes)


@FEW
@given(books(), baskets(), st.data())
def test_the_order_of_scanning_does_not_change_the_total(
    book: PriceBook, basket: Basket, data: st.DataObject
) -> None:
    pricer = Pricer(book)
    order = data.draw(st.permutations(range(len(basket.lines))))
    shuffled = replace(
        _renumber(basket, order), coupons=tuple(data.draw(st.permutations(basket.coupons)))
    )

    assert _totals(pricer.quote(shuffled, NOW_MS)) == _totals(pricer.quote(basket, NOW_MS))


@FEW
@given(books(), baskets(), st.data())
def test_the_order_of_the_offers_in_the_book_changes_nothing(
    book: PriceBook, basket: Basket, data: st.DataObject
) -> None:
    turned = replace(book, offers=tuple(data.draw(st.permutations(book.offers))))

    assert Pricer(turned).quote(basket, NOW_MS) == Pricer(book).quote(basket, NOW_MS)


@FEW
@given(books(), baskets(), st.data())
def test_adding_a_line_and_voiding_it_restores_the_quote(
    book: PriceBook, basket: Basket, data: st.DataObject
) -> None:
    assume(basket.lines)
    pricer = Pricer(book)
    before = pricer.quote(basket, NOW_MS)
    extra = replace(data.draw(st.sampled_from(basket.lines)), line=len(basket.lines) + 1)
    fuller = replace(basket, lines=(*basket.lines, extra))

    pricer.quote(fuller, NOW_MS)
    voided = replace(fuller, lines=fuller.lines[:-1])

    assert pricer.quote(voided, NOW_MS) == before


@FEW
@given(books(), baskets())
def test_a_line_added_never_makes_the_rest_dearer(book: PriceBook, basket: Basket) -> None:
    assume(basket.lines)
    pricer = Pricer(book)
    fewer = replace(basket, lines=basket.lines[:-1])

    less, more = pricer.quote(fewer, NOW_MS), pricer.quote(basket, NOW_MS)

    assert more.discount_minor >= less.discount_minor


@FEW
@given(books(), baskets())
def test_a_card_and_a_coupon_never_make_a_basket_dearer(book: PriceBook, basket: Basket) -> None:
    # An exclusive member offer may by rule shut out a better one, so it is left out here.
    best = tuple(replace(offer, conflict="best") for offer in book.offers)
    pricer = Pricer(replace(book, offers=best))
    bare = replace(basket, member=None, coupons=())

    assert pricer.quote(basket, NOW_MS).payable_minor <= pricer.quote(bare, NOW_MS).payable_minor


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
