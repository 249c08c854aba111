"""The tree as the tidy tests see it: which files there are, parsed once, and how they import."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

HOME = Path(__file__).resolve().parents[2]
PACKAGES = ("cext", "edge", "hub")


class Import(NamedTuple):
    """`importer` names `imported` (absolute dotted names) in the given line."""

    importer: str
    imported: str
    line: int


def find_files(*patterns: str) -> list[Path]:
    """Files of the project that match, as git sees them: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=HOME,
        capture_output=True,
        check=True,
    ).stdout.decode()
    paths = (HOME / name for name in set(listed.split("\0")) if name)
    return sorted(path for path in paths if path.is_file())


@cache
def code_files() -> tuple[Path, ...]:
    """Python modules of the three packages."""
    return tuple(find_files(*(f"{package}/**.py" for package in PACKAGES)))


@cache
def python_files() -> tuple[Path, ...]:
    """Every Python file: packages, tests, bench, build scripts."""
    return tuple(find_files("*.py"))


@cache
def engine_files() -> tuple[Path, ...]:
    """Sources of the compiled engine."""
    return tuple(find_files("cext/engine/*.pyx"))


@cache
def readmes() -> tuple[Path, ...]:
    """Every README of the project."""
    return tuple(find_files("README.md", "**/README.md"))


@cache
def readme_text() -> str:
    """All READMEs in one string."""
    return "\n".join(read(path) for path in readmes())


@cache
def read(path: Path) -> str:
    """The text of a file."""
    return path.read_text(encoding="utf-8")


@cache
def parse(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(read(path), filename=str(path))


@cache
def table_lines() -> tuple[str, ...]:
    """The rows of all tables in all READMEs."""
    return tuple(line for line in readme_text().splitlines() if line.lstrip().startswith("|"))


def in_table(word: str) -> bool:
    """Whether a README table has a row that names `word` in back-ticks."""
    return any(f"`{word}`" in line for line in table_lines())


def name_of(path: Path) -> str:
    """The dotted module name of a file: edge/link/__init__.py is `edge.link`."""
    parts = path.relative_to(HOME).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def at(path: Path, node: ast.AST | int) -> str:
    """`path:line`, to click on."""
    line = node if isinstance(node, int) else getattr(node, "lineno", 1)
    return f"{path.relative_to(HOME)}:{line}"


@cache
def module_names() -> frozenset[str]:
    """Dotted names of all modules of the packages, compiled ones too."""
    return frozenset(name_of(path) for path in (*code_files(), *engine_files()))


@cache
def imports_of(path: Path) -> tuple[Import, ...]:
    """Everything a file imports, wherever the statement stands; relative names made absolute.

    `from a.b import c` counts as `a.b.c` when that is a module, and as `a.b` otherwise.
    """
    name = name_of(path)
    here = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found = []
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found += [Import(name, alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = here.split(".")[: len(here.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*start, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{source}.{alias.name}"
                known = full if full in module_names() else source
                found.append(Import(name, known, node.lineno))
    return tuple(found)


def walk_calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Each call with the dotted name of what is called, such as `asyncio.sleep`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def dotted(node: ast.AST) -> str:
    """`a.b.c` for names and attributes; unknown parts are `?`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "?"


def assigned(path: Path, name: str) -> ast.expr | None:
    """The value assigned to a module-level name, unevaluated."""
    for node in parse(path).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return node.value  # type: ignore[union-attr]
    return None


def report(breaches: list[str], cure: str) -> None:
    """Fail with every breach on a line of its own, and the cure below."""
    assert not breaches, "\n  " + "\n  ".join(breaches) + f"\n{cure}"
