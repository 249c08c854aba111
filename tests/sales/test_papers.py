"""Papers that are no receipts: day reports out of real trade, pick slips, setup pages."""

from __future__ import annotations

import asyncio
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image, ImageChops

from cext.errors import ConfigError
from edge.device_settings import check_devices
from edge.devices.paper import render_text
from edge.devices.paper.layout import count_columns
from edge.devices.paper.picture import draw_png
from edge.sales.day import DayReport, LaneNumbers, TaxTotal, TenderSum
from edge.sales.day_paper import Sheet, lay_out_day
from edge.sales.slips import (
    PickLine,
    PickSlip,
    lay_out_calibration,
    lay_out_pairing,
    lay_out_pick_slip,
)
from edge.sales.texts import Language
from edge.sim.escpos_tcp_printer import SimPrinter
from tests.sales.papers import AT_MS, LINES, SHOPS, lay_out
from tests.sales.shop import MILK_CODE, listening, make_settings, running

HOME = Path(__file__).parents[2]
REPORT = DayReport(
    store="367",
    business_day="2026-01-14",
    at_ms=AT_MS,
    currency="CNY",
    sales_n=212,
    refunds_n=3,
    gross_minor=1_284_310,
    discount_minor=41_230,
    rounding_minor=-41,
    sales_minor=1_243_039,
    refunds_minor=11_980,
    takings_minor=1_231_059,
    cash_minor=301_590,
    tenders=(
        TenderSum(kind="card", taken_minor=512_300, taken_n=90, back_minor=8_980, back_n=2),
        TenderSum(kind="cash", taken_minor=304_590, taken_n=71, back_minor=3_000, back_n=1),
        TenderSum(kind="wallet", taken_minor=426_149, taken_n=51, back_minor=0, back_n=0),
    ),
    taxes=(TaxTotal(tax="food", rate_ppm=90_000, net_minor=803_000, tax_minor=72_270),),
    lanes=(LaneNumbers(lane="1", first="367-1-000311", last="367-1-000420", receipts_n=110),),
)
SLIP = PickSlip(
    order="A-20417",
    customer="王芳",
    ready_by_ms=AT_MS,
    note="请打电话",
    lines=(
        PickLine(name="光明优倍鲜牛奶 950毫升", quantity=2000, place="冷柜 3"),
        PickLine(name="红富士苹果", quantity=1500, unit="g", note="不要太熟的"),
        PickLine(name="Sparkling Water, Lemon and Lime, 12 x 12 fl oz Cans", quantity=1000),
    ),
)


def make_sheet(language: Language, width_n: int = 48) -> Sheet:
    return Sheet(
        shop_name=SHOPS[language], zone="Asia/Shanghai", language=language, width_n=width_n
    )


@pytest.mark.parametrize("width_n", [32, 42, 48])
@pytest.mark.parametrize("language", ["en", "zh", "he"])
def test_every_paper_fits_its_width_and_says_its_figures(language: Language, width_n: int) -> None:
    sheet = make_sheet(language, width_n)
    papers = {
        "day": lay_out_day(REPORT, sheet),
        "pick": lay_out_pick_slip(SLIP, sheet),
        "calibration": lay_out_calibration(sheet),
        "pairing": lay_out_pairing("http://192.168.1.20:8711/", sheet),
    }

    texts = {name: render_text(paper) for name, paper in papers.items()}

    for text in texts.values():
        assert all(count_columns(line) <= width_n for line in text.splitlines())
    figures = ["¥12310.59", "¥12430.39", "-¥119.80", "-¥89.80", "¥722.70", "¥3015.90", "000420"]
    assert [figure for figure in figures if figure not in texts["day"]] == []
    for words in ("A-20417", "2026-01-14 21:07", "1500", "不要太熟的", "[ ] "):
        assert words in texts["pick"]
    assert "http://192.168.1.20:8711/" in texts["pairing"]


def test_a_z_report_has_its_number_and_an_x_says_that_it_closes_nothing() -> None:
    sheet = make_sheet("en")
    z = render_text(lay_out_day(DayReport(**{**fields_of(REPORT), "number": 17}), sheet))
    x = render_text(lay_out_day(REPORT, sheet))

    assert "Z REPORT" in z
    assert "17" in next(line for line in z.splitlines() if line.startswith("Number"))
    assert "closes nothing" in x
    assert "closes nothing" not in z


def fields_of(report: DayReport) -> dict[str, Any]:
    return {name: getattr(report, name) for name in report.__struct_fields__}


async def test_an_x_report_is_what_the_day_has_taken(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    async with running(settings) as door:
        empty = await door.get("/v1/reports/x")
        assert (empty["sales_n"], empty["takings_minor"], empty["tenders"]) == (0, 0, [])
        await door.open()
        await door.scan(MILK_CODE)
        await door.pay(349)
        first = await door.post("/v1/lanes/1/close")
        await door.scan(MILK_CODE)
        await door.scan(MILK_CODE)
        await door.pay(1000)
        second = await door.post("/v1/lanes/1/close")
        await door.post(
            f"/v1/receipts/{second['number']}/refund",
            {"reason": "damaged_goods", "approved_by": "wang"},
        )
        before = await door.get("/v1/reports/x")
    async with running(settings) as door:
        report = await door.get("/v1/reports/x")
        async with door.session.get(door.url + "/v1/papers/x.txt") as reply:
            text = await reply.text()

    assert report["sales_n"] == 2
    assert report["refunds_n"] == 1
    assert report["sales_minor"] == 349 + 698
    assert report["refunds_minor"] == 698
    assert report["takings_minor"] == report["cash_minor"] == 349
    (cash,) = report["tenders"]
    assert (cash["taken_minor"], cash["taken_n"]) == (349 + 698, 2)
    assert (cash["back_minor"], cash["back_n"]) == (698, 1)
    (lane,) = report["lanes"]
    assert lane["first"] == first["number"]
    assert lane["receipts_n"] == 3
    assert {**before, "at_ms": 0} == {**report, "at_ms": 0}  # a fold: the same after a restart
    assert "X REPORT" in text


async def test_papers_come_out_of_a_printer_in_its_own_width(tmp_path: Path) -> None:
    async with SimPrinter() as sim:
        printer = {"kind": "escpos_tcp_printer", "host": "127.0.0.1", "port": sim.port}
        devices = {"p1": {**printer, "width_n": 32, "profile": "chinese"}}
        settings = make_settings(tmp_path, devices=devices, language="zh")
        async with running(settings) as door, listening(door) as news:
            await news.until_device("p1", "ready")
            await door.post("/v1/papers/x/print", {"printer": "p1"}, status=202)
            body = {"printer": "p1", "slip": msgspec.to_builtins(SLIP)}
            await door.post("/v1/pick-slips/print", body, status=202)
            await sim.wait_jobs(2)

    report, slip = ("\n".join(job.text) for job in sim.jobs[:2])
    assert "X 报表" in report
    assert "今日尚无销售" in report
    assert "红富士苹果" in slip
    assert "[barcode A-20417]" in slip


async def test_a_paper_that_cannot_be_is_refused_with_a_reason(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        unknown = await door.get("/v1/papers/poem.txt", status=404)
        local = await door.get("/v1/papers/pairing.txt", status=422)
        asked = {"printer": "printer9"}
        missing = await door.post("/v1/papers/x/print", asked, status=404)

    assert unknown["code"] == "paper_unknown"
    assert "calibration" in unknown["detail"]
    assert local["code"] == "address_local"
    assert missing["code"] == "device_unknown"


@pytest.mark.parametrize("language", list(LINES))
async def test_the_pictures_of_receipts_in_the_readme_are_of_today(language: Language) -> None:
    """Drawn anew by `python -m tests.sales.papers web/pictures`."""
    kept = HOME / "web" / "pictures" / f"receipt-{language}.png"
    drawn = await asyncio.to_thread(lambda: draw_png(lay_out(language), scale=1))
    shown = await asyncio.to_thread(kept.read_bytes)

    with Image.open(BytesIO(drawn)) as now, Image.open(BytesIO(shown)) as then:
        assert now.size == then.size
        apart = ImageChops.difference(now.convert("L"), then.convert("L"))
    # Another release of FreeType may move an edge by a shade.
    assert sum(shade > 120 for shade in apart.tobytes()) < 200


@pytest.mark.parametrize(
    ("language", "printer", "fits"),
    [
        ("zh", {"profile": "western"}, True),  # drawn
        ("he", {"profile": "chinese"}, True),
        ("zh", {"profile": "TM-U220", "width_n": 42}, False),
        ("zh", {"profile": "TM-U220", "width_n": 42, "encoding": "gb18030"}, True),
        ("he", {"profile": "TM-U220", "width_n": 42, "encoding": "gb18030"}, False),
        ("en", {"profile": "TM-U220", "width_n": 42}, True),
    ],
)
def test_a_printer_that_cannot_print_the_language_stops_the_start(
    tmp_path: Path, language: Language, printer: dict[str, Any], fits: bool
) -> None:
    device = {"kind": "escpos_tcp_printer", "host": "h", **printer}
    settings = make_settings(tmp_path, devices={"p1": device}, language=language)

    if fits:
        assert check_devices(settings)
    else:
        with pytest.raises(ConfigError, match=f"TM-U220 cannot print language {language}"):
            check_devices(settings)
