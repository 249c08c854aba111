"""What the READMEs promise is there, and what is there is in a README."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.tidy.house import (
    HOME,
    at,
    code_files,
    dotted,
    in_table,
    parse,
    read,
    readmes,
    report,
    table_lines,
)

LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical"}
SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
OUR_FOLDERS = "cext|edge|hub|systemd|tests|bench|web|\\.ci"
PATH_IN_README = re.compile(rf"`((?:{OUR_FOLDERS})/[\w./-]*[\w/])`")


def logged_names(path: Path) -> Iterator[tuple[ast.Call, str | None]]:
    """Each logging call with its event name; None when the name is not written there."""
    for node in ast.walk(parse(path)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = dotted(node.func.value).rpartition(".")[2].lstrip("_")
        if owner != "log" or node.func.attr not in LOG_METHODS or not node.args:
            continue
        first = node.args[0]
        choices = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
        for choice in choices:
            written = isinstance(choice, ast.Constant) and isinstance(choice.value, str)
            yield node, choice.value if written else None


def test_every_log_event_is_named_in_snake_case() -> None:
    breaches = [
        f"{at(path, call)}: {name or 'a name that is computed'}"
        for path in code_files()
        for call, name in logged_names(path)
        if name is None or not SNAKE_CASE.fullmatch(name)
    ]
    report(breaches, "An event is a name: noun_verb in the past; the rest goes into keys.")


def test_every_log_event_has_a_row() -> None:
    breaches = [
        f"{at(path, call)}: {name}"
        for path in code_files()
        for call, name in logged_names(path)
        if name and not in_table(name)
    ]
    report(breaches, "Add a row to the table of log events in the README of its folder.")


def routes(path: Path) -> Iterator[tuple[ast.Call, str, str]]:
    """Each Route(...) with its method and path."""
    for node in ast.walk(parse(path)):
        if not isinstance(node, ast.Call) or dotted(node.func).rpartition(".")[2] != "Route":
            continue
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        parts = [*node.args[:2], *(named[key] for key in ("method", "path") if key in named)]
        texts = [part.value if isinstance(part, ast.Constant) else "?" for part in parts]
        if len(texts) == 2:
            yield node, str(texts[0]), str(texts[1])


def test_every_route_has_a_row() -> None:
    breaches = []
    for path in code_files():
        for node, method, door in routes(path):
            door_ends = re.compile(re.escape(door) + r"(?![\w/{.])")
            if not any(
                re.search(rf"\b{method}\b", line) and door_ends.search(line)
                for line in table_lines()
            ):
                breaches.append(f"{at(path, node)}: {method} {door}")
    report(breaches, "Add the door to the table in the README of its folder.")


def is_there(folder: Path, named: str) -> bool:
    """Whether a path counted from the project or from the README's folder is a file or module."""
    return any((root / f"{named}{end}").exists() for root in (HOME, folder) for end in ("", ".py"))


def test_every_path_a_readme_names_exists() -> None:
    breaches = []
    for path in readmes():
        for number, line in enumerate(read(path).splitlines(), 1):
            breaches += [
                f"{at(path, number)}: {named}"
                for named in PATH_IN_README.findall(line)
                if not is_there(path.parent, named)
            ]
    report(breaches, "A README names real files; correct it, or create what it promises.")


def test_every_link_in_a_readme_leads_somewhere() -> None:
    breaches = []
    for path in readmes():
        for number, line in enumerate(read(path).splitlines(), 1):
            breaches += [
                f"{at(path, number)}: {target}"
                for target in re.findall(r"\]\(([^)#\s]+)", line)
                if "://" not in target and not (path.parent / target).exists()
            ]
    report(breaches, "Links are relative to the README they stand in.")
