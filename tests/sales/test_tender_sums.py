"""Tenders: whatever is paid in whatever order, the money adds up to the cent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.errors import Refused
from cext.lang.basket import Tender, TenderKind
from edge.sales.tender import TENDERS_MAX_N, add_tender, give_change, settle

KINDS: tuple[TenderKind, ...] = ("cash", "card", "wallet", "voucher", "stored_value")


@given(
    payable_minor=st.integers(0, 50_000),
    step_minor=st.sampled_from((1, 5, 10, 100)),
    paid=st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 60_000)), max_size=12),
)
def test_what_is_kept_is_payable_and_rounding(
    payable_minor: int, step_minor: int, paid: list[tuple[TenderKind, int]]
) -> None:
    tenders: tuple[Tender, ...] = ()
    for kind, amount_minor in paid:
        tender = Tender(kind=kind, amount_minor=amount_minor)
        try:
            tenders = add_tender(
                tenders, tender, payable_minor=payable_minor, step_minor=step_minor
            )
        except Refused:
            continue
    settled = settle(payable_minor, tenders, step_minor=step_minor)
    assert -step_minor < settled.rounding_minor <= 0
    assert settled.rounding_minor == 0 or any(tender.kind == "cash" for tender in tenders)
    assert settled.due_minor == 0 or settled.change_minor == 0
    given_back = give_change(tenders, settled.change_minor)
    kept_minor = sum(tender.amount_minor - tender.change_minor for tender in given_back)
    assert all(0 <= tender.change_minor <= tender.amount_minor for tender in given_back)
    assert kept_minor + settled.due_minor == payable_minor + settled.rounding_minor


def test_change_that_a_later_card_caused_comes_from_all_the_cash() -> None:
    tenders: tuple[Tender, ...] = ()
    for kind, amount_minor in (("cash", 503), ("cash", 1), ("card", 496)):
        tender = Tender(kind=kind, amount_minor=amount_minor)  # type: ignore[arg-type]
        tenders = add_tender(tenders, tender, payable_minor=1003, step_minor=10)
    settled = settle(1003, tenders, step_minor=10)
    # 1003 - 496 by card leaves 507 for cash, of which 500 are due and 504 were given.
    assert (settled.rounding_minor, settled.change_minor) == (-7, 4)
    given = give_change(tenders, settled.change_minor)
    assert [tender.change_minor for tender in given] == [3, 1, 0]


def test_a_sum_below_the_step_is_paid_by_no_cash_at_all() -> None:
    tenders = add_tender((), Tender(kind="cash", amount_minor=0), payable_minor=7, step_minor=10)
    settled = settle(7, tenders, step_minor=10)
    assert (settled.due_minor, settled.rounding_minor) == (0, -7)


@pytest.mark.parametrize(
    ("kind", "amount_minor", "code"),
    [("card", 101, "tender_exceeds_due"), ("card", 0, "tender_zero"), ("cash", 0, "tender_zero")],
)
def test_a_wrong_tender_is_refused(kind: TenderKind, amount_minor: int, code: str) -> None:
    with pytest.raises(Refused) as caught:
        add_tender(
            (), Tender(kind=kind, amount_minor=amount_minor), payable_minor=100, step_minor=1
        )
    assert caught.value.code == code


def test_tenders_are_bounded() -> None:
    tenders = (Tender(kind="card", amount_minor=1),) * TENDERS_MAX_N
    with pytest.raises(Refused) as caught:
        add_tender(tenders, Tender(kind="card", amount_minor=1), payable_minor=1000, step_minor=1)
    assert caught.value.code == "tenders_full"
