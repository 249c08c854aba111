"""The command `store-hub`. Results go to standard output, the log to standard error."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cext.errors import EXIT_CONFIG, ConfigError, ShopError
from cext.kit.log import configure_log
from hub.app import make_tokens, run
from hub.config import Settings, load_hub_settings
from hub.link.broker import HUB_ACCOUNT, add_account, add_store, prepare_broker, run_broker
from hub.projections import PROJECTIONS
from hub.store import open_database, rebuild

EXIT_FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 1 for a failure, 78 for a wrong config."""
    options = _parser().parse_args(arguments)
    try:
        return _dispatch(options)
    except ConfigError as exc:
        for problem in exc.problems:
            sys.stderr.write(f"config: {problem}\n")
        return EXIT_CONFIG
    except ShopError as exc:
        sys.stderr.write(f"{exc.code}: {exc.detail}\n")
        return EXIT_FAILED
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="store-hub", description="The centre of a chain.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, summary: str, work: Callable[[Settings, argparse.Namespace], int]) -> None:
        command = commands.add_parser(name, help=summary, description=summary)
        _configure(command, work)

    add("run", "Run the hub until told to end.", _run)
    add("check-config", "Check a configuration file and say what is wrong.", _check_config)
    add("broker", "Run the MQTT broker the stores meet the hub at.", _broker)
    add("rebuild", "Drop the projections, replay the events, prove them equal.", _rebuild)
    commands.add_parser("version", help="Say which version this is.").set_defaults(work=None)

    store = commands.add_parser("store", help="Stores that may speak to this hub.")
    add_one = store.add_subparsers(dest="act", required=True).add_parser(
        "add", help="Make a store's account at the broker; says where its password is."
    )
    add_one.add_argument("store", metavar="STORE")
    _configure(add_one, _add_store)

    token = commands.add_parser("token", help="Tokens for the hub's API.")
    create = token.add_subparsers(dest="act", required=True).add_parser(
        "create", help="Make a token and show it, this once."
    )
    create.add_argument("--name", required=True)
    create.add_argument("--scope", required=True, nargs="+", action="extend", help="read or admin")
    _configure(create, _create_token)
    return parser


def _configure(
    command: argparse.ArgumentParser, work: Callable[[Settings, argparse.Namespace], int]
) -> None:
    command.add_argument("--config", required=True, type=Path, metavar="FILE")
    command.set_defaults(work=work)


def _dispatch(options: argparse.Namespace) -> int:
    if options.work is None:
        sys.stdout.write(f"store-hub {version('storeline')}\n")
        return 0
    settings = load_hub_settings(options.config)
    configure_log(settings.log)
    code: int = options.work(settings, options)
    return code


def _run(settings: Settings, _options: argparse.Namespace) -> int:
    return _finish(run(settings))


def _finish(work: Coroutine[Any, Any, None]) -> int:
    """Run to the end; an error of a task group comes out as itself."""
    try:
        asyncio.run(work)
    except BaseExceptionGroup as errors:
        ours, rest = errors.split(ShopError)
        if ours is None or rest is not None:
            raise
        raise _first(ours) from errors
    return 0


def _first(errors: BaseExceptionGroup[ShopError]) -> ShopError:
    found = errors.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found


def _check_config(_settings: Settings, options: argparse.Namespace) -> int:
    sys.stdout.write(f"{options.config}: all good\n")
    return 0


def _broker(settings: Settings, _options: argparse.Namespace) -> int:
    _prepare_broker(settings)
    return _finish(_serve_broker(settings.broker_dir))


async def _serve_broker(directory: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as group:
        broker = group.create_task(run_broker(directory), name="broker")
        await stop.wait()
        broker.cancel()


def _add_store(settings: Settings, options: argparse.Namespace) -> int:
    _prepare_broker(settings)
    path = add_store(settings.broker_dir, options.store)
    sys.stdout.write(f"{path}\n")
    return 0


def _prepare_broker(settings: Settings) -> None:
    """The broker's files, and the hub's own account when it has none yet."""
    directory = settings.broker_dir
    broker = settings.broker
    prepare_broker(directory, host=broker.listen, port=broker.port, names=broker.names)
    # Not `broker_password_file`: under systemd that is a copy which only the hub's unit can see.
    if not (directory / "accounts" / f"{HUB_ACCOUNT}.password").exists():
        add_account(directory, HUB_ACCOUNT)


def _rebuild(settings: Settings, _options: argparse.Namespace) -> int:
    async def work() -> int:
        async with open_database(settings.store_url) as database:
            proofs = await rebuild(database, PROJECTIONS)
        for proof in proofs:
            verdict = "equal" if proof.is_equal else "different"
            sys.stdout.write(
                f"{verdict:9}  {proof.table:20}  {proof.rows_n:9} rows  {proof.new_hash[:16]}\n"
            )
        return 0 if all(proof.is_equal for proof in proofs) else EXIT_FAILED

    return asyncio.run(work())


def _create_token(settings: Settings, options: argparse.Namespace) -> int:
    text = make_tokens(settings).create(options.name, tuple(options.scope))
    sys.stdout.write(f"{text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
