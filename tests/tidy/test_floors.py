"""The floors of the house: who may import whom.

cext.errors <- cext.lang, cext.kit <- cext.engine, cext.offers <- edge | hub <- tests, bench.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tidy.house import HOME, Import, code_files, imports_of, name_of, report

PIPES = ("aiohttp", "aiosqlite", "paho", "serial", "sqlalchemy", "structlog", "socket", "asyncio")

# A floor: the modules below may import only these from our own packages.
MAY_IMPORT = {
    "cext.errors": ("cext.errors",),
    "cext.lang": ("cext.errors", "cext.lang"),
    "cext.kit": ("cext.errors", "cext.kit"),
    "cext.engine": ("cext.errors", "cext.lang", "cext.engine", "cext.offers"),
    "cext.offers": ("cext.errors", "cext.lang", "cext.offers", "cext.engine"),
    "edge": ("cext", "edge"),
    "hub": ("cext", "hub"),
}

# Rooms of a daemon that must not know these others: adapters talk to one outside thing each.
MUST_NOT_KNOW = {
    "edge.devices": ("edge.sales", "edge.stock", "edge.journal", "edge.link", "edge.api"),
    "edge.journal": ("edge.sales", "edge.stock", "edge.devices", "edge.link", "edge.api"),
    "edge.link": ("edge.sales", "edge.stock", "edge.devices", "edge.api"),
    "edge.sales": ("edge.api", "edge.link"),
    "edge.prints": ("edge.sales", "edge.stock", "edge.link", "edge.api"),
    "edge.stock": ("edge.api", "edge.link", "edge.devices"),
    "edge.api": ("edge.sim",),
    "hub.link": ("hub.api", "hub.sales", "hub.stock"),
    "hub.sales": ("hub.api", "hub.link"),
    "hub.stock": ("hub.api", "hub.link"),
    "hub.store": ("hub.api", "hub.link"),
}

# These may know everybody in their daemon: the roots, their commands, the store without hardware.
TOPS = ("edge.app", "edge.__main__", "edge.device_commands", "hub.app", "hub.__main__", "edge.sim")


def is_under(name: str, roots: tuple[str, ...]) -> bool:
    return any(name == root or name.startswith(root + ".") for root in roots)


def our_imports() -> list[tuple[Path, Import]]:
    return [
        (path, found)
        for path in code_files()
        for found in imports_of(path)
        if is_under(found.imported, ("cext", "edge", "hub", "tests", "bench"))
    ]


def say(path: Path, found: Import) -> str:
    return f"{path.relative_to(HOME)}:{found.line} imports {found.imported}"


@pytest.mark.parametrize("floor", sorted(MAY_IMPORT))
def test_a_floor_imports_only_from_below(floor: str) -> None:
    breaches = [
        say(path, found)
        for path, found in our_imports()
        if is_under(found.importer, (floor,)) and not is_under(found.imported, MAY_IMPORT[floor])
    ]
    report(breaches, f"{floor} may import only {', '.join(MAY_IMPORT[floor])}: move the code down.")


@pytest.mark.parametrize("room", sorted(MUST_NOT_KNOW))
def test_a_room_does_not_know_its_neighbours(room: str) -> None:
    breaches = [
        say(path, found)
        for path, found in our_imports()
        if is_under(found.importer, (room,))
        and is_under(found.imported, MUST_NOT_KNOW[room])
        and not found.imported.endswith(".ports")  # a port is there to be implemented elsewhere
    ]
    report(breaches, f"{room} gets what it needs as an argument; app.py introduces them.")


def test_only_the_roots_import_a_root() -> None:
    roots = ("edge.app", "hub.app", "edge.__main__", "hub.__main__", "edge.sim")
    breaches = [
        say(path, found)
        for path, found in our_imports()
        if is_under(found.imported, roots) and not is_under(found.importer, TOPS)
    ]
    report(breaches, "Only app.py, __main__.py and edge.sim know everybody.")


def test_the_words_and_the_sums_know_no_pipes() -> None:
    breaches = [
        say(path, found)
        for path in code_files()
        for found in imports_of(path)
        if is_under(name_of(path), ("cext.lang", "cext.engine", "cext.offers"))
        and is_under(found.imported, PIPES)
    ]
    report(breaches, "cext.lang, engine and offers are pure: values in, values out.")


def test_nobody_imports_the_rooms_behind_the_engine() -> None:
    breaches = [
        say(path, found)
        for path, found in our_imports()
        if is_under(found.imported, ("cext.engine",))
        and found.imported != "cext.engine"
        and not is_under(found.importer, ("cext.engine",))
    ]
    report(breaches, "cext.engine is the only door of the engine.")
