"""From key events to codes: what a scanner in keyboard mode types, and what may go wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.scanners.layouts import LAYOUTS
from edge.devices.scanners.scan_lines import GS, Code, Garbage
from edge.devices.scanners.wedge_keys import (
    ALT,
    ALTGR,
    CAPS_LOCK,
    DOWN,
    ENTER,
    EV_KEY,
    EV_SYN,
    KEYPAD_ENTER,
    LINEFEED,
    MODIFIERS,
    NUM_LOCK,
    SYN_DROPPED,
    SYN_REPORT,
    TAB,
    UP,
    WedgeKeys,
    WedgeSettings,
)
from tests.devices.wedge_typing import (
    ALT_GS,
    CTRL,
    CTRL_GS,
    END,
    KEYPAD_KEYS,
    Key,
    alt_code,
    as_events,
    decode,
    stroke,
    typable,
    type_char,
    type_text,
)

MS = 1_000_000
EAN = "4006381333931"
LAYOUT = st.sampled_from(sorted(LAYOUTS))


@st.composite
def layout_and_text(draw: st.DrawFn) -> tuple[str, str]:
    """A layout and a code of characters that it has."""
    layout = draw(LAYOUT)
    chars = st.sampled_from(typable(layout) + GS)
    # An identifier of AIM at the start would be told apart; that has its own test.
    text = draw(st.text(chars, min_size=1, max_size=30).filter(lambda one: one[0] != "]"))
    return layout, text


def wedge(layout: str = "US", **more: object) -> WedgeKeys:
    return WedgeKeys(WedgeSettings(layout=layout, **more))  # type: ignore[arg-type]


@given(layout_and_text(), st.sampled_from([CTRL_GS, ALT_GS]), st.booleans())
def test_what_is_typed_in_a_layout_is_read_in_it(
    code: tuple[str, str], gs: list[Key], caps: bool
) -> None:
    layout, text = code
    keys = type_text(text, layout, gs=gs, caps=caps) + END

    assert decode(keys, wedge(layout, caps=caps)) == [Code("", text)]


@given(layout_and_text(), st.data())
def test_any_split_in_time_below_the_silence_gives_the_same(
    code: tuple[str, str], data: st.DataObject
) -> None:
    layout, text = code
    keys, decoder, at_ns = type_text(text, layout) + END, wedge(layout), 0
    found: list[Code | Garbage] = []
    for event in as_events(keys):
        at_ns += data.draw(st.integers(0, 149)) * MS  # a key and its report: below 300 together
        found += decoder.tick(at_ns)
        found += decoder.feed(*event, at_ns)

    assert found == [Code("", text)]


@given(layout_and_text(), st.data())
def test_repeats_and_modifiers_in_between_change_nothing(
    code: tuple[str, str], data: st.DataObject
) -> None:
    layout, text = code
    lone = st.lists(st.sampled_from(sorted(MODIFIERS)), max_size=2)
    keys: list[Key] = []
    for char in text:
        for key, value in type_text(char, layout):
            keys += [(key, value)] + [(key, 2)] * (data.draw(st.integers(0, 3)) * (value == DOWN))
        for modifier in data.draw(lone):
            keys += [(modifier, DOWN), (modifier, 2), (modifier, UP)]

    assert decode(keys + END, wedge(layout)) == [Code("", text)]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 0, 1, 1, 1, 1, 4, 17, -1, 1 << 40]),
            st.one_of(st.integers(0, 130), st.integers(-(1 << 40), 1 << 40)),
            st.sampled_from([0, 1, 1, 1, 2, 3, -1, 1 << 40]),
            st.integers(-(1 << 62), 1 << 62),
        ),
        max_size=300,
    ),
    LAYOUT,
    st.booleans(),
)
def test_garbage_never_raises_nor_grows(
    events: list[tuple[int, int, int, int]], layout: str, ends_in_silence: bool
) -> None:
    decoder = wedge(layout, longest_n=16, ends_in_silence=ends_in_silence)
    for event in events:
        for found in decoder.feed(*event):
            if isinstance(found, Code):
                assert 0 < len(found.text) <= 16
                assert found.text.replace(GS, "").isprintable()
            else:
                assert len(found.detail) < 200
        assert held_n(decoder) <= 16 + len(MODIFIERS) + 6


def held_n(decoder: WedgeKeys) -> int:
    """How many things the decoder holds on to between events, its fixed reason aside."""
    held = vars(decoder)
    return sum(len(held[name]) for name in ("_down", "_text", "_alt_digits", "_accent"))


@pytest.mark.parametrize(
    "end",
    [
        stroke(ENTER),
        stroke(KEYPAD_ENTER),
        stroke(TAB),
        stroke(LINEFEED),
        stroke(ENTER) + stroke(LINEFEED),
        stroke(36, CTRL),  # Ctrl+J is the line feed
        stroke(ENTER) + stroke(36, CTRL),
        stroke(50, CTRL),  # Ctrl+M is the carriage return
        alt_code("013"),
        alt_code("13") + alt_code("010"),
    ],
)
def test_every_terminator_ends_one_code_once(end: list[Key]) -> None:
    keys = type_text(EAN, "US") + end

    assert decode(keys + keys, wedge()) == [Code("", EAN)] * 2


def test_without_a_terminator_silence_ends_the_code() -> None:
    decoder = wedge(ends_in_silence=True, silence_ms=50)
    assert decode(type_text(EAN, "US"), decoder) == []

    assert decoder.next_tick_ns() == 50 * MS
    assert decoder.tick(49 * MS) == []
    assert decoder.tick(50 * MS) == [Code("", EAN)]
    assert decoder.next_tick_ns() is None


def test_half_a_code_is_dropped_after_silence_and_not_glued_to_the_next() -> None:
    decoder = wedge()
    decode(type_text("40063", "US"), decoder)

    found = decode(type_text(EAN, "US") + END, decoder, at_ns=300 * MS)

    assert found == [
        Garbage("unfinished", "5 characters without an end: 40063"),
        Code("", EAN),
    ]


def test_an_autorepeat_does_not_keep_half_a_code_alive() -> None:
    decoder = wedge()
    decode([(2, DOWN)], decoder)
    decode([(2, 2)], decoder, at_ns=299 * MS)

    assert [type(one) for one in decoder.tick(300 * MS)] == [Garbage]


def test_lost_keys_drop_the_code_around_the_gap_and_say_so_once() -> None:
    decoder = wedge()
    decode(type_text("40063", "US"), decoder)

    told = decoder.feed(EV_SYN, SYN_DROPPED, 0, 0)
    told += decoder.feed(EV_KEY, 2, DOWN, 0)  # stale: the kernel's queue ends with the report
    told += decoder.feed(EV_SYN, SYN_DROPPED, 0, 0)
    told += decoder.feed(EV_SYN, SYN_REPORT, 0, 0)
    rest = decode(type_text("931", "US") + END, decoder)

    assert [getattr(one, "reason", "") for one in told] == ["keys_lost"]
    assert rest == []
    assert decode(type_text(EAN, "US") + END, decoder) == [Code("", EAN)]


def test_lost_keys_and_then_silence_let_the_next_code_through() -> None:
    decoder = wedge()
    decoder.feed(EV_SYN, SYN_DROPPED, 0, 0)
    decoder.feed(EV_SYN, SYN_REPORT, 0, 0)

    assert decoder.next_tick_ns() == 300 * MS
    assert decode(type_text(EAN, "US") + END, decoder, at_ns=300 * MS) == [Code("", EAN)]


def test_a_shift_that_was_let_go_in_the_gap_is_not_held_for_ever() -> None:
    decoder = wedge()
    decode([(42, DOWN)], decoder)
    decoder.feed(EV_SYN, SYN_DROPPED, 0, 0)
    decoder.feed(EV_SYN, SYN_REPORT, 0, 0)
    decode(END, decoder)

    assert decode(type_text(EAN, "US") + END, decoder) == [Code("", EAN)]


def test_after_a_gap_the_kernels_word_on_modifiers_counts() -> None:
    decoder = wedge()

    decoder.set_keys(down=frozenset((42, 2)), caps=True)

    assert decode(stroke(30) + stroke(2) + END, decoder) == [Code("", "a!")]


def test_caps_lock_toggles_letters_only_and_num_lock_nothing() -> None:
    keys = stroke(CAPS_LOCK) + stroke(NUM_LOCK) + stroke(30) + stroke(2) + stroke(30, 42)
    keypad = [pair for digit in "0123456789" for pair in stroke(KEYPAD_KEYS[digit])]

    assert decode(keys + stroke(CAPS_LOCK) + stroke(30) + keypad + END, wedge()) == [
        Code("", "A1aa0123456789")
    ]


def test_ctrl_with_the_left_alt_is_altgr() -> None:
    assert decode(stroke(16, CTRL, ALT) + END, wedge("DE")) == [Code("", "@")]
    assert decode(stroke(16, ALTGR) + END, wedge("DE")) == [Code("", "@")]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("gs", [CTRL_GS, ALT_GS, alt_code("29")])
def test_gs_comes_as_control_bracket_or_as_alt_code_in_every_layout(
    layout: str, gs: list[Key]
) -> None:
    keys = type_text("10", layout) + gs + type_text("21", layout) + END

    assert decode(keys, wedge(layout)) == [Code("", f"10{GS}21")]


def test_gs_may_come_as_a_character_of_the_shops_choice() -> None:
    keys = type_text("]C110AB#21", "UK") + END

    assert decode(keys, wedge("UK", gs_char="#")) == [Code("]C1", f"10AB{GS}21")]


def test_the_aim_identifier_is_kept_as_the_symbology() -> None:
    keys = type_text("]E0" + EAN, "FR") + END

    assert decode(keys, wedge("FR")) == [Code("]E0", EAN)]


def test_a_code_in_alt_codes_needs_no_layout() -> None:
    keys = [pair for char in "]d2Aé" for pair in alt_code(f"0{ord(char)}")]

    assert decode(keys + END, wedge("RU")) == [Code("]d2", "Aé")]


def test_a_dead_key_gives_its_letter_an_accent_or_stands_alone() -> None:
    dead = [(26, DOWN), (26, UP)]

    assert decode(dead + type_char("e", "FR") + END, wedge("FR")) == [Code("", "ê")]
    assert decode(dead + type_char("1", "FR") + END, wedge("FR")) == [Code("", "^1")]
    assert decode(dead + END, wedge("FR")) == [Code("", "^")]


def test_the_wrong_layout_gives_other_characters_and_an_unknown_key_is_refused() -> None:
    # The classic: digits of a scanner set to US on a box that believes in FR.
    assert decode(type_text("123", "US") + END, wedge("FR")) == [Code("", '&é"')]

    found = decode(type_text("12", "US") + stroke(59) + END, wedge())

    assert found == [
        Garbage(
            "unprintable",
            "key 59 has no character in layout US; the scanner may be set to another layout",
        )
    ]


@pytest.mark.parametrize("keys", [alt_code("300"), alt_code("128"), alt_code("0"), stroke(30, ALT)])
def test_an_alt_code_that_is_no_character_refuses_the_code(keys: list[Key]) -> None:
    found = decode(type_text("1", "US") + keys + END, wedge())

    assert [getattr(one, "reason", "") for one in found] == ["unprintable"]


def test_a_code_that_is_too_long_is_refused_once_and_the_next_one_is_read() -> None:
    found = decode(type_text("7" * 1_000, "US") + END + type_text("1", "US") + END, wedge())

    assert [getattr(one, "reason", "") for one in found] == ["too_long", ""]


def test_buttons_of_a_mouse_and_other_kinds_of_events_are_not_keys() -> None:
    decoder = wedge()

    assert decoder.feed(EV_KEY, 0x110, DOWN, 0) == []
    assert decoder.feed(4, 4, 30, 0) == []  # the scan code that comes with every key
    assert decoder.next_tick_ns() is None
