"""What goods cost: the sentences of the rules, and the cases other shops got wrong, by name."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.engine import Ledger, worth
from cext.errors import Broken, Refused
from cext.lang.account import VALUE_PER_MAJOR
from cext.lang.movement import Movement

PIECE = 1000  # quantities are thousandths of a piece
YUAN = VALUE_PER_MAJOR


def new_shop() -> Ledger:
    ledger = Ledger()
    ledger.govern("stock", "store", valued=True, floor=0)
    return ledger


def receipt(pieces: int, each: Fraction | int, item: str = "milk") -> Movement:
    cost = Fraction(each) * YUAN * pieces
    assert cost.denominator == 1
    return Movement("stock", item, "supplier", "store", pieces * PIECE, cost=int(cost))


def sale(pieces: int, *, receipt_number: str = "") -> Movement:
    return Movement(
        "stock", "milk", "store", "customer", pieces * PIECE, to_owner=receipt_number
    )  # fmt: skip


def value(ledger: Ledger, place: str, owner: str = "") -> int:
    return ledger.value("stock", "milk", place, owner=owner)


def test_two_sold_before_a_receipt_of_twenty_at_3_30_leave_an_average_of_3_30() -> None:
    # odoo/odoo#41669: the average went to 3.67.
    ledger = new_shop()
    sold = ledger.post([sale(2)])
    ledger.post([receipt(20, Fraction("3.30"))])

    left = ledger.balance("stock", "milk", "store")
    assert sold.values == (0,)  # nobody knew yet what they cost
    assert sold.crossings[0].what == "short"
    assert Fraction(value(ledger, "store"), left) == Fraction("3.30") * YUAN / PIECE
    assert value(ledger, "variance") == Fraction("6.60") * YUAN


def test_what_is_issued_below_zero_goes_at_the_last_known_cost_and_is_settled() -> None:
    ledger = new_shop()
    ledger.post([receipt(1, 3)])
    sold = ledger.post([sale(3)])
    ledger.post([receipt(10, 4)])

    assert sold.values == (9 * YUAN,)
    assert value(ledger, "store") == 8 * 4 * YUAN
    assert value(ledger, "customer") == 9 * YUAN
    assert value(ledger, "variance") == 2 * YUAN  # two at 4 that were issued at 3


def test_a_receipt_too_small_for_what_is_owed_settles_its_part() -> None:
    ledger = new_shop()
    ledger.post([receipt(1, 3), sale(5)])
    ledger.post([receipt(1, 4)])

    assert ledger.balance("stock", "milk", "store") == -3 * PIECE
    assert value(ledger, "store") == -9 * YUAN
    assert value(ledger, "variance") == 1 * YUAN


@pytest.mark.parametrize("owed", [1, 2, 3, 7])
@pytest.mark.parametrize("received", range(1, 10))
def test_any_receipt_settles_what_is_owed_and_keeps_the_rest(owed: int, received: int) -> None:
    for first, cost in ((0, 100), (10, 31), (17, 0), (7, 7)):
        ledger = new_shop()
        issue = Movement("stock", "milk", "store", "customer", 3 + owed)
        ledger.post([Movement("stock", "milk", "supplier", "store", 3, cost=first), issue])
        owed_value = -value(ledger, "store")
        ledger.post([Movement("stock", "milk", "supplier", "store", received, cost=cost)])

        if received >= owed:
            settled = int(Fraction(cost * owed, received) + Fraction(1, 2))
            assert value(ledger, "store") == cost - settled
            assert value(ledger, "variance") == settled - owed_value
        else:
            settled = int(Fraction(owed_value * received, owed) + Fraction(1, 2))
            assert value(ledger, "store") == settled - owed_value
            assert value(ledger, "variance") == cost - settled


def test_an_issue_takes_its_share_rounded_and_the_last_unit_takes_the_rest() -> None:
    ledger = new_shop()
    ledger.post([Movement("stock", "milk", "supplier", "store", 3, cost=100)])
    one = Movement("stock", "milk", "store", "customer", 1)

    assert [ledger.post([one]).values[0] for _ in range(3)] == [33, 34, 33]
    assert value(ledger, "store") == 0
    assert value(ledger, "customer") == 100


def test_a_return_comes_back_at_the_cost_its_sale_left_with() -> None:
    ledger = new_shop()
    ledger.post([receipt(3, 3)])
    ledger.post([sale(2, receipt_number="367-1-000001")])
    ledger.post([receipt(5, 9)])
    back = Movement(
        "stock", "milk", "customer", "store", PIECE, owner="367-1-000001", to_owner=""
    )  # fmt: skip

    assert ledger.post([back]).values == (3 * YUAN,)  # not the average of now
    assert ledger.post([back]).values == (3 * YUAN,)
    assert value(ledger, "customer", "367-1-000001") == 0
    assert value(ledger, "store") == (3 + 45 + 6) * YUAN


@settings(max_examples=30, deadline=None)
@given(
    cost=st.integers(0, 10**9),
    there=st.integers(1, 10**5),
    parts=st.lists(st.integers(1, 400), min_size=1, max_size=20),
)
def test_any_series_of_returns_brings_back_exactly_what_the_sale_took(
    cost: int, there: int, parts: list[int]
) -> None:
    sold = sum(parts)
    ledger = new_shop()
    ledger.post([Movement("stock", "milk", "supplier", "store", there + sold, cost=cost)])
    left = ledger.post([Movement("stock", "milk", "store", "customer", sold, to_owner="r")])
    back = [
        Movement("stock", "milk", "customer", "store", part, owner="r", to_owner="")
        for part in parts
    ]

    assert sum(ledger.post(back).values) == left.values[0]
    assert value(ledger, "store") == cost


def test_a_return_whose_cost_is_given_comes_back_at_that_cost() -> None:
    ledger = new_shop()
    ledger.post([receipt(3, 3)])
    ledger.post([sale(2), receipt(5, 9)])
    ledger.post([Movement("stock", "milk", "customer", "store", PIECE, cost=3 * YUAN)])

    assert value(ledger, "customer") == 3 * YUAN
    assert value(ledger, "store") == (3 + 45 + 3) * YUAN
    assert value(ledger, "variance") == 0


def test_a_return_to_the_supplier_leaves_at_its_own_cost_and_the_difference_is_variance() -> None:
    ledger = new_shop()
    ledger.post([receipt(10, 3), receipt(10, 5)])
    ledger.post([Movement("stock", "milk", "store", "supplier", 2 * PIECE, cost=2 * 3 * YUAN)])

    assert value(ledger, "store") == 18 * 4 * YUAN  # the average of the rest has not moved
    assert value(ledger, "supplier") == (-80 + 6) * YUAN
    assert value(ledger, "variance") == 2 * YUAN


def test_a_late_correction_appends_a_revaluation() -> None:
    ledger = new_shop()
    ledger.post([receipt(10, 3), sale(4)])
    before = ledger.posted_n
    ledger.post([Movement("stock", "milk", "revaluation", "store", 0, cost=6 * YUAN)])
    ledger.post([Movement("stock", "milk", "store", "revaluation", 0, cost=2 * YUAN)])

    assert ledger.posted_n == before + 2
    assert value(ledger, "store") == (18 + 6 - 2) * YUAN
    assert value(ledger, "revaluation") == -4 * YUAN
    assert ledger.balance("stock", "milk", "store") == 6 * PIECE


def test_a_revaluation_of_goods_that_are_gone_is_variance() -> None:
    ledger = new_shop()
    ledger.post([receipt(1, 3), sale(1)])
    ledger.post([Movement("stock", "milk", "revaluation", "store", 0, cost=6 * YUAN)])

    assert value(ledger, "store") == 0
    assert value(ledger, "variance") == 6 * YUAN


def test_a_holding_cannot_be_written_down_below_nothing() -> None:
    ledger = new_shop()
    ledger.post([receipt(1, 3)])
    with pytest.raises(Refused, match="less value") as refused:
        ledger.post([Movement("stock", "milk", "store", "revaluation", 0, cost=4 * YUAN)])
    assert refused.value.code == "value_short"


def test_a_surplus_found_by_a_count_comes_in_at_the_average() -> None:
    ledger = new_shop()
    ledger.post([receipt(10, 3), sale(4)])
    found = ledger.post([Movement("stock", "milk", "count", "store", 2 * PIECE)])

    assert found.values == (6 * YUAN,)
    assert value(ledger, "store") == 24 * YUAN


def test_a_transfer_carries_its_value_from_one_holding_to_the_next() -> None:
    ledger = Ledger()
    for place in ("store", "transit", "annex"):
        ledger.govern("stock", place, valued=True)
    ledger.post([receipt(3, 3)])
    ledger.post([Movement("stock", "milk", "store", "transit", 2 * PIECE)])
    ledger.post([Movement("stock", "milk", "transit", "annex", 2 * PIECE)])

    assert ledger.values("stock", "annex") == {"milk": 6 * YUAN}
    assert ledger.values("stock", "transit") == {}
    assert ledger.values("stock", "store") == {"milk": 3 * YUAN}


def test_valuation_is_receipts_less_cost_of_sales_and_revaluations_to_the_last_unit() -> None:
    ledger = new_shop()
    ledger.post([receipt(7, Fraction("1.1111")), sale(3), receipt(11, Fraction("0.9999"))])
    ledger.post([sale(14), Movement("stock", "milk", "count", "store", 500)])
    ledger.post([Movement("stock", "milk", "revaluation", "store", 0, cost=17)])

    places = ("supplier", "customer", "count", "revaluation", "variance")
    assert value(ledger, "store") == -sum(value(ledger, place) for place in places)
    assert value(ledger, "supplier") == -(7 * 11111 + 11 * 9999)


def test_a_cost_where_no_value_is_kept_is_refused() -> None:
    ledger = Ledger()
    with pytest.raises(Refused, match="no value") as refused:
        ledger.post([Movement("points", "a", "issuer", "member", 5, cost=1)])
    assert refused.value.code == "movement_invalid"


def test_a_policy_comes_before_the_first_account_of_its_kind() -> None:
    ledger = Ledger()
    ledger.open_account("stock", "milk", "store")
    with pytest.raises(Refused) as refused:
        ledger.govern("stock", "store", valued=True)
    assert refused.value.code == "policy_late"


def test_a_value_beyond_its_limit_is_refused_and_nothing_has_moved() -> None:
    ledger = new_shop()
    most = Movement("stock", "milk", "supplier", "store", 1, cost=10**15)
    ledger.post([most] * 2305)
    before = ledger.snapshot()
    with pytest.raises(Refused, match="61") as refused:
        ledger.post([most] * 5)
    assert refused.value.code == "balance_too_large"
    assert ledger.snapshot() == before


def test_worth_is_quantity_times_cost_rounded_once() -> None:
    assert worth(386, 79_800, 500) == 61_606  # 386 g at 7.98 per 500 g
    assert worth(20 * PIECE, 33_000, PIECE) == 66 * YUAN
    with pytest.raises(Refused):
        worth(10**15, 10**15, 1)
    with pytest.raises(Broken):
        worth(1, 1.5, 1)  # type: ignore[arg-type]
