"""Numbers enter pricing as exact ints: nothing else gets in, wherever it is tried."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from msgspec.structs import replace

from cext.engine import Pricer
from cext.errors import ShopError
from cext.lang.basket import Basket, Override
from cext.lang.item import Item, Limits, Price, PriceBook, Tax, When
from cext.lang.rights import Rights
from cext.offers.rows import BasketRow, DealRow, ItemRow, Slot, Step, TierRow
from tests.engine.books import NOW_MS, make_basket, make_book, make_line, make_offer
from tests.engine.raw_rows import NAME, known_rows

A = Item(item="a", name="a", price_minor=1000, tax="t")
TERMS = {
    "singles": (ItemRow(kind="s", items=("a",), benefit="amount", value=1),),
    "tiers": (
        TierRow(kind="t", items=("a",), benefit="rate", steps=(Step(min_quantity=1, value=1),)),
    ),
    "deals": (DealRow(kind="d", slots=(Slot(items=("a",), pieces_n=2),), benefit="off", value=1),),
    "baskets": (
        BasketRow(kind="b", stage="threshold", steps=(Step(value=1),), benefit="amount"),
        BasketRow(kind="p", stage="points", steps=(Step(value=1),), benefit="points", points_n=1),
    ),
}
BY_HAND = Override(amount_minor=900, discount_minor=10, reason="dented", approved_by="ann")
WRONG = (True, 1.0, Decimal(1), Fraction(1), None, "1", 2**70, -(2**70))
WRONG_IDS = [type(one).__name__ + str(one)[:4] for one in WRONG]


class Sly(int):
    """An int that is not exactly one."""


@pytest.fixture(autouse=True)
def _rows() -> Iterator[None]:
    with known_rows():
        yield


def _book(**more: Any) -> PriceBook:
    offers = [
        make_offer(f"o{n}", NAME, {shape: rows}, conflict="stack")
        for n, (shape, rows) in enumerate(TERMS.items())
    ]
    return make_book(A, offers=tuple(offers), taxes={"t": Tax(rate_ppm=100_000)}, **more)


def _basket(**more: Any) -> Basket:
    return make_basket(replace(make_line(1, "a", 3000), **more))


IN_A_LINE = ("line", "quantity", "label_minor")
IN_AN_OVERRIDE = ("amount_minor", "discount_minor")
MAY_BE_NONE = ("label_minor", "amount_minor")


@pytest.mark.parametrize("wrong", [*WRONG, Sly(1)], ids=[*WRONG_IDS, "Sly"])
@pytest.mark.parametrize("name", [*IN_A_LINE, *IN_AN_OVERRIDE])
def test_a_basket_has_exact_ints_only(name: str, wrong: Any) -> None:
    if wrong is None and name in MAY_BE_NONE:
        return
    changes = {name: wrong}
    if name in IN_AN_OVERRIDE:
        changes = {"override": replace(BY_HAND, **changes)}

    with pytest.raises(ShopError):
        Pricer(_book()).quote(_basket(**changes), NOW_MS)


@pytest.mark.parametrize("wrong", [*WRONG, Sly(1)], ids=[*WRONG_IDS, "Sly"])
@pytest.mark.parametrize("name", ["points_n", "utc_offset_min", "used", "left", "gifts"])
def test_rights_have_exact_ints_only(name: str, wrong: Any) -> None:
    limits = Limits(customer_n=5, total_n=5)
    book = _book()
    book = replace(book, offers=tuple(replace(offer, limits=limits) for offer in book.offers))
    key = "a" if name == "gifts" else "o2"
    value = {key: wrong} if name in ("used", "left", "gifts") else wrong

    with pytest.raises(ShopError):
        Pricer(book).quote(_basket(), NOW_MS, replace(Rights(), **{name: value}))


@pytest.mark.parametrize("wrong", [*WRONG, Sly(1)], ids=[*WRONG_IDS, "Sly"])
def test_the_moment_is_an_exact_int(wrong: Any) -> None:
    with pytest.raises(ShopError):
        Pricer(_book()).quote(_basket(), wrong)


def _book_with_item(**changes: Any) -> PriceBook:
    book = _book()
    return replace(book, items=(replace(A, **changes),))


def _book_with_offer(**changes: Any) -> PriceBook:
    book = _book()
    return replace(book, offers=(replace(book.offers[0], **changes), *book.offers[1:]))


def _book_with_price(**changes: Any) -> PriceBook:
    return _book(prices=(replace(Price(item="a", price_minor=5), **changes),))


@pytest.mark.parametrize("wrong", [*WRONG, Sly(1)], ids=[*WRONG_IDS, "Sly"])
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (_book_with_item, "price_minor"),
        (_book_with_item, "per"),
        (_book_with_price, "price_minor"),
        (_book_with_price, "from_ms"),
        (_book_with_price, "until_ms"),
        (_book_with_offer, "priority"),
        (_book_with_offer, "from_ms"),
        (_book_with_offer, "until_ms"),
    ],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_a_price_book_has_exact_ints_only(make: Any, name: str, wrong: Any) -> None:
    with pytest.raises(ShopError):
        Pricer(make(**{name: wrong}))


@pytest.mark.parametrize("wrong", [*WRONG, Sly(1)], ids=[*WRONG_IDS, "Sly"])
@pytest.mark.parametrize("what", ["rate_ppm", "basket_n", "customer_n", "total_n", "weekdays"])
def test_taxes_limits_and_conditions_have_exact_ints_only(what: str, wrong: Any) -> None:
    if wrong is None and what in ("basket_n", "customer_n", "total_n"):
        return
    if what == "rate_ppm":
        book = replace(_book(), taxes={"t": Tax(rate_ppm=wrong)})
    elif what == "weekdays":
        book = _book_with_offer(when=When(weekdays=(wrong,)))
    else:
        book = _book_with_offer(limits=replace(Limits(), **{what: wrong}))

    with pytest.raises(ShopError):
        Pricer(book)
