"""Journal → link → mosquitto → link → store, with real parts and a broker that is killed."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from cext.kit.clock import SystemClock
from cext.lang.events import StockReceived, StockReceivedLine, StoreOpened
from edge.journal import Draft, Journal, open_journal
from edge.link import LinkState
from edge.link import run_link as run_edge_link
from hub.link import StoreLink
from hub.link import run_link as run_hub_link
from tests.link.memory_store import MemoryStore
from tests.link.real_broker import RealBroker, running

CLOCK = SystemClock()


def opened(store: str) -> Draft:
    return Draft(
        StoreOpened(
            store=store, currency="USD", zone="UTC", day_change_hour=0, software="storeline"
        )
    )


def received(number: int) -> Draft:
    line = StockReceivedLine("4011", number + 1)
    return Draft(StockReceived(document=f"d{number}", lines=(line,)), worker="anna")


async def raws(journal: Journal) -> list[bytes]:
    return [event.raw for event in await journal.load(1, limit_n=100_000, max_bytes=2**40)]


class Watch:
    """Collects what a link says of itself."""

    def __init__(self) -> None:
        self.edge: list[LinkState] = []
        self.hub: list[StoreLink] = []
        self._changed = asyncio.Event()

    def on_edge(self, state: LinkState) -> None:
        self.edge.append(state)
        self._changed.set()

    def on_hub(self, state: StoreLink) -> None:
        self.hub.append(state)
        self._changed.set()

    async def edge_says(self, detail: str) -> None:
        while not (self.edge and detail in self.edge[-1].detail):
            self._changed.clear()
            await self._changed.wait()

    async def edge_is(self, *, up: bool, lag_n: int | None = None) -> None:
        while not (
            self.edge and self.edge[-1].up is up and (lag_n is None or self.edge[-1].lag_n == lag_n)
        ):
            self._changed.clear()
            await self._changed.wait()


async def test_events_of_a_store_reach_the_hub_byte_for_byte(
    broker: RealBroker, tmp_path: Path
) -> None:
    store, watch = MemoryStore(), Watch()
    async with (
        asyncio.timeout(30),
        open_journal(tmp_path / "journal.db", store="367", clock=CLOCK) as journal,
        running(
            broker.run(),
            run_hub_link(store, broker.hub_settings(), CLOCK, on_state=watch.on_hub),
            run_edge_link(journal, broker.edge_settings("367"), CLOCK, on_state=watch.on_edge),
        ),
    ):
        await journal.append([opened("367")])
        for number in range(600):
            await journal.append([received(number)])

        await store.wait_for("367", 601)
        await watch.edge_is(up=True, lag_n=0)

        assert store.raws["367"] == await raws(journal)
        assert store.cursors["367"].hash == journal.head.hash
        assert watch.hub[-1].up
        assert watch.hub[-1].cursor == 601


async def test_a_broker_killed_again_and_again_loses_nothing(
    broker: RealBroker, tmp_path: Path
) -> None:
    store, watch = MemoryStore(), Watch()
    async with (
        asyncio.timeout(50),
        open_journal(tmp_path / "journal.db", store="367", clock=CLOCK) as journal,
        running(
            broker.run(),
            run_hub_link(store, broker.hub_settings(), CLOCK, on_state=watch.on_hub),
            run_edge_link(journal, broker.edge_settings("367"), CLOCK, on_state=watch.on_edge),
        ),
    ):
        await journal.append([opened("367")])
        for _ in range(3):
            await broker.up.wait()
            for number in range(150):
                await journal.append([received(number)])
            await broker.kill()
            for number in range(150):
                await journal.append([received(number)])

        await store.wait_for("367", 901)

        assert store.raws["367"] == await raws(journal)


async def test_a_hub_whose_store_was_wiped_is_refilled(broker: RealBroker, tmp_path: Path) -> None:
    store, watch = MemoryStore(), Watch()
    async with (
        asyncio.timeout(30),
        open_journal(tmp_path / "journal.db", store="367", clock=CLOCK) as journal,
        running(
            broker.run(),
            run_hub_link(store, broker.hub_settings(), CLOCK, on_state=watch.on_hub),
            run_edge_link(journal, broker.edge_settings("367"), CLOCK, on_state=watch.on_edge),
        ),
    ):
        await journal.append([received(number) for number in range(500)])
        await store.wait_for("367", 500)

        store.wipe()
        await journal.append([received(500)])
        await store.wait_for("367", 501)

        assert store.raws["367"] == await raws(journal)


async def test_a_store_that_cannot_be_written_is_asked_again_and_nothing_is_lost(
    broker: RealBroker, tmp_path: Path
) -> None:
    store, watch = MemoryStore(), Watch()
    store.failures_n = 2
    async with (
        asyncio.timeout(30),
        open_journal(tmp_path / "journal.db", store="367", clock=CLOCK) as journal,
        running(
            broker.run(),
            run_hub_link(store, broker.hub_settings(), CLOCK, on_state=watch.on_hub),
            run_edge_link(journal, broker.edge_settings("367"), CLOCK, on_state=watch.on_edge),
        ),
    ):
        await journal.append([received(number) for number in range(50)])
        await store.wait_for("367", 50)

        assert store.failures_n == 0
        assert store.raws["367"] == await raws(journal)


async def test_a_restored_image_freezes_the_line_and_selling_goes_on(
    broker: RealBroker, tmp_path: Path
) -> None:
    store, watch, path = MemoryStore(), Watch(), tmp_path / "journal.db"
    async with (
        asyncio.timeout(30),
        running(
            broker.run(), run_hub_link(store, broker.hub_settings(), CLOCK, on_state=watch.on_hub)
        ),
    ):
        await broker.up.wait()
        async with open_journal(path, store="367", clock=CLOCK) as journal:
            await journal.append([received(number) for number in range(50)])
        await asyncio.to_thread(shutil.copy, path, tmp_path / "image.db")
        async with (
            open_journal(path, store="367", clock=CLOCK) as journal,
            running(
                run_edge_link(journal, broker.edge_settings("367"), CLOCK, on_state=watch.on_edge)
            ),
        ):
            await journal.append([received(number) for number in range(10)])
            await store.wait_for("367", 60)
        held = list(store.raws["367"])
        async with open_journal(tmp_path / "image.db", store="367", clock=CLOCK) as journal:
            await journal.append([received(number) for number in range(100, 130)])
            settings = broker.edge_settings("367")
            async with running(run_edge_link(journal, settings, CLOCK, on_state=watch.on_edge)):
                await watch.edge_says("another event 60")
                await journal.append([received(1000)])

                assert journal.head.seq == 81

        assert store.raws["367"] == held
