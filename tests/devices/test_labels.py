"""One label, rendered for two printers and as a picture, and read back by independent readers."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from cext.errors import Refused
from cext.lang.money import Currency
from edge.devices.labels import Label, Media, render_png, render_tspl, render_zpl
from edge.devices.labels.draw import from_raster, measure, to_raster
from edge.devices.labels.layout import Code, Words, lay_out
from edge.devices.labels.picture import draw_dots
from edge.devices.labels.zpl import escape
from edge.sim.printed_label import PrintedLabel
from edge.sim.tspl_reader import TsplReader
from edge.sim.zpl_reader import STATUS, ZplReader

YUAN, DOLLAR = Currency(code="CNY"), Currency(code="USD")
CHINESE = Label(
    name="有机纯牛奶 250ml×12 整箱装",
    currency=YUAN,
    price_minor=5990,
    was_minor=6980,
    unit_price_minor=200,
    unit="100 ml",
    ean="6923644266066",
    printed_on="2026-11-22",
    lang="zh",
)
ENGLISH = Label(
    name="Organic Whole Milk 2 L",
    currency=DOLLAR,
    price_minor=349,
    was_minor=419,
    unit_price_minor=18,
    unit="100 ml",
    ean="4006381333931",
    printed_on="2026-11-22",
)
MEDIA = (Media(), Media(dpi=300), Media(width_mm=40, height_mm=30), Media(width_mm=100))


def read_zpl(data: bytes) -> PrintedLabel:
    reader = ZplReader()
    (label,) = reader.feed(data + b"\n")
    assert reader.unknown == []
    assert isinstance(label, PrintedLabel)
    return label


def read_tspl(data: bytes, dots_per_mm: int = 8) -> PrintedLabel:
    reader = TsplReader(dots_per_mm=dots_per_mm)
    (label,) = reader.feed(data)
    assert reader.unknown == []
    assert isinstance(label, PrintedLabel)
    return label


@pytest.mark.parametrize("label", [CHINESE, ENGLISH], ids=["zh", "en"])
@pytest.mark.parametrize("media", MEDIA, ids=str)
def test_both_printers_get_the_same_code_and_the_same_size(label: Label, media: Media) -> None:
    zpl = read_zpl(render_zpl(label, media))
    tspl = read_tspl(render_tspl(label, media), 8 if media.dpi == 203 else 12)

    assert (zpl.width, zpl.height) == (tspl.width, tspl.height)
    assert (zpl.width, zpl.height) == (media.width_dots, media.height_dots)
    assert zpl.codes() == tspl.codes() == (label.ean,)


@pytest.mark.parametrize("media", MEDIA, ids=str)
def test_every_dot_of_a_chinese_label_is_where_the_picture_has_it(media: Media) -> None:
    """Only what the printer draws itself, the date and the code, may differ."""
    picture = draw_dots(CHINESE, media)
    code = next(field for field in lay_out(CHINESE, media) if isinstance(field, Code))
    above = (0, 0, media.width_dots, code.y)

    for printed in (
        read_zpl(render_zpl(CHINESE, media)),
        read_tspl(render_tspl(CHINESE, media), 8 if media.dpi == 203 else 12),
    ):
        assert set(printed.texts()) <= {"2026-11-22"}
        assert not ImageChops.difference(printed.draw().crop(above), picture.crop(above)).getbbox()


def test_ascii_goes_through_the_printers_own_font() -> None:
    assert "Organic Whole Milk 2 L" in read_zpl(render_zpl(ENGLISH, Media())).texts()
    assert "$0.18 per 100 ml" in read_zpl(render_zpl(ENGLISH, Media())).texts()
    assert "2026-11-22" in read_tspl(render_tspl(ENGLISH, Media())).texts()


@pytest.mark.parametrize("name", ["A^XZ~JA_5E", 'Say "cheese"', "Back\\slash \\&", "^FS", "100 %_"])
def test_a_name_is_never_a_command(name: str) -> None:
    label = Label(name=name, currency=YUAN, price_minor=100)

    zpl, tspl = read_zpl(render_zpl(label, Media())), read_tspl(render_tspl(label, Media()))

    drawn = [field for field in zpl.fields if field.kind == "dots"]
    assert name in zpl.texts() or len(drawn) == 2
    assert all(text in name for text in tspl.texts())


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_what_is_escaped_is_read_back(text: str) -> None:
    assert not set(escape(text)) & set("^~")
    reader = ZplReader()

    data = f"^XA^FO0,0^A0N,20,20^FB99,1,0,L^FH^FD{escape(text)}^FS^XZ\n".encode()

    (label,) = reader.feed(data)
    assert isinstance(label, PrintedLabel)
    assert label.texts() == (text,)


@settings(max_examples=40, deadline=None)
@given(
    name=st.text(st.sampled_from('Ab 9牛奶整¥é^"\\_-,'), min_size=1).filter(str.strip),
    price_minor=st.integers(0, 9_999_999),
    was_minor=st.none() | st.integers(0, 999_999),
    media=st.builds(
        Media,
        width_mm=st.integers(30, 110),
        height_mm=st.integers(20, 150),
        dpi=st.sampled_from((203, 300)),
    ),
)
def test_any_label_fits_its_media_and_reads_the_same_in_pieces(
    name: str, price_minor: int, was_minor: int | None, media: Media
) -> None:
    label = Label(
        name=name,
        currency=YUAN,
        price_minor=price_minor,
        was_minor=was_minor,
        unit_price_minor=price_minor,
        unit="500 g",
        ean="6923644266066",
        printed_on="2026-11-22",
    )
    zpl, tspl = render_zpl(label, media), render_tspl(label, media)
    dots_per_mm = 8 if media.dpi == 203 else 12

    for field in read_zpl(zpl).fields:
        assert 0 <= field.x < media.width_dots
        assert 0 <= field.y <= media.height_dots - field.height
        assert field.kind == "code" or field.x + field.width < media.width_dots + 8
    reader, found = TsplReader(dots_per_mm=dots_per_mm), list[Any]()
    for start in range(0, len(tspl), 97):
        found += reader.feed(tspl[start : start + 97])
    assert found == [read_tspl(tspl, dots_per_mm)]


def test_the_thirteenth_digit_is_checked_before_anything_is_printed() -> None:
    with pytest.raises(Refused) as refused:
        Label(name="Milk", currency=YUAN, price_minor=100, ean="6923644266067")

    assert refused.value.code == "label_code_wrong"
    assert "13 digits with their check digit" in refused.value.detail


@pytest.mark.parametrize("more", [{"name": " "}, {"unit": "kg"}, {"unit_price_minor": 1}])
def test_half_a_label_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        Label(**{"name": "Milk", "currency": YUAN, "price_minor": 100, **more})

    assert refused.value.code == "label_incomplete"


def test_a_label_too_narrow_for_its_code_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        lay_out(ENGLISH, Media(width_mm=25))

    assert refused.value.code == "label_too_small"
    assert "29 mm" in refused.value.detail


def test_bars_are_as_wide_as_gs1_asks_where_there_is_room() -> None:
    modules = {
        media.dpi: next(one for one in lay_out(ENGLISH, media) if isinstance(one, Code)).module
        for media in (Media(), Media(dpi=300))
    }

    assert modules == {203: 3, 300: 4}


def test_a_long_name_takes_two_lines_and_ends_in_dots() -> None:
    label = Label(name="Sun dried tomatoes " * 9, currency=YUAN, price_minor=100)

    lines = [field for field in lay_out(label, Media()) if isinstance(field, Words)]

    assert len(lines) == 2
    assert lines[-1].text.endswith("...")
    assert all(measure(line.text, line.size, bold=True) <= line.width for line in lines)


def test_dots_make_the_picture_they_came_from() -> None:
    image = Image.new("L", (20, 10), 255)
    image.paste(0, (3, 2, 13, 7))

    raster = to_raster(image, 100, 50)

    assert (raster.x, raster.y, raster.width, raster.height) == (103, 52, 16, 5)
    assert from_raster(raster).crop((0, 0, 10, 5)).getextrema() == (0, 0)


def test_the_picture_is_a_png_with_one_pixel_a_dot() -> None:
    with Image.open(BytesIO(render_png(CHINESE, Media()))) as picture:
        assert picture.size == (480 + 32, 320 + 32)


def test_a_question_between_two_labels_is_seen() -> None:
    job = render_zpl(ENGLISH, Media())

    found = ZplReader().feed(job + b"~HS\r\n" + job)

    assert [one if one == STATUS else "label" for one in found] == ["label", STATUS, "label"]


def test_labels_cost_no_pillow_until_one_is_drawn() -> None:
    code = "import sys, edge.devices; sys.exit('PIL' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
