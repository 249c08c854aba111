"""What others read off our paper: the bytes by npos, the codes by ZXing, the order by UAX #9."""

from __future__ import annotations

from io import BytesIO

import pytest
from bidi import get_display
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from PIL import Image, ImageDraw

from edge.devices.paper import (
    Barcode,
    Document,
    Encoding,
    Qr,
    Rule,
    Text,
    render_escpos,
    render_png,
    render_text,
)
from edge.devices.paper.bidi import LRI, PDI, RLI
from edge.devices.paper.cells import INK, PAPER
from edge.devices.paper.fonts import load_font, load_script_font
from edge.devices.paper.layout import set_text
from edge.devices.scanners.learn import CALIBRATION
from edge.sales.texts import Language
from tests.devices.paper_peers import picture_of, read_codes, read_papers, words_of
from tests.sales.papers import LINES, NUMBERS, lay_out

MARGIN = 30


def words_meant(document: Document) -> list[str]:
    texts = tuple(part for part in document.parts if isinstance(part, Text | Rule))
    return render_text(replace(document, parts=texts)).split()


def open_png(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data)) as picture:
        return picture.convert("L")


def blacken(picture: Image.Image) -> bytes:
    return picture.point([255 if shade < 128 else 0 for shade in range(256)], "1").tobytes()


PRINTERS: tuple[tuple[Language, str, Encoding, str], ...] = (
    ("en", "western", "profile", "none"),
    ("en", "TM-T20II", "profile", "none"),
    ("zh", "chinese", "profile", "gb18030"),
    ("zh", "western", "gb18030", "gb18030"),
    ("zh", "western", "gbk", "gbk"),
    ("zh", "western", "utf8", "utf8"),
)


def test_another_reads_the_receipt_we_meant() -> None:
    meant, jobs = [], []
    for language, profile, encoding, peer in PRINTERS:
        for width_n in (32, 48):
            document = lay_out(language, width_n=width_n)
            meant.append((words_meant(document), [NUMBERS[language][2]]))
            jobs.append((render_escpos(document, profile, encoding), peer))

    papers = read_papers(jobs)

    read = [(words_of(found), [p["text"] for p in found if p["what"] == "qr"]) for found in papers]
    assert read == meant
    assert not [part for found in papers for part in found if part["what"] == "dots"]


def test_another_reads_traditional_chinese_as_big5_and_the_yen_in_every_encoding() -> None:
    document = Document(48, (Text("鮮奶 咖啡", "¥35"), Text("龍眼乾", "¥120")))
    encodings: tuple[Encoding, ...] = ("big5", "gb18030", "gbk", "utf8")
    jobs = [(render_escpos(document, "western", encoding), encoding) for encoding in encodings]

    papers = read_papers(jobs)

    assert [words_of(found) for found in papers] == [words_meant(document)] * len(encodings)
    assert not [data for data, _ in jobs if "¥".encode("gb18030") in data]


def test_the_dots_on_paper_are_the_rows_of_the_picture() -> None:
    documents = []
    for language in LINES:
        whole = lay_out(language)
        texts = tuple(part for part in whole.parts if isinstance(part, Text))
        documents.append(replace(whole, parts=texts))

    papers = read_papers([(render_escpos(d, "western", "raster"), "") for d in documents])

    for document, found in zip(documents, papers, strict=True):
        rows = [row for part in found for row in part["rows"]]
        drawn = open_png(render_png(document, scale=1))
        box = (MARGIN, MARGIN, MARGIN + 576, MARGIN + len(rows))
        assert {part["what"] for part in found} == {"dots"}
        assert len(rows[0]) == 576
        assert blacken(picture_of(rows)) == blacken(drawn.crop(box))


@pytest.mark.parametrize("language", ["en", "zh", "he"])
def test_the_code_of_a_receipt_is_read_off_its_picture(language: Language) -> None:
    picture = open_png(render_png(lay_out(language), scale=1))

    assert ("QR Code", NUMBERS[language][2]) in read_codes(picture)


CODES = (
    Barcode("4006381333931"),
    Barcode("96385074"),
    Barcode("A-20417/x{y}", "code128"),
    Barcode("12345678901", "code128"),
    Barcode(CALIBRATION, "code128"),
    Qr("https://shop.example/门店?r=1"),
)


def test_every_code_is_read_off_the_picture_and_off_the_dots() -> None:
    # A printer that makes neither barcodes nor QR codes itself.
    documents = [Document(width_n, (code,)) for code in CODES for width_n in (32, 48)]

    papers = read_papers([(render_escpos(document, "ZJ-5870"), "") for document in documents])

    for document, found in zip(documents, papers, strict=True):
        rows = [row for part in found for row in part["rows"]]
        for picture in (open_png(render_png(document)), picture_of(rows)):
            code = document.parts[0]
            assert isinstance(code, Barcode | Qr)
            assert [text for _, text in read_codes(picture)] == [code.text]


def test_a_printers_own_code_128_is_asked_for_as_an_independent_writer_asks() -> None:
    from escpos.printer import Dummy  # noqa: PLC0415 - slow to load, and only here

    other = Dummy()
    other.barcode("{BA-20417", "CODE128", function_type="B")
    data = render_escpos(Document(48, (Barcode("A-20417", "code128"),)))

    body = b"{BA-" + b"{C\x14\x29{B7"  # two digits a byte where there are four and more
    assert b"\x1dkI" + bytes((len(body),)) + body in data
    assert b"\x1dkI\x09{BA-20417" in other.output


HEBREW = st.text("אבגדהוזחטיכלמנסעפצקרשתםן", min_size=1, max_size=8)
WORD = st.one_of(HEBREW, st.sampled_from(["330", "1.5", "Cola", "3%", "(2)", 'ק"ג', "2-4"]))
SENTENCE = st.builds(" ".join, st.lists(WORD, min_size=1, max_size=4))


@given(SENTENCE, st.sampled_from(["", "₪12.90", "-₪4.80", "39-2-001906"]), st.booleans())
def test_the_text_is_shown_in_the_order_of_the_paper(left: str, right: str, rtl: bool) -> None:
    """Whoever shows a line of text by UAX #9 shows what the picture shows, field by field."""
    for line in set_text(Text(left, right), 48, rtl=rtl):
        shown = get_display(line, base_dir="L")
        fields = line.replace(RLI, "\0R").replace(LRI, "\0L").replace(PDI, "\0 ").split("\0")
        drawn = "".join(
            get_display(field[1:], base_dir=field[0])
            if field[:1] in ("R", "L")
            else field[1:]
            if index
            else field
            for index, field in enumerate(fields)
        )
        assert "".join(char for char in shown if char not in RLI + LRI + PDI) == drawn


@settings(max_examples=30)
@given(SENTENCE)
def test_hebrew_is_drawn_in_the_order_of_an_independent_reckoning(text: str) -> None:
    text += " ש"
    by_raqm = Image.new("L", (900, 40), PAPER)
    by_hand = by_raqm.copy()
    script = load_script_font(21, bold=False)

    ImageDraw.Draw(by_raqm).text((2, 30), text, INK, script, anchor="ls", direction="rtl")
    plain = load_font("script", 21)
    visual = get_display(text, base_dir="R")
    ImageDraw.Draw(by_hand).text((2, 30), visual, INK, plain, anchor="ls")

    # Kerning may move a letter by a dot; its order may not change.
    assert spread(by_raqm) == pytest.approx(spread(by_hand), abs=3)


def spread(picture: Image.Image) -> list[float]:
    """Where the ink is: the mean place of it left of each of ten marks."""
    row = picture.resize((450, 1), Image.Resampling.BOX)
    inks = [PAPER - shade for shade in row.tobytes()]
    return [
        sum(at * ink for at, ink in enumerate(inks[:mark])) / max(1, sum(inks[:mark]))
        for mark in range(45, 451, 45)
    ]


def test_arabic_letters_are_joined() -> None:
    joined = render_png(Document(16, (Text("سلام"),)), scale=1)
    apart = render_png(Document(16, (Text("س\u200cل\u200cا\u200cم"),)), scale=1)

    assert joined != apart
