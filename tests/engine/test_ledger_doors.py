"""The ledger's doors: exact types, named limits, batches without names, the tape, damage."""

from __future__ import annotations

import random
import struct
from array import array
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from threading import Thread
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.engine import Ledger
from cext.engine.ledger.accounts import NAME_MAX_CHARS
from cext.engine.ledger.posting import MOVEMENTS_MAX_N, TAPE_RECORD_BYTES
from cext.errors import Broken, Refused, ShopError, StorageError
from cext.lang.movement import Movement

NOT_INTEGERS = (True, 1.5, 1.0, Decimal(1), Fraction(1), None, "1")
NOT_NAMES = (1, None, b"store", True)


def new_shop(items_n: int = 3) -> tuple[Ledger, list[int], list[int]]:
    """A ledger with 1,000 of each item, and the numbers of store and customer accounts."""
    ledger = Ledger()
    ledger.govern("stock", "store", floor=0, hard=True)
    stores, customers = [], []
    for number in range(items_n):
        item = f"i{number}"
        stores.append(ledger.open_account("stock", item, "store"))
        customers.append(ledger.open_account("stock", item, "customer"))
        ledger.move(ledger.open_account("stock", item, "supplier"), stores[-1], 1000)
    return ledger, stores, customers


def int_doors(ledger: Ledger) -> dict[str, Callable[[Any], object]]:
    """Every door that takes an integer."""
    one = Movement("stock", "i0", "store", "customer", 1)
    held = ledger.reserve(one)
    return {
        "move source": lambda value: ledger.move(value, 1, 1),
        "move target": lambda value: ledger.move(0, value, 1),
        "move quantity": lambda value: ledger.move(0, 1, value),
        "post": lambda value: ledger.post([Movement("stock", "i0", "store", "customer", value)]),
        "name_account": ledger.name_account,
        "set_floor": lambda value: ledger.set_floor(value, 0),
        "set_buffer": lambda value: ledger.set_buffer(0, value),
        "set_levels": lambda value: ledger.set_levels(value, low=1),
        "commit": ledger.commit,
        "commit part": lambda value: ledger.commit(held, quantity=value or "none"),
        "void": ledger.void,
        "expire": ledger.expire,
        "name_lot": lambda value: ledger.name_lot("i0", "A", expires_ms=value),
    }


@pytest.mark.parametrize("door", list(int_doors(new_shop()[0])))
def test_a_door_takes_an_exact_integer_and_nothing_else(door: str) -> None:
    ledger = new_shop()[0]
    call = int_doors(ledger)[door]
    before = ledger.snapshot()
    for value in NOT_INTEGERS:
        with pytest.raises(Broken) as broken:
            call(value)
        assert broken.value.code == "exact_int", value
    for value in (2**70, -(2**70), -1):
        with pytest.raises(Refused):
            call(value)
    assert ledger.snapshot() == before


@pytest.mark.parametrize("value", NOT_NAMES)
def test_a_name_is_exactly_text(value: Any) -> None:
    ledger = Ledger()
    calls: list[Callable[[], object]] = [
        lambda: ledger.open_account(value, "a", "b"),
        lambda: ledger.open_account("a", "b", "c", lot=value),
        lambda: ledger.balance("a", value, "b"),
        lambda: ledger.balances(value, "b"),
        lambda: ledger.govern("a", value),
        lambda: ledger.post([Movement("a", "b", "c", value, 1)]),
        lambda: ledger.post([Movement("a", "b", "c", "d", 1, serial=value)]),
        lambda: ledger.reserve(Movement("a", "b", "c", "d", 1), owner=value),
    ]
    for call in calls:
        with pytest.raises(Broken) as broken:
            call()
        assert broken.value.code == "exact_str"


def test_a_name_has_a_limit() -> None:
    with pytest.raises(Refused, match=str(NAME_MAX_CHARS)):
        Ledger().open_account("stock", "x" * (NAME_MAX_CHARS + 1), "store")


def test_a_cost_is_exactly_an_integer_too() -> None:
    ledger = Ledger()
    ledger.govern("stock", "store", valued=True)
    for cost in (1.5, True, Decimal(1), "1"):
        with pytest.raises(Broken):
            ledger.post([Movement("stock", "a", "supplier", "store", 1, cost=cast("int", cost))])
    with pytest.raises(Refused):
        ledger.post([Movement("stock", "a", "supplier", "store", 1, cost=-1)])


def test_a_move_between_kinds_or_items_or_to_itself_is_refused() -> None:
    ledger, stores, _ = new_shop()
    points = ledger.open_account("points", "i0", "store")
    for source, target in ((stores[0], stores[1]), (stores[0], points), (stores[0], stores[0])):
        with pytest.raises(Refused) as refused:
            ledger.move(source, target, 1)
        assert refused.value.code == "movement_invalid"
    with pytest.raises(Refused) as refused:
        ledger.move(stores[0], 99, 1)
    assert refused.value.code == "account_invalid"


MOVES = st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.integers(1, 300)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(MOVES, st.booleans())
def test_a_batch_does_what_single_moves_do_or_nothing(
    moves: list[tuple[int, bool, int]], taping: bool
) -> None:
    singly, stores, customers = new_shop()
    batched = new_shop()[0]
    for ledger in (singly, batched):
        ledger.set_levels(stores[1], low=500)
        ledger.reserve(Movement("stock", "i2", "store", "customer", 400))
        ledger.keep_tape(taping)
    pairs = [(stores[i], customers[i]) if out else (customers[i], stores[i]) for i, out, _ in moves]
    buffers = (
        array("i", [source for source, _ in pairs]),
        array("i", [target for _, target in pairs]),
        array("q", [quantity for *_, quantity in moves]),
    )
    if any(sum(q for i, out, q in moves if i == item and out) > 600 for item in range(3)):
        before = batched.snapshot()
        with suppress(Refused):
            batched.move_many(*buffers)
            return  # what came back in between made room
        assert batched.snapshot() == before
        assert batched.take_tape() == b""
        return
    said = batched.move_many(*buffers)
    one_by_one = [
        crossing
        for (source, target), (*_, quantity) in zip(pairs, moves, strict=True)
        for crossing in singly.move(source, target, quantity)
    ]
    assert list(said) == one_by_one
    assert batched.snapshot() == singly.snapshot()
    assert batched.take_tape() == singly.take_tape()


@pytest.mark.parametrize(
    "buffers",
    [
        (array("q", [0]), array("i", [1]), array("q", [1])),
        (array("i", [0]), array("i", [1]), array("d", [1.0])),
        (array("i", [0]), array("i", [1]), array("i", [1])),
        (memoryview(array("i", [0] * 4))[::2], array("i", [1, 1]), array("q", [1, 1])),
        ([0], [1], [1]),
        (b"0000", b"0000", b"00000000"),
        (None, None, None),
    ],
)
def test_a_batch_takes_exact_buffers_only(buffers: Any) -> None:
    with pytest.raises(Broken) as broken:
        new_shop()[0].move_many(*buffers)
    assert broken.value.code == "exact_buffer"


@pytest.mark.parametrize(
    ("sources", "targets", "quantities"),
    [
        ([0, 0], [1], [1]),
        ([0], [1], [0]),
        ([0], [1], [10**15 + 1]),
        ([0], [99], [1]),
        ([-1], [1], [1]),
        ([0], [0], [1]),
        ([0] * (MOVEMENTS_MAX_N + 1), [1] * (MOVEMENTS_MAX_N + 1), [1] * (MOVEMENTS_MAX_N + 1)),
    ],
)
def test_a_batch_with_a_wrong_row_is_refused(
    sources: list[int], targets: list[int], quantities: list[int]
) -> None:
    ledger = new_shop()[0]
    before = ledger.snapshot()
    with pytest.raises(Refused):
        ledger.move_many(array("i", sources), array("i", targets), array("q", quantities))
    assert ledger.snapshot() == before


def test_a_batch_of_values_is_taken_back_to_the_last_unit() -> None:
    ledger = Ledger()
    ledger.govern("stock", "store", valued=True, floor=0, hard=True)
    ledger.post([Movement("stock", "a", "supplier", "store", 7, cost=100)])
    store = ledger.open_account("stock", "a", "store")
    customer = ledger.open_account("stock", "a", "customer")
    before = ledger.snapshot()

    with pytest.raises(Refused):
        ledger.move_many(array("i", [store] * 8), array("i", [customer] * 8), array("q", [1] * 8))
    assert ledger.snapshot() == before
    ledger.move_many(array("i", [store] * 7), array("i", [customer] * 7), array("q", [1] * 7))
    assert ledger.value("stock", "a", "customer") == 100


def test_a_ledger_has_one_writer_and_says_so() -> None:
    ledger, stores, customers = new_shop()
    out = array("i", [stores[0], customers[0]] * 400_000)
    back = array("i", [customers[0], stores[0]] * 400_000)
    ones = array("q", [1]) * 800_000
    supplier, moved = ledger.open_account("stock", "i1", "supplier"), 0
    batch = Thread(target=ledger.move_many, args=(out, back, ones))
    batch.start()
    while batch.is_alive():
        with suppress(Broken):
            ledger.move(supplier, stores[1], 1)
            moved += 1
    batch.join()

    assert ledger.posted_n == 3 + 800_000 + moved
    assert ledger.balance("stock", "i0", "store") == 1000
    assert ledger.balance("stock", "i1", "store") == 1000 + moved


def test_the_tape_tells_each_movement_and_can_be_played_again() -> None:
    ledger, stores, customers = new_shop()
    second = new_shop()[0]
    ledger.keep_tape(True)
    rng = random.Random(1)
    for _ in range(200):
        item = rng.randrange(3)
        ledger.move(stores[item], customers[item], rng.randint(1, 5))
    tape = ledger.take_tape()
    records = list(struct.iter_unpack("=qiiqq", tape))

    assert len(tape) == 200 * TAPE_RECORD_BYTES
    assert [number for number, *_ in records] == list(range(4, 204))
    for _, source, target, quantity, _ in records:
        second.move(source, target, quantity)
    assert second.snapshot() == ledger.snapshot()
    assert ledger.take_tape() == b""


def test_a_balance_beyond_62_bits_is_refused_at_the_fast_doors_too() -> None:
    ledger = Ledger()
    supplier = ledger.open_account("stock", "a", "supplier")
    store = ledger.open_account("stock", "a", "store")
    for _ in range(4611):
        ledger.move(supplier, store, 10**15)
    with pytest.raises(Refused, match="62 bits") as refused:
        ledger.move(supplier, store, 10**15)
    assert refused.value.code == "balance_too_large"


def test_accounts_are_found_among_many_and_kept_in_little_room() -> None:
    ledger = Ledger()
    numbers = {
        (item, lot, owner): ledger.open_account("stock", item, "store", lot=lot, owner=owner)
        for item in map(str, range(300))
        for lot in ("", "A", "B")
        for owner in ("", "m1")
    }
    assert sorted(numbers.values()) == list(range(ledger.accounts_n))
    for (item, lot, owner), number in numbers.items():
        named = ledger.name_account(number)
        assert (named.item, named.lot, named.owner) == (item, lot, owner)
    assert ledger.size_bytes <= 110 * 2048


def test_a_snapshot_of_another_version_or_with_wrong_sums_is_refused() -> None:
    import hashlib  # noqa: PLC0415

    import msgspec  # noqa: PLC0415

    ledger = new_shop(1)[0]
    fields = msgspec.msgpack.decode(ledger.snapshot()[:-32])
    unbalanced = [*fields]
    unbalanced[4] = [[*row[:1], row[1] + 1, *row[2:]] for row in fields[4][:1]] + fields[4][1:]
    for wrong, says in (([1, *fields[1:]], "version 1"), (unbalanced, "do not sum to zero")):
        body = msgspec.msgpack.encode(wrong)
        with pytest.raises(StorageError, match=says) as refused:
            Ledger.restore(body + hashlib.sha256(body).digest())
        assert refused.value.code == "snapshot_damaged"


def test_whatever_is_cut_or_flipped_in_a_snapshot_is_noticed() -> None:
    data = new_shop(1)[0].snapshot()
    for index in range(len(data)):
        for damaged in (data[:index], data[:index] + bytes([data[index] ^ 4]) + data[index + 1 :]):
            with pytest.raises(ShopError) as refused:
                Ledger.restore(damaged)
            assert refused.value.code == "snapshot_damaged"
