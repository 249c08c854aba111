"""Hundreds of seeded worlds; and three bugs put in on purpose, which they must find."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from cext.errors import StorageError
from cext.lang.events import Stored
from cext.lang.wire import Batch
from hub.link.ports import Checked, Cursor
from hub.link.session import Arrived, HubSession, Plan, _chain
from tests.link.simulator import Hub, Violation, World

WORLDS_N = 150
BUG_WORLDS_N = 20


def test_nothing_is_lost_doubled_or_reordered_in_any_world() -> None:
    messages_n = 0
    for seed in range(WORLDS_N):
        world = World(seed)
        try:
            world.run()
        except Violation as exc:
            raise AssertionError(f"seed {seed}: {exc}") from exc
        messages_n += world.messages_n
    assert messages_n > 10 * WORLDS_N


def test_a_world_is_the_same_each_time_it_is_made() -> None:
    worlds = [World(7), World(7)]
    for world in worlds:
        world.run()
    assert worlds[0].messages_n == worlds[1].messages_n
    assert worlds[0].hub.disk.events == worlds[1].hub.disk.events


class AcksBeforeCommit(Hub):
    """Bug: the answer leaves first, and then the disk fails."""

    def take(self, session: HubSession, group: list[Arrived], fate: float) -> None:
        plan = session.plan(group)
        self.answer(session, plan)
        if fate < 0.02:
            raise StorageError("disk_failed")
        self.disk.commit(plan.work)


class AcksWithoutCommit(HubSession):
    """Bug: half of the work is acknowledged and never written."""

    def plan(self, group: Sequence[Arrived]) -> Plan:
        plan = super().plan(group)
        plan.work = plan.work[:-1]
        return plan


class MissesGaps(HubSession):
    """Bug: a batch from the future is taken as the next one."""

    def _plan_batch(self, plan: Plan, store: str, batch: Batch) -> None:
        session = self._sessions.get(store)
        if session is None or session.session != batch.session:
            plan.strangers[store] = batch.session
            return
        cursor = plan.cursors.get(store) or self.get_cursor(store)
        events = [event for event in _chain(batch) if event.seq > cursor.seq]
        self._take(plan, store, events)

    def _take(self, plan: Plan, store: str, events: list[Stored]) -> None:
        if events:
            plan.work.append(Checked(store, 1, tuple(events)))
            plan.cursors[store] = Cursor(store, 1, events[-1].seq, events[-1].hash)
        plan.notes[store] = ""


class KeepsDoubles(MissesGaps):
    """Bug: an event that is held already is written again."""

    def _plan_batch(self, plan: Plan, store: str, batch: Batch) -> None:
        session = self._sessions.get(store)
        cursor = plan.cursors.get(store) or self.get_cursor(store)
        if session is not None and session.session == batch.session:
            if batch.first > cursor.seq + 1:
                plan.notes[store] = "gap"
                return
            self._take(plan, store, _chain(batch))


@pytest.mark.parametrize(
    "bug",
    [
        {"hub_type": AcksBeforeCommit},
        {"session_type": AcksWithoutCommit},
        {"session_type": MissesGaps},
        {"session_type": KeepsDoubles},
    ],
    ids=lambda bug: next(iter(bug.values())).__name__,
)
def test_a_seeded_bug_is_found(bug: dict[str, Any]) -> None:
    found = 0
    for seed in range(BUG_WORLDS_N):
        try:
            World(seed, **bug).run()
        except Violation:
            found += 1
    assert found > 0
