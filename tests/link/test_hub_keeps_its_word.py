"""What the hub's end does when it is pressed: it acknowledges late, takes little, says it once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog.testing

from cext.kit.clock import SystemClock
from cext.kit.mqtt import Dialer
from cext.lang.wire import NO_SESSION, PLAIN_MAX_BYTES, Ack, Welcome, down_topic, up_topic
from hub.link import run_link as run_hub_link
from hub.link.run import GROUP_MAX_BYTES
from tests.link.bare_store import BareStore
from tests.link.memory_store import MemoryStore
from tests.link.real_broker import RealBroker, running

CLOCK = SystemClock()


@asynccontextmanager
async def hub_with(broker: RealBroker, store: MemoryStore) -> AsyncIterator[None]:
    hub = run_hub_link(store, broker.hub_settings(), CLOCK, on_state=lambda _: None)
    async with asyncio.timeout(30), running(broker.run(), hub):
        await broker.up.wait()
        yield


@asynccontextmanager
async def bare(broker: RealBroker, name: str) -> AsyncIterator[BareStore]:
    async with Dialer(broker.account(name)).open([down_topic(name)]) as line:
        store = BareStore(name, line)
        async with asyncio.timeout(15):
            while not store.session:  # a greeting before the hub listens is lost
                try:
                    async with asyncio.timeout(0.5):
                        await store.greet()
                except TimeoutError:
                    continue
        yield store


async def test_given_a_commit_that_fails_then_nothing_of_it_was_acknowledged(
    broker: RealBroker,
) -> None:
    memory = MemoryStore()
    async with hub_with(broker, memory), bare(broker, "367") as store:
        store.send(b"one")
        assert (await store.hear_ack()).cursor == 1
        memory.failures_n = 1
        store.send(b"two", b"three")
        while (await store.hear_ack()).session != NO_SESSION:
            pass  # until the hub has begun anew

        said = [one.cursor for one in store.heard if isinstance(one, Ack | Welcome)]
        assert max(said) == 1
        assert memory.raws["367"] == [b"one"]


async def test_given_frames_that_unpack_to_much_then_a_commit_stays_small(
    broker: RealBroker,
) -> None:
    memory = MemoryStore()
    raw = bytes(PLAIN_MAX_BYTES - 1000)
    async with hub_with(broker, memory), bare(broker, "367") as store:
        memory.gate.clear()
        for _ in range(120):
            store.send(raw)
        while store.line.waiting_n:  # the broker has them all, and so has the hub by and by
            store.line.wake.clear()
            await store.line.wake.wait()
        memory.gate.set()
        while (await store.hear_ack()).cursor < 120:
            pass

    assert memory.largest_bytes <= GROUP_MAX_BYTES + PLAIN_MAX_BYTES
    assert len(memory.raws["367"]) == 120


async def test_given_events_the_storage_will_not_hold_then_only_their_store_is_left_out(
    broker: RealBroker,
) -> None:
    memory = MemoryStore()
    memory.refused.add("368")
    with structlog.testing.capture_logs() as logs:
        async with (
            hub_with(broker, memory),
            bare(broker, "367") as honest,
            bare(broker, "368") as cursed,
        ):
            for number in range(20):
                cursed.send(b"cursed")
                honest.send(b"good %d" % number)
            while (await honest.hear_ack()).cursor < 20:
                pass

    assert set(memory.raws) == {"367"}
    assert [one["store"] for one in logs if one["event"] == "store_barred"] == ["368"]


async def test_given_a_store_that_repeats_its_nonsense_then_it_is_logged_once(
    broker: RealBroker,
) -> None:
    memory = MemoryStore()
    with structlog.testing.capture_logs() as logs:
        async with hub_with(broker, memory), bare(broker, "367") as store:
            for _ in range(5):
                store.line.publish(up_topic("367"), b"no frame")
                store.line.publish("se1/zz/367/up", b"no shard")
                store.send(b"forged", joins=b"x" * 32)
                assert (await store.hear_ack()).note == "chain_broken"
                await store.greet()
            store.send(b"mended")
            assert (await store.hear_ack()).cursor == 1
            store.send(b"forged", joins=b"x" * 32)
            assert (await store.hear_ack()).note == "chain_broken"

    said = [entry["event"] for entry in logs if entry["log_level"] in {"warning", "error"}]
    assert said.count("frame_refused") == 1
    assert said.count("topic_refused") == 1
    assert said.count("store_disagreed") == 2
