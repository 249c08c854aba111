"""Garbage on the line is dropped and logged; the honest stores notice nothing."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import structlog.testing

from cext.kit.clock import SystemClock
from cext.kit.mqtt import Dialer
from cext.lang.events import StockReceived
from cext.lang.wire import Batch, encode_frame, up_topic
from edge.journal import Draft, open_journal
from edge.link import run_link as run_edge_link
from hub.link import run_link as run_hub_link
from tests.link.memory_store import MemoryStore
from tests.link.real_broker import RealBroker, running

CLOCK = SystemClock()


async def test_a_store_that_talks_nonsense_disturbs_nobody(
    broker: RealBroker, tmp_path: Path
) -> None:
    store, dice = MemoryStore(), random.Random(1)
    forged = Batch(
        session=1, epoch=1, first=1, prev_hash=bytes(32), events=(b"x",), last_hash=bytes(32)
    )
    with structlog.testing.capture_logs() as logs:
        async with (
            asyncio.timeout(30),
            open_journal(tmp_path / "j.db", store="367", clock=CLOCK) as journal,
            running(
                broker.run(),
                run_hub_link(store, broker.hub_settings(), CLOCK, on_state=lambda _: None),
            ),
        ):
            await broker.up.wait()
            honest = run_edge_link(
                journal, broker.edge_settings("367"), CLOCK, on_state=lambda _: None
            )
            async with (
                running(honest),
                Dialer(broker.account("368")).open([]) as liar,
            ):
                for number in range(200):
                    liar.publish(up_topic("368"), dice.randbytes(dice.randint(0, 300)))
                    liar.publish(up_topic("368"), encode_frame(forged))
                    liar.publish("se1/00/368/up", encode_frame(forged))
                    await journal.append([Draft(StockReceived(document=str(number), lines=()))])

                await store.wait_for("367", 200)

    assert set(store.raws) == {"367"}
    assert {"frame_refused", "topic_refused"} <= {entry["event"] for entry in logs}
