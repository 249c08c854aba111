"""The journal's promises: durable before it answers, numbered, chained, once per key."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cext.errors import Refused, StorageError
from cext.kit.clock import SystemClock
from cext.lang.events import (
    GENESIS_HASH,
    Body,
    StockReceived,
    StockReceivedLine,
    Stored,
    chain_hash,
    decode_body,
    decode_envelope,
)
from edge.journal import Draft, open_journal, show, walk

CLOCK = SystemClock()


class HandClock(SystemClock):
    """A clock that a test sets, also backwards."""

    def __init__(self, at_ms: int) -> None:
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms


def draft(number: int) -> Draft:
    line = StockReceivedLine("4011", number + 1)
    return Draft(StockReceived(document=f"d{number}", lines=(line,)), lane="1", worker="anna")


async def fill(path: Path, events_n: int) -> None:
    async with open_journal(path, store="367", clock=CLOCK) as journal:
        await journal.append([draft(number) for number in range(events_n)])


async def test_events_are_numbered_without_gaps_and_chained_from_genesis(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "j.db", store="367", clock=CLOCK) as journal:
        one = await journal.append([draft(0)])
        two = await journal.append([draft(1), draft(2)])

        events = await journal.load(1, limit_n=10)
        head = journal.head

    link = GENESIS_HASH
    for seq, event in enumerate(events, start=1):
        link = chain_hash(link, epoch=1, seq=seq, raw=event.raw)
        assert (event.seq, event.hash) == (seq, link)
        assert decode_envelope(event.raw).seq == seq
    assert tuple(events) == one + two
    assert (head.epoch, head.seq, head.hash) == (1, 3, link)


async def test_a_journal_opened_again_goes_on_where_it_ended(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "j.db", store="367", clock=CLOCK) as journal:
        await journal.append([draft(0)])
        before = journal.head
    async with open_journal(tmp_path / "j.db", store="367", clock=CLOCK) as journal:
        assert journal.head == before
        (stored,) = await journal.append([draft(1)])
        report = await journal.verify()

    assert stored.seq == 2
    assert report.ok
    assert (report.events_n, report.head_seq, report.store) == (2, 2, "367")


async def test_time_in_the_journal_never_goes_back(tmp_path: Path) -> None:
    clock = HandClock(2_000_000)
    async with open_journal(tmp_path / "j.db", store="367", clock=clock) as journal:
        await journal.append([draft(0), draft(1)])
    clock.at_ms = 1_000
    async with open_journal(tmp_path / "j.db", store="367", clock=clock) as journal:
        await journal.append([draft(2)])
        clock.at_ms = 3_000_000
        await journal.append([draft(3)])
        times = [decode_envelope(e.raw).hlc for e in await journal.load(1, limit_n=10)]

    assert times == sorted(set(times))
    assert [hlc >> 16 for hlc in times] == [2_000_000, 2_000_000, 2_000_000, 3_000_000]


async def test_appends_that_wait_share_one_commit_and_keep_their_order(tmp_path: Path) -> None:
    told: list[int] = []
    async with open_journal(tmp_path / "j.db", store="367", clock=CLOCK) as journal:
        journal.listeners.append(lambda stored, _bodies: told.extend(e.seq for e in stored))
        stored = await asyncio.gather(*(journal.append([draft(n)]) for n in range(200)))

        report = await journal.verify()

    assert [event.seq for (event,) in stored] == list(range(1, 201)) == told
    assert report.ok


async def test_a_listener_hears_of_an_event_after_it_is_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    seen: list[tuple[int, Body]] = []

    def on_events(stored: tuple[Stored, ...], bodies: tuple[Body, ...]) -> None:
        seen.extend(zip((event.seq for event in stored), bodies, strict=True))

    async with open_journal(path, store="367", clock=CLOCK) as journal:
        journal.listeners.append(on_events)
        await journal.append([draft(0)])
        on_disk = await journal.load(1, limit_n=10)

    assert [(1, decode_body(decode_envelope(on_disk[0].raw)))] == seen


async def test_a_listener_that_fails_stops_the_journal_loudly(tmp_path: Path) -> None:
    def fail(_stored: tuple[Stored, ...], _bodies: tuple[Body, ...]) -> None:
        raise ZeroDivisionError("a view is broken")

    async with open_journal(tmp_path / "j.db", store="367", clock=CLOCK) as journal:
        journal.listeners.append(fail)
        with pytest.raises(ZeroDivisionError):
            await journal.append([draft(0)])
        with pytest.raises(StorageError, match="start again"):
            await journal.append([draft(1)])


async def test_a_request_is_carried_out_once_and_its_reply_kept(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "j.db", store="367", clock=CLOCK) as journal:
        assert await journal.load_reply("k1") is None
        await journal.append([draft(0)], key="k1", reply=b"done")
        await journal.append([draft(1)], key="k2", reply=lambda stored: b"%d" % stored[-1].seq)
        both = await asyncio.gather(
            journal.append([draft(2)], key="k3", reply=b"a"),
            journal.append([draft(3)], key="k3", reply=b"b"),
            journal.append([draft(4)]),
            return_exceptions=True,
        )
        with pytest.raises(Refused, match="before"):
            await journal.append([draft(5)], key="k1", reply=b"again")

        assert await journal.load_reply("k1") == b"done"
        assert await journal.load_reply("k2") == b"2"
        assert await journal.load_reply("k3") == b"a"
        assert isinstance(both[1], Refused)
        assert journal.head.seq == 4


async def test_old_replies_are_forgotten_and_young_ones_kept(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "j.db", store="367", clock=CLOCK) as journal:
        for number in range(7):
            drafts = [draft(0)] * 2000
            await journal.append(drafts, key=f"k{number}", reply=b"r")

        kept = [await journal.load_reply(f"k{number}") for number in range(7)]

    assert kept == [None, None, b"r", b"r", b"r", b"r", b"r"]


async def test_an_event_too_large_for_the_line_is_refused_and_leaves_no_trace(
    tmp_path: Path,
) -> None:
    huge = Draft(StockReceived(document=os.urandom(200_000).hex(), lines=()))
    long = Draft(StockReceived(document="", lines=(StockReceivedLine("4011", 1000),) * 20_000))
    async with open_journal(tmp_path / "j.db", store="367", clock=CLOCK) as journal:
        with pytest.raises(Refused, match="more lines"):
            await journal.append([huge])
        (stored,) = await journal.append([long])

    assert stored.seq == 1
    assert len(stored.raw) > 100_000


async def test_a_load_is_bounded_in_number_and_bytes_but_never_empty(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "j.db", store="367", clock=CLOCK) as journal:
        await journal.append([draft(n) for n in range(50)])

        assert [e.seq for e in await journal.load(10, limit_n=3)] == [10, 11, 12]
        assert [e.seq for e in await journal.load(10, limit_n=40, max_bytes=1)] == [10]
        assert await journal.load(51, limit_n=3) == []


async def test_a_full_disk_stops_the_journal_and_nothing_is_promised(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "j.db", store="367", clock=CLOCK) as journal:
        await journal.append([draft(0)])
        # SQLite's own limit gives the very error of a full disk.
        execute = journal._writer.db.execute
        await asyncio.to_thread(execute, "PRAGMA max_page_count = 1")
        big = Draft(StockReceived(document="x" * 50_000, lines=()))

        with pytest.raises(StorageError, match="full"):
            await journal.append([big])
        await asyncio.to_thread(execute, "PRAGMA max_page_count = 100000")
        with pytest.raises(StorageError):
            await journal.append([draft(1)])
        report = await journal.verify()

    assert (report.ok, report.events_n) == (True, 1)


async def test_a_second_writer_is_turned_away(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "j.db", store="367", clock=CLOCK):
        with pytest.raises(StorageError, match="another process"):
            async with open_journal(tmp_path / "j.db", store="367", clock=CLOCK):
                pass


async def test_the_journal_of_another_store_is_turned_away(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "j.db", store="367", clock=CLOCK):
        pass
    with pytest.raises(StorageError, match="368"):
        async with open_journal(tmp_path / "j.db", store="368", clock=CLOCK):
            pass


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE events SET raw = zeroblob(40) WHERE position = 7",
        "DELETE FROM events WHERE position = 7",
        "UPDATE events SET hash = zeroblob(32) WHERE position = 10",
    ],
)
def test_damage_is_seen_at_the_start_and_by_the_walk(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "j.db"
    asyncio.run(fill(path, 10))
    with closing(sqlite3.connect(path)) as db:
        db.execute(damage)
        db.commit()

    with pytest.raises(StorageError, match="chain breaks"):
        asyncio.run(fill(path, 1))
    assert not walk(path).ok


def test_damage_far_back_is_found_by_the_walk(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    asyncio.run(fill(path, 1000))
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE events SET raw = zeroblob(40) WHERE position = 3")
        db.commit()

    report = walk(path)

    assert report.problem == "event 3 does not carry the hash of its content"
    assert report.events_n == 2


def test_the_walk_of_a_file_that_is_no_journal_says_so(tmp_path: Path) -> None:
    (tmp_path / "j.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StorageError, match="not a database"):
        walk(tmp_path / "j.db")


def test_the_listing_shows_events_from_a_number_on(tmp_path: Path) -> None:
    asyncio.run(fill(tmp_path / "j.db", 5))

    assert [event.seq for _, event in show(tmp_path / "j.db", first=3, limit_n=2)] == [3, 4]


WRITER = """
import asyncio, sys
from pathlib import Path
from cext.kit.clock import SystemClock
from cext.lang.events import StockReceived
from edge.journal import Draft, open_journal

async def main():
    async with open_journal(Path(sys.argv[1]), store="367", clock=SystemClock()) as journal:
        while True:
            (stored,) = await journal.append([Draft(StockReceived(document="d", lines=()))])
            sys.stdout.write(f"{stored.seq}\\n")
            sys.stdout.flush()

asyncio.run(main())
"""


def test_what_was_confirmed_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    confirmed = 0
    for _ in range(3):
        confirmed = _write_until_killed(path, confirmed + 200)

    report = walk(path)

    assert report.ok
    assert report.events_n >= confirmed


def _write_until_killed(path: Path, enough: int) -> int:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as child:
        assert child.stdout is not None
        confirmed = 0
        for line in child.stdout:
            confirmed = int(line)
            if confirmed >= enough:
                os.kill(child.pid, signal.SIGKILL)
                break
        rest = child.stdout.read().split()
    return int(rest[-1]) if rest else confirmed
