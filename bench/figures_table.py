"""The README's table of figures, from the last results: `python -m bench.figures_table`."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from bench.figure import Figure

RESULTS = Path(__file__).with_name("results.json")


def make_table(results: Path = RESULTS) -> str:
    """One row a figure that has a goal."""
    rows = ["| figure | value | against | ratio | goal | met |", "|---|---|---|---|---|---|"]
    for row in msgspec.json.decode(results.read_bytes(), type=list[Figure]):
        if row.met is None:
            continue
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        met = "yes" if row.met else "**no**"
        value = f"{row.value:,.4g} {row.unit}"
        rows.append(f"| `{row.name}` | {value} | {row.against} | {ratio} | {row.goal} | {met} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.stdout.write(make_table() + "\n")
