"""The states of a print job and every way from one to the next; pure.

A job goes to a printer once. `queued` is the only state from which bytes leave, and there is a way
back to it only when the printer proved that none of them left. So one job is never on paper twice,
and whatever is printed after a doubt is another job, which says COPY.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from cext.errors import must

State = Literal["queued", "sent", "fenced", "done", "doubtful", "dropped"]
Sent = Literal["none", "some", "all"]
"""How much of a job left the box before it failed; `none` only where that is proven."""

MOVES: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        "queued": frozenset({"sent", "dropped"}),
        "sent": frozenset({"fenced", "doubtful", "queued"}),
        "fenced": frozenset({"done"}),
        "done": frozenset(),
        "doubtful": frozenset(),
        "dropped": frozenset(),
    }
)
MAY_BE_OUT: frozenset[State] = frozenset({"sent", "fenced", "done", "doubtful"})


def move(before: State, after: State, *, sent: Sent | None = None) -> State:
    """Give `after`, if a job may go there from `before`; Broken otherwise.

    Back from sent to queued it goes only with the proof `sent="none"`.
    """
    must(after in MOVES[before], "print_job_moves_on", before=before, after=after)
    must((before, after) != ("sent", "queued") or sent == "none", "print_job_was_never_out")
    return after


def after_failure(sent: Sent) -> State:
    """Where a sent job goes when its printer failed."""
    return "queued" if sent == "none" else "doubtful"


def after_restart(state: State) -> State:
    """Where a job goes when the box died under it: what was sent may be out."""
    return "doubtful" if state == "sent" else state
