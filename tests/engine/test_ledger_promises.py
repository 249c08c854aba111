"""Promises: reserved and checked in one step, then moved, given up or lapsed; floors and levels."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.engine import Ledger
from cext.errors import Refused
from cext.lang.account import Account, Crossing, quarantine_of
from cext.lang.movement import Movement

FEW = settings(max_examples=30, deadline=None)


def pick(quantity: int, item: str = "milk") -> Movement:
    return Movement("stock", item, "store", "picked", quantity)


def new_shop(on_hand: int, *, hard: bool = False) -> Ledger:
    ledger = Ledger()
    ledger.govern("stock", "store", floor=0, hard=hard)
    if on_hand:
        ledger.post([Movement("stock", "milk", "supplier", "store", on_hand)])
    return ledger


def test_available_is_on_hand_less_reserved_buffer_and_quarantine() -> None:
    ledger = new_shop(100)
    ledger.post([Movement("stock", "milk", "store", quarantine_of("store"), 7)])
    ledger.set_buffer(ledger.open_account("stock", "milk", "store"), 5)
    ledger.reserve(pick(20), owner="order 1")

    standing = ledger.standing("stock", "milk", "store")
    assert (standing.on_hand, standing.reserved) == (100, 20)
    assert (standing.buffer, standing.quarantine) == (5, 7)
    assert standing.available == 100 - 20 - 5 - 7


def test_a_reservation_never_promises_more_than_is_available() -> None:
    ledger = new_shop(10)
    ledger.set_buffer(ledger.open_account("stock", "milk", "store"), 3)
    ledger.reserve(pick(7))
    with pytest.raises(Refused, match="store has 0 of stock milk") as refused:
        ledger.reserve(pick(1))

    assert refused.value.code == "account_short"
    assert refused.value.facts["missing"] == 1
    assert refused.value.facts["source"] == "store"


def test_a_commit_moves_what_was_reserved_and_frees_the_rest() -> None:
    ledger = new_shop(10, hard=True)
    number = ledger.reserve(pick(6))
    ledger.commit(number, quantity=4)

    assert ledger.balance("stock", "milk", "picked") == 4
    assert ledger.standing("stock", "milk", "store").available == 6
    assert ledger.reservations() == ()
    with pytest.raises(Refused, match="committed, voided or has expired") as refused:
        ledger.commit(number)
    assert refused.value.code == "reservation_unknown"


def test_a_voided_reservation_is_available_again() -> None:
    ledger = new_shop(10)
    number = ledger.reserve(pick(6), owner="order 1")
    gone = ledger.void(number)

    assert (gone.owner, gone.quantity, gone.source.place) == ("order 1", 6, "store")
    assert ledger.standing("stock", "milk", "store").available == 10


def test_reservations_expire_in_order_at_their_instant_and_not_before() -> None:
    ledger = new_shop(10)
    late, soon, never, same = (
        ledger.reserve(pick(1), expires_ms=at) for at in (2000, 1000, None, 1000)
    )
    assert ledger.expire(999).reservations == ()
    lapsed = ledger.expire(2000).reservations

    assert [one.number for one in lapsed] == [soon, same, late]
    assert [one.number for one in ledger.reservations()] == [never]
    assert ledger.expire(2000).reservations == ()
    with pytest.raises(Refused):
        ledger.commit(soon)


@FEW
@given(
    st.lists(st.tuples(st.sampled_from("rcvs"), st.integers(1, 30), st.integers(0, 9)), max_size=40)
)
def test_promises_never_exceed_what_is_booked_and_all_is_conserved(
    steps: list[tuple[str, int, int]],
) -> None:
    ledger = new_shop(100, hard=True)
    for name, quantity, which in steps:
        numbers = [one.number for one in ledger.reservations()] or [1]
        number = numbers[which % len(numbers)]
        before = ledger.snapshot()
        try:
            match name:
                case "r":
                    ledger.reserve(pick(quantity), expires_ms=which)
                case "c":
                    ledger.commit(number)
                case "v":
                    ledger.void(number)
                case "s":
                    ledger.post([Movement("stock", "milk", "store", "customer", quantity)])
        except Refused:
            assert ledger.snapshot() == before
        standing = ledger.standing("stock", "milk", "store")
        promised = sum(one.quantity for one in ledger.reservations())
        assert standing.reserved == promised
        assert 0 <= standing.available == standing.on_hand - promised
        places = ("supplier", "store", "picked", "customer")
        assert sum(ledger.balance("stock", "milk", place) for place in places) == 0


def test_a_sale_at_the_counter_breaks_a_promise_loudly_and_is_not_refused() -> None:
    ledger = new_shop(10)
    ledger.reserve(pick(8))
    posted = ledger.post([Movement("stock", "milk", "store", "customer", 5)])

    milk = Account("stock", "milk", "store")
    assert posted.crossings == (Crossing("short", milk, 3, 5),)


def test_a_hard_floor_says_who_and_what_and_how_much_is_missing() -> None:
    ledger = Ledger()
    ledger.govern("points", "member", floor=0, hard=True)
    ledger.post([Movement("points", "", "issuer", "member", 50, owner="m1")])
    with pytest.raises(Refused, match="member is 20 short of points") as refused:
        ledger.post([Movement("points", "", "member", "spent", 70, owner="m1")])

    assert refused.value.code == "account_short"
    assert refused.value.facts["owner"] == "m1"
    assert refused.value.facts["missing"] == 20


def test_rights_are_kinds_like_any_other_and_pass_from_owner_to_owner() -> None:
    ledger = Ledger()
    ledger.govern("coupon", "member", floor=0, hard=True)
    ledger.govern("quota", "channel", floor=0, hard=True)
    ledger.post([Movement("coupon", "", "issuer", "member", 1, owner="m1", right="SPRING")])
    ledger.post([Movement("coupon", "", "member", "spent", 1, owner="m1", right="SPRING")])
    with pytest.raises(Refused):
        ledger.post([Movement("coupon", "", "member", "spent", 1, owner="m1", right="SPRING")])

    ledger.post([Movement("quota", "milk", "pool", "channel", 10, to_owner="mall")])
    call_off = Movement(
        "quota", "milk", "channel", "channel", 4, owner="mall", to_owner="takeaway"
    )  # fmt: skip
    ledger.post([call_off])
    owners = ("mall", "takeaway")
    held = [ledger.balance("quota", "milk", "channel", owner=one) for one in owners]
    assert held == [6, 4]


def test_a_threshold_is_told_once_and_again_only_after_it_was_crossed_back() -> None:
    ledger = new_shop(20)
    account = ledger.open_account("stock", "milk", "store")
    ledger.set_levels(account, low=10, high=25)

    def said(quantity: int) -> list[str]:
        giver, taker = ("store", "customer") if quantity > 0 else ("supplier", "store")
        moved = Movement("stock", "milk", giver, taker, abs(quantity))
        return [one.what for one in ledger.post([moved]).crossings]

    assert said(10) == []  # 10 left is not under 10
    assert said(1) == ["low"]
    assert said(1) == []
    assert said(-1) == []
    assert said(-1) == ["low_over"]
    assert said(-16) == ["high"]
    assert said(-1) == []
    assert said(17) == ["high_over"]
    assert said(1) == ["low"]


def test_a_level_that_is_already_crossed_is_told_when_it_is_set() -> None:
    ledger = new_shop(20)
    account = ledger.open_account("stock", "milk", "store")
    milk = Account("stock", "milk", "store")

    assert ledger.set_levels(account, low=21) == (Crossing("low", milk, 21, 20),)
    assert ledger.set_levels(account, high=19) == (Crossing("high", milk, 19, 20),)
    assert ledger.set_levels(account, low=20, high=20) == ()


def test_levels_that_contradict_each_other_are_refused() -> None:
    ledger = new_shop(0)
    account = ledger.open_account("stock", "milk", "store")
    with pytest.raises(Refused, match="low 5 is above high 4") as refused:
        ledger.set_levels(account, low=5, high=4)
    assert refused.value.code == "levels_invalid"


def test_a_floor_can_be_set_for_one_account_and_taken_away() -> None:
    ledger = Ledger()
    account = ledger.open_account("stock", "milk", "store")
    ledger.set_floor(account, 0)
    with pytest.raises(Refused):
        ledger.post([Movement("stock", "milk", "store", "customer", 1)])
    ledger.set_floor(account, -5, hard=False)
    posted = ledger.post([Movement("stock", "milk", "store", "customer", 6)])
    assert [(one.what, one.level) for one in posted.crossings] == [("short", 1)]
    ledger.set_floor(account, None)
    assert ledger.post([Movement("stock", "milk", "store", "customer", 6)]).crossings == ()


def test_a_reservation_survives_a_snapshot_with_all_it_holds() -> None:
    ledger = new_shop(10)
    number = ledger.reserve(pick(6), owner="order 1", expires_ms=1000)
    restored = Ledger.restore(ledger.snapshot())

    assert restored.reservations() == ledger.reservations()
    assert restored.standing("stock", "milk", "store").available == 4
    assert [one.number for one in restored.expire(1000).reservations] == [number]
    assert restored.reserve(pick(1)) == number + 1
