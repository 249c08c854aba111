"""The README shows the figures of the last run, not of a better one."""

from __future__ import annotations

from bench.figures_table import make_table
from tests.tidy.house import HOME, read


def test_the_readme_shows_the_last_results() -> None:
    cure = "put the output of `python -m bench.figures_table` into the README"
    assert make_table() in read(HOME / "README.md"), cure
