"""Every key a daemon reads is in its example file and in a README, and the example loads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_type_hints

import msgspec
import pytest

from edge.config import Settings as EdgeSettings
from edge.config import load_edge_settings
from edge.devices import KINDS, decode_settings
from hub.config import Settings as HubSettings
from hub.config import load_hub_settings
from tests.tidy.house import HOME, in_table, read, report

SYSTEMD = HOME / "systemd"


class Daemon(NamedTuple):
    """A daemon's example file, its struct, and the loader its `run` uses."""

    example: Path
    settings: type[msgspec.Struct]
    load: Callable[[Path], Any]


DAEMONS = {
    "edge": Daemon(SYSTEMD / "edge.example.toml", EdgeSettings, load_edge_settings),
    "hub": Daemon(SYSTEMD / "hub.example.toml", HubSettings, load_hub_settings),
}


def structs_in(hint: Any) -> list[type[msgspec.Struct]]:
    """The structs a type speaks of: itself, or those of its list or table."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return [hint]
    return [struct for inner in get_args(hint) for struct in structs_in(inner)]


def keys_of(kind: type[msgspec.Struct], place: str = "") -> Iterator[tuple[str, str]]:
    """(table, key) of every field, tables of tables too: ("link", "host")."""
    hints = get_type_hints(kind)
    for field in msgspec.structs.fields(kind):
        inner = structs_in(hints[field.name])
        if not inner:
            yield place, field.encode_name
        for struct in inner:
            yield from keys_of(struct, f"{place}.{field.encode_name}".lstrip("."))


def tables_of(text: str) -> dict[str, str]:
    """Table name -> the lines below its heading; headings may be `[a]`, `[[a]]`, commented too."""
    tables, name = {"": ""}, ""
    for line in text.splitlines():
        if heading := re.match(r"#?\s?\[+([\w.]+)\]+", line):
            name = heading.group(1)
        tables[name] = tables.get(name, "") + line + "\n"
    return tables


def has_key(lines: str, key: str) -> bool:
    return re.search(rf"^(#\s?)?{key} = ", lines, re.MULTILINE) is not None


@pytest.mark.parametrize("name", DAEMONS)
def test_the_example_loads(name: str) -> None:
    DAEMONS[name].load(DAEMONS[name].example)


@pytest.mark.parametrize("name", DAEMONS)
def test_the_example_shows_every_key(name: str) -> None:
    tables = tables_of(read(DAEMONS[name].example))
    breaches = [
        f"{table or 'top'}: {key}"
        for table, key in keys_of(DAEMONS[name].settings)
        if key != "devices" and not has_key(tables.get(table, ""), key)
    ]
    report(breaches, f"Show each key in {DAEMONS[name].example.name}, if only as `# key = ...`.")


@pytest.mark.parametrize("name", DAEMONS)
def test_a_readme_explains_every_key(name: str) -> None:
    breaches = [
        f"{table or 'top'}: {key}"
        for table, key in keys_of(DAEMONS[name].settings)
        if not in_table(key) and not in_table(f"{table}.{key}")
    ]
    report(breaches, "Add a row to the table of settings in the README of its folder.")


@pytest.mark.parametrize("kind", KINDS)
def test_every_device_kind_shows_its_keys(kind: str) -> None:
    settings = import_module(KINDS[kind]).Settings
    tables = tables_of(read(DAEMONS["edge"].example)).values()
    shown = [lines for lines in tables if re.search(rf'^(#\s?)?kind = "{kind}"', lines, re.M)]
    assert shown, f"edge.example.toml shows no device of kind {kind}"
    breaches = [
        key
        for _, key in keys_of(settings)
        if not any(has_key(lines, key) for lines in shown) or not in_table(key)
    ]
    report(breaches, f"Show the keys of {kind} in edge.example.toml and in a README table.")


def test_every_device_kind_says_what_it_was_verified_against() -> None:
    text = read(HOME / "edge/README.md")
    told = re.findall(r"^\| `(\w+)` \|[^|]+\|[^|]+\|[^|]*\|[^|]*\|$", text, re.M)
    report(sorted(set(KINDS) - set(told)), "Add a row to the table of drivers in edge/README.md.")


def test_the_devices_of_the_example_are_accepted_by_their_drivers() -> None:
    decode_settings(load_edge_settings(DAEMONS["edge"].example).devices)
