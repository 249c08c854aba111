"""The command `store-edge address`."""

from __future__ import annotations

import argparse
import sys
from io import StringIO
from pathlib import Path

from cext.errors import Refused
from edge.announce.addresses import is_loopback, own_addresses
from edge.config import load_edge_settings


def add_address(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `store-edge`."""
    address = commands.add_parser("address", help="where phones and tablets find this box")
    address.add_argument("--config", type=Path, required=True, metavar="FILE")
    address.set_defaults(command=_say_address)


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
