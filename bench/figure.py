"""One measured figure, and the table of all of them."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

_COMPARE = {">=": operator.ge, "<=": operator.le}


class Figure(Struct, frozen=True, kw_only=True):
    """One row of results.json.

    `ratio` is value : `against_value` from the same run, or None where a bare limit is the goal.
    `goal` is compared with the ratio where there is one, else with the value.
    """

    name: str
    value: float
    unit: str
    against: str = ""
    against_value: float | None = None
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None


def figure(
    name: str,
    value: float,
    unit: str,
    *,
    against: str = "",
    against_value: float | None = None,
    goal: tuple[Literal[">=", "<="], float] | None = None,
) -> Figure:
    """A figure with its ratio and verdict worked out."""
    ratio = value / against_value if against_value else None
    judged = value if ratio is None else ratio
    return Figure(
        name=name,
        value=round(value, 4),
        unit=unit,
        against=against,
        against_value=None if against_value is None else round(against_value, 4),
        ratio=None if ratio is None else round(ratio, 3),
        goal=f"{goal[0]} {goal[1]:g}" if goal else "",
        met=_COMPARE[goal[0]](judged, goal[1]) if goal else None,
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of `values` lie; the nearest rank."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


def write_results(figures: Sequence[Figure], path: Path) -> None:
    """Write `figures` as JSON, a row each."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(list(figures)), indent=1) + b"\n")


def show_results(figures: Sequence[Figure]) -> None:
    """Print `figures` as a table."""
    table = Table(title="bench", title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("unit")
    table.add_column("against")
    table.add_column("ratio", justify="right")
    table.add_column("goal", justify="right")
    table.add_column("met")
    for row in figures:
        verdict = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}[row.met]
        against = row.against
        if row.against_value is not None:
            against += f" {row.against_value:,.4g}"
        ratio = "" if row.ratio is None else f"{row.ratio:,.3g}"
        table.add_row(row.name, f"{row.value:,.4g}", row.unit, against, ratio, row.goal, verdict)
    Console(width=140).print(table)
