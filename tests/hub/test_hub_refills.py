"""A store's journal, a real broker and the whole hub, whose database is deleted under it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from cext.kit.clock import SystemClock
from cext.lang.events import StockReceived, StockReceivedLine, StoreOpened
from edge.journal import Draft, open_journal
from edge.link import LinkState, run_link
from tests.hub.running_hub import running_hub, settings_for
from tests.link.real_broker import RealBroker, running

CLOCK = SystemClock()


@pytest.fixture
def broker(tmp_path: Path) -> RealBroker:
    prepared = RealBroker(tmp_path / "broker")
    prepared.add("367")
    return prepared


class Watch:
    """What the store's end of the line says of itself."""

    def __init__(self) -> None:
        self.state: LinkState | None = None
        self._changed = asyncio.Event()

    def on_state(self, state: LinkState) -> None:
        self.state = state
        self._changed.set()

    async def until(self, holds: Callable[[LinkState], bool]) -> None:
        while self.state is None or not holds(self.state):
            self._changed.clear()
            await self._changed.wait()


@pytest.mark.parametrize("store_speaks", [True, False], ids=["while_selling", "while_idle"])
async def test_given_the_hubs_database_is_deleted_then_it_refills_itself_from_the_store(
    tmp_path: Path, broker: RealBroker, store_speaks: bool
) -> None:
    opened = StoreOpened(store="367", currency="USD", zone="UTC", day_change_hour=0, software="x")
    drafts = [
        Draft(StockReceived(document=f"d{n}", lines=(StockReceivedLine("4011", 1),)))
        for n in range(499)
    ]
    watch = Watch()
    settings = settings_for(tmp_path / "hub", link=broker.hub_settings())
    async with (
        asyncio.timeout(50),
        open_journal(tmp_path / "journal.db", store="367", clock=CLOCK) as journal,
        running(
            broker.run(),
            run_link(journal, broker.edge_settings("367"), CLOCK, on_state=watch.on_state),
        ),
        running_hub(settings) as hub,
    ):
        await journal.append([Draft(opened), *drafts])
        await watch.until(lambda state: state.cursor == 500)

        for path in (tmp_path / "hub").glob("hub.db*"):
            path.unlink()
        if store_speaks:
            await journal.append([drafts[0]])
        await watch.until(lambda state: state.up and state.cursor < 500)
        await watch.until(lambda state: state.cursor == journal.head.seq)

        (row,) = (await hub.get("/v1/stores"))["stores"]
        (stock,) = (await hub.get("/v1/stock"))["rows"]
        assert row["chain_head"] == journal.head.hash.hex()
        assert row["link_up"] is True
        assert stock["on_hand"] == journal.head.seq - 1
