"""A part is away for long, or comes back empty: the shop goes on and everything heals."""

from __future__ import annotations

import asyncio
from pathlib import Path

from edge.sim.week.plan import PlannedBasket
from tests.faults.rig import Clerk, Rig, open_rig

BASKETS_N = 12


def baskets_of(rig: Rig) -> list[PlannedBasket]:
    return [basket for basket in rig.programme.baskets if basket.rings][:BASKETS_N]


async def test_given_no_broker_all_week_when_it_comes_back_then_all_arrives(
    tmp_path: Path,
) -> None:
    async with open_rig(tmp_path / "run") as rig, asyncio.timeout(300):
        await rig.start("hub", "edge")
        clerk = Clerk(rig)
        await rig.wait_edge()
        await clerk.open()
        for basket in baskets_of(rig):
            await clerk.sell(basket)
        alone = await rig.wait_edge()
        await rig.start("broker")
        await rig.wait_arrived()
        assert alone["link"]["up"] is False
        assert rig.edge_events() == await rig.hub_events()
        assert len(clerk.confirmed) == BASKETS_N


async def test_given_the_hubs_database_is_deleted_while_it_runs_then_it_refills_itself(
    tmp_path: Path,
) -> None:
    async with open_rig(tmp_path / "run") as rig, asyncio.timeout(300):
        await rig.start("broker", "hub", "edge")
        clerk = Clerk(rig)
        await rig.wait_edge()
        await clerk.open()
        half = BASKETS_N // 2
        for basket in baskets_of(rig)[:half]:
            await clerk.sell(basket)
        await rig.wait_arrived()
        for path in rig.folder.hub_state.glob("hub.db*"):
            path.unlink()
        for basket in baskets_of(rig)[half:]:
            await clerk.sell(basket)
        await rig.wait_arrived()
        await rig.wait_same()
        assert len(clerk.confirmed) == BASKETS_N


async def test_given_the_printer_is_off_then_sales_close_and_paper_follows(
    tmp_path: Path,
) -> None:
    async with open_rig(tmp_path / "run") as rig, asyncio.timeout(300):
        await rig.start("broker", "hub", "edge")
        clerk = Clerk(rig)
        await rig.wait_edge()
        await clerk.open()
        await rig.printer.power_off()
        for basket in baskets_of(rig)[:4]:
            await clerk.sell(basket)
        unprinted_n = (await rig.wait_edge())["unprinted_n"]
        await rig.printer.power_on()
        await rig.wait_printed()
        events = await rig.confirmed_events()
        printed = [one["body"]["number"] for one in events if one["kind"] == "receipt_printed"]
        assert unprinted_n == 4
        assert printed == list(clerk.confirmed)
