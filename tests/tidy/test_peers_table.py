"""The bench's README shows the figures of the last side-by-side, and so does its picture."""

from __future__ import annotations

from bench.peers.table import MARKS, load_results, make_table
from bench.pictures.growth import draw_growth
from tests.tidy.house import HOME, read

CURE = "run `make bench-peers`, or `python -m bench.peers.table` after another edit of peers.json"


def test_the_peers_section_shows_the_last_side_by_side() -> None:
    expected = f"{MARKS[0]}\n{make_table(load_results())}\n{MARKS[1]}"
    assert expected in read(HOME / "bench" / "README.md"), CURE


def test_the_picture_shows_the_last_side_by_side() -> None:
    assert read(HOME / "bench" / "pictures" / "pricing-growth.svg") == draw_growth(load_results())


def test_no_total_of_any_engine_was_wrong() -> None:
    found = load_results()

    assert found.wrong_n == 0
    assert found.totals_n > 0
