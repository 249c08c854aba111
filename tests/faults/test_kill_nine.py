"""Edge, hub and broker die by `kill -9` at random moments; nothing is lost, nothing is twice."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests.faults.rig import NAMES, Clerk, Rig, open_rig

SEEDS = range(10)
BASKETS_N = 16
KILLS_N = 5
SELF_TIME_S = (0.15, 0.8)


async def kill_at_random(rig: Rig, rng: random.Random, over: asyncio.Event) -> None:
    """Kill and restart one after the other until `over`, at least KILLS_N times."""
    while rig.kills_n < KILLS_N or not over.is_set():
        await asyncio.sleep(rng.uniform(*SELF_TIME_S))  # schedule: the next fault
        name = rng.choice(NAMES)
        await rig.kill(name)
        await asyncio.sleep(rng.uniform(0, 0.3))  # schedule: how long it is away
        await rig.start(name)
        if over.is_set() and rig.kills_n >= KILLS_N:
            return


async def sell_all(clerk: Clerk, rig: Rig, over: asyncio.Event) -> None:
    baskets = [basket for basket in rig.programme.baskets if basket.rings][:BASKETS_N]
    for basket in baskets:
        await clerk.sell(basket)
    over.set()


async def check_everything(rig: Rig, clerk: Clerk) -> None:
    """The invariants: I1 hub = journal byte for byte, I2 every confirmed sale once, I4 folds."""
    await rig.wait_arrived()
    await rig.wait_printed()
    await rig.wait_arrived()
    at_edge, at_hub = rig.edge_events(), await rig.hub_events()
    assert at_edge == at_hub
    assert [seq for seq, _, _ in at_edge] == list(range(1, len(at_edge) + 1))
    events = await rig.confirmed_events()
    sold = [event["body"] for event in events if event["kind"] == "sale_closed"]
    numbers = {body["number"]: body["payable_minor"] for body in sold}
    assert len(numbers) == len(sold)
    assert numbers == clerk.confirmed
    printed = [event["body"] for event in events if event["kind"] == "receipt_printed"]
    originals = [body["number"] for body in printed if not body["copy"]]
    assert len(originals) == len(set(originals))
    assert {body["number"] for body in printed} == set(numbers)
    for number in numbers:
        papers = rig.papers(number)
        assert papers, f"{number} never came out"
        assert papers.count(False) <= 1, f"{number} came out twice without the word COPY"
    await rig.kill("hub")
    assert "different" not in (await rig.rebuild()).lower()


@pytest.mark.parametrize("seed", SEEDS)
async def test_given_kills_at_random_moments_then_nothing_is_lost_and_nothing_twice(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    async with open_rig(tmp_path / "run") as rig, asyncio.timeout(480):
        await rig.start(*NAMES)
        clerk = Clerk(rig)
        await rig.wait_edge()
        await clerk.open()
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(kill_at_random(rig, rng, over))
            group.create_task(sell_all(clerk, rig, over))
        assert len(clerk.confirmed) == BASKETS_N
        await check_everything(rig, clerk)
