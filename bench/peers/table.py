"""What bench/README.md shows of bench/peers.json; `python -m bench.peers.table` puts it there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.peers.side_by_side import Cell, SideBySide
from bench.pictures.growth import draw_growth

HERE = Path(__file__).parents[1]
RESULTS = HERE / "peers.json"
README = HERE / "README.md"
PICTURE = HERE / "pictures" / "pricing-growth.svg"
MARKS = ("<!-- peers: begin -->", "<!-- peers: end -->")


def load_results() -> SideBySide:
    """The last run of `make bench-peers`."""
    return msgspec.json.decode(RESULTS.read_bytes(), type=SideBySide)


def make_table(found: SideBySide) -> str:
    """Both tables, the goals, the versions and the machine, in Markdown."""
    versions = "; ".join(
        f"{found.titles[name]}: " + ", ".join(f"{key} {value}" for key, value in rows.items())
        for name, rows in found.versions.items()
    )
    machine = ", ".join(f"{key} {value}" for key, value in found.machine.items())
    source = (
        f"From `{found.command}`: {found.totals_n:,} totals compared, {found.wrong_n} wrong; "
        f"medians of {found.rounds_n} interleaved rounds' medians. {versions}. Machine: {machine}."
    )
    return "\n".join(
        [
            "Microseconds a basket, 200 offers over 20,000 items, by lines of the basket:",
            "",
            *_rows(found, "lines_n", [cell for cell in found.cells if cell.offers_n == 200]),
            "",
            "The same with 10 lines, by offers in force (2,000: over 60,000 items):",
            "",
            *_rows(found, "offers_n", [cell for cell in found.cells if cell.lines_n == 10]),
            "",
            *_goals(found),
            "",
            source,
        ]
    )


def _rows(found: SideBySide, over: str, cells: Sequence[Cell]) -> list[str]:
    """A table with a row an engine and a column for each value of the field `over`."""
    columns = sorted({getattr(cell, over) for cell in cells})
    us = {(cell.engine, getattr(cell, over)): cell.us for cell in cells}
    noun = over.removesuffix("_n") + ":"
    lines = [
        "| engine | " + " | ".join(f"{noun} {value:,}" for value in columns) + " |",
        "|---|" + "---:|" * len(columns),
    ]
    for name, title in found.titles.items():
        values = (_say(us.get((name, value))) for value in columns)
        lines.append(f"| {title} | " + " | ".join(values) + " |")
    return lines


def _say(us: float | None) -> str:
    if us is None:
        return ""
    return f"{us:,.0f}" if us >= 100 else f"{us:.3g}"


def _goals(found: SideBySide) -> list[str]:
    lines = ["| goal | baskets/s | against | times | goal | met |", "|---|---:|---|---:|---|---|"]
    for row in found.figures:
        met = {True: "yes", False: "**no**", None: ""}[row.met]
        against = f"{row.against}, {row.against_value:,.3g}"
        cells = (f"`{row.name}`", f"{row.value:,.3g}", against, f"{row.ratio:,.0f}", row.goal, met)
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def show(found: SideBySide) -> None:
    """Put the tables between their marks in bench/README.md, and draw the picture."""
    PICTURE.write_text(draw_growth(found), encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    README.write_text(
        f"{before}{MARKS[0]}\n{make_table(found)}\n{MARKS[1]}{after}", encoding="utf-8"
    )


if __name__ == "__main__":
    show(load_results())
