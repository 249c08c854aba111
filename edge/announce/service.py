"""What the box says of itself on the shop's network, as DNS service discovery has it (RFC 6763).

Only what the page would tell anyhow: the store's id, the version, the lanes' ids. No secrets.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address

from msgspec import Struct
from zeroconf import ServiceInfo

from edge.announce.addresses import host_name

BOX_TYPE = "_storeline._tcp.local."
TEXT_MAX_BYTES = 200  # of one TXT string, which could have 255


class BoxFacts(Struct, frozen=True, kw_only=True):
    """What is announced of a box. `port` is where its doors listen."""

    store: str
    version: str
    port: int
    lanes: tuple[str, ...] = ()
    tls: bool = False


def make_service(
    facts: BoxFacts, addresses: Sequence[IPv4Address | IPv6Address], *, turn: int = 1
) -> ServiceInfo:
    """The records of the box: PTR, SRV, TXT, and A or AAAA under its own name."""
    text = {
        "txtvers": "1",
        "store": facts.store,
        "version": facts.version,
        "path": "/",
        "tls": "1" if facts.tls else "0",
        "lanes": _join(facts.lanes),
    }
    return ServiceInfo(
        BOX_TYPE,
        f"Storeline {facts.store}.{BOX_TYPE}",
        port=facts.port,
        properties=text,
        server=f"{host_name(facts.store, turn)}.",
        addresses=[one.packed for one in addresses],
    )


def _join(lanes: Sequence[str]) -> str:
    """The lanes' ids with commas between, as many as fit."""
    said = ""
    for lane in lanes:
        longer = f"{said},{lane}" if said else lane
        if len(longer) > TEXT_MAX_BYTES:
            break
        said = longer
    return said
