"""One description of paper, three renderings that agree."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cext.errors import Broken, ConfigError, Refused
from edge.devices import decode_settings
from edge.devices.paper import (
    Barcode,
    Cut,
    Document,
    Feed,
    Kick,
    Picture,
    Qr,
    Rule,
    Text,
    find_profile,
    render_escpos,
    render_png,
    render_text,
)
from edge.devices.paper.bidi import LRI, PDI, RLI
from edge.devices.paper.ean import encode_bars, is_ean
from edge.devices.paper.fonts import find_font
from edge.devices.paper.layout import count_columns, set_text, wrap
from edge.sim.escpos_reader import CUT, INITIALIZE, KICK, PaperReader, show_lines
from edge.sim.printed_job import Job

SLIP = (
    Text("STORELINE", bold=True, size=2, align="center"),
    Text("欢迎光临 Welcome", align="center"),
    Rule(),
    Text("BANANAS", "$1.27"),
    Text("  0.982 kg x $1.29/kg"),
    Text("可口可乐（无糖）330毫升", "¥3.50"),
    Text("SOFT DRINKS 12/18 & 15PK CAN CARBONATED LEMON LIME", "$12.49"),
    Text("Café crème «5 €»", "£2.00"),
    Rule(double=True),
    Text("TOTAL", "$19.26", bold=True),
    Feed(),
    Barcode("4006381333931"),
    Qr("https://shop.example/r/1"),
    Cut(),
)

SLIP_TEXT = """\
                   STORELINE
                欢迎光临 Welcome
------------------------------------------------
BANANAS                                    $1.27
  0.982 kg x $1.29/kg
可口可乐（无糖）330毫升                    ¥3.50
SOFT DRINKS 12/18 & 15PK CAN CARBONATED
LEMON LIME                                $12.49
Café crème «5 €»                           £2.00
================================================
TOTAL                                     $19.26

                 4006381333931
            https://shop.example/r/1
"""


def print_on(data: bytes, *, chinese: bool = True) -> PaperReader:
    reader = PaperReader(kanji_at_start=chinese)
    reader.feed(data)
    assert reader.unknown == []
    assert not reader.has_unfinished()
    return reader


def test_text_stands_in_columns_and_chinese_takes_two() -> None:
    assert render_text(Document(48, SLIP)) == SLIP_TEXT


@pytest.mark.parametrize("width_n", [32, 48])
def test_the_printed_lines_are_the_lines_of_the_text(width_n: int) -> None:
    document = Document(width_n, SLIP[1:11])

    reader = print_on(render_escpos(document, "chinese"))

    assert show_lines(reader.lines, width_n=width_n) == render_text(document).splitlines()


def test_chinese_is_sent_between_fs_and_and_fs_dot() -> None:
    data = render_escpos(Document(48, (Text("可乐 Cola"),)), "chinese")

    assert b"\x1c&" + "可乐".encode("gb18030") + b" Cola\x1c.\n" in data


def test_the_yen_sign_is_one_byte_of_a_code_page_and_never_four_of_gb18030() -> None:
    data = render_escpos(Document(48, (Text("¥5"), Text("€5"), Text("¥6"))), "chinese")

    assert b"\n\x9d" not in data[:2]
    assert b"\x9d5\n" in data
    assert b"\x1bt\x13\xd55\n" in data
    assert b"\xbe6\n" in data  # still in page 858
    assert "¥".encode("gb18030") not in data


def test_a_western_printer_gets_chinese_as_a_picture_and_the_rest_as_text() -> None:
    data = render_escpos(Document(48, (Text("可乐", "$1"), Text("Cola", "$1"))), "western")

    reader = print_on(data, chinese=False)

    assert [line.mark for line in reader.lines] == ["picture", ""]
    assert reader.lines[0].text == "576x27"


def test_what_the_printer_lacks_is_drawn_and_only_without_dots_a_question_mark() -> None:
    document = Document(32, (Text("aЖb", "1"),))

    drawn = print_on(render_escpos(document, "western"), chinese=False)
    by_page = print_on(render_escpos(document, "TM-T88V"), chinese=False)
    poor = print_on(render_escpos(document, "TM-U220"), chinese=False)

    assert [line.mark for line in drawn.lines] == ["picture"]
    assert show_lines(by_page.lines, width_n=32) == [f"aЖb{'1':>29}"]
    assert show_lines(poor.lines, width_n=32) == [f"a?b{'1':>29}"]


def test_no_name_can_smuggle_commands_onto_the_paper() -> None:
    data = render_escpos(Document(32, (Text("a\x1bp\x00\x19\x19\x1dVAb\r\n"),)))

    reader = PaperReader()
    assert [done.what for done in reader.feed(data)] == [INITIALIZE]


def test_size_weight_and_drawer_arrive_at_the_printer() -> None:
    parts = (Text("BIG", size=2, bold=True), Text("small"), Kick(), Cut())

    reader = PaperReader()
    done = reader.feed(render_escpos(Document(48, parts)))

    assert [(line.size, line.bold) for line in reader.lines] == [(2, True), (1, False)]
    assert [one.what for one in done] == [INITIALIZE, KICK, CUT]


def test_codes_are_written_as_an_independent_writer_does() -> None:
    from escpos.printer import Dummy  # noqa: PLC0415 - slow to load, and only here

    other = Dummy()
    other.qr("https://shop.example/r/1", size=6, native=True, ec=1)
    data = render_escpos(Document(48, (Qr("https://shop.example/r/1"),)))

    for command in other.output.split(b"\x1d(k")[1:]:
        assert b"\x1d(k" + command.split(b"\x1ba")[0].rstrip(b"\n") in data


def test_the_bars_of_an_ean_are_the_published_ones() -> None:
    # The example of the GS1 General Specifications for EAN-8 symbols: left and right halves.
    bars = encode_bars("4006381333931")

    assert len(bars) == 95
    assert bars[:3] == bars[-3:] == "101"
    assert bars[45:50] == "01010"
    assert len(encode_bars("96385074")) == 67
    assert encode_bars("96385074").startswith("101" + "0001011" + "0101111" + "0111101" + "0110111")


@pytest.mark.parametrize("digits", ["4006381333932", "400638133393", "", "400638133393x"])
def test_a_barcode_that_is_none_is_our_own_mistake(digits: str) -> None:
    assert not is_ean(digits)
    with pytest.raises(Broken):
        Barcode(digits)


def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Refused, match="western or chinese"):
        render_escpos(Document(48, ()), "martian")


@pytest.mark.parametrize(("width_n", "wide"), [(32, 888), (48, 1272)])
def test_the_picture_is_as_wide_as_the_paper_and_torn_at_the_end(width_n: int, wide: int) -> None:
    with Image.open(BytesIO(render_png(Document(width_n, SLIP)))) as picture:
        grey = picture.convert("LA")

    assert picture.width == wide
    assert grey.getpixel((1, grey.height - 1)) == (253, 0)
    assert grey.getpixel((1, 1)) == (253, 255)
    shades = grey.getchannel("L").getcolors()
    assert sum(count for count, shade in shades if shade < 60) > 10_000


def test_a_picture_is_printed_no_wider_than_the_paper() -> None:
    logo = BytesIO()
    Image.new("L", (2000, 100), 0).save(logo, "PNG")

    reader = print_on(render_escpos(Document(32, (Picture(logo.getvalue()),))), chinese=False)

    assert [line.text for line in reader.lines] == ["384x19"]


def test_a_wrapped_line_keeps_its_indent_and_chinese_breaks_anywhere_but_before_a_comma() -> None:
    assert wrap("  one two three", 8) == ["  one", "  two", "  three"]
    assert wrap("谢谢惠顾，欢迎", 8) == ["谢谢惠", "顾，欢迎"]
    assert wrap("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert wrap("", 4) == [""]


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Mn", "Me", "Cf", "Cn"))),
    st.text("0123456789.$¥-", max_size=12),
    st.sampled_from([16, 32, 48]),
)
def test_no_line_is_wider_than_the_paper_and_nothing_is_lost(
    left: str, right: str, width_n: int
) -> None:
    lines = set_text(Text(left, right), width_n)

    assert all(count_columns(line) <= width_n for line in lines)
    printed = "".join(unmarked("".join(lines)).split())
    assert printed.endswith(right)
    kept = unmarked("".join(set_text(Text(left), 64))).split()
    assert printed == "".join(kept) + right


def unmarked(text: str) -> str:
    """`text` without the marks around what runs from right to left."""
    return text.translate(dict.fromkeys(map(ord, RLI + LRI + PDI)))


PRINTABLE = st.text(
    st.one_of(
        st.characters(min_codepoint=32, max_codepoint=126),
        st.sampled_from("可乐谢惠顾，！（）¥€£éüß×"),
    ),
    max_size=60,
)


@given(
    st.lists(
        st.builds(
            Text,
            PRINTABLE,
            PRINTABLE,
            bold=st.booleans(),
            align=st.sampled_from(["left", "center", "right"]),
        ),
        max_size=8,
    ),
    st.sampled_from([32, 48]),
)
def test_whatever_is_written_the_paper_says_what_the_text_says(
    parts: list[Text], width_n: int
) -> None:
    document = Document(width_n, tuple(parts))

    reader = print_on(render_escpos(document, "chinese"))

    assert show_lines(reader.lines, width_n=width_n) == render_text(document).splitlines()


def test_neither_pillow_nor_escpos_is_loaded_before_a_picture_is_asked_for() -> None:
    program = (
        "import sys\n"
        "from edge.devices import KINDS, decode_settings\n"
        "from edge.devices.paper import Document, Qr, Text, render_escpos, render_text\n"
        "d = Document(48, (Text('可乐', '¥1'), Qr('x')))\n"
        "render_escpos(d, 'chinese'); render_text(d)\n"
        "sys.exit(' '.join({'PIL', 'escpos', 'qrcode', 'serial'} & set(sys.modules)) or 0)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    assert done.stderr.decode() == ""
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("name", "near"), [("TM-T88", "TM-T88"), ("tm-t20ii", "TM-T20II"), ("westen", "western")]
)
def test_a_misspelt_model_is_refused_with_those_like_it(name: str, near: str) -> None:
    with pytest.raises(Refused, match=f"Did you mean .*{near}"):
        find_profile(name)


def test_a_models_own_code_pages_columns_and_knife_are_used() -> None:
    document = Document(42, (Text("Łódź €5"), Cut()))

    data = render_escpos(document, "TM-T88V")

    assert find_profile("TM-T88V").dots_per_column(42) == 12
    assert find_profile("POS-5890").dots_per_column(48) == 8
    assert b"\x1bt\x12\x9d" in data  # page 18 is 852, which has the Ł
    assert b"\x1dV" in data
    assert b"\x1dV" not in render_escpos(document, "POS-5890")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"profile": "TM-T88V"}, "prints 42 columns, not 48"),
        ({"profile": "TM-T8V"}, "TM-T88V"),
        ({"encoding": "latin1"}, "encoding"),
        ({"width_n": 40}, "width_n"),
    ],
)
def test_a_printer_that_cannot_be_is_refused_at_the_start(keys: dict[str, Any], words: str) -> None:
    table = {"kind": "escpos_tcp_printer", "host": "h", **keys}

    with pytest.raises(ConfigError, match=words):
        decode_settings({"printer1": table})


def test_a_printer_without_dots_gets_codes_as_text_and_no_logo() -> None:
    logo = BytesIO()
    Image.new("L", (20, 10), 0).save(logo, "PNG")
    parts = (Qr("R-1"), Barcode("96385074"), Picture(logo.getvalue()))

    reader = print_on(render_escpos(Document(32, parts), "TM-U220"), chinese=False)

    assert show_lines(reader.lines, width_n=32) == [f"{'':14}R-1", f"{'':12}96385074"]


def test_on_a_page_from_right_to_left_every_line_begins_at_the_right() -> None:
    parts = (
        Text("חלב", "₪5.90"),
        Text("  2 יח'"),
        Text("Cola", "₪8.90"),
        Text("א", align="center"),
    )

    lines = render_text(Document(16, parts, rtl=True)).splitlines()

    assert lines == [
        f"₪5.90{'':8}{RLI}חלב{PDI}",
        f"{'':9}{RLI}2 יח'{PDI}",
        f"₪8.90{'':7}Cola",
        f"{'':8}{RLI}א{PDI}",
    ]
    assert render_text(Document(16, parts[:1])) == f"{RLI}חלב{PDI}{'':8}₪5.90\n"


def test_a_name_cannot_turn_the_rest_of_the_line() -> None:
    text = render_text(Document(32, (Text("a\u202eb\u2067c", "1.00"),)))

    assert text == f"abc{'1.00':>29}\n"


def test_lines_after_the_first_hang() -> None:
    text = render_text(Document(16, (Text("1  one two three four", hang_n=3),)))

    assert text == "1  one two three\n   four\n"


def test_a_missing_font_is_an_error_that_names_its_package(tmp_path: Path) -> None:
    for kind, package in (("hanzi", "fonts-wqy-microhei"), ("script", "fonts-dejavu-core")):
        with pytest.raises(Refused, match=f"apt-get install {package}"):
            find_font(kind, (str(tmp_path),))


def test_what_no_font_has_is_a_question_mark_and_never_a_box() -> None:
    emoji, asked = (render_png(Document(16, (Text(text),)), scale=1) for text in ("a🦄", "a ?"))
    hebrew, marked = (
        render_png(Document(16, (Text(text),)), scale=1) for text in ("יייי🦄", "יייי?")
    )

    assert ink_of(emoji) == ink_of(asked)
    assert ink_of(hebrew) == ink_of(marked)


def ink_of(png: bytes) -> int:
    with Image.open(BytesIO(png)) as picture:
        return sum(1 for shade in picture.convert("L").tobytes() if shade < 128)


def test_lines_that_are_drawn_one_after_the_other_are_one_picture() -> None:
    data = render_escpos(Document(32, (Text("可乐"), Text("雪碧"), Text("Cola"))), "western")

    reader = print_on(data, chinese=False)

    assert [line.text for line in reader.lines] == ["384x54", "Cola"]


def test_a_code_longer_than_the_paper_is_wide_is_turned() -> None:
    code = Barcode("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "code128")

    across = print_on(render_escpos(Document(48, (Barcode("A-1", "code128"),))), chinese=False)
    along = print_on(render_escpos(Document(48, (code,))), chinese=False)

    assert [line.mark for line in across.lines if line.mark] == ["barcode"]
    assert {line.mark for line in along.lines} == {"picture"}
    with pytest.raises(Broken):
        Barcode("naïve", "code128")


def test_a_simulated_printer_shows_what_was_drawn_and_reads_its_codes() -> None:
    code = Barcode("A{7}-1234567", "code128")
    document = Document(48, (Text("שלום"), Text("可乐"), code, Barcode("96385074")))

    lines = print_on(render_escpos(document), chinese=False).lines
    shown = Job(raw=b"", lines=tuple(lines), text=())

    assert [(line.mark, line.text) for line in lines] == [
        ("picture", "576x54"),
        ("barcode", code.text),
        ("", ""),
        ("barcode", "96385074"),
        ("", ""),
    ]
    assert ink_of(shown.draw()) > ink_of(render_png(Document(48, (code, Barcode("96385074")))))
