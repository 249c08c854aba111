"""The store's machine, word for word: what it says to what it hears."""

from __future__ import annotations

import itertools

from cext.lang.events import GENESIS_HASH, Stored, chain_hash
from cext.lang.wire import NO_SESSION, Ack, Batch, Hello, Message, Welcome
from edge.journal import Head
from edge.link.session import EdgeSession, Load, Phase, Send

S = 1_000_000_000


def chain(count: int, *, salt: bytes = b"") -> list[Stored]:
    events, link = [], GENESIS_HASH
    for seq in range(1, count + 1):
        raw = b"event %d" % seq + salt
        link = chain_hash(link, epoch=1, seq=seq, raw=raw)
        events.append(Stored(seq, raw, link))
    return events


class Talk:
    """A session whose loads are answered at once from `events`."""

    def __init__(self, events: list[Stored]) -> None:
        self.events = events
        nonces = itertools.count(1)
        self.session = EdgeSession(
            self.head, make_nonce=lambda: next(nonces), software="1", boot="b"
        )
        self.now_ns = 0

    @property
    def head(self) -> Head:
        last = self.events[-1] if self.events else Stored(0, b"", GENESIS_HASH)
        return Head(1, last.seq, last.hash)

    def connect(self) -> Hello:
        self.session.on_connected(now_ns=self.now_ns, at_ms=0)
        (hello,) = self.said()
        assert isinstance(hello, Hello)
        return hello

    def hear(self, message: Message) -> list[Message]:
        self.session.on_message(message, now_ns=self.now_ns, at_ms=0)
        return self.said()

    def wait(self, seconds: int) -> list[Message]:
        self.now_ns += seconds * S
        self.session.on_tick(now_ns=self.now_ns, at_ms=0)
        return self.said()

    def said(self) -> list[Message]:
        said: list[Message] = []
        while acts := self.session.take_acts():
            for act in acts:
                if isinstance(act, Send):
                    said.append(act.message)
                elif isinstance(act, Load):
                    found = self.events[act.first - 1 : act.first - 1 + act.limit_n]
                    self.session.on_loaded(act, found, now_ns=self.now_ns)
        return said

    def welcome(self, hello: Hello, *, cursor: int, session: int = 100) -> Welcome:
        link = self.events[cursor - 1].hash if cursor else GENESIS_HASH
        return make_welcome(hello, cursor=cursor, link=link, session=session)


def make_welcome(
    hello: Hello, *, cursor: int, link: bytes, session: int = 100, epoch: int = 1
) -> Welcome:
    return Welcome(
        nonce=hello.nonce,
        session=session,
        epoch=epoch,
        cursor=cursor,
        hash_at_cursor=link,
        credit_bytes=1_000_000,
        at_ms=0,
        software="1",
    )


def ack(cursor: int, *, session: int = 100, note: str = "") -> Ack:
    return Ack(session=session, epoch=1, cursor=cursor, credit_bytes=1_000_000, note=note)


def firsts(said: list[Message]) -> list[int]:
    return [message.first for message in said if isinstance(message, Batch)]


def test_the_store_greets_with_its_head_and_then_obeys_the_hubs_cursor() -> None:
    talk = Talk(chain(600))
    hello = talk.connect()
    said = talk.hear(talk.welcome(hello, cursor=500))

    assert (hello.epoch, hello.head_seq, hello.head_hash) == (1, 600, talk.events[-1].hash)
    (batch,) = said
    assert isinstance(batch, Batch)
    assert (batch.session, batch.first, len(batch.events)) == (100, 501, 100)
    assert batch.prev_hash == talk.events[499].hash
    assert batch.last_hash == talk.events[-1].hash


def test_a_hub_that_was_wiped_gets_everything_again() -> None:
    talk = Talk(chain(600))
    talk.hear(talk.welcome(talk.connect(), cursor=600))
    talk.session.on_disconnected()

    said = talk.hear(talk.welcome(talk.connect(), cursor=0))

    assert firsts(said) == [1, 257, 513]
    assert talk.session.cursor == 0


def test_batches_are_bounded_in_number_bytes_and_window() -> None:
    talk = Talk(chain(256 * 40))
    said = talk.hear(talk.welcome(talk.connect(), cursor=0))
    assert firsts(said) == [1 + 256 * n for n in range(16)]
    assert firsts(talk.hear(ack(256))) == [1 + 256 * 16]

    large = Talk(chain(30, salt=b"x" * 20_000))
    (first, *_) = large.hear(large.welcome(large.connect(), cursor=0))
    assert isinstance(first, Batch)
    assert len(first.events) == 3


def test_a_new_event_is_sent_at_once_when_the_line_is_idle() -> None:
    talk = Talk(chain(5))
    talk.hear(talk.welcome(talk.connect(), cursor=5))

    talk.events = chain(6)
    talk.session.on_head(talk.head)

    assert firsts(talk.said()) == [6]


def test_without_progress_for_two_seconds_the_store_asks_where_it_is() -> None:
    talk = Talk(chain(10))
    talk.hear(talk.welcome(talk.connect(), cursor=0))

    assert talk.wait(1) == []
    (hello,) = talk.wait(1)

    assert isinstance(hello, Hello)
    assert firsts(talk.hear(talk.welcome(hello, cursor=4, session=101))) == [5]


def test_a_gap_answer_rewinds_once_and_not_for_every_batch_behind_the_gap() -> None:
    talk = Talk(chain(1000))
    talk.hear(talk.welcome(talk.connect(), cursor=0))

    assert firsts(talk.hear(ack(0, note="gap"))) == [1, 257, 513, 769]
    assert talk.hear(ack(0, note="gap")) == []


def test_words_of_an_earlier_session_are_not_believed() -> None:
    talk = Talk(chain(10))
    first = talk.connect()
    talk.hear(talk.welcome(first, cursor=0))
    talk.session.on_disconnected()
    second = talk.connect()

    assert talk.hear(ack(10, session=100)) == []
    assert talk.hear(talk.welcome(first, cursor=0)) == []
    talk.hear(talk.welcome(second, cursor=2, session=101))

    assert talk.hear(ack(10, session=100)) == []
    assert talk.session.cursor == 2


def test_a_repeated_greeting_keeps_its_nonce_so_that_a_late_answer_counts() -> None:
    talk = Talk(chain(3))
    hello = talk.connect()
    (again,) = talk.wait(2)

    assert isinstance(again, Hello)
    assert again.nonce == hello.nonce
    assert firsts(talk.hear(talk.welcome(hello, cursor=0))) == [1]


def test_a_hub_that_started_again_is_greeted_again() -> None:
    talk = Talk(chain(10))
    talk.hear(talk.welcome(talk.connect(), cursor=0))

    (hello,) = talk.hear(ack(0, note="session_unknown"))

    assert isinstance(hello, Hello)


def test_a_hub_that_has_just_begun_is_greeted_also_on_an_idle_line() -> None:
    talk = Talk(chain(3))
    talk.hear(talk.welcome(talk.connect(), cursor=3))

    assert talk.hear(ack(3, session=NO_SESSION)) == []
    (hello,) = talk.hear(ack(3, session=NO_SESSION, note="session_unknown"))

    assert isinstance(hello, Hello)


def test_a_hub_that_holds_another_event_freezes_the_line_and_nothing_is_sent() -> None:
    talk = Talk(chain(10))
    other = chain(10, salt=b"other")
    hello = talk.connect()

    assert talk.hear(make_welcome(hello, cursor=7, link=other[6].hash)) == []

    talk.events = chain(11)
    talk.session.on_head(talk.head)
    assert talk.said() == []
    assert talk.session.phase is Phase.FROZEN
    assert "another event 7" in talk.session.fault


def test_a_hub_that_holds_more_than_the_journal_freezes_the_line() -> None:
    talk = Talk(chain(10))
    hello = talk.connect()
    assert talk.hear(make_welcome(hello, cursor=12, link=bytes(32))) == []
    assert talk.session.phase is Phase.FROZEN


def test_a_hub_in_another_epoch_freezes_the_line() -> None:
    talk = Talk(chain(10))
    hello = talk.connect()
    assert talk.hear(make_welcome(hello, cursor=0, link=GENESIS_HASH, epoch=2)) == []
    assert talk.session.phase is Phase.FROZEN


def test_a_frozen_line_thaws_when_the_histories_agree_again() -> None:
    talk = Talk(chain(10))
    talk.hear(make_welcome(talk.connect(), cursor=12, link=bytes(32)))

    (hello,) = talk.wait(30)
    assert isinstance(hello, Hello)
    said = talk.hear(talk.welcome(hello, cursor=4, session=102))

    assert firsts(said) == [5]
    assert talk.session.fault == ""


def test_an_idle_line_asks_now_and_then_whether_the_hub_is_still_there() -> None:
    talk = Talk(chain(3))
    talk.hear(talk.welcome(talk.connect(), cursor=3))

    assert talk.wait(10) == []
    (hello,) = talk.wait(10)
    assert isinstance(hello, Hello)
    assert talk.session.up

    talk.wait(2)
    assert not talk.session.up
    assert talk.session.detail == "the hub does not answer"
