"""The addresses at which other machines of the shop reach this box, best first."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

# Where packets to the world would go: a network that is kept for documents. Nothing is sent.
_AFAR = (("192.0.2.1", 9), ("2001:db8::1", 9))
# Bridges and tunnels of containers and virtual machines: no phone of the shop is behind them.
_VIRTUAL = ("br-", "docker", "lxc", "tailscale", "tun", "veth", "virbr", "wg")
ADDRESSES_MAX_N = 8


class Own(NamedTuple):
    """One address of this machine and the interface it is on."""

    interface: str
    ip: IPv4Address | IPv6Address


def list_own() -> tuple[Own, ...]:
    """Every address of this machine but link-local ones, in the order of the system.

    Reads the system's tables: call it off the loop. Raises OSError where they may not be read.
    """
    import ifaddr  # noqa: PLC0415 - only a box that is found by others needs it

    found = []
    for adapter in ifaddr.get_adapters():
        for entry in adapter.ips:
            text = entry.ip if isinstance(entry.ip, str) else entry.ip[0]
            ip = ipaddress.ip_address(text.partition("%")[0])
            if not ip.is_link_local:
                found.append(Own(adapter.name, ip))
    return tuple(found)


def find_way_out() -> tuple[str, ...]:
    """The addresses that the system would use for the outside, at most one of each family."""
    ways = []
    for (host, port), family in zip(_AFAR, (socket.AF_INET, socket.AF_INET6), strict=True):
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((host, port))
            except OSError:
                continue  # no route: a shop without a way out has none
            ways.append(str(probe.getsockname()[0]))
    return tuple(ways)


def is_loopback(host: str) -> bool:
    """Whether doors at `host` are for this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def announces(enabled: bool | None, host: str) -> bool:  # noqa: FBT001 - a setting of three values
    """Whether a box with doors at `host` is on the network: as set, else unless it is alone."""
    return not is_loopback(host) if enabled is None else enabled


def choose(
    own: Sequence[Own], host: str, *, interfaces: Sequence[str] = (), way_out: Sequence[str] = ()
) -> tuple[Own, ...]:
    """Those of `own` at which doors that listen at `host` are reached, best first.

    `host` is an address; 0.0.0.0 and :: are all of their family. `interfaces` are names or
    addresses and narrow that down; loopback counts only where it is asked for. Before all others
    comes the way out, after all others what is only for containers and tunnels.
    """
    try:
        listens = ipaddress.ip_address(host)
    except ValueError:
        return ()
    fits = [
        one
        for one in own
        if one.ip.version == listens.version
        and (listens.is_unspecified or one.ip == listens)
        and (_is_asked(one, interfaces) if interfaces else not one.ip.is_loopback)
    ]

    def rank(one: Own) -> tuple[bool, bool]:
        return (str(one.ip) not in way_out, one.interface.startswith(_VIRTUAL))

    return tuple(sorted(fits, key=rank)[:ADDRESSES_MAX_N])


def _is_asked(one: Own, interfaces: Sequence[str]) -> bool:
    return one.interface in interfaces or str(one.ip) in interfaces


def host_name(store: str, turn: int = 1) -> str:
    """The box's name on the shop's network; from the second `turn` on it has a number."""
    return f"storeline-{store}.local" if turn == 1 else f"storeline-{store}-{turn}.local"


def make_urls(addresses: Sequence[str], port: int, *, names: Sequence[str] = ()) -> list[str]:
    """URLs of the pages: the addresses first, which every phone understands, then the names."""
    hosts = [f"[{one}]" if ":" in one else one for one in addresses]
    return [f"http://{host}:{port}/" for host in (*hosts, *names)]


def own_addresses(
    store: str,
    host: str,
    port: int,
    *,
    interfaces: Sequence[str] = (),
    name: str | None = None,
) -> list[str]:
    """URLs at which the pages of this box are found, best first; never empty.

    Give it `box.address`, where the doors really listen. `name` is what the box is announced as:
    empty for not at all, the store's name unless given. Doors for this machine alone have its
    loopback address and nothing else. Reads the system's tables: call it off the loop.
    """
    if is_loopback(host):
        return make_urls([host], port)
    chosen = choose(list_own(), host, interfaces=interfaces, way_out=find_way_out())
    names = [one for one in (host_name(store) if name is None else name,) if one]
    return make_urls([str(one.ip) for one in chosen] or [host], port, names=names)
