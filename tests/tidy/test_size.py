"""Sizes: a file fits in a head, a function on a screen, a line on a page."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.tidy.house import HOME, at, engine_files, find_files, parse, python_files, read, report

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
LINE_LENGTH_MAX = 100
POSITIONAL_MAX = 4

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> list[Function]:
    return [node for node in ast.walk(parse(path)) if isinstance(node, Function)]


def compiled_functions(path: Path) -> list[tuple[int, int]]:
    """(first line, number of lines) of each function of a .pyx, by its indentation."""
    lines = read(path).splitlines()
    found = []
    for index, line in enumerate(lines):
        words = line.split("(")[0].split()
        if not words or words[0] not in {"def", "cdef", "cpdef"} or not _opens(lines, index):
            continue
        indent = len(line) - len(line.lstrip())
        end = index + 1
        while end < len(lines) and (
            not lines[end].strip()
            or len(lines[end]) - len(lines[end].lstrip()) > indent
            or lines[end].lstrip().startswith(")")
        ):
            end += 1
        while not lines[end - 1].strip():
            end -= 1
        found.append((index + 1, end - index))
    return found


def _opens(lines: list[str], index: int) -> bool:
    return "(" in lines[index] and " class " not in f" {lines[index]}"


def all_sources() -> list[Path]:
    pages = find_files("web/**.ts", "web/**.tsx", "web/**.css")
    return [*python_files(), *engine_files(), *find_files("cext/engine/*.pxd", ".ci/*"), *pages]


def test_no_file_is_longer_than_a_head_can_hold() -> None:
    sizes = {path: len(read(path).splitlines()) for path in all_sources()}
    breaches = [f"{p.relative_to(HOME)}: {n}" for p, n in sizes.items() if n > FILE_LINES_MAX]
    report(breaches, f"Split it by noun: at most {FILE_LINES_MAX} lines, aim for 300.")


def test_no_function_is_longer_than_a_screen() -> None:
    breaches = []
    for path in python_files():
        for node in functions(path):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                breaches.append(f"{at(path, node)} {node.name}: {length} lines")
    for path in engine_files():
        found = compiled_functions(path)
        breaches += [f"{at(path, line)}: {n} lines" for line, n in found if n > FUNCTION_LINES_MAX]
    report(
        breaches, f"At most {FUNCTION_LINES_MAX} lines: branches in the parent, straight helpers."
    )


def test_no_line_is_longer_than_a_page_is_wide() -> None:
    paths = [*python_files(), *engine_files(), *find_files("cext/engine/*.pxd", ".ci/*")]
    breaches = [
        f"{at(path, number)}: {len(line)}"
        for path in paths
        for number, line in enumerate(read(path).splitlines(), 1)
        if len(line) > LINE_LENGTH_MAX
    ]
    report(breaches, f"At most {LINE_LENGTH_MAX} characters.")


def test_what_could_be_mixed_up_is_keyword_only() -> None:
    breaches = []
    for path in python_files():
        if path.is_relative_to(HOME / "tests"):
            continue
        for node in functions(path):
            named = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
            # A leading underscore marks what a foreign callback hands over and nobody reads.
            positional = [n for n in named if n not in {"self", "cls"} and not n.startswith("_")]
            if len(positional) > POSITIONAL_MAX:
                breaches.append(f"{at(path, node)} {node.name}: {', '.join(positional)}")
    report(breaches, f"At most {POSITIONAL_MAX} positional arguments; put a * before the rest.")
