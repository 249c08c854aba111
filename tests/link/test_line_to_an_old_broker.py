"""MQTT 5 is asked for; 3.1.1 is enough."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cext.kit.clock import SystemClock
from cext.kit.mqtt import Dialer
from cext.lang.events import StockReceived
from cext.lang.wire import down_topic
from edge.journal import Draft, open_journal
from edge.link import run_link as run_edge_link
from hub.link import run_link as run_hub_link
from tests.link.memory_store import MemoryStore
from tests.link.old_broker import Manners, old_broker
from tests.link.real_broker import RealBroker, running

CLOCK = SystemClock()


@pytest.mark.parametrize("manners", ["names_it", "hangs_up"])
async def test_a_broker_without_mqtt_5_is_spoken_to_in_3_1_1(
    broker: RealBroker, manners: Manners
) -> None:
    async with asyncio.timeout(20), running(broker.run()):
        await broker.up.wait()
        async with old_broker(broker.directory, broker.port, manners) as port:
            dialer = Dialer(broker.account("367", port=port))
            async with (
                dialer.open([down_topic("367")]) as line,
                Dialer(broker.account("hub")).open([]) as centre,
            ):
                centre.publish(down_topic("367"), b"hello")
                (letter,) = await line.receive(limit_n=9)

                assert line.version == "3.1.1"
                assert centre.version == "5"
                assert letter.payload == b"hello"


async def test_a_journal_reaches_the_hub_over_3_1_1(broker: RealBroker, tmp_path: Path) -> None:
    store = MemoryStore()
    async with asyncio.timeout(20), running(broker.run()):
        await broker.up.wait()
        async with (
            old_broker(broker.directory, broker.port, "names_it") as port,
            open_journal(tmp_path / "j.db", store="367", clock=CLOCK) as journal,
            running(
                run_hub_link(store, broker.hub_settings(), CLOCK, on_state=lambda _: None),
                run_edge_link(
                    journal,
                    broker.edge_settings("367", port=port),
                    CLOCK,
                    on_state=lambda _: None,
                ),
            ),
        ):
            await journal.append([Draft(StockReceived(document="d", lines=()))] * 300)
            await store.wait_for("367", 300)
            assert store.cursors["367"].hash == journal.head.hash
