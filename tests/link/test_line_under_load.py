"""A slow reader slows the sender down and loses nothing that the broker still holds."""

from __future__ import annotations

import asyncio

import pytest

from cext.errors import LinkDown
from cext.kit.mqtt import INBOX_MAX_N, OUTBOX_MAX_N, Dialer, Line
from cext.lang.wire import down_topic
from tests.link.real_broker import RealBroker, running

LETTERS_N = 3 * INBOX_MAX_N


async def test_a_full_inbox_stops_the_reading_and_reading_goes_on_afterwards(
    broker: RealBroker,
) -> None:
    async with asyncio.timeout(30), running(broker.run()):
        await broker.up.wait()
        async with (
            Dialer(broker.account("367")).open([down_topic("367")]) as line,
            Dialer(broker.account("hub")).open([]) as centre,
        ):
            for number in range(LETTERS_N):
                centre.publish(down_topic("367"), b"%d" % number)
            while centre.waiting_n:
                centre.wake.clear()
                await centre.wake.wait()

            heard = []
            while len(heard) < LETTERS_N:
                assert len(line._inbox) <= INBOX_MAX_N + 64
                heard += await line.receive(limit_n=100)

    assert [letter.payload for letter in heard] == [b"%d" % n for n in range(LETTERS_N)]


def flood(line: Line) -> None:
    """Publish without ever letting the loop hear the broker's answers."""
    for _ in range(OUTBOX_MAX_N + 100):
        line.publish(down_topic("367"), b"x")


async def test_a_line_that_takes_nothing_more_is_given_up(broker: RealBroker) -> None:
    async with asyncio.timeout(30), running(broker.run()):
        await broker.up.wait()
        async with Dialer(broker.account("hub")).open([]) as line:
            with pytest.raises(LinkDown, match="no more"):
                flood(line)
            with pytest.raises(LinkDown):
                line.publish(down_topic("367"), b"x")


async def test_letters_that_had_arrived_can_be_read_after_the_line_broke(
    broker: RealBroker,
) -> None:
    async with asyncio.timeout(30), running(broker.run()):
        await broker.up.wait()
        async with (
            Dialer(broker.account("367")).open([down_topic("367")]) as line,
            Dialer(broker.account("hub")).open([]) as centre,
        ):
            centre.publish(down_topic("367"), b"last words")
            while not line._inbox:
                line.wake.clear()
                await line.wake.wait()
            await broker.kill()
            while line._gone is None:
                line.wake.clear()
                await line.wake.wait()

            assert [one.payload for one in await line.receive(limit_n=9)] == [b"last words"]
            with pytest.raises(LinkDown):
                await line.receive(limit_n=9)
