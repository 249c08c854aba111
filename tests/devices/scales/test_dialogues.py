"""Every protocol against the bytes of its manual, and the laws that every protocol keeps.

A file in fixtures/ is a conversation: `# text` names the source, `! key=value ...` makes a new
talk of that kind and settings, `> hex` is what the shop sends (`zero`, `tare` or `tare grams` after
it if it is no question), `< hex` what the scale sends, and each `=` one answer as `say` says it.
A `>` right after a `<` is the reply of a handshake; one after a `=` is a new question.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.devices.dialogue import read_lines, read_talk
from edge.devices.scales.reading import Answer, Talk
from tests.devices.scales.conftest import SCALES, make_talk, say

FILES = sorted((Path(__file__).parent / "fixtures").glob("*.hex"))
HELD_MAX_N = 300
LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def load_lines(path: Path) -> list[tuple[str, str]]:
    """(mark, rest) of every line that is no comment."""
    return [(mark, rest) for mark, rest in read_lines(path.read_text(encoding="ascii"))]


def make_first(rest: str) -> Talk:
    settings = read_talk(rest)
    return make_talk(str(settings.pop("kind")), **settings)


def send(talk: Talk, order: str) -> bytes:
    talk.clear()
    verb, _, number = order.partition(" ")
    if verb == "zero":
        return talk.zero()
    if verb == "tare":
        return talk.tare(int(number) if number else None)
    return talk.ask()


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_dialogue_is_read_as_its_source_writes_it(path: Path) -> None:
    talk, sent, answers, is_new = make_talk(SCALES[0]), b"", list[Answer](), True
    for number, (mark, rest) in enumerate(load_lines(path)):
        where = f"{path.name}, line {number + 1} without comments: {mark} {rest}"
        if mark != "=":
            assert not answers, f"{where}: more was heard: {answers}"
        match mark:
            case "!":
                talk, sent, is_new = make_first(rest), b"", True
            case ">":
                told, _, order = rest.partition("  ")
                sent, is_new = send(talk, order) if is_new else sent, False
                assert sent == bytes.fromhex(told), where
                sent = b""
            case "<":
                heard = talk.receive(bytes.fromhex(rest))
                answers, sent = list(heard.answers), sent + heard.reply
            case "=":
                assert answers, f"{where}: nothing was heard"
                assert say(answers.pop(0)) == rest, where
                is_new = True
            case _:
                raise AssertionError(where)
    assert not answers


def test_every_kind_of_scale_has_its_dialogue() -> None:
    named = {make_kind(rest) for path in FILES for mark, rest in load_lines(path) if mark == "!"}

    assert named == set(SCALES)


def make_kind(rest: str) -> str:
    return dict(word.split("=", 1) for word in rest.split())["kind"]


def parts_of(path: Path) -> list[tuple[str, bytes]]:
    """(settings, everything the scale said under them)."""
    parts: list[tuple[str, bytes]] = []
    for mark, rest in load_lines(path):
        if mark == "!":
            parts.append((rest, b""))
        elif mark == "<":
            parts[-1] = (parts[-1][0], parts[-1][1] + bytes.fromhex(rest))
    return parts


PARTS = [part for path in FILES for part in parts_of(path)]


def take(talk: Talk, chunks: list[bytes]) -> tuple[list[Answer], bytes]:
    heard = [talk.receive(chunk) for chunk in chunks]
    return [answer for one in heard for answer in one.answers], b"".join(h.reply for h in heard)


def held_n(thing: Any) -> int:
    """How many bytes it keeps, in itself and in its parts."""
    if isinstance(thing, bytes | bytearray):
        return len(thing)
    return sum(held_n(part) for part in getattr(thing, "__dict__", {}).values())


@pytest.mark.parametrize(("first", "said"), PARTS, ids=[first for first, _ in PARTS])
@LAW
@given(data=st.data())
def test_chunks_do_not_matter(first: str, said: bytes, data: st.DataObject) -> None:
    at, rubbish = data.draw(st.integers(0, len(said))), data.draw(st.binary(max_size=40))
    said = said[:at] + rubbish + said[at:]
    edges = [0, *sorted(data.draw(st.lists(st.integers(0, len(said))))), len(said)]
    chunks = [said[a:b] for a, b in pairwise(edges)]

    assert take(make_first(first), chunks) == take(make_first(first), [said])


@pytest.mark.parametrize(("first", "said"), PARTS, ids=[first for first, _ in PARTS])
@LAW
@given(chunks=st.lists(st.binary(max_size=200), max_size=4))
def test_no_rubbish_raises_or_piles_up(first: str, said: bytes, chunks: list[bytes]) -> None:
    talk = make_first(first)
    for chunk in [said, *chunks]:
        talk.receive(chunk)

        assert held_n(talk) <= HELD_MAX_N
