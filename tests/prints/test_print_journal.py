"""The print journal over its real database, with printers that fail as a test likes."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.errors import Refused
from cext.lang.money import Currency
from edge.devices.labels import Label
from edge.devices.paper import Barcode, Cut, Document, Feed, Kick, Picture, Qr, Rule, Text
from edge.prints import Body
from edge.prints.body import decode_body, encode_body
from tests.prints.paper_tray import Fault, Owed, Tray, open_room, paper, receipt, sheet

FAULTS: list[Fault] = ["fine", "none", "some", "all", "silent_some", "hangs"]


@pytest.mark.parametrize(
    ("fault", "sent_bytes", "fenced_bytes"),
    [("some", None, 3), ("all", 5, 3), ("silent_some", None, None)],
)
async def test_what_broke_off_is_doubtful_and_its_copy_says_so(
    tmp_path: Path, fault: Fault, sent_bytes: int | None, fenced_bytes: int | None
) -> None:
    tray = Tray(fault)
    async with open_room(tmp_path, tray, Tray()) as room:
        room.journal.take_up(receipt("n-1"))
        done = await room.until("receipt:n-1:copy:1", "done")
        doubt = await room.until("receipt:n-1:original", "doubtful")

    assert (tray.unmarked_n("n-1"), tray.marked_n("n-1")) == (1, 1)
    assert (done.copy, done.repeats) == (True, "receipt:n-1:original")
    assert (doubt.look, doubt.settled, doubt.why) == (False, done.id, "it broke off")
    assert doubt.fenced_bytes == fenced_bytes
    assert (doubt.sent_bytes is None) == (sent_bytes is None)
    assert done.sha256 == hashlib.sha256(tray.papers[1].encode()).hexdigest()
    assert room.owed.doubts == [("receipt:n-1:original", True)]
    assert room.owed.out == ["receipt:n-1:copy:1"]


async def test_what_provably_never_left_is_printed_as_if_nothing_had_been(tmp_path: Path) -> None:
    tray = Tray("none", "none")
    async with open_room(tmp_path, tray, Tray()) as room:
        room.journal.take_up(receipt("n-1"))
        done = await room.until("receipt:n-1:original", "done")
    assert (tray.titles(), done.attempts_n) == (["n-1"], 3)
    assert room.owed.doubts == []


async def test_of_a_printer_that_answers_nothing_only_the_cable_is_claimed(tmp_path: Path) -> None:
    tray = Tray()
    tray.confirms = False
    async with open_room(tmp_path, tray, Tray()) as room:
        room.journal.take_up(receipt("n-1"))
        done = await room.until("receipt:n-1:original", "done")
    assert (done.sent_bytes, done.fenced_bytes) == (done.size_bytes, None)
    assert "answers nothing" in done.why


async def test_a_printer_that_never_confirms_gets_one_copy_and_then_a_person(
    tmp_path: Path,
) -> None:
    tray = Tray("all", "all")
    async with open_room(tmp_path, tray, Tray()) as room:
        room.journal.take_up(receipt("n-1"))
        room.journal.take_up(receipt("n-2"))
        doubt = await room.until("receipt:n-1:copy:1", "doubtful")
        await room.until("receipt:n-2:original", "done")
        assert doubt.look
        assert [job.id for job in room.journal.list_open()] == [doubt.id]
        await room.journal.copy(doubt.id, who="anna")
        await room.until("receipt:n-1:copy:2", "done")
        assert room.journal.list_open() == []
    assert (tray.unmarked_n("n-1"), tray.marked_n("n-1")) == (1, 2)


async def test_a_copy_that_nobody_asked_for_can_be_switched_off(tmp_path: Path) -> None:
    tray = Tray("some")
    async with open_room(tmp_path, tray, Tray(), copy_when_doubtful=False) as room:
        room.journal.take_up(receipt("n-1"))
        doubt = await room.until("receipt:n-1:original", "doubtful")
        assert doubt.look
        dropped = await room.journal.drop(doubt.id, who="anna", why="it came out")
        assert (dropped.state, dropped.settled) == ("doubtful", "anna: it came out")
        assert room.journal.list_open() == []
        with pytest.raises(Refused) as refused:
            await room.journal.drop(doubt.id, who="anna", why="again")
        assert refused.value.code == "print_over_conflict"
    assert len(tray.papers) == 1
    assert room.owed.dropped == [(doubt.id, "anna", "it came out", True)]


async def test_a_job_under_which_the_box_died_is_in_doubt_when_it_is_back(tmp_path: Path) -> None:
    owed, tray = Owed(), Tray("hangs")
    async with open_room(tmp_path, tray, Tray(), owed=owed) as room:
        room.journal.take_up(receipt("n-1"))
        await room.journal.put(paper("x"), sheet("report"))
        async with asyncio.timeout(10):
            await tray.hanging.wait()
    async with open_room(tmp_path, tray, Tray(), owed=owed) as room:
        await room.settled()
        jobs = await room.journal.load_ended(10)
    assert {job.id: job.state for job in jobs} == {
        "receipt:n-1:original": "doubtful",
        "receipt:n-1:copy:1": "done",
        "paper:x": "done",
    }
    assert (tray.unmarked_n("n-1"), tray.marked_n("n-1")) == (1, 1)
    assert owed.out == ["receipt:n-1:copy:1", "paper:x"]


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(FAULTS), max_size=8), st.integers(1, 3))
def test_whatever_fails_one_paper_is_without_the_mark_and_none_is_lost(
    faults: list[Fault], jobs_n: int
) -> None:
    async def trade() -> None:
        owed, tray = Owed(), Tray(*faults)
        numbers = [f"n-{count}" for count in range(jobs_n)]
        with tempfile.TemporaryDirectory() as folder:
            for run in range(faults.count("hangs") + 1):
                tray.hanging.clear()
                async with open_room(Path(folder), tray, Tray(), owed=owed) as room:
                    for number in numbers:
                        if not await room.journal.load_subject(f"receipt:{number}"):
                            room.journal.take_up(receipt(number))
                    ends = {
                        asyncio.ensure_future(room.settled()),
                        asyncio.ensure_future(_wait(tray.hanging)),
                    }
                    await asyncio.wait(ends, return_when="FIRST_COMPLETED", timeout=10)
                    for end in ends:
                        end.cancel()
                    looks = [job.subject for job in room.journal.list_open() if job.is_doubt]
                assert run <= faults.count("hangs")
            for number in numbers:
                assert tray.unmarked_n(number) <= 1
                is_out = any(f":{number}:" in done for done in owed.out)
                assert is_out or f"receipt:{number}" in looks
            assert len(owed.out) == len(set(owed.out))

    asyncio.run(trade())


async def test_a_dead_printer_holds_up_nobody_and_its_papers_come_out_elsewhere(
    tmp_path: Path,
) -> None:
    dead, well = Tray(), Tray()
    dead.ready = False
    async with open_room(tmp_path, dead, well, failover_after_s=0.05) as room:
        room.journal.take_up(receipt("n-1"))
        room.journal.take_up(receipt("m-1", lane="2"))
        at_once = await room.until("receipt:m-1:original", "done")
        moved = await room.until("receipt:n-1:original", "done")
        await room.journal.put(paper("only-p1"), sheet("only p1"))
        dead.ready = True
        room.journal.on_device_change("p1")
        await room.until("paper:only-p1", "done")
        room.journal.take_up(receipt("n-2"))
        back = await room.until("receipt:n-2:original", "done")
    assert (at_once.used, moved.used, moved.wanted, back.used) == ("p2", "p2", "p1", "p1")
    assert well.papers[0].splitlines()[0].strip() == "m-1"
    assert "FOR LANE 1" in well.papers[1]
    assert dead.unmarked_n("n-1") == 0
    assert "receipt:n-1:original" in room.owed.held


async def test_what_was_sent_never_moves_to_another_printer_and_its_copy_does(
    tmp_path: Path,
) -> None:
    dying, well = Tray("some"), Tray()
    async with open_room(tmp_path, dying, well, failover_after_s=0.05) as room:
        room.journal.take_up(receipt("n-1"))
        await room.until("receipt:n-1:original", "sent")
        dying.ready = False
        copy = await room.until("receipt:n-1:copy:1", "done")
    assert (copy.used, dying.titles()) == ("p2", ["n-1"])
    assert "COPY" in well.papers[0]
    assert "FOR LANE 1" in well.papers[0]


async def test_the_same_key_is_the_same_job_and_a_queue_has_an_end(tmp_path: Path) -> None:
    tray = Tray()
    tray.ready = False
    async with open_room(tmp_path, tray, Tray()) as room:
        first = await room.journal.put(paper("x"), sheet("report"))
        again = await room.journal.put(paper("x"), sheet("another text"))
        assert first.id == again.id
        for count in range(63):
            await room.journal.put(paper(f"y{count}"), sheet("report"))
        for refused_put, code in (
            (room.journal.put(paper("z"), sheet("report")), "printer_busy"),
            (room.journal.put(paper("z", printer="p9"), sheet("report")), "printer_unknown"),
            (room.journal.put(paper("z", printer="p2"), bytes(2 << 20)), "job_too_large"),
            (room.journal.copy("paper:none", who="anna"), "print_unknown"),
        ):
            with pytest.raises(Refused) as refused:
                await refused_put
            assert refused.value.code == code


async def test_what_no_try_can_print_is_given_up_and_the_next_comes_out(tmp_path: Path) -> None:
    tray = Tray("too_large")
    async with open_room(tmp_path, tray, Tray()) as room:
        room.journal.take_up(receipt("n-1"))
        room.journal.take_up(receipt("old-1"))
        room.journal.take_up(receipt("n-2"))
        await room.until("receipt:n-2:original", "done")
        assert room.journal.list_open() == []
    assert [drop[0] for drop in room.owed.dropped] == [
        "receipt:n-1:original",
        "receipt:old-1:original",
    ]


async def test_a_queued_paper_is_given_up_by_name_and_is_not_printed_after_a_restart(
    tmp_path: Path,
) -> None:
    tray = Tray()
    tray.ready = False
    async with open_room(tmp_path, tray, Tray()) as room:
        await room.journal.put(paper("x"), sheet("report x"))
        await room.journal.put(paper("y"), sheet("report y"))
        dropped = await room.journal.drop("paper:x", who="anna", why="not needed")
        assert (dropped.state, dropped.settled) == ("dropped", "anna: not needed")
    tray.ready = True
    async with open_room(tmp_path, tray, Tray()) as room:
        await room.until("paper:y", "done")
    assert tray.titles() == ["y"]


async def test_a_paper_of_a_printer_that_left_the_settings_goes_to_its_lanes_new_one(
    tmp_path: Path,
) -> None:
    tray, other = Tray(), Tray()
    tray.ready = False
    async with open_room(tmp_path, tray, other) as room:
        ask = paper("x")
        await room.journal.put(ask, sheet("homeless"))
    facts = {"printers": ("p2",), "lane_printers": {}, "fallbacks": {}}
    async with open_room(tmp_path, **facts) as room:  # type: ignore[arg-type]
        assert [job.state for job in await room.journal.load_ended(5)] == ["dropped"]
        assert room.owed.dropped[0][0] == "paper:x"


async def test_old_jobs_and_the_bytes_of_many_are_forgotten(tmp_path: Path) -> None:
    async with open_room(tmp_path, Tray(), Tray()) as room:
        for count in range(3):
            room.journal.take_up(receipt(f"n-{count}"))
        await room.settled()
    with sqlite3.connect(tmp_path / "prints.db") as db:
        assert db.execute("SELECT count(*) FROM prints WHERE length(data) > 0").fetchone() == (3,)
        db.execute("UPDATE prints SET ended_ms = 1 WHERE id LIKE '%n-0%'")
        db.execute("UPDATE prints SET print_n = print_n + 600 WHERE id LIKE '%n-2%'")
    async with open_room(tmp_path, Tray(), Tray()) as room:
        ids = [job.id for job in await room.journal.load_ended(9)]
    assert ids == ["receipt:n-2:original", "receipt:n-1:original"]
    with sqlite3.connect(tmp_path / "prints.db") as db:
        kept = db.execute("SELECT id FROM prints WHERE data IS NOT NULL").fetchall()
    assert kept == [("receipt:n-2:original",)]


BODIES: list[Body] = [
    Document(
        48,
        (
            Text("茶 Tea", "¥1", bold=True, size=2, align="right"),
            Rule(double=True),
            Feed(3),
            Barcode("4006381333931"),
            Qr("x"),
            Picture(b"\x89PNG"),
            Kick(5),
            Cut(),
        ),
    ),
    (Label(name="Tea", currency=Currency(code="CNY"), price_minor=100),),
    b"\x1b@raw",
]


@pytest.mark.parametrize("body", BODIES, ids=["layout", "labels", "bytes"])
def test_what_is_kept_of_a_paper_is_read_as_it_was(body: Body) -> None:
    assert decode_body(encode_body(body)) == body
