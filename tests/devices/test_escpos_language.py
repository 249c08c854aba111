"""The bytes of ESC/POS: answers sorted whatever pieces they come in, jobs cut where one may."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.devices.paper import Barcode, Cut, Document, Feed, Qr, Rule, Text, render_escpos
from edge.devices.printers.escpos_parts import split_job
from edge.devices.printers.escpos_status import (
    FenceByte,
    Flow,
    Named,
    Replies,
    Reply,
    StatusByte,
    Stray,
    Unasked,
    decode_unasked,
)
from edge.sim.escpos_reader import PaperReader

ANSWERS: tuple[tuple[bytes, Reply], ...] = (
    (b"\x12", StatusByte(0x12)),
    (b"\x1a", StatusByte(0x1A)),
    (b"\x7e", StatusByte(0x7E)),
    (b"\x00", FenceByte(0)),
    (b"\x0f", FenceByte(0x0F)),
    (b"\x10\x00\x00\x00", Unasked(b"\x10\0\0\0")),
    (b"\x3c\x00\x0c\x00", Unasked(b"\x3c\0\x0c\0")),
    (b"_TM-T20\x00", Named("TM-T20")),
    (b"_\x00", Named("")),
    (b"\x11", Flow(go=True)),
    (b"\x13", Flow(go=False)),
    (b"\xff", Stray(0xFF)),
)


def sort(pieces: Iterable[bytes], *, fences_n: int, names_n: int) -> list[Reply]:
    """Feed pieces, keeping count of what is still unanswered as a talk does."""
    replies, found = Replies(), []
    for piece in pieces:
        for reply in replies.feed(piece, fences_open_n=fences_n, names_open_n=names_n):
            fences_n -= isinstance(reply, FenceByte)
            names_n -= isinstance(reply, Named)
            found.append(reply)
    return found


@given(st.lists(st.sampled_from(ANSWERS), max_size=20), st.data())
def test_answers_of_every_kind_are_told_apart_however_they_are_cut(
    answers: list[tuple[bytes, Reply]], data: st.DataObject
) -> None:
    stream = b"".join(sent for sent, _ in answers)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    found = sort(pieces, fences_n=len(answers), names_n=len(answers))

    assert found == [meant for _, meant in answers]


@given(st.binary(max_size=200))
def test_whatever_comes_no_more_is_answered_than_was_asked(stream: bytes) -> None:
    found = sort([stream], fences_n=2, names_n=1)

    assert sum(isinstance(one, FenceByte) for one in found) <= 2
    assert sum(isinstance(one, Named) for one in found) <= 1


def test_flow_control_inside_an_unasked_status_does_not_shift_it() -> None:
    assert sort([b"\x10\x13\x00\x0c\x11\x00"], fences_n=1, names_n=0) == [
        Flow(go=False),
        Flow(go=True),
        Unasked(b"\x10\x00\x0c\x00"),
    ]


def test_an_unasked_status_that_breaks_off_swallows_no_answer() -> None:
    assert sort([b"\x10\x00\x12"], fences_n=0, names_n=0) == [StatusByte(0x12)]


@pytest.mark.parametrize(
    ("told", "problem", "paper", "is_open"),
    [
        ("10 00 00 00", "", "ok", False),
        ("14 00 03 00", "", "near_end", True),
        ("18 00 0f 00", "paper_out", "out", False),
        ("38 00 00 00", "cover_open", "ok", False),
        ("18 08 00 00", "printer_error", "ok", False),
        ("18 00 00 00", "printer_offline", "ok", False),
    ],
)
def test_an_unasked_status_says_the_same_as_an_asked_one(
    told: str, problem: str, paper: str, is_open: bool
) -> None:
    status = decode_unasked(bytes.fromhex(told), drawer_open_level="high")

    assert (status.problem()[0], status.paper, status.drawer_open) == (problem, paper, is_open)


PARTS = st.one_of(
    st.builds(Text, st.text("abc 可乐é¥", max_size=60), bold=st.booleans()),
    st.builds(Rule),
    st.builds(Feed, st.integers(1, 3)),
    st.just(Barcode("4006381333931")),
    st.builds(Qr, st.text("abc\n", min_size=1, max_size=40)),
    st.just(Cut()),
)


@settings(deadline=None, max_examples=60)  # the first picture loads Pillow
@given(st.lists(PARTS, max_size=12), st.sampled_from(["western", "chinese"]), st.integers(1, 400))
def test_a_job_is_cut_only_where_the_printer_waits_for_a_command(
    parts: list[object], profile: str, part_bytes: int
) -> None:
    job = render_escpos(Document(48, tuple(parts)), profile)  # type: ignore[arg-type]

    cut = split_job(job, part_bytes=part_bytes)

    assert b"".join(cut) == job
    assert all(len(part) >= part_bytes for part in cut[:-1])
    reader = PaperReader()
    for part in cut[:-1]:
        reader.feed(part)
        assert not reader.has_unfinished()


def test_a_picture_is_never_cut_and_what_is_unknown_ends_the_cutting() -> None:
    picture = b"\x1dv0\x00" + bytes((2, 0, 100, 0)) + b"\n" * 200
    lines = b"a line\n" * 50

    assert split_job(lines + picture + lines, part_bytes=100)[0] == lines[:105]
    assert all(
        part.count(b"\x1dv0") in (0, 1) and (b"\x1dv0" not in part or picture in part)
        for part in split_job(lines + picture + lines, part_bytes=100)
    )
    assert split_job(b"\x1b\xffx\n" + lines, part_bytes=10) == [b"\x1b\xffx\n" + lines]
    assert split_job(b"") == [b""]
