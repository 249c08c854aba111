"""Learning how a keyboard scanner is set, from one scan of the calibration barcode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.errors import Refused
from edge.devices.scanners.layouts import LAYOUTS
from edge.devices.scanners.learn import CALIBRATION, EVENTS_MAX_N, HEAD, TAIL, Learned, learn
from edge.devices.scanners.scan_lines import Code
from edge.devices.scanners.wedge_keys import (
    ENTER,
    EV_SYN,
    KEYPAD_ENTER,
    LINEFEED,
    SYN_DROPPED,
    TAB,
    WedgeKeys,
)
from tests.devices.wedge_typing import (
    ALT_GS,
    CTRL,
    CTRL_GS,
    END,
    Key,
    alt_code,
    as_events,
    decode,
    stroke,
    type_char,
    type_text,
)

LATIN = sorted(set(LAYOUTS) - {"RU"})
TERMINATORS = {
    "enter": stroke(ENTER),
    "keypad_enter": stroke(KEYPAD_ENTER),
    "tab": stroke(TAB),
    "line_feed": stroke(36, CTRL),
    "enter_line_feed": stroke(ENTER) + stroke(LINEFEED),
    "none": [],
}
GS_FORMS = {"control": CTRL_GS, "alt_code": ALT_GS, "missing": []}


def learn_keys(keys: list[Key]) -> Learned:
    return learn(as_events(keys))


def scan(layout: str, text: str = CALIBRATION, *, gs: list[Key] = CTRL_GS) -> list[Key]:
    return type_text(text, layout, gs=gs)


@pytest.mark.parametrize("layout", LATIN)
@pytest.mark.parametrize("terminator", TERMINATORS)
@pytest.mark.parametrize("gs", GS_FORMS)
@pytest.mark.parametrize("case", ["kept", "caps_lock", "upper", "lower"])
def test_one_scan_tells_every_setting(layout: str, terminator: str, gs: str, case: str) -> None:
    turn = {"kept": str, "caps_lock": str.swapcase, "upper": str.upper, "lower": str.lower}[case]
    keys = scan(layout, turn(CALIBRATION), gs=GS_FORMS[gs]) + TERMINATORS[terminator]

    learned = learn_keys(keys)

    assert (learned.layouts, learned.terminator) == ((layout,), terminator)
    assert (learned.gs, learned.case) == (gs, case)


@pytest.mark.parametrize("layout", LATIN)
def test_what_was_learned_reads_the_next_scan(layout: str) -> None:
    mark = type_char("|", layout)
    learned = learn_keys(scan(layout, gs=mark))

    decoder = WedgeKeys(learned.settings())
    assert decode(scan(layout, gs=mark), decoder) == []
    found = decoder.tick(decoder.next_tick_ns() or 0)

    assert (learned.gs, learned.gs_char) == ("character", "|")
    assert found == [Code("", CALIBRATION)]


def test_the_identifier_is_noticed_and_advised() -> None:
    assert learn_keys(scan("DE", "]d1" + CALIBRATION) + END).sends_aim
    assert learn_keys(scan("DE", "]d1" + CALIBRATION) + END).advice == ()
    assert learn_keys(scan("DE") + END).advice == (
        "Let the scanner send AIM identifiers: they tell GS1 codes from others.",
    )


def test_alt_codes_alone_leave_every_layout_possible_and_that_is_said() -> None:
    keys = [pair for char in CALIBRATION for pair in alt_code(f"0{ord(char):02}")] + END

    learned = learn_keys(keys)

    assert learned.layouts == tuple(LAYOUTS)
    assert "cannot tell US, UK, FR" in learned.advice[-1]


def test_two_layouts_that_remain_are_both_named() -> None:
    # A scanner that sends as Alt codes what lies apart in Spain and Italy.
    keys = [
        pair
        for char in CALIBRATION
        for pair in (alt_code(f"0{ord(char)}") if char in "#@\x1d" else type_char(char, "ES"))
    ]

    learned = learn_keys(keys + END)

    assert learned.layouts == ("ES", "IT")
    assert learned.advice[-1] == "This scan cannot tell ES, IT apart; each reads it well."


def test_a_russian_scanner_that_drops_latin_letters_is_recognised() -> None:
    has = set(LAYOUTS["RU"].chars.values()) | {"\x1d"}
    keys = scan("RU", "".join(char for char in CALIBRATION if char in has)) + END

    learned = learn_keys(keys)

    assert learned.layouts == ("RU",)
    assert learned.advice[0] == "Set the scanner to US: layout RU has no keys for aZqWmY#@"


def test_a_letter_for_gs_is_no_mark() -> None:
    learned = learn_keys(scan("US", HEAD + "X" + TAIL) + END)

    assert (learned.gs, learned.gs_char) == ("missing", "")


@pytest.mark.parametrize(
    "text", ["4006381333931", "x" + CALIBRATION, CALIBRATION + "x", CALIBRATION[1:], HEAD]
)
def test_another_scan_is_refused_with_the_cure(text: str) -> None:
    with pytest.raises(Refused, match="prefixes off") as refused:
        learn_keys(scan("US", text) + END)

    assert refused.value.code == "calibration_unread"


def test_lost_keys_and_too_much_are_refused() -> None:
    with pytest.raises(Refused, match="once more"):
        learn([*as_events(scan("US")), (EV_SYN, SYN_DROPPED, 0)])
    with pytest.raises(Refused, match="more came than one scan"):
        learn([(1, 2, 1)] * (EVENTS_MAX_N + 1))


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 130), st.integers(0, 2)), max_size=99))
def test_garbage_is_refused_and_nothing_else(events: list[tuple[int, int, int]]) -> None:
    with pytest.raises(Refused):
        learn(events)
