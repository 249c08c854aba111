"""`python -m edge.sim run`: trade a real week through simulated devices, and reconcile it."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from rich.console import Console

from cext.errors import EXIT_CONFIG, ConfigError, ShopError
from edge.sim.week.programme import Options
from edge.sim.week.run import Interrupted, replay

EXIT_DIFFERS = 1
EXIT_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Entry point: 0 all equal, 1 a difference or a failure, 78 a wrong option, 130 Ctrl-C."""
    options = parse_options(sys.argv[1:] if arguments is None else arguments)
    code = 0
    try:
        code = asyncio.run(_run(options))
    except* Interrupted:
        sys.stderr.write("Ended before the table.\n")
        code = EXIT_INTERRUPTED
    except* ConfigError as group:
        _complain(group)
        code = EXIT_CONFIG
    except* ShopError as group:
        _complain(group)
        code = EXIT_DIFFERS
    return code


async def _run(options: Options) -> int:
    """Replay until it ends or somebody stops it; a stop after the table is a good end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    equal = await replay(options, Console(), stop)
    return 0 if equal else EXIT_DIFFERS


def _complain(group: BaseExceptionGroup[ShopError]) -> None:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            _complain(error)
        else:
            sys.stderr.write(f"{error.code}: {error.detail}\n")


def parse_options(arguments: list[str]) -> Options:
    """The command line; argparse ends the process with 2 when it cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m edge.sim", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start broker, hub, store and counter; trade; compare")
    defaults = Options()
    run.add_argument("--store", default=defaults.store, help="321, 361, 367 or 381")
    run.add_argument(
        "--from", dest="first", default="", help="a day or a week of the data (its first week)"
    )
    run.add_argument("--to", dest="last", default="", help="a day or a week (the same week)")
    run.add_argument("--pace", choices=("live", "fast", "max"), default=defaults.pace)
    run.add_argument("--check", action="store_true", help="end after the table; 1 if it differs")
    run.add_argument("--folder", type=Path, default=defaults.folder, help="where it all happens")
    run.add_argument("--any-ports", action="store_true", help="not even try the usual ports")
    given = parser.parse_args(arguments)
    return Options(
        store=given.store,
        first=given.first,
        last=given.last,
        pace=given.pace,
        check=given.check,
        folder=given.folder,
        any_ports=given.any_ports,
    )


if __name__ == "__main__":
    sys.exit(main())
