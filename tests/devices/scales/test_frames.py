"""Frames: whole ones in order, bounded, and the same however the bytes were cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.scales.frames import Frames
from edge.devices.scales.reading import Noise


def test_half_a_frame_is_told_and_not_glued_to_the_next() -> None:
    found = Frames(starts=2, ends=13).feed(b"\x0201.\x0201.234\r")

    assert found == [Noise("half an answer", b"\x0201."), b"\x0201.234\r"]


def test_bytes_outside_are_told_once_for_each_run() -> None:
    frames = Frames(starts=2, ends=13)

    assert frames.feed(b"ab") + frames.feed(b"cd") == [Noise("bytes before an answer", b"a")]
    assert frames.feed(b"\x021\rx") == [b"\x021\r", Noise("bytes before an answer", b"x")]


def test_half_a_frame_is_forgotten_before_a_new_question() -> None:
    frames = Frames(ends=13)
    frames.feed(b"0")
    frames.clear()

    assert frames.feed(b"1\r") == [b"1\r"]


def test_parity_is_masked_on_a_line_of_seven_bits_only() -> None:
    assert Frames(starts=2, ends=13, seven_bits=True).feed(b"\x82\xb1\x8d") == [b"\x021\r"]
    assert Frames(starts=2, ends=13).feed(b"\x02\xb1\r") == [b"\x02\xb1\r"]


@given(st.binary(max_size=300), st.lists(st.integers(0, 300)), st.sampled_from([None, 2]))
def test_chunks_do_not_matter_and_little_is_held(
    data: bytes, cuts: list[int], starts: int | None
) -> None:
    whole, parts = (Frames(starts=starts, ends=13, longest_n=20) for _ in range(2))
    edges = [0, *sorted(cuts), len(data)]

    found = [one for a, b in pairwise(edges) for one in parts.feed(data[a:b])]

    assert found == whole.feed(data)
    assert all(len(one.raw if isinstance(one, Noise) else one) <= 20 for one in found)


@pytest.mark.parametrize("starts", [None, 2])
def test_what_never_ends_is_told(starts: int | None) -> None:
    (first,) = Frames(starts=starts, ends=13, longest_n=8).feed(b"\x02" + b"9" * 7)

    assert first == Noise("an answer without an end", b"\x029999999")
