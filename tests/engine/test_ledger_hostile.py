"""The ledger against callers who mean no good: odd names, full tables, sums at the end of int64."""

from __future__ import annotations

import hashlib
import random
from array import array
from typing import Any, cast

import msgspec
import pytest

from cext.engine import Ledger
from cext.engine.ledger.accounts import PLACES_MAX_N
from cext.engine.ledger.snapshot import HASH_BYTES
from cext.errors import Broken, Refused, StorageError
from cext.lang.movement import Movement
from tests.engine.ledgers import do_ledger, new_pair, random_step

MOST = 10**15
NAMES = (
    "",
    "\x00",
    "é",
    "e\u0301",
    "茶",
    "\U0001f600",
    "\u202e" + "store",
    "a/b",
    " ",
    "\n",
    "x" * 128,
)


def seal(fields: object) -> bytes:
    """A snapshot with a right hash, whatever it says."""
    body = msgspec.msgpack.encode(fields)
    return body + hashlib.sha256(body).digest()


def move_times(ledger: Ledger, source: int, target: int, times: int) -> None:
    ledger.move_many(
        array("i", [source] * times), array("i", [target] * times), array("q", [MOST] * times)
    )


def test_any_name_that_can_be_written_is_kept_apart_and_comes_back() -> None:
    ledger = Ledger()
    for number, name in enumerate(NAMES, 1):
        ledger.post(
            [Movement("stock", name, "in", "out", number, lot=name, serial=name, document=name)]
        )
    restored = Ledger.restore(ledger.snapshot())

    assert restored.snapshot() == ledger.snapshot()
    for number, name in enumerate(NAMES, 1):
        assert restored.balance("stock", name, "out", lot=name) == number
        assert [step.document for step in restored.serial(name, name)] == [name] * bool(name)


@pytest.mark.parametrize(
    "field", ["kind", "item", "source", "lot", "to_right", "serial", "document"]
)
def test_half_a_character_is_refused_before_it_spoils_a_snapshot(field: str) -> None:
    ledger = Ledger()
    one = {
        "kind": "stock",
        "item": "a",
        "source": "in",
        "target": "out",
        "quantity": 1,
        "serial": "1",
    }
    with pytest.raises(Refused) as refused:
        ledger.post([Movement(**{**one, field: "a\ud800"})])  # type: ignore[arg-type]
    assert refused.value.code == "name_invalid"
    assert Ledger.restore(ledger.snapshot()).posted_n == 0


def test_the_document_of_a_serial_is_text_of_bounded_length() -> None:
    ledger = Ledger()
    one = Movement("stock", "a", "in", "out", 1, serial="S", document=cast("str", 5))
    with pytest.raises(Broken, match="exact_str"):
        ledger.post([one])
    with pytest.raises(Refused, match="128"):
        ledger.post([msgspec.structs.replace(one, document="x" * 129)])
    assert ledger.serial("a", "S") == ()


def test_what_is_said_last_of_a_place_decides_and_comes_back_from_a_snapshot() -> None:
    ledger = Ledger()
    ledger.govern("stock", "store", valued=True)
    ledger.govern("stock", "store", floor=0)
    ledger.post([Movement("stock", "a", "supplier", "store", 2)])
    with pytest.raises(Refused, match="carries no value"):
        ledger.post([Movement("stock", "a", "supplier", "store", 2, cost=100)])

    assert Ledger.restore(ledger.snapshot()).snapshot() == ledger.snapshot()


def test_an_account_of_value_is_opened_with_its_variance_or_not_at_all() -> None:
    ledger = Ledger()
    ledger.govern("stock", "p0", valued=True)
    for number in range(PLACES_MAX_N):
        ledger.open_account("quota", "a", f"p{number}")
    for _ in range(2):
        with pytest.raises(Refused, match="places"):
            ledger.post([Movement("stock", "a", "p0", "p1", 1, cost=1)])

    assert ledger.accounts_n == PLACES_MAX_N
    assert ledger.balance("stock", "a", "p1") == 0


def test_what_is_owed_at_the_end_of_the_numbers_is_never_available() -> None:
    ledger = Ledger()
    there, away = (ledger.open_account("quota", "a", place) for place in ("there", "away"))
    times = 2**62 // MOST
    move_times(ledger, away, there, times)
    promises = [ledger.reserve(Movement("quota", "a", "there", "sold", MOST)) for _ in range(times)]
    move_times(ledger, there, away, times)
    move_times(ledger, there, away, times)
    ledger.set_buffer(there, MOST)
    ledger.set_floor(there, MOST, hard=True)

    standing = ledger.standing("quota", "a", "there")
    assert standing.available == -2 * times * MOST - MOST
    with pytest.raises(Refused) as refused:
        ledger.reserve(Movement("quota", "a", "there", "sold", 1))
    assert refused.value.code == "account_short"
    with pytest.raises(Refused):
        ledger.commit(promises[0])
    assert Ledger.restore(ledger.snapshot()).snapshot() == ledger.snapshot()


def test_a_view_that_was_released_is_no_buffer() -> None:
    view = memoryview(array("i", [0]))
    view.release()
    with pytest.raises(Broken, match="exact_buffer"):
        Ledger().move_many(view, view, view)


def test_handles_of_every_size_move_nothing_or_what_they_name() -> None:
    rng = random.Random(3)
    ledger = Ledger()
    for place in "ab":
        ledger.open_account("quota", "x", place)
    odd = (-1, 0, 1, 2, 63, 64, 10**6, 2**31 - 1, -(2**31))
    amounts = (1, 0, -1, MOST, MOST + 1, 2**63 - 1, -(2**63))
    for _ in range(3000):
        n = rng.randint(1, 40)
        before = ledger.balance("quota", "x", "a")
        giving = [rng.choice(odd) if rng.random() < 0.1 else 0 for _ in range(n)]
        many = [rng.choice(amounts) if rng.random() < 0.1 else 1 for _ in range(n)]
        sound = not any(giving) and all(1 <= one <= MOST for one in many)
        try:
            ledger.move_many(array("i", giving), array("i", [1] * n), array("q", many))
            assert sound
            assert ledger.balance("quota", "x", "a") == before - sum(many)
        except Refused:
            assert ledger.balance("quota", "x", "a") == before
        assert ledger.balance("quota", "x", "a") + ledger.balance("quota", "x", "b") == 0


WRONG = (True, None, -1, 2**63 - 1, 2**64 - 1, -(2**63), 1.5, "", "x" * 200, b"", [], {}, [[]])


def test_a_snapshot_that_no_ledger_wrote_is_refused_or_is_a_ledger() -> None:
    rng = random.Random(11)
    ledger = new_pair()[0]
    for _ in range(120):
        do_ledger(ledger, random_step(rng))
    ledger.name_lot("a", "L", expires_ms=5)
    ledger.post([Movement("stock", "a", "supplier", "annex", 1, serial="S", document="d")])
    ledger.post([Movement("quota", "a", "used", "pool", 10**6)])
    ledger.reserve(Movement("quota", "a", "pool", "used", 1))
    data = ledger.snapshot()
    restored_n = 0
    for _ in range(2500):
        fields = msgspec.msgpack.decode(data[:-HASH_BYTES])
        spoil(fields, rng)
        try:
            one = Ledger.restore(seal(fields))
        except StorageError:
            continue
        restored_n += 1
        again = Ledger.restore(one.snapshot())
        assert again.snapshot() == one.snapshot()
        do_ledger(one, random_step(rng))
        one.expire(2**53)
    assert restored_n < 1250


def spoil(fields: list[Any], rng: random.Random) -> None:
    """Put something wrong at some depth, or let a row be there twice or not at all."""
    at: list[Any] = fields
    for _ in range(rng.randint(0, 4)):
        deeper = [one for one in at if isinstance(one, list) and one]
        if not deeper:
            break
        at = rng.choice(deeper)
    index = rng.randrange(len(at))
    match rng.randrange(4):
        case 0:
            at.append(at[index])
        case 1:
            del at[index]
        case _:
            at[index] = rng.choice(WRONG)
