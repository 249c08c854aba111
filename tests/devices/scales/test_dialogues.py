"""Every protocol against the bytes of its manual, and the laws that every protocol keeps."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.scales.reading import Answer, Talk
from tests.devices.scales.dialogue import FIXTURES, make_talk, replay, scale_bytes

FILES = sorted(FIXTURES.glob("*_scale.hex"))
HELD_MAX_N = 300


def take(talk: Talk, chunks: list[bytes]) -> tuple[list[Answer], bytes]:
    heard = [talk.receive(chunk) for chunk in chunks]
    return [answer for one in heard for answer in one.answers], b"".join(h.reply for h in heard)


def held_n(thing: Any) -> int:
    """How many bytes it keeps, in itself and in its parts."""
    if isinstance(thing, bytes | bytearray):
        return len(thing)
    return sum(held_n(part) for part in getattr(thing, "__dict__", {}).values())


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    return [data[a:b] for a, b in pairwise([0, *sorted(cuts), len(data)])]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_dialogue_is_read_as_its_source_writes_it(path: Path) -> None:
    assert replay(path) > 0


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
@given(st.data())
def test_chunks_do_not_matter(path: Path, data: st.DataObject) -> None:
    rubbish = data.draw(st.binary(max_size=40))
    said = scale_bytes(path)
    at = data.draw(st.integers(0, len(said)))
    said = said[:at] + rubbish + said[at:]
    cuts = data.draw(st.lists(st.integers(0, len(said))))

    assert take(make_talk(path.stem, {}), cut(said, cuts)) == take(make_talk(path.stem, {}), [said])


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
@given(st.lists(st.binary(max_size=400), max_size=6))
def test_no_rubbish_raises_or_piles_up(path: Path, chunks: list[bytes]) -> None:
    talk = make_talk(path.stem, {})

    for chunk in chunks:
        heard = talk.receive(chunk)
        assert len(heard.reply) <= 64 * (len(chunk) + 1)
        assert held_n(talk) <= HELD_MAX_N
