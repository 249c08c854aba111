"""Counts how many rows of the plan have a test that shows them (`make features`).

tests/features.toml holds one table per shown row: `[17]`, `tests = ["tests/...::test_..."]` and a
`note` that says what is shown. A named test that does not exist fails the command.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

HOME = Path(__file__).resolve().parent.parent
PLAN = HOME / "tests" / "features.toml"
ROWS_N = 166
GROUPS = {
    "A": (1, 16, "inventory"),
    "B": (17, 32, "order intake and processing"),
    "C": (33, 37, "allocation"),
    "D": (38, 44, "status and exceptions"),
    "E": (45, 59, "pricing and offers"),
    "F": (60, 66, "members and stored value"),
    "G": (67, 74, "customer profiles"),
    "H": (75, 80, "marketing"),
    "I": (81, 88, "delivery"),
    "J": (89, 97, "after sales"),
    "K": (98, 109, "analytics"),
    "L": (110, 119, "staff"),
    "M": (120, 126, "channels"),
    "N": (127, 132, "supply chain"),
    "O": (133, 139, "items"),
    "P": (140, 147, "restaurant and services"),
    "Q-T": (148, 166, "integration, security, devices, tracing"),
}


class Row(NamedTuple):
    """One row of the plan that is shown: the node ids of its tests, and what they show."""

    number: int
    tests: tuple[str, ...]
    note: str


def read_plan(path: Path) -> tuple[list[Row], list[str]]:
    """The shown rows in order, and every problem of the file as a sentence."""
    rows, problems = [], []
    for key, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
        if not key.isdigit() or not 1 <= int(key) <= ROWS_N:
            problems.append(f"[{key}]: rows are numbered 1 to {ROWS_N}")
            continue
        tests, note = table.get("tests", []), table.get("note", "")
        if unread := sorted(set(table) - {"tests", "note"}):
            problems.append(f"[{key}]: unknown key {', '.join(unread)}")
        if not tests or not note:
            problems.append(f"[{key}]: a row needs tests and a note that says what they show")
        rows.append(Row(int(key), tuple(tests), note))
    return sorted(rows), problems


def collect_tests(files: set[str]) -> set[str]:
    """Node ids of all tests in `files`, with and without the brackets of their parameters."""
    if not files:
        return set()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n", "0", *sorted(files)],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout[-2000:] + done.stderr[-2000:])
    nodes = {line.strip() for line in done.stdout.splitlines() if "::" in line}
    return nodes | {node.partition("[")[0] for node in nodes}


def find_problems(rows: list[Row]) -> list[str]:
    """One sentence for each named test that is not there."""
    files = {test.partition("::")[0] for row in rows for test in row.tests}
    missing = {file for file in files if not (HOME / file).is_file()}
    known = collect_tests(files - missing)
    return [
        f"[{row.number}]: no such test: {test}"
        for row in rows
        for test in row.tests
        if test not in known
    ]


def draw_table(rows: list[Row]) -> str:
    """One line per group: shown of all, a bar, the numbers shown."""
    shown = {row.number for row in rows}
    lines = []
    for group, (first, last, title) in GROUPS.items():
        numbers = [n for n in range(first, last + 1) if n in shown]
        total = last - first + 1
        bar = "#" * len(numbers) + "." * (total - len(numbers))
        listed = " ".join(map(str, numbers))
        lines.append(f"{group:>4}  {len(numbers):>2} of {total:>2}  {bar:<20} {title}  {listed}")
    lines.append(f"\n{len(shown)} of {ROWS_N} rows are shown by a test.")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print the table; 1 when the file names a test that does not exist."""
    rows, problems = read_plan(PLAN)
    problems += find_problems(rows)
    sys.stdout.write(draw_table(rows))
    for problem in problems:
        sys.stderr.write(f"tests/features.toml {problem}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
