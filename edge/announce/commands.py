"""The commands `store-edge printers find` and `store-edge address`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

from cext.errors import OutsideError, Refused
from edge.announce.addresses import is_loopback, own_addresses
from edge.config import load_edge_settings

SECONDS_MAX = 60
Add = Callable[..., argparse.ArgumentParser]


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `printers find` and `address` to the commands of `store-edge`."""
    printers = commands.add_parser("printers", help="help with printers")
    deeds = printers.add_subparsers(required=True, metavar="COMMAND")
    find = deeds.add_parser("find", help="look for printers on the network, print their tables")
    find.add_argument("--seconds", type=_seconds, default=5, metavar="N", help="1 to 60; else 5")
    find.add_argument(
        "--interface",
        action="append",
        default=[],
        metavar="I",
        help="only there: eth0, or an address of this machine",
    )
    find.set_defaults(command=_find_printers)
    address = commands.add_parser("address", help="where phones and tablets find this box")
    address.add_argument("--config", type=Path, required=True, metavar="FILE")
    address.set_defaults(command=_say_address)


def _seconds(text: str) -> int:
    if not (text.isdigit() and 1 <= int(text) <= SECONDS_MAX):
        raise argparse.ArgumentTypeError(f"{text!r} is not 1 to {SECONDS_MAX}")
    return int(text)


def _find_printers(options: argparse.Namespace) -> int:
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


def _say_address(options: argparse.Namespace) -> int:
    settings = load_edge_settings(options.config)
    api, cast = settings.api, settings.zeroconf
    if not api.port:
        raise Refused("port_open", "api.port is 0: any free port is taken. Set one, such as 8711.")
    urls = own_addresses(
        settings.store,
        api.host,
        api.port,
        interfaces=cast.interfaces,
        name="" if cast.enabled is False else None,
    )
    if is_loopback(api.host):
        sys.stderr.write("The box listens for this machine alone: set api.host to let others in.\n")
    sys.stdout.write("\n".join(urls) + "\n")
    sys.stdout.write(_draw(urls[0], sys.stdout.encoding))
    return 0


def _draw(url: str, encoding: str) -> str:
    """A QR code of `url` for a terminal, or nothing where its blocks cannot be shown."""
    from qrcode import QRCode  # noqa: PLC0415 - draws pictures elsewhere, and is slow to load

    code = QRCode(border=2)
    code.add_data(url)
    drawn = StringIO()
    code.print_ascii(out=drawn, invert=True)
    try:
        drawn.getvalue().encode(encoding)
    except UnicodeEncodeError:
        return ""
    return drawn.getvalue()
