"""Every row of every table: it imports, has its twin, and a README names it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

import pytest

from tests.tidy.house import HOME, assigned, in_table, report

GOLDEN = HOME / "tests" / "contract" / "golden"


class Table(NamedTuple):
    """A table of rows: where it is, what each row's module must have, where its twin lies."""

    module: str
    name: str
    has: tuple[str, ...]
    twin: str = ""


TABLES = (
    Table("edge.devices", "KINDS", ("Settings", "open"), "edge/sim/{row}.py"),
    Table("cext.offers", "KINDS", ("Terms", "lower", "say", "EXAMPLES")),
    Table("hub.projections", "PROJECTIONS", ("name", "handles", "reduce")),
)


def rows_of(table: Table) -> Mapping[str, object]:
    """Row name -> what the table holds for it (a module's dotted name, or the thing itself)."""
    rows = getattr(import_module(table.module), table.name)
    if isinstance(rows, Mapping):
        return rows
    return {row.name: row for row in rows}


@pytest.mark.parametrize("table", TABLES, ids=[table.module for table in TABLES])
def test_every_row_imports_and_has_what_its_kind_needs(table: Table) -> None:
    breaches = []
    for row, held in rows_of(table).items():
        thing = import_module(held) if isinstance(held, str) else held
        breaches += [f"{row}: no {name}" for name in table.has if not hasattr(thing, name)]
    report(breaches, f"A row of {table.module}.{table.name} offers {', '.join(table.has)}.")


@pytest.mark.parametrize("table", TABLES, ids=[table.module for table in TABLES])
def test_every_row_has_its_twin_and_its_place_in_a_readme(table: Table) -> None:
    breaches = []
    for row in rows_of(table):
        twin = table.twin.format(row=row)
        if twin and not (HOME / twin).is_file():
            breaches.append(f"{row}: {twin} is missing")
        if not in_table(row):
            breaches.append(f"{row}: no README table names `{row}`")
    report(breaches, "One file, one row, one line in the table of the folder's README.")


def test_every_event_kind_has_a_golden_file_and_a_row() -> None:
    kinds = assigned(HOME / "cext/lang/events/__init__.py", "KINDS")
    assert isinstance(kinds, ast.Dict)
    breaches = []
    for key in kinds.keys:
        assert isinstance(key, ast.Constant)
        golden = list(GOLDEN.glob(f"event_{key.value}_*.hex"))
        if not golden:
            breaches.append(f"{key.value}: no golden file in tests/contract/golden")
        if not in_table(str(key.value)):
            breaches.append(f"{key.value}: no README table names `{key.value}`")
    report(breaches, "An event is bytes for ever: keep a golden file and a row in the event table.")
