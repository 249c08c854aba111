"""The databases beside the journal, when the loop and their threads are busy at once."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cext.kit.clock import SystemClock
from edge.prints import Ask, open_prints
from edge.prints.job import job_of
from edge.prints.store import Kept
from edge.sales import open_drafts
from edge.sales.drafts import LaneDraft

WRITES_N = 2_000


@pytest.fixture
def quick_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: many writes, and none waits for a disk."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


async def test_no_cursor_dies_on_another_thread_than_its_own(quick_folder: Path) -> None:
    """Such a cursor reset a statement in use: one write in some thousands was API misuse."""
    ask = Ask(subject="paper:x", kind="note", printer="p1")
    job = job_of(ask, now_ms=SystemClock().now_ms())
    async with (
        open_prints(quick_folder / "p.db") as prints,
        open_drafts(quick_folder / "d.db") as drafts,
    ):
        for _ in range(WRITES_N // 10):
            saves = [prints.save(Kept(job)) for _ in range(10)]
            lanes = [drafts.save_lane("1", LaneDraft(revision=n)) for n in range(10)]
            await asyncio.gather(*saves, *lanes)
        assert await prints.find("paper:x") == job
        assert (await drafts.load_lanes())["1"].revision == 9
