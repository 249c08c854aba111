"""The command `store-edge`."""

from __future__ import annotations

import edge.lean  # noqa: F401 - must come first

# isort: split
import argparse
import asyncio
import gc
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import structlog

from cext.errors import EXIT_CONFIG, ConfigError, ShopError
from cext.kit.log import configure_log
from cext.lang.events import Stored, decode_body, decode_envelope
from edge.announce.commands import add_address
from edge.app import run
from edge.box import open_tokens
from edge.config import SOFTWARE, Settings, load_edge_settings
from edge.device_commands import add_devices, advise_devices
from edge.device_settings import check_devices
from edge.find_commands import add_finders
from edge.furnish import JOURNAL_FILE

log = structlog.get_logger(__name__)

SHOW_PAGE_N = 500
Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 well, 1 failed, 78 the configuration is wrong."""
    gc.enable()  # off since edge.lean
    options = _parser().parse_args(arguments)
    try:
        command: Command = options.command
        return command(options)
    except ConfigError as exc:
        for problem in exc.problems:
            sys.stderr.write(f"{problem}\n")
        return EXIT_CONFIG
    except ShopError as exc:
        sys.stderr.write(f"{exc.code}: {exc.detail}\n")
        return 1
    except BrokenPipeError:
        # The reader of `journal show` had enough; that is how pipes end.
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="store-edge", description="The box in the store.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "run", _run, "run until stopped")
    _add(commands, "check-config", _check_config, "check the settings and say every problem")
    plain = commands.add_parser("version", help="print the version")
    plain.set_defaults(command=_version)
    journal = commands.add_parser("journal", help="look into the journal")
    deeds = journal.add_subparsers(required=True, metavar="COMMAND")
    _add(deeds, "verify", _verify, "walk the whole chain again")
    show = _add(deeds, "show", _show, "print events")
    show.add_argument("--json", action="store_true", help="one JSON object a line")
    show.add_argument("--first", type=int, default=1, metavar="N", help="from event N on")
    show.add_argument("--limit", type=int, default=0, metavar="N", help="at most N events")
    add_devices(commands)
    add_finders(commands)
    add_address(commands)
    token = commands.add_parser("token", help="tokens for the doors")
    deeds = token.add_subparsers(required=True, metavar="COMMAND")
    create = _add(deeds, "create", _create_token, "make a token and print it, once")
    create.add_argument("--name", required=True, help="whose it is: a-z, 0-9, _ and -")
    create.add_argument(
        "--scope", nargs="+", action="extend", required=True, metavar="S", help="what it may do"
    )
    return parser


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    command: Command,
    help_text: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help_text)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.set_defaults(command=command)
    return parser


def _run(options: argparse.Namespace) -> int:
    settings = load_edge_settings(options.config)
    configure_log(settings.log)
    try:
        asyncio.run(run(settings))
    except BaseExceptionGroup as group:
        return _report(group)
    return 0


def _report(group: BaseExceptionGroup[BaseException]) -> int:
    """Say what ended the daemon. A wrong setting found late counts as one found early."""
    first, code = None, 1
    for error in _leaves(group):
        first = first or error
        if isinstance(error, ConfigError):
            raise error
        log.error("edge_failed", kind=type(error).__name__, detail=str(error), exc_info=error)
    if isinstance(first, KeyboardInterrupt):
        code = 130
    return code


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _check_config(options: argparse.Namespace) -> int:
    settings = load_edge_settings(options.config)
    for advice in advise_devices(check_devices(settings)):
        sys.stderr.write(f"warning: {advice}\n")
    sys.stdout.write(f"{options.config}: good\n")
    return 0


def _version(_options: argparse.Namespace) -> int:
    sys.stdout.write(f"store-edge {SOFTWARE}\n")
    return 0


def _journal_path(settings: Settings) -> Path:
    return Path(settings.state_dir) / JOURNAL_FILE


def _verify(options: argparse.Namespace) -> int:
    from edge.journal import walk  # noqa: PLC0415 - only this command walks

    report = walk(_journal_path(load_edge_settings(options.config)))
    said = report.problem or "whole"
    sys.stdout.write(
        f"{said}: store {report.store}, epoch {report.epoch}, {report.events_n} events, "
        f"{report.size_bytes} bytes, head {report.head_hash}\n"
    )
    return 0 if report.ok else 1


def _show(options: argparse.Namespace) -> int:
    from edge.journal import show  # noqa: PLC0415 - only this command shows

    path = _journal_path(load_edge_settings(options.config))
    position, left_n = options.first, options.limit or sys.maxsize
    while left_n > 0:
        page = show(path, first=position, limit_n=min(SHOW_PAGE_N, left_n))
        if not page:
            return 0
        for _, stored in page:
            sys.stdout.write(_line(stored, as_json=options.json) + "\n")
        position, left_n = page[-1][0] + 1, left_n - len(page)
    return 0


def _line(stored: Stored, *, as_json: bool) -> str:
    envelope = decode_envelope(stored.raw)
    body = decode_body(envelope)
    named = dict(zip(body.__struct_fields__, msgspec.to_builtins(body), strict=False))
    if as_json:
        head = {"seq": stored.seq, "kind": envelope.kind, "at_ms": envelope.at_ms}
        more = {"lane": envelope.lane, "worker": envelope.worker, "hash": stored.hash.hex()}
        return json.dumps({**head, **more, "body": named}, ensure_ascii=False)
    shown = ", ".join(f"{name}={_short(value)}" for name, value in named.items())
    return f"{stored.seq:>8} {envelope.at_ms} {envelope.kind} {envelope.lane or '-'} {shown}"


def _short(value: object) -> str:
    if isinstance(value, list):
        return f"[{len(value)}]"
    return str(value)


def _create_token(options: argparse.Namespace) -> int:
    settings = load_edge_settings(options.config)
    text = open_tokens(settings).create(options.name, tuple(options.scope))
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
