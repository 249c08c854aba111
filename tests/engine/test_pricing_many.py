"""Many baskets in one call: the same totals as one call each, refused by number."""

from __future__ import annotations

import pytest

from cext.engine import Batch, Pricer, pack_baskets
from cext.errors import Broken, Refused
from cext.lang.basket import Basket
from cext.lang.item import Item
from tests.engine.books import NOW_MS, make_basket, make_book, make_line, make_offer

TEA = Item(item="tea", name="Tea", price_minor=1250)
SOAP = Item(item="soap", name="Soap", price_minor=299)
BOOK = make_book(
    TEA,
    SOAP,
    offers=(
        make_offer("me", "member_price", {"item": "tea", "price_minor": 999}),
        make_offer("co", "coupon", {"code": "990001", "item": "soap", "amount_minor": 100}),
    ),
)
BASKETS = (
    make_basket(make_line(1, "tea", 3000), make_line(2, "soap", 1000), member="7"),
    make_basket(),
    make_basket(make_line(1, "soap", 2000), coupons=("990001", "990001")),
    make_basket(make_line(1, "soap", 1000), make_line(2, "tea", 500)),
)


def _pack(pricer: Pricer, baskets: tuple[Basket, ...]) -> Batch:
    return pack_baskets(pricer, baskets, NOW_MS)


def test_many_baskets_cost_what_each_of_them_costs_alone() -> None:
    pricer = Pricer(BOOK)

    result = pricer.price_many(_pack(pricer, BASKETS))

    alone = [pricer.price(basket, NOW_MS) for basket in BASKETS]
    assert list(result.payable) == [one.payable_minor for one in alone] == [3296, 0, 398, 924]
    assert list(result.discount) == [one.discount_minor for one in alone]
    assert list(result.gap) == [0] * len(BASKETS)


def test_a_basket_that_cannot_be_priced_is_named_by_its_number() -> None:
    pricer = Pricer(BOOK)
    batch = _pack(pricer, BASKETS)
    batch.quantities[-1] = 0

    with pytest.raises(Refused) as refused:
        pricer.price_many(batch)

    assert (refused.value.code, refused.value.facts["basket"]) == ("quantity_invalid", 3)


def test_arrays_that_do_not_fit_each_other_break() -> None:
    pricer = Pricer(BOOK)
    batch = _pack(pricer, BASKETS)
    batch.items.append(0)

    with pytest.raises(Broken, match="batch_arrays_fit"):
        pricer.price_many(batch)
    with pytest.raises(Broken, match="exact_batch"):
        pricer.price_many(None)  # type: ignore[arg-type]


def test_an_item_or_coupon_nobody_knows_has_no_number() -> None:
    for look_up, code in (
        (Pricer(BOOK).index_of, "item_unknown"),
        (Pricer(BOOK).coupon_index, "coupon_unknown"),
    ):
        with pytest.raises(Refused) as refused:
            look_up("nuts")
        assert refused.value.code == code


def test_a_basket_with_a_label_or_a_hand_in_it_is_not_packed() -> None:
    labelled = make_basket(make_line(1, "tea", label_minor=500))

    with pytest.raises(Refused, match="basket 1 has a label") as refused:
        pack_baskets(Pricer(BOOK), (make_basket(), labelled), NOW_MS)

    assert refused.value.code == "basket_not_plain"
