"""One TOML file becomes one tree of frozen structs, or a list of everything that is wrong with it.

A key nobody knows, a wrong type, a value out of bounds or a missing key stops the start; all
problems are reported at once, each with its place and, for a typing slip, a "did you mean".
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from cext.errors import ConfigError

T = TypeVar("T")


def load_settings(path: Path, kind: type[T]) -> T:
    """Read `path` as a `kind` (a msgspec Struct); ConfigError lists every problem."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as exc:
        problem = f"{path}: cannot be read ({exc.strerror}); name a file with --config"
        raise ConfigError((problem,), path=str(path)) from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError((f"{path}: not TOML: {exc}",), path=str(path)) from exc
    return convert_settings(document, kind, path=str(path))


def convert_settings(document: Mapping[str, Any], kind: type[T], *, path: str = "") -> T:
    """Check a parsed document against `kind`; ConfigError lists every problem with its key."""
    problems = tuple(_problems(document, kind, ""))
    if problems:
        raise ConfigError(problems, path=path)
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as exc:
        raise ConfigError((str(exc),), path=path) from exc


def _problems(value: Any, kind: Any, place: str) -> Iterator[str]:
    """Every problem of `value` as a `kind`; walks into structs, lists and tables of structs."""
    inner = _plain(kind)
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
        if not isinstance(value, Mapping):
            yield f"{place or 'file'}: expected a table, got {_name(value)}"
            return
        yield from _struct_problems(value, inner, place)
    elif get_origin(inner) is tuple and isinstance(value, list):
        for index, entry in enumerate(value, start=1):
            yield from _problems(entry, get_args(inner)[0], f"{place}[{index}]")
    elif get_origin(inner) is dict and isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _problems(entry, get_args(inner)[1], _join(place, key))
    else:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as exc:
            yield f"{place}: {exc}"


def _struct_problems(
    value: Mapping[str, Any], kind: type[msgspec.Struct], place: str
) -> Iterator[str]:
    hints = get_type_hints(kind, include_extras=True)
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key, entry in value.items():
        if key in fields:
            yield from _problems(entry, hints[fields[key].name], _join(place, key))
            continue
        near = difflib.get_close_matches(key, fields, n=1)
        cure = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(sorted(fields))}"
        yield f"{_join(place, key)}: unknown key; {cure}"
    for key, field in fields.items():
        if field.required and key not in value:
            yield f"{_join(place, key)}: missing key"


def _plain(kind: Any) -> Any:
    """`kind` without Annotated and without `| None`."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        rest = [entry for entry in get_args(kind) if entry is not type(None)]
        return _plain(rest[0]) if len(rest) == 1 else kind
    return kind


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _name(value: Any) -> str:
    names = {str: "text", int: "a number", bool: "true/false", list: "a list"}
    return names.get(type(value), type(value).__name__)
