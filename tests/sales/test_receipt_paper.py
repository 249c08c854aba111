"""A receipt on paper: its words, its weights, its marks, in both languages and widths."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from cext.kit.clock import SystemClock
from cext.lang.basket import Override, Tender, Weighing
from cext.lang.events import SaleLine
from cext.lang.item import Item
from cext.lang.quote import Adjustment, TaxSum
from edge.books import ActiveBook, Books
from edge.devices.paper import Kick, render_text
from edge.devices.paper.cells import pack_row
from edge.devices.paper.fonts import choose_kind, has_glyph, load_font
from edge.devices.paper.layout import count_columns
from edge.devices.printers.escpos_tcp_printer import Settings
from edge.devices.printers.escpos_tcp_printer import open as open_printer
from edge.journal import open_journal
from edge.prints.outlet import PaperOutlet
from edge.sales.receipt import Letterhead, Press
from edge.sales.texts import Language
from edge.sales.views import Receipt
from edge.sim.escpos_tcp_printer import SimPrinter
from tests.sales.shop import STORE, make_book

AT_MS = 1_768_384_800_000  # 2026-01-14 18:00 in Shanghai
PEAR = Item(item="pear", name="大鸭梨 Pears", price_minor=898, unit="g", per=1000)


def line_of(line: int, name: str, minor: int, **more: Any) -> SaleLine:
    facts: dict[str, Any] = {
        "line": line,
        "item": name.lower(),
        "name": name,
        "department": "FOOD",
        "unit": "piece",
        "quantity": 1000,
        "gross_minor": minor,
        "net_minor": minor,
        "tax": "",
        "tax_minor": 0,
    }
    return SaleLine(**{**facts, **more})


def taken(line: int, kind: Any, reason: str, minor: int) -> Adjustment:
    return Adjustment(line=line, rule="r", kind=kind, reason=reason, amount_minor=minor)


WEIGHING = Weighing(
    weight_g=1386, tare_g=0, device="scale1", protocol="toledo_8217", raw_hex="", at_ms=AT_MS
)
HAND = Override(amount_minor=500, reason="damaged_goods", approved_by="wang")
SALE = Receipt(
    number="367-1-000042",
    kind="sale",
    sale_number=None,
    store=STORE,
    lane="1",
    worker="anna",
    at_ms=AT_MS,
    business_day="2026-01-14",
    seq=9,
    lines=(
        line_of(1, "光明 鲜牛奶 Milk 950 ml", 1390),
        line_of(
            2,
            "Pears",
            1245,
            item="pear",
            unit="g",
            quantity=1386,
            weighing=WEIGHING,
            net_minor=1145,
            adjustments=(taken(2, "member_price", "Member price", 100),),
        ),
        line_of(3, "Sparkling Water With A Long Name, Lemon And Lime", 1400, quantity=2000),
        line_of(4, "Cake", 500, override=HAND),
        line_of(5, "Bread", 600, adjustments=(taken(5, "manual", "damaged_goods", 60),)),
    ),
    tenders=(Tender(kind="cash", amount_minor=6000, change_minor=1026),),
    taxes=(TaxSum(tax="food", rate_ppm=90_000, net_minor=4564, tax_minor=411),),
    gross_minor=5135,
    discount_minor=160,
    payable_minor=4975,
    rounding_minor=-1,
    member="1084",
    reason=None,
    printed=True,
    refunded=False,
    currency="CNY",
)
REFUND = replace(
    SALE,
    number="367-1-000043",
    kind="refund",
    sale_number=SALE.number,
    reason="damaged_goods",
    tenders=(Tender(kind="cash", amount_minor=4974),),
)


@asynccontextmanager
async def open_press(folder: Path, language: Language) -> AsyncIterator[Press]:
    head = Letterhead(
        shop_name="Corner Shop",
        store=STORE,
        zone="Asia/Shanghai",
        currency="CNY",
        language=language,
        footer="",
        width_n=48,
    )
    clock = SystemClock()
    async with open_journal(folder / "journal.db", store=STORE, clock=clock) as journal:
        books = Books(folder, store=STORE, currency="CNY", journal=journal, clock=clock)
        books.active = ActiveBook(make_book(items=(PEAR,), offers=()), hash_hex="00")
        yield Press(head, books)


@pytest.mark.parametrize("width_n", [32, 48])
@pytest.mark.parametrize(("language", "late"), [("en", "Printed late"), ("zh", "延迟打印")])
async def test_a_receipt_fits_its_paper_and_speaks_like_a_shop(
    tmp_path: Path, language: Language, late: str, width_n: int
) -> None:
    async with open_press(tmp_path, language) as press:
        for receipt in (SALE, REFUND):
            # In a thread: a time zone is read from disk when it is first asked for.
            paper = await asyncio.to_thread(press.lay_out, receipt, width_n=width_n, late_ms=90_000)
            text = render_text(paper)
            assert all(count_columns(line) <= width_n for line in text.splitlines())
            weighed = {"en": "weighed", "zh": "称重"}[language]
            for words in (f"Pears ({weighed})", "1.386 kg x ¥8.98/kg ", "damaged"):
                assert words in text
            assert "_" not in text
            lines = [line.split() for line in text.splitlines()]
            assert [*late.split(), "2026-01-14", "18:01:30"] in lines  # on one line


@pytest.mark.parametrize("profile", ["western", "chinese", "TM-T20II"])
async def test_a_receipt_is_made_off_the_loop_even_where_its_lines_are_drawn(
    tmp_path: Path, profile: str
) -> None:
    """The watched loop fails a test that reads a font or a database of printers on it."""
    forget_what_is_read_once()
    async with open_press(tmp_path, "zh") as press, SimPrinter() as sim:
        settings = Settings(host=sim.host, port=sim.port, profile=profile)
        async with open_printer(settings, device="printer1", clock=SystemClock()) as printer:
            outlet = PaperOutlet("printer1", printer, lambda: True)
            paper = await asyncio.to_thread(press.lay_out, SALE, width_n=48)
            data = await outlet.render(replace(paper, parts=(Kick(), *paper.parts)), ())

    assert (b"\x1dv0" in data) == (profile != "chinese")
    assert data.index(b"\x1bp") < 10  # the drawer opens before the paper comes


def forget_what_is_read_once() -> None:
    for known in (load_font, choose_kind, has_glyph, pack_row):
        known.cache_clear()
