"""The hub's machine, word for word: what it stores and answers."""

from __future__ import annotations

import itertools

from cext.lang.events import GENESIS_HASH, Stored
from cext.lang.wire import Ack, Batch, Hello, Message, Welcome
from hub.link.ports import Checked, Cursor
from hub.link.session import Arrived, HubSession
from tests.link.test_edge_session import chain


class Desk:
    """A hub session whose commits always succeed; `work` is what was committed."""

    def __init__(self, *cursors: Cursor) -> None:
        nonces = itertools.count(100)
        self.session = HubSession(
            {cursor.store: cursor for cursor in cursors},
            make_nonce=lambda: next(nonces),
            software="1",
        )
        self.work: list[Checked] = []
        self.complaints: list[str] = []

    def hear(self, *messages: Message, store: str = "a") -> list[Message]:
        plan = self.session.plan([Arrived(store, message) for message in messages])
        self.work += plan.work
        self.complaints += [complaint.note for complaint in plan.complaints]
        return [answer.message for answer in self.session.answers_after(plan, at_ms=0)]

    def greet(self, events: list[Stored], *, nonce: int = 1, epoch: int = 1) -> Welcome:
        last = events[-1] if events else Stored(0, b"", GENESIS_HASH)
        (welcome,) = self.hear(
            Hello(
                nonce=nonce,
                epoch=epoch,
                head_seq=last.seq,
                head_hash=last.hash,
                oldest_seq=1,
                software="1",
                boot="b",
                at_ms=0,
            )
        )
        assert isinstance(welcome, Welcome)
        return welcome


def batch(events: list[Stored], first: int, last: int, *, session: int = 100) -> Batch:
    return Batch(
        session=session,
        epoch=1,
        first=first,
        prev_hash=events[first - 2].hash if first > 1 else GENESIS_HASH,
        events=tuple(event.raw for event in events[first - 1 : last]),
        last_hash=events[last - 1].hash,
    )


def cursors(said: list[Message]) -> list[tuple[int, str]]:
    return [(message.cursor, message.note) for message in said if isinstance(message, Ack)]


def test_batches_of_one_group_are_acknowledged_together_after_the_commit() -> None:
    events, desk = chain(30), Desk()
    desk.greet(events)
    plan = desk.session.plan(
        [Arrived("a", batch(events, 1, 10)), Arrived("a", batch(events, 11, 30))]
    )

    assert desk.session.get_cursor("a").seq == 0
    answers = desk.session.answers_after(plan, at_ms=0)

    assert cursors([answer.message for answer in answers]) == [(30, "")]
    assert [event for part in plan.work for event in part.events] == events


def test_what_is_held_already_is_trimmed_and_not_written_twice() -> None:
    events, desk = chain(30), Desk()
    desk.greet(events)
    desk.hear(batch(events, 1, 20))

    assert cursors(desk.hear(batch(events, 1, 20))) == [(20, "")]
    assert cursors(desk.hear(batch(events, 11, 30))) == [(30, "")]
    assert [event.seq for part in desk.work for event in part.events] == list(range(1, 31))


def test_a_gap_is_not_written_and_is_answered_with_the_cursor() -> None:
    events, desk = chain(30), Desk()
    desk.greet(events)

    assert cursors(desk.hear(batch(events, 11, 30))) == [(0, "gap")]
    assert desk.work == []


def test_a_batch_whose_chain_is_broken_is_not_written_and_complained_of() -> None:
    events, other, desk = chain(30), chain(30, salt=b"other"), Desk()
    desk.greet(events)
    desk.hear(batch(events, 1, 10))
    forged = batch(events, 11, 20)

    for bad in (
        Batch(**{**fields(forged), "events": (b"x", *forged.events[1:])}),
        Batch(**{**fields(forged), "last_hash": bytes(32)}),
        batch(other, 11, 20),
        batch(other, 5, 20),
    ):
        assert cursors(desk.hear(bad)) == [(10, "chain_broken")]
    assert desk.complaints == ["chain_broken"] * 4
    assert desk.session.get_cursor("a").seq == 10


def test_an_event_nobody_can_read_is_taken_when_its_chain_holds() -> None:
    events, desk = chain(3), Desk()  # these raws are no events at all
    desk.greet(events)
    assert cursors(desk.hear(batch(events, 1, 3))) == [(3, "")]


def test_a_batch_of_a_session_the_hub_does_not_know_is_sent_to_greet() -> None:
    events, desk = chain(3), Desk()
    (answer,) = desk.hear(batch(events, 1, 3, session=55))

    assert isinstance(answer, Ack)
    assert (answer.session, answer.note) == (55, "session_unknown")
    assert desk.work == []


def test_a_greeting_heard_twice_is_one_session() -> None:
    events, desk = chain(3), Desk()
    first, again, other = desk.greet(events), desk.greet(events), desk.greet(events, nonce=2)
    assert first.session == again.session != other.session


def test_a_welcome_names_what_is_durable_and_its_hash() -> None:
    events = chain(9)
    desk = Desk(Cursor("a", 1, 6, events[5].hash))
    welcome = desk.greet(events)
    assert (welcome.cursor, welcome.hash_at_cursor) == (6, events[5].hash)


def test_a_store_that_went_back_is_complained_of() -> None:
    events = chain(9)
    desk = Desk(Cursor("a", 1, 9, events[8].hash))
    desk.greet(events[:5])
    assert desk.complaints == ["fork"]


def test_a_box_of_an_old_epoch_is_told_the_new_one_and_may_not_write() -> None:
    events = chain(9)
    desk = Desk(Cursor("a", 2, 0, GENESIS_HASH))
    welcome = desk.greet(events)

    assert welcome.epoch == 2
    assert cursors(desk.hear(batch(events, 1, 9))) == [(0, "epoch_wrong")]
    assert desk.work == []


def test_a_hub_that_forgot_an_epoch_takes_it_from_its_first_event() -> None:
    events, desk = chain(9), Desk(Cursor("a", 1, 5, bytes(32)))
    welcome = desk.greet(events, epoch=3)
    assert (welcome.epoch, welcome.cursor) == (3, 0)


def test_a_hub_that_begins_asks_every_store_it_knows_to_greet() -> None:
    desk = Desk(Cursor("a", 1, 5, bytes(32)), Cursor("b", 1, 7, bytes(32)))
    said = {answer.store: answer.message for answer in desk.session.calls()}
    assert set(said) == {"a", "b"}
    assert cursors(list(said.values())) == [(5, "session_unknown"), (7, "session_unknown")]


def test_stores_do_not_disturb_each_other() -> None:
    events, desk = chain(9), Desk()
    desk.greet(events)
    assert desk.hear(batch(events, 1, 9, session=100), store="b") != []
    assert desk.session.get_cursor("b").seq == 0


def fields(message: Batch) -> dict[str, object]:
    return {name: getattr(message, name) for name in message.__struct_fields__}
