"""The text form of a conversation with a device: recordings, and the examples of manuals.

One line each, by its first character:

`!` begins a talk: `kind=toledo_8217_scale unit=kg`, quoted as in a shell · `@` seconds since the
recording began · `?` what the shop asked of the driver, such as `read` or `tare 200` · `>` hex
bytes to the device · `<` hex bytes from it · `=` what was made of it · `#` a remark.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cext.errors import Refused

MARKS = "!@?><="
TEXT_MAX_N = 4 << 20

Value = str | int | bool


class DialogueLine(NamedTuple):
    """One line: its mark, and the rest without spaces around it."""

    mark: str
    rest: str


def read_lines(text: str) -> list[DialogueLine]:
    """Every line that is no remark. Refused flight_unread for anything else."""
    if len(text) > TEXT_MAX_N:
        raise Refused("flight_unread", f"A recording has at most {TEXT_MAX_N} characters.")
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line[0] == "#":
            continue
        if line[0] not in MARKS:
            raise Refused("flight_unread", f"Line {number} begins with none of {MARKS}: {line!r}")
        found.append(DialogueLine(line[0], line[1:].strip()))
    return found


def read_bytes(rest: str) -> bytes:
    """The bytes of a line of hex; Refused flight_unread when it is none."""
    try:
        return bytes.fromhex(rest)
    except ValueError as exc:
        raise Refused("flight_unread", f"This is not hex: {rest[:60]!r}") from exc


def read_talk(rest: str) -> dict[str, Value]:
    """The keys of a `!` line: numbers, true and false as such; Refused flight_unread."""
    try:
        words = shlex.split(rest)
    except ValueError as exc:
        raise Refused("flight_unread", f"A quote is not closed: {rest[:60]!r}") from exc
    if not all("=" in word for word in words):
        raise Refused("flight_unread", f"This is not key=value: {rest[:60]!r}")
    return {key: _value(value) for key, _, value in (word.partition("=") for word in words)}


def write_talk(table: Mapping[str, object]) -> str:
    """The `!` line of a device's table; what is neither text nor number is left out."""
    return f"! {' '.join(_words(table))}"


def _words(table: Mapping[str, object]) -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, bool):
            yield f"{key}={str(value).lower()}"
        elif isinstance(value, str | int):
            yield f"{key}={shlex.quote(str(value))}"


def _value(text: str) -> Value:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isascii() and text.isdigit() else text
