"""Lots and serials: what leaves first, what is known and what assumed, one life per serial."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.engine import Ledger, check_sale, count_lot, list_lots, pick_lots, split_sale
from cext.errors import Refused
from cext.lang.movement import Movement

DAY = 86_400_000
FEW = settings(max_examples=40, deadline=None)


def new_shop(**lots: tuple[int, int]) -> Ledger:
    """A store with lots of milk: name -> (day it expires, quantity); off the shelf a day before."""
    ledger = Ledger()
    ledger.govern("stock", "store", floor=0)
    ledger.govern("lot", "store")
    for lot, (day, quantity) in lots.items():
        ledger.name_lot("milk", lot, expires_ms=day * DAY, window_ms=DAY)
        receive(ledger, lot, quantity)
    return ledger


def receive(ledger: Ledger, lot: str, quantity: int) -> None:
    ledger.post(
        [
            Movement("stock", "milk", "supplier", "store", quantity),
            Movement("lot", "milk", "supplier", "store", quantity, lot=lot),
        ]
    )


def sell(ledger: Ledger, quantity: int, *, lot: str = "", day: int = 0) -> tuple[str, ...]:
    sale = Movement("stock", "milk", "store", "customer", quantity, lot=lot)
    total = Movement("stock", "milk", "store", "customer", quantity)
    lots = split_sale(ledger, sale, at_ms=day * DAY)
    posted = ledger.post([total, *lots], at_ms=day * DAY)
    return tuple(one.what for one in posted.crossings)


def left(ledger: Ledger) -> dict[str, int]:
    return {stock.dates.lot: stock.left for stock in list_lots(ledger, "milk", "store")}


@FEW
@given(
    lots=st.lists(st.tuples(st.integers(1, 30), st.integers(0, 5), st.integers(1, 40)), max_size=8),
    wanted=st.integers(1, 120),
    today=st.integers(0, 30),
)
def test_first_to_expire_goes_first_as_a_sorted_list_says(
    lots: list[tuple[int, int, int]], wanted: int, today: int
) -> None:
    ledger = Ledger()
    for number, (expires, window, quantity) in enumerate(lots):
        name = f"L{number}"
        ledger.name_lot("milk", name, expires_ms=expires * DAY, window_ms=window * DAY)
        ledger.post([Movement("lot", "milk", "supplier", "store", quantity, lot=name)])

    sellable = sorted(
        (max(0, expires - window), expires, f"L{number}", quantity)
        for number, (expires, window, quantity) in enumerate(lots)
        if today < max(0, expires - window)
    )
    expected, rest = [], wanted
    for _, _, name, quantity in sellable:
        if rest:
            expected.append((name, min(rest, quantity)))
            rest -= min(rest, quantity)
    if rest:
        expected.append(("", rest))

    assert list(pick_lots(ledger, "milk", "store", wanted, at_ms=today * DAY)) == expected


def test_the_order_is_that_of_removal_dates_which_are_derived_when_none_is_given() -> None:
    # odoo/odoo#77261: without a derived removal date the lot that expires later was taken.
    ledger = Ledger()
    ledger.name_lot("milk", "short window", expires_ms=10 * DAY, window_ms=DAY)
    ledger.name_lot("milk", "long window", expires_ms=12 * DAY, window_ms=5 * DAY)
    ledger.name_lot("milk", "own date", expires_ms=20 * DAY, remove_ms=8 * DAY)
    order = [dates.lot for dates in ledger.lots("milk")]

    assert order == ["long window", "own date", "short window"]


def test_a_sale_without_a_lot_is_an_assumption_and_one_with_a_lot_is_knowledge() -> None:
    ledger = new_shop(A=(10, 5), B=(20, 5))
    sell(ledger, 7)
    sell(ledger, 1, lot="B")

    known = {stock.dates.lot: (stock.known, stock.assumed) for stock in
             list_lots(ledger, "milk", "store")}  # fmt: skip
    assert known == {"A": (5, -5), "B": (4, -2)}
    assert left(ledger) == {"A": 0, "B": 2}


def test_a_lot_known_to_be_expired_is_refused() -> None:
    ledger = new_shop(A=(10, 5), B=(20, 5))
    sell(ledger, 1, lot="A", day=9)
    with pytest.raises(Refused, match="lot A of milk has expired") as refused:
        sell(ledger, 1, lot="A", day=10)
    assert refused.value.code == "lot_expired"


def test_an_assumption_never_blocks_a_sale() -> None:
    # By assumption all of B is sold, so that only expired A is left; B may just as well be there.
    ledger = new_shop(A=(10, 5), B=(20, 5))
    sell(ledger, 5, day=9)
    assert left(ledger) == {"A": 5, "B": 0}

    sell(ledger, 3, day=11)
    assert ledger.balance("stock", "milk", "store") == 2
    assert ledger.balance("lot", "milk", "store", right="assumed") == -3


def test_stock_of_which_all_is_known_to_have_expired_is_refused() -> None:
    ledger = new_shop(A=(10, 5), B=(20, 5))
    sell(ledger, 5, lot="B")
    with pytest.raises(Refused, match="every lot of milk at store has expired") as refused:
        sell(ledger, 1, day=11)
    assert refused.value.code == "stock_expired"


def test_nothing_less_than_none_can_be_counted() -> None:
    with pytest.raises(Refused, match="cannot be counted") as refused:
        count_lot(new_shop(A=(10, 5)), "milk", "store", lot="A", counted=-1, at_ms=0)
    assert refused.value.code == "quantity_invalid"


def test_goods_without_lots_are_never_refused_for_their_lots() -> None:
    ledger = new_shop(A=(10, 5))
    ledger.post([Movement("lot", "milk", "supplier", "store", 3)])
    check_sale(ledger, "milk", "store", lot="", at_ms=11 * DAY)
    check_sale(ledger, "bread", "store", lot="", at_ms=11 * DAY)
    check_sale(ledger, "milk", "store", lot="never seen", at_ms=11 * DAY)


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        (2, {"A": 2, "B": 5}),  # as assumed
        (4, {"A": 4, "B": 3}),  # two of those sold were of B
        (0, {"B": 5}),  # more of A is gone than was sold: nobody knows from where
        (5, {"A": 5, "B": 2}),
    ],
)
def test_a_count_of_a_lot_corrects_what_was_assumed(counted: int, expected: dict[str, int]) -> None:
    ledger = new_shop(A=(10, 5), B=(20, 5))
    sell(ledger, 3)
    ledger.post(count_lot(ledger, "milk", "store", lot="A", counted=counted, at_ms=0))

    assert left(ledger) == expected
    stock = {one.dates.lot: one for one in list_lots(ledger, "milk", "store")}
    assert stock.get("A") is None or (stock["A"].known, stock["A"].assumed) == (counted, 0)


@FEW
@given(
    st.lists(
        st.tuples(st.sampled_from(("sell", "known", "count")), st.integers(1, 9),
                  st.sampled_from("ABC")),
        max_size=20,
    )
)  # fmt: skip
def test_the_lots_of_a_place_add_up_to_its_stock(steps: list[tuple[str, int, str]]) -> None:
    ledger = new_shop(A=(10, 9), B=(20, 9), C=(30, 9))
    for name, quantity, lot in steps:
        if name == "count":
            ledger.post(count_lot(ledger, "milk", "store", lot=lot, counted=quantity, at_ms=0))
        else:
            sell(ledger, quantity, lot=lot if name == "known" else "")
        unknown = ledger.balance("lot", "milk", "store", right="assumed")
        stock = ledger.balance("stock", "milk", "store")
        assert sum(left(ledger).values()) + unknown == stock


def test_a_lot_is_told_once_near_its_date_once_when_expired_and_again_when_it_is_gone() -> None:
    ledger = new_shop(A=(10, 5), B=(20, 5))

    def passed(day: int) -> list[tuple[str, str]]:
        return [(one.what, one.account.lot) for one in ledger.expire(day * DAY).crossings]

    assert passed(8) == []
    assert passed(9) == [("near_expiry", "A")]
    assert passed(9) == []
    assert passed(10) == [("expired", "A")]
    assert passed(8) == []  # a clock that goes back takes nothing back
    restored = Ledger.restore(ledger.snapshot())
    assert restored.expire(10 * DAY).crossings == ()
    scrap = [Movement("lot", "milk", "store", "scrap", 5, lot="A")]
    gone = [one.what for one in ledger.post(scrap, at_ms=10 * DAY).crossings]
    assert gone == ["expiry_over"]
    assert passed(11) == []


def test_a_post_tells_of_a_lot_that_comes_in_near_its_date() -> None:
    ledger = new_shop(A=(10, 5))
    late = Movement("lot", "milk", "supplier", "store", 5, lot="A")

    told = [ledger.post([late], at_ms=9 * DAY).crossings for _ in range(2)]
    assert [[one.what for one in some] for some in told] == [["near_expiry"], []]


def test_a_lot_has_dates_before_it_is_booked() -> None:
    ledger = new_shop(A=(10, 5))
    before = ledger.snapshot()
    for wrong in ({"lot": "B"}, {"lot": "A", "to_lot": "B"}):
        with pytest.raises(Refused, match="lot 'B' of milk has no dates") as refused:
            ledger.post([Movement("lot", "milk", "store", "scrap", 1, **wrong)])
        assert refused.value.code == "lot_unknown"
    assert ledger.snapshot() == before


def test_a_scanned_lot_that_nobody_has_named_is_sold_and_is_none_of_the_others() -> None:
    ledger = new_shop(A=(10, 5))
    sell(ledger, 2, lot="of another shop")

    assert left(ledger) == {"A": 5}
    assert ledger.balance("lot", "milk", "store") == -2


def test_a_lot_expires_after_its_removal() -> None:
    with pytest.raises(Refused) as refused:
        Ledger().name_lot("milk", "A", expires_ms=1, remove_ms=2)
    assert refused.value.code == "lot_invalid"


def serial_sale(document: str, serial: str = "S1") -> Movement:
    return Movement(
        "stock", "phone", "store", "customer", 1000, serial=serial, document=document
    )  # fmt: skip


def test_a_second_sale_of_a_serial_is_refused_and_names_the_first() -> None:
    ledger = Ledger()
    ledger.post([Movement("stock", "phone", "supplier", "store", 1000, serial="S1")])
    ledger.post([serial_sale("367-1-000001")])
    before = ledger.snapshot()
    with pytest.raises(Refused, match="customer with 367-1-000001") as refused:
        ledger.post([serial_sale("367-1-000002", "S2"), serial_sale("367-1-000002")])

    assert refused.value.code == "serial_elsewhere"
    assert refused.value.facts["document"] == "367-1-000001"
    assert ledger.snapshot() == before


def test_one_set_cannot_sell_a_serial_twice() -> None:
    ledger = Ledger()
    with pytest.raises(Refused, match="serial S1"):
        ledger.post([serial_sale("r1"), serial_sale("r1")])
    assert ledger.serial("phone", "S1") == ()


def test_a_serial_has_one_life_from_receipt_to_return() -> None:
    ledger = Ledger()
    ledger.post([Movement("stock", "phone", "supplier", "store", 1000, serial="S1", document="d")])
    ledger.post([serial_sale("r1")])
    ledger.post([Movement("stock", "phone", "customer", "store", 1000, serial="S1", document="r2")])
    ledger.post([serial_sale("r3")])
    restored = Ledger.restore(ledger.snapshot())

    life = [(step.number, step.target, step.document) for step in restored.serial("phone", "S1")]
    assert life == [(1, "store", "d"), (2, "customer", "r1"), (3, "store", "r2"),
                    (4, "customer", "r3")]  # fmt: skip
    assert restored.snapshot() == ledger.snapshot()
