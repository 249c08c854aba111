"""The table of states: whatever happens, nothing goes to a printer twice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.errors import Broken
from edge.prints import MOVES, Sent, State
from edge.prints.states import MAY_BE_OUT, after_failure, after_restart, move

SENT = st.sampled_from(get_args(Sent))
STEPS = st.lists(st.tuples(st.sampled_from(get_args(State)), SENT), max_size=12)


def walk(steps: Sequence[tuple[State, Sent]]) -> list[tuple[State, Sent]]:
    """The steps that the table allows, taken from `queued` on."""
    taken: list[tuple[State, Sent]] = [("queued", "none")]
    for state, sent in steps:
        try:
            taken.append((move(taken[-1][0], state, sent=sent), sent))
        except Broken:
            continue
    return taken


@given(STEPS)
def test_no_way_through_the_table_puts_one_job_on_paper_twice(
    steps: list[tuple[State, Sent]],
) -> None:
    path = walk(steps)
    sendings = [index for index, (state, _) in enumerate(path) if state == "sent"]
    for former, later in pairwise(sendings):
        # Between two sendings lies the proof that nothing of the first left the box.
        assert path[former + 1] == ("queued", "none"), path[former : later + 1]


@given(STEPS)
def test_what_is_over_stays_over(steps: list[tuple[State, Sent]]) -> None:
    states = [state for state, _ in walk(steps)]
    for index, state in enumerate(states):
        if state in ("done", "doubtful", "dropped"):
            assert index == len(states) - 1
    if states[-1] == "done":
        assert states[-3:] == ["sent", "fenced", "done"]


def test_every_state_but_the_ends_leads_to_an_end() -> None:
    ends = {state for state, nexts in MOVES.items() if not nexts}
    assert ends == {"done", "doubtful", "dropped"}
    for state in MOVES:
        reached, new = {state}, {state}
        while new:
            new = set().union(*(MOVES[one] for one in new)) - reached
            reached |= new
        assert reached & ends


@given(SENT)
def test_only_a_proof_takes_a_sent_job_back(sent: Sent) -> None:
    assert (after_failure(sent) == "queued") == (sent == "none")
    if sent == "none":
        return
    with pytest.raises(Broken):
        move("sent", "queued", sent=sent)


@pytest.mark.parametrize("state", get_args(State))
def test_a_box_that_died_knows_of_every_job_what_it_may_claim(state: State) -> None:
    after = after_restart(state)
    assert after != "sent"
    assert (after in MAY_BE_OUT) == (state in MAY_BE_OUT)
