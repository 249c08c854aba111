"""A recording of a device's cable, cut into scenes: what was asked, what went over, what came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from cext.errors import Refused
from edge.devices.dialogue import Value, read_bytes, read_lines, read_talk


class Chunk(NamedTuple):
    """Bytes to the device (`>`) or from it (`<`), at a time of the recording."""

    mark: str
    data: bytes
    at_s: float


@dataclass
class Scene:
    """What one order to the driver made happen; without `ask`, what happened by itself."""

    ask: str = ""
    chunks: list[Chunk] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Tape:
    """The device's table, and its scenes in order."""

    table: dict[str, Value]
    scenes: tuple[Scene, ...]


def read_tape(text: str) -> Tape:
    """Read a recording; Refused flight_unread when it is none."""
    lines = read_lines(text)
    heads = [rest for mark, rest in lines if mark == "!"]
    if len(heads) != 1:
        raise Refused("flight_unread", "A recording has one line that begins with !: the device.")
    table = read_talk(heads[0])
    if not isinstance(table.get("kind"), str):
        raise Refused("flight_unread", "The line that begins with ! names no kind.")
    return Tape(table, tuple(_scenes(text)))


def _scenes(text: str) -> Iterator[Scene]:
    scene, at_s = Scene(), 0.0
    for mark, rest in read_lines(text):
        match mark:
            case "@":
                at_s = _seconds(rest)
            case "?":
                yield scene
                scene = Scene(rest)
            case "<" | ">":
                scene.chunks.append(Chunk(mark, read_bytes(rest), at_s))
            case "=":
                scene.answers.append(rest)
                if scene.ask:
                    yield scene
                    scene = Scene()
            case _:
                continue
    yield scene


def _seconds(rest: str) -> float:
    try:
        return float(rest)
    except ValueError as exc:
        raise Refused("flight_unread", f"This is no time: {rest[:60]!r}") from exc


def split_asked(chunks: list[Chunk]) -> Iterator[list[Chunk]]:
    """Cut chunks before each one that goes to the device."""
    part: list[Chunk] = []
    for chunk in chunks:
        if chunk.mark == ">" and part:
            yield part
            part = []
        part.append(chunk)
    if part:
        yield part
