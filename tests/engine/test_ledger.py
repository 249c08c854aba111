"""The ledger: conserved, atomic, replayable, and equal to a list that is summed anew."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.engine.ledger.accounts import PLACES_MAX_N
from cext.engine.ledger.ledger import Ledger
from cext.engine.ledger.posting import MOVEMENTS_MAX_N
from cext.errors import Broken, Refused, StorageError
from cext.lang.movement import Movement
from tests.oracle.stock import Stock

KINDS, ITEMS, PLACES = ("stock", "tender"), tuple("abc"), ("store", "customer", "supplier", "till")
MOVES = st.builds(
    Movement,
    st.sampled_from(KINDS),
    st.sampled_from(ITEMS),
    st.sampled_from(PLACES),
    st.sampled_from(PLACES),
    st.integers(1, 10) | st.integers(1, 10**15),
).filter(lambda one: one.source != one.target)
FEW = settings(max_examples=50, deadline=None)
BATCHES = st.lists(st.lists(MOVES, max_size=6), max_size=8)


def _post_all(batches: list[list[Movement]]) -> Ledger:
    ledger = Ledger()
    for batch in batches:
        ledger.post(batch)
    return ledger


@FEW
@given(BATCHES)
def test_balances_equal_the_oracle(batches: list[list[Movement]]) -> None:
    ledger, stock = _post_all(batches), Stock()
    for batch in batches:
        stock.post(batch)

    assert ledger.posted_n == len(stock.moved)
    for kind in KINDS:
        for place in PLACES:
            assert ledger.balances(kind, place) == stock.balances(kind, place)
            for item in ITEMS:
                assert ledger.balance(kind, item, place) == stock.balance(kind, item, place)


@FEW
@given(BATCHES)
def test_everything_is_conserved(batches: list[list[Movement]]) -> None:
    ledger = _post_all(batches)

    for kind in KINDS:
        for item in ITEMS:
            assert sum(ledger.balance(kind, item, place) for place in PLACES) == 0


@FEW
@given(BATCHES)
def test_a_replay_gives_the_same_bytes_however_it_is_cut(batches: list[list[Movement]]) -> None:
    live = _post_all(batches)
    replayed = _post_all([[one] for batch in batches for one in batch])

    assert live.snapshot() == replayed.snapshot() == _post_all(batches).snapshot()


@FEW
@given(BATCHES, BATCHES)
def test_a_restored_ledger_goes_on_as_if_nothing_had_happened(
    before: list[list[Movement]], after: list[list[Movement]]
) -> None:
    through = _post_all(before + after)
    restored = Ledger.restore(_post_all(before).snapshot())
    for batch in after:
        restored.post(batch)

    assert restored.snapshot() == through.snapshot()
    assert restored.posted_n == through.posted_n


@pytest.mark.parametrize(
    ("wrong", "error", "code"),
    [
        (Movement("stock", "a", "store", "store", 1), Refused, "movement_invalid"),
        (Movement("stock", "a", "store", "till", 0), Refused, "movement_invalid"),
        (Movement("stock", "a", "store", "till", -1), Refused, "movement_invalid"),
        (Movement("stock", "a", "store", "till", 10**15 + 1), Refused, "movement_invalid"),
        (Movement("stock", "a", "store", "till", cast("int", 1.0)), Broken, "exact_int"),
        (("stock", "a", "store", "till", 1), Broken, "exact_movement"),
    ],
)
def test_a_batch_with_one_wrong_movement_leaves_no_trace(
    wrong: Any, error: type[Exception], code: str
) -> None:
    ledger = _post_all([[Movement("stock", "a", "supplier", "store", 5000)]])
    before = ledger.snapshot()

    with pytest.raises(error) as refused:
        ledger.post([Movement("stock", "b", "store", "customer", 7), wrong])

    assert refused.value.code == code  # type: ignore[attr-defined]
    assert ledger.snapshot() == before


def test_a_balance_beyond_62_bits_undoes_the_whole_batch() -> None:
    ledger = Ledger()
    most = Movement("stock", "a", "supplier", "store", 10**15)
    ledger.post([most] * 4611)
    before = ledger.snapshot()

    with pytest.raises(Refused, match="62 bits"):
        ledger.post([Movement("stock", "b", "supplier", "store", 1), most, most])

    assert ledger.snapshot() == before


def test_what_was_never_moved_is_zero() -> None:
    ledger = Ledger()
    assert ledger.balance("stock", "a", "store") == 0
    assert ledger.balances("stock", "store") == {}
    assert Ledger.restore(ledger.snapshot()).snapshot() == ledger.snapshot()


def test_what_came_back_to_zero_is_not_listed() -> None:
    ledger = _post_all(
        [
            [Movement("stock", "a", "supplier", "store", 5)],
            [Movement("stock", "a", "store", "supplier", 5)],
        ]
    )
    assert ledger.balances("stock", "store") == {}
    assert ledger.posted_n == 2


def test_a_ledger_grows_over_many_items_and_places() -> None:
    ledger = Ledger()
    moves = [
        Movement("stock", f"i{n}", f"p{n}", f"p{n + 1}", n + 1) for n in range(PLACES_MAX_N - 1)
    ]
    ledger.post(moves)

    assert ledger.balance("stock", "i700", "p701") == 701
    with pytest.raises(Refused, match="places"):
        ledger.post([Movement("stock", "a", "p0", "one too many", 1)])


def test_a_batch_has_a_limit() -> None:
    one = Movement("stock", "a", "supplier", "store", 1)
    with pytest.raises(Refused, match=str(MOVEMENTS_MAX_N)):
        Ledger().post([one] * (MOVEMENTS_MAX_N + 1))


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "foreign"])
def test_a_damaged_snapshot_is_never_restored(damage: str) -> None:
    good = _post_all([[Movement("stock", "a", "supplier", "store", 5)]]).snapshot()
    data = {
        "flip": bytes([good[0] ^ 1]) + good[1:],
        "cut": good[:-1],
        "empty": b"",
        "foreign": b"x" * 80,
    }[damage]
    with pytest.raises(StorageError) as refused:
        Ledger.restore(data)
    assert refused.value.code == "snapshot_damaged"
