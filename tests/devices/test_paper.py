"""One description of paper, three renderings that agree."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cext.errors import Broken, Refused
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
    render_escpos,
    render_png,
    render_text,
)
from edge.devices.paper.ean import encode_bars, is_ean
from edge.devices.paper.layout import count_columns, set_text, wrap
from edge.sim.escpos_reader import KICK, PaperReader, show_lines

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
    assert [done.what for done in reader.feed(data)] == []


def test_size_weight_and_drawer_arrive_at_the_printer() -> None:
    parts = (Text("BIG", size=2, bold=True), Text("small"), Kick(), Cut())

    reader = PaperReader()
    done = reader.feed(render_escpos(Document(48, parts)))

    assert [(line.size, line.bold) for line in reader.lines] == [(2, True), (1, False)]
    assert done[0].what == KICK


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
    printed = "".join("".join(lines).split())
    assert printed.endswith(right)
    kept = "".join(set_text(Text(left), 64)).split()
    assert printed == "".join(kept) + right


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
