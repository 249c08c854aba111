"""The simulated printer reads what an independent writer sends, and answers as the manual says."""

from __future__ import annotations

import asyncio
from io import BytesIO

import pytest
from escpos.printer import Dummy
from PIL import Image

from edge.sim.escpos_reader import CUT, KICK, PaperLine, PaperReader, show_lines
from edge.sim.escpos_tcp_printer import SimPrinter


def read(data: bytes, *, kanji_at_start: bool = False) -> PaperReader:
    reader = PaperReader(kanji_at_start=kanji_at_start)
    reader.feed(data)
    return reader


def test_it_reads_what_python_escpos_writes() -> None:
    other = Dummy()
    other.set(bold=True, align="center", double_width=True, double_height=True)
    other.textln("SHOP")
    other.set(bold=False, align="left", normal_textsize=True)
    other.textln("Total          9.99")
    other.qr("https://shop.example", native=True)
    other.barcode("4006381333931", "EAN13", function_type="B")
    other.cashdraw(2)
    other.cut()

    reader = PaperReader()
    done = reader.feed(other.output)

    assert reader.unknown == []
    assert [one.what for one in done] == [KICK, CUT]
    lines = [line for line in reader.lines if line.text]
    assert lines[:2] == [
        PaperLine("SHOP", bold=True, size=2, align="center"),
        PaperLine("Total          9.99"),
    ]
    assert [(line.mark, line.text) for line in lines[2:]] == [
        ("qr", "https://shop.example"),
        ("barcode", "4006381333931"),
    ]


def test_chinese_is_read_only_in_kanji_mode() -> None:
    hanzi = "可乐".encode("gb18030")

    assert read(b"\x1c&" + hanzi + b"\x1c.\n").lines[0].text == "可乐"
    assert read(hanzi + b"\n", kanji_at_start=True).lines[0].text == "可乐"
    assert read(hanzi + b"\n").lines[0].text != "可乐"


def test_a_yen_sign_sent_as_gb18030_comes_out_wrong_as_on_real_printers() -> None:
    assert read(b"\x1c&" + "¥".encode("gb18030") + b"5\n").lines[0].text == "??5"


def test_half_a_command_waits_for_its_rest() -> None:
    reader = PaperReader()
    for byte in b"\x1b@\x1bE\x01Hi\n\x1dk\x43\x0d4006381333931":
        reader.feed(bytes((byte,)))

    assert [line.text for line in reader.lines] == ["Hi", "4006381333931"]
    assert reader.lines[0].bold


def test_an_unknown_command_is_noted_and_not_skipped_in_silence() -> None:
    assert read(b"\x1d\x99abc\n").unknown == ["1d 99"]


def test_lines_are_shown_where_they_stand_on_the_paper() -> None:
    lines = [PaperLine("可乐", align="right"), PaperLine("x", size=2, align="center")]

    assert show_lines(lines, width_n=10) == ["      可乐", "  x"]


async def ask(port: int, question: bytes, *, size_n: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(question)
        async with asyncio.timeout(5):
            return await reader.readexactly(size_n)
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("paper", "cover_open", "answers"),
    [
        ("ok", False, "12 12 12 12"),
        ("near_end", False, "12 12 12 1e"),
        ("out", False, "1a 32 12 7e"),
        ("ok", True, "1a 16 12 12"),
    ],
)
async def test_status_answers_are_the_documented_bytes(
    paper: str, cover_open: bool, answers: str
) -> None:
    async with SimPrinter() as sim:
        sim.set_paper(paper)  # type: ignore[arg-type]
        sim.set_cover_open(cover_open)

        got = await ask(sim.port, b"".join(bytes((0x10, 4, n)) for n in (1, 2, 3, 4)), size_n=4)

    assert got.hex(" ") == answers


async def test_unasked_status_and_identity_are_answered() -> None:
    async with SimPrinter() as sim:
        assert await ask(sim.port, b"\x1da\xff", size_n=4) == b"\x10\0\0\0"
        assert await ask(sim.port, b"\x1dI\x43", size_n=8) == b"_SIM-80\0"


async def test_a_blocked_printer_holds_the_fence_and_answers_in_real_time() -> None:
    async with SimPrinter() as sim, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", sim.port)
        sim.set_cover_open(True)
        writer.write(b"late\n\x1dVB\x00\x1dr\x01\x10\x04\x02")

        assert await reader.readexactly(1) == b"\x16"
        assert sim.jobs == []
        sim.set_cover_open(False)
        assert await reader.readexactly(1) == b"\x00"
        assert sim.jobs[0].text == ("late",)
        writer.close()


async def test_a_job_can_be_looked_at_as_a_picture() -> None:
    async with SimPrinter() as sim, asyncio.timeout(5):
        _, writer = await asyncio.open_connection("127.0.0.1", sim.port)
        writer.write(b"\x1b@Hello\n" + b"-" * 48 + b"\n\x1dk\x43\x0d4006381333931\x1dVB\x00")
        await sim.wait_jobs(1)
        writer.close()

    with Image.open(BytesIO(await asyncio.to_thread(sim.jobs[0].draw))) as picture:
        assert picture.width == 1272
