"""`store-edge scale find` and `printer find`: what is there, and the table to write for it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from urllib.parse import urlsplit

from cext.errors import OutsideError

SECONDS_MAX = 60


def add_finders(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands."""
    scale = commands.add_parser("scale", help="help with scales")
    deeds = scale.add_subparsers(required=True, metavar="COMMAND")
    find = deeds.add_parser("find", help="find out what scale is on a port, and print its table")
    find.add_argument("--port", required=True, metavar="PORT", help="such as /dev/ttyUSB0")
    find.set_defaults(command=_find_scale)
    printer = commands.add_parser("printer", help="help with printers")
    deeds = printer.add_subparsers(required=True, metavar="COMMAND")
    find = deeds.add_parser("find", help="find out what printers are there, print their tables")
    places = find.add_mutually_exclusive_group()
    places.add_argument(
        "--host", type=_place, metavar="HOST[:PORT]", help="ask this one; port 9100 if none"
    )
    places.add_argument("--port", metavar="PORT", help="such as /dev/ttyUSB0 or /dev/usb/lp0")
    find.add_argument(
        "--seconds",
        type=_seconds,
        default=5,
        metavar="N",
        help="without a place: how long to listen on the network, 1 to 60; else 5",
    )
    find.add_argument(
        "--interface",
        action="append",
        default=[],
        metavar="I",
        help="listen only there: eth0, or an address of this machine",
    )
    find.set_defaults(command=_find_printer)


def _find_scale(options: argparse.Namespace) -> int:
    from cext.kit.clock import SystemClock  # noqa: PLC0415 - only this command looks for scales
    from edge.devices.scales.detect import Found  # noqa: PLC0415
    from edge.devices.scales.find import find_scale  # noqa: PLC0415

    found = asyncio.run(find_scale(options.port, clock=SystemClock()))
    if not isinstance(found, Found):
        sys.stderr.write(f"{found.detail}\n")
        return 1
    serial = f", number {found.serial}" if found.serial else ""
    sys.stdout.write(f"# Known by its {found.how}{serial}. Compare the keys of its kind.\n")
    sys.stdout.write(found.to_toml(options.port))
    return 0


def _find_printer(options: argparse.Namespace) -> int:
    if not (options.host or options.port):
        return _listen_for_printers(options)
    from cext.kit.clock import SystemClock  # noqa: PLC0415 - only this command looks for printers
    from edge.devices.printers.find_printer import (  # noqa: PLC0415
        NoPrinter,
        find_on_port,
        find_on_tcp,
    )

    if options.port:
        found = asyncio.run(find_on_port(options.port, clock=SystemClock()))
    else:
        found = asyncio.run(find_on_tcp(*options.host, clock=SystemClock()))
    if isinstance(found, NoPrinter):
        sys.stderr.write(f"{found.detail}\n")
        return 1
    sys.stdout.write(found.to_toml())
    return 0


def _place(text: str) -> tuple[str, int]:
    """Read HOST, HOST:PORT, or an IPv6 address, which with a port stands in brackets."""
    from edge.devices.printers.find_printer import TCP_PORT  # noqa: PLC0415

    url = urlsplit(f"//[{text}]" if text.count(":") > 1 and "[" not in text else f"//{text}")
    try:
        host, port = url.hostname, url.port
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{text!r}: {exc}") from exc
    if not host or url.netloc != url.netloc.rpartition("@")[2] or url.path:
        raise argparse.ArgumentTypeError(f"{text!r} is no HOST or HOST:PORT")
    return host, TCP_PORT if port is None else port


def _seconds(text: str) -> int:
    if not (text.isdigit() and 1 <= int(text) <= SECONDS_MAX):
        raise argparse.ArgumentTypeError(f"{text!r} is not 1 to {SECONDS_MAX}")
    return int(text)


def _listen_for_printers(options: argparse.Namespace) -> int:
    # Only this command searches from here.
    from edge.announce.printers import list_printers, to_toml  # noqa: PLC0415
    from edge.announce.search import PRINTER_TYPES, Neighbour, search  # noqa: PLC0415

    def tell(found: Neighbour) -> None:
        sys.stderr.write(f"  {found.address}  {found.name}  ({found.service})\n")

    sys.stderr.write(f"Listening for printers, {options.seconds} s:\n")
    try:
        found = asyncio.run(
            search(
                PRINTER_TYPES,
                interfaces=options.interface,
                wait_s=options.seconds,
                on_found=tell,
            )
        )
    except OSError as exc:
        raise OutsideError("network_missing", exc.strerror or str(exc)) from exc
    printers = list_printers(found)
    if not printers:
        sys.stderr.write(
            "None answered. Is it switched on and in this network? Printers that announce nothing\n"
            "print their address themselves: hold the feed key while switching them on.\n"
        )
        return 1
    sys.stdout.write(to_toml(printers))
    return 0
