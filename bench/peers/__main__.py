"""`python -m bench.peers`: the side-by-side; writes bench/peers.json, the table and the picture."""

from __future__ import annotations

import sys

import msgspec
from rich.console import Console

from bench.peers.runner import ENGINES, HERE, HOME
from bench.peers.side_by_side import WrongTotal, run
from bench.peers.table import RESULTS, make_table, show


def main() -> int:
    """Exit code 1 when an engine's total is wrong; nothing is written then."""
    console = Console(stderr=True)
    if not (HERE / "node_modules").is_dir() or not (HERE / ".venv").is_dir():
        console.print("the peers are not installed: make bench-peers")
        return 1
    try:
        found = run(ENGINES, HOME / "build" / "peers", say=console.print)
    except WrongTotal as exc:
        console.print(f"[red]wrong total:[/] {exc}")
        return 1
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    show(found)
    console.print(make_table(found), markup=False, soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
