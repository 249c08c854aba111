"""One word per idea, and no file that could hold anything."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.tidy.house import HOME, at, engine_files, find_files, parse, python_files, read, report

FILE_NAMES = {"utils", "util", "helpers", "common", "misc", "base", "manager", "core", "constants"}
CURES = {
    "product": "item",
    "article": "item",
    "sku": "item",
    "cart": "basket",
    "promotion": "offer",
    "promo": "offer",
}
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def defined_names(path: Path) -> Iterator[tuple[ast.AST, str]]:
    """Every identifier that a file defines: functions, classes, arguments, variables, fields."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node, node.name
        elif isinstance(node, ast.arg):
            yield node, node.arg
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node, node.id if isinstance(node, ast.Name) else node.attr


def words_of(name: str) -> set[str]:
    words = {word.lower() for word in WORDS.findall(name)}
    return words | {word.removesuffix("s") for word in words}


def test_no_file_is_named_after_everything() -> None:
    files = find_files("*.py", "*.pyx", "*.pxd", "*.ts", "*.tsx")
    breaches = [str(path.relative_to(HOME)) for path in files if path.stem.lower() in FILE_NAMES]
    report(breaches, "Name the file after the noun it holds.")


def test_no_identifier_uses_a_synonym() -> None:
    breaches = [
        f"{at(path, node)}: {name} (say {CURES[word]})"
        for path in python_files()
        for node, name in defined_names(path)
        for word in sorted(words_of(name) & set(CURES))
    ]
    report(breaches, "One word per idea; the list is in cext/lang/__init__.py.")


def test_the_engine_and_the_pages_use_no_synonym_either() -> None:
    breaches = []
    # <article> is an element of HTML, so that word is left to the pages.
    pages = find_files("web/**.ts", "web/**.tsx")
    for path in [*engine_files(), *pages]:
        banned = set(CURES) - ({"article"} if path in pages else set())
        for number, line in enumerate(read(path).splitlines(), 1):
            code = re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`|#.*|//.*", "", line)
            breaches += [
                f"{at(path, number)}: {name}"
                for name in re.findall(r"[A-Za-z_]\w*", code)
                if words_of(name) & banned
            ]
    report(breaches, "One word per idea; the list is in cext/lang/__init__.py.")


def test_no_class_is_a_manager_or_abstract() -> None:
    pattern = re.compile(r"Manager$|^Abstract|^I[A-Z][a-z]|Helper$|Utils?$")
    breaches = [
        f"{at(path, node)}: {node.name}"
        for path in python_files()
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ClassDef) and pattern.search(node.name)
    ]
    report(breaches, "Say what it is: the bare noun, or the noun with what makes it special.")


def test_nothing_is_left_to_do_without_a_name_and_a_reason() -> None:
    todo, named, fixme = "TO" + "DO", re.compile(r"TO" + r"DO\(\w+\): \w+"), "FIX" + "ME"
    files = find_files("*.py", "*.pyx", "*.pxd", "*.sql", "*.ts", "*.tsx", "*.css", "*.md", ".ci/*")
    breaches = [
        f"{at(path, number)}: {line.strip()}"
        for path in files
        for number, line in enumerate(read(path).splitlines(), 1)
        if re.search(rf"\b{fixme}\b", line)
        or (re.search(rf"\b{todo}\b", line) and not named.search(line))
    ]
    report(breaches, f"Do it, or write {todo}(name): reason. No {fixme} at all.")
