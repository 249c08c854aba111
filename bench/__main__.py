"""`python -m bench [name ...]`: measure, print the table, write bench/results.json.

`python -m bench shelf_lists FOLDER` measures over files that are not part of the project.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from rich.console import Console

from bench.figure import Figure, show_results, write_results

# A row each: the module whose `measure()` gives its figures. They run one after the other,
# because two benchmarks on two cores measure each other.
BENCHES = {
    "journal": "bench.journal",
    "line": "bench.line",
    "daemon": "bench.daemon",
    "counter": "bench.counter",
    "scanners": "bench.scanners",
    "devices": "bench.devices",
    "book": "bench.book",
    "combination": "bench.combination",
    "codes": "bench.codes",
    "ledger": "bench.ledger",
    "pricing": "bench.pricing",
    "paper": "bench.paper",
}
# These measure over the files of a folder, which are not part of the project.
FOLDER_BENCHES = {"shelf_lists": "bench.shelves"}
RESULTS = Path(__file__).with_name("results.json")


def main(names: list[str]) -> int:
    """Run the named benches (all by default); exit code 1 when a goal is missed."""
    console = Console(stderr=True)
    figures: list[Figure] = []
    if names and names[0] in FOLDER_BENCHES:
        figures += importlib.import_module(FOLDER_BENCHES[names[0]]).measure(Path(*names[1:]))
    else:
        for name in names or list(BENCHES):
            console.print(f"measuring {name} ...")
            figures += importlib.import_module(BENCHES[name]).measure()
    show_results(figures)
    if not names:
        write_results(figures, RESULTS)
    return 0 if all(row.met is not False for row in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
