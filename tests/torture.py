"""Engine against oracle for as long as you like: `make torture N=5000000`, resumable by seed.

    python -m tests.torture --sales 1000000 --seed 1000

Prints the next seed as it goes, so that a run that was stopped goes on with `--seed`; ends with
exit code 1 and the smallest quarrel found, as soon as there is one.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys

from tests.engine.duel import fight
from tests.engine.kind_worlds import make_world
from tests.engine.raw_rows import known_rows

CASES_N = 500  # sales of one world
TOLD_EVERY_N = 20  # worlds between two lines of progress


def _fight(seed: int) -> tuple[int, str]:
    quarrel = fight(make_world(seed), CASES_N)
    return seed, "" if quarrel is None else str(quarrel)


def main(words: list[str]) -> int:
    """Run worlds in all processes until enough sales agreed or one did not."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--sales", type=int, default=1_000_000, help="how many sales to price")
    parser.add_argument("--seed", type=int, default=1_000_000, help="the first world")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args(words)
    worlds_n = -(-asked.sales // CASES_N)
    last = asked.seed + worlds_n
    with known_rows(), multiprocessing.get_context("fork").Pool(asked.processes) as pool:
        for done_n, (seed, said) in enumerate(
            pool.imap(_fight, range(asked.seed, last), chunksize=2), start=1
        ):
            if said:
                sys.stdout.write(f"\n{said}\nfrom seed {seed}\n")
                return 1
            if done_n % TOLD_EVERY_N == 0 or done_n == worlds_n:
                sys.stdout.write(
                    f"\r{done_n * CASES_N:,} of {worlds_n * CASES_N:,} sales agree;"
                    f" next seed {seed + 1}"
                )
                sys.stdout.flush()
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
