"""From a scanner's bytes to codes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.devices.scanners.scan_lines import Code, Garbage, ScanLines

MS = 1_000_000
EAN = b"4006381333931"


def feed(*parts: bytes, lines: ScanLines | None = None) -> list[Code | Garbage]:
    lines = lines or ScanLines()
    return [found for part in parts for found in lines.feed(part, 0)]


def test_cr_lf_and_tab_each_end_a_code_and_crlf_ends_one() -> None:
    assert feed(b"1\r2\n3\t4\r\n5\r") == [Code("", text) for text in "12345"]


def test_a_code_may_come_in_pieces() -> None:
    assert feed(b"40063", b"81333931", b"\r") == [Code("", EAN.decode())]


def test_the_aim_identifier_is_told_apart_from_the_code() -> None:
    assert feed(b"]E0" + EAN + b"\r") == [Code("]E0", EAN.decode())]


def test_gs_stays_between_gs1_elements() -> None:
    assert feed(b"]C10104006381333931\x1d10AB\r") == [Code("]C1", "0104006381333931\x1d10AB")]


def test_an_identifier_without_a_code_is_no_scan() -> None:
    assert [type(found) for found in feed(b"]E0\r")] == [Garbage]


def test_unprintable_bytes_are_no_scan_and_show_as_hex() -> None:
    assert feed(b"40\x0038\r") == [Garbage("unprintable", "34 30 00 33 38")]


def test_bytes_that_are_not_ascii_are_refused_unless_utf8_is_wanted() -> None:
    text = "可乐".encode()

    assert feed(text + b"\r") == [Garbage("unprintable", text.hex(" "))]
    assert feed(text + b"\r", lines=ScanLines(utf8=True)) == [Code("", "可乐")]


def test_a_code_that_never_ends_is_refused_once_and_the_next_one_is_read() -> None:
    lines = ScanLines(longest_n=32)

    found = feed(b"7" * 100_000, b"\r" + EAN + b"\r", lines=lines)

    assert [type(one) for one in found] == [Garbage, Code]
    assert found[1] == Code("", EAN.decode())


def test_half_a_code_is_dropped_after_silence_and_not_glued_to_the_next() -> None:
    lines = ScanLines(silence_ms=300)
    assert lines.feed(b"40063", 0) == []

    assert lines.tick(299 * MS) == []
    found = lines.feed(EAN + b"\r", 301 * MS)

    assert found == [
        Garbage("unfinished", "5 bytes without an end: 34 30 30 36 33"),
        Code("", EAN.decode()),
    ]


def test_silence_ends_a_code_where_the_scanner_sends_no_end() -> None:
    lines = ScanLines(silence_ms=50, ends_in_silence=True)
    lines.feed(EAN, 0)

    assert lines.next_tick_ns() == 50 * MS
    assert lines.tick(50 * MS) == [Code("", EAN.decode())]
    assert lines.next_tick_ns() is None


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_whatever_comes_no_code_is_unprintable_and_little_is_held(parts: list[bytes]) -> None:
    lines = ScanLines(longest_n=16)
    for found in feed(*parts, lines=lines):
        if isinstance(found, Code):
            assert found.text.replace("\x1d", "").isprintable()
            assert 0 < len(found.text) <= 16


@given(st.lists(st.from_regex(r"[0-9A-Z]{1,16}", fullmatch=True)), st.data())
def test_codes_come_out_as_typed_however_the_bytes_are_split(
    codes: list[str], data: st.DataObject
) -> None:
    stream = "".join(code + "\r" for code in codes).encode()
    cut = data.draw(st.integers(0, len(stream)))

    assert feed(stream[:cut], stream[cut:]) == [Code("", code) for code in codes]
