"""Whatever happens in a random shop, the ledger says what a slow, obvious one says."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.engine import Ledger
from tests.engine.ledgers import (
    POLICIES,
    check_agreement,
    do_ledger,
    do_plain,
    new_pair,
    random_movement,
    random_step,
)

SEEDS = st.integers(0, 2**32)
FEW = settings(max_examples=25, deadline=None)


@FEW
@given(seed=SEEDS, steps_n=st.integers(1, 60))
def test_every_answer_equals_the_oracle(seed: int, steps_n: int) -> None:
    rng = random.Random(seed)
    ledger, plain = new_pair()
    for _ in range(steps_n):
        step = random_step(rng)
        assert do_ledger(ledger, step) == do_plain(plain, step), step
        check_agreement(ledger, plain)


def test_after_10_000_random_movements_all_is_conserved_and_as_the_oracle_says() -> None:
    rng = random.Random(41669)
    ledger, plain = new_pair()
    while plain.moved_n < 10_000:
        step = random_step(rng)
        assert do_ledger(ledger, step) == do_plain(plain, step), step
    check_agreement(ledger, plain)
    assert any(row.value for row in plain.rows.values())


@FEW
@given(seed=SEEDS, cut=st.integers(0, 60))
def test_a_replay_and_a_restored_ledger_end_in_the_same_bytes(seed: int, cut: int) -> None:
    rng = random.Random(seed)
    steps = [random_step(rng) for _ in range(60)]
    live, replayed = new_pair()[0], new_pair()[0]
    said = [do_ledger(live, step) for step in steps]
    for step in steps[:cut]:
        do_ledger(replayed, step)
    restored = Ledger.restore(replayed.snapshot())
    again = [do_ledger(restored, step) for step in steps[cut:]]

    assert again == said[cut:]
    assert restored.snapshot() == live.snapshot()
    assert restored.posted_n == live.posted_n


@FEW
@given(seed=SEEDS)
def test_a_refused_set_leaves_the_bytes_as_they_were(seed: int) -> None:
    rng = random.Random(seed)
    ledger = new_pair()[0]
    for _ in range(40):
        do_ledger(ledger, random_step(rng))
        before = ledger.snapshot()
        step = "post", [random_movement(rng) for _ in range(8)]
        if isinstance(do_ledger(ledger, step), str):
            assert ledger.snapshot() == before


@FEW
@given(seed=SEEDS)
def test_nothing_takes_what_is_available_below_a_hard_floor(seed: int) -> None:
    rng = random.Random(seed)
    ledger = new_pair()[0]
    for _ in range(80):
        step = random_step(rng)
        if step[0] == "buffer":
            continue  # keeping more back is allowed to find too little there
        do_ledger(ledger, step)
        for kind, place in (("stock", "annex"), ("points", "member")):
            for item in "ab":
                for owner in ("", "ann"):
                    assert ledger.standing(kind, item, place, owner=owner).available >= 0


@FEW
@given(seed=SEEDS)
def test_a_holding_has_value_when_it_has_goods_and_none_when_it_has_none(seed: int) -> None:
    rng = random.Random(seed)
    ledger, plain = new_pair()
    for _ in range(60):
        step = random_step(rng)
        do_ledger(ledger, step)
        do_plain(plain, step)
    for key, row in plain.rows.items():
        if POLICIES.get((key[0], key[2]), (False,))[0]:
            value = ledger.value(*key[:3], lot=key[3], owner=key[4], right=key[5])
            assert value >= 0 if row.balance > 0 else value <= 0
            assert value == 0 or row.balance != 0


@FEW
@given(seed=SEEDS)
def test_each_crossing_is_said_once_until_it_is_crossed_back(seed: int) -> None:
    rng = random.Random(seed)
    ledger = new_pair()[0]
    account = ledger.open_account("quota", "a", "channel")
    ledger.set_levels(account, low=0, high=2000)
    state = {"low": False, "high": False}
    for _ in range(200):
        answer = do_ledger(ledger, ("post", [random_movement(rng)]))
        for what, key, _, _ in [] if isinstance(answer, str) else answer[1]:
            if key == ("quota", "a", "channel", "", "", ""):
                name, is_over = str(what).split("_")[0], str(what).endswith("_over")
                assert state[name] is is_over  # said once, and taken back once
                state[name] = not is_over
        balance = ledger.balance("quota", "a", "channel")
        assert state == {"low": balance < 0, "high": balance > 2000}


SCRIPT = """
import random, sys
from tests.engine.ledgers import do_ledger, new_pair, random_step
rng = random.Random(7)
ledger = new_pair()[0]
for _ in range(300):
    do_ledger(ledger, random_step(rng))
sys.stdout.buffer.write(ledger.snapshot())
"""


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_another_process_writes_the_same_bytes(hash_seed: str) -> None:
    rng, ledger = random.Random(7), new_pair()[0]
    for _ in range(300):
        do_ledger(ledger, random_step(rng))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=Path(__file__).parents[2],
        env={"PYTHONHASHSEED": hash_seed}, capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout == ledger.snapshot()
