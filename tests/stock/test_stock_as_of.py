"""As of: the stock of any past moment is in the journal."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from cext.kit.clock import SystemClock
from cext.lang.events import StockReceived, StockReceivedLine, Stored, decode_envelope
from cext.lang.movement import STORE
from edge.journal import Draft, Journal, open_journal
from edge.stock import Mark, load_mark

START_MS = 1_800_000_000_000
ITEMS = ("milk", "glue", "ham")
EVENTS_N = 60


class HandClock(SystemClock):
    """Stands still until a hand moves it."""

    def __init__(self) -> None:
        self.hand_ms = START_MS

    def now_ms(self) -> int:
        return self.hand_ms


async def trade(journal: Journal, clock: HandClock) -> list[tuple[Stored, dict[str, int]]]:
    """Deliveries at growing instants; each event with what should be on hand after it."""
    rng, on_hand = random.Random(3), Counter[str]()
    told = []
    for count in range(EVENTS_N):
        clock.hand_ms += rng.choice((0, 0, 1, 60_000))
        goods = [(rng.choice(ITEMS), rng.randint(1, 50)) for _ in range(rng.randint(1, 4))]
        for item, quantity in goods:
            on_hand[item] += quantity
        lines = tuple(StockReceivedLine(*one) for one in goods)
        [event] = await journal.append([Draft(StockReceived(document=f"d{count}", lines=lines))])
        told.append((event, dict(sorted(on_hand.items()))))
    return told


def on_hand_at(mark: Mark) -> dict[str, int]:
    return mark.open_ledger().balances("stock", STORE)


async def test_the_stock_after_any_event_and_at_any_instant_is_in_the_journal(
    tmp_path: Path,
) -> None:
    clock = HandClock()
    async with open_journal(tmp_path / "journal.db", store="367", clock=clock) as journal:
        told = await trade(journal, clock)
        for event, expected in told[::7]:
            assert on_hand_at(await load_mark(journal, seq=event.seq)) == expected
        for at_ms in (START_MS - 1, START_MS, START_MS + 60_000, clock.hand_ms):
            before = [on_hand for event, on_hand in told
                      if decode_envelope(event.raw).at_ms <= at_ms]  # fmt: skip
            expected = before[-1] if before else {}
            assert on_hand_at(await load_mark(journal, at_ms=at_ms)) == expected
        assert on_hand_at(await load_mark(journal)) == told[-1][1]


async def test_a_mark_and_the_events_since_give_the_bytes_of_the_whole_journal(
    tmp_path: Path,
) -> None:
    clock = HandClock()
    async with open_journal(tmp_path / "journal.db", store="367", clock=clock) as journal:
        await trade(journal, clock)
        whole = await load_mark(journal)
        for seq in (1, 20, EVENTS_N):
            mark = await load_mark(journal, seq=seq)
            assert mark.seq == seq
            assert await load_mark(journal, since=mark) == whole


@pytest.mark.parametrize("wrong", ["later", "foreign", "unknown"])
async def test_a_mark_that_does_not_fit_is_passed_over(tmp_path: Path, wrong: str) -> None:
    clock = HandClock()
    async with open_journal(tmp_path / "journal.db", store="367", clock=clock) as journal:
        await trade(journal, clock)
        asked = await load_mark(journal, seq=10)
        later = await load_mark(journal, seq=30)
        mark = {
            "later": later,
            "foreign": msgspec.structs.replace(asked, seq=5),
            "unknown": msgspec.structs.replace(later, seq=EVENTS_N + 100),
        }[wrong]
        assert await load_mark(journal, seq=10, since=mark) == asked
