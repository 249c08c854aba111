"""Looks for printers and other boxes on the shop's network, for a few seconds.

Nothing that is heard is trusted: names and texts are cut and cleaned, only addresses of a local
network count, and one search takes up so many answers and no more.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Literal

from msgspec import Struct
from zeroconf import BadTypeInNameException, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo

from edge.announce.addresses import choose, list_own
from edge.announce.announcer import close_cast, open_cast
from edge.announce.service import BOX_TYPE

RAW_TYPE = "_pdl-datastream._tcp.local."
LPD_TYPE = "_printer._tcp.local."
IPP_TYPE = "_ipp._tcp.local."
PRINTER_TYPES = (RAW_TYPE, LPD_TYPE, IPP_TYPE)

ANSWERS_MAX_N = 64
ASKING_MAX_N = 8
ASK_WAIT_MS = 1_500
NAME_MAX_N = 63  # characters of one label (RFC 6763, 4.1.1), and of a text that is shown
# What is read of the texts: the keys of Bonjour Printing 1.2.1, and our own.
TEXT_KEYS = ("ty", "product", "usb_MFG", "usb_MDL", "usb_CMD", "pdl", "note")
BOX_KEYS = ("store", "version", "path", "tls", "lanes")


class Neighbour(Struct, frozen=True, kw_only=True):
    """A printer or a box that announces itself: its name, service and address, with its texts."""

    what: Literal["printer", "box"]
    service: str
    name: str
    address: str
    port: int
    facts: dict[str, str]


class _Search:
    """One search: names that were heard, and what they turned out to be."""

    def __init__(self, zeroconf: Zeroconf, on_found: Callable[[Neighbour], None]) -> None:
        self._zeroconf = zeroconf
        self._on_found = on_found
        self._heard: set[tuple[str, str]] = set()
        self._to_ask: asyncio.Queue[tuple[str, str]] = asyncio.Queue(ANSWERS_MAX_N)
        self.found: dict[tuple[str, str], Neighbour] = {}

    def on_change(
        self,
        zeroconf: Zeroconf,  # noqa: ARG002 - the library calls by name
        service_type: str,
        name: str,
        state_change: ServiceStateChange,
    ) -> None:
        key = (service_type, name)
        if state_change is ServiceStateChange.Removed:
            self.found.pop(key, None)
        elif key not in self._heard and len(self._heard) < ANSWERS_MAX_N:
            self._heard.add(key)
            self._to_ask.put_nowait(key)

    async def ask(self) -> None:
        """Ask each name for its address and texts, for ever."""
        while True:
            key = await self._to_ask.get()
            with suppress(BadTypeInNameException):  # a name that is none is not asked for
                info = AsyncServiceInfo(*key)
                if await info.async_request(self._zeroconf, ASK_WAIT_MS):
                    neighbour = read_answer(info)
                    if neighbour is not None:
                        self.found[key] = neighbour
                        self._on_found(neighbour)


async def search(
    types: Sequence[str],
    *,
    host: str = "0.0.0.0",  # noqa: S104 - a choice of addresses, nothing listens here
    interfaces: Sequence[str] = (),
    wait_s: float,
    on_found: Callable[[Neighbour], None] = lambda _found: None,
) -> tuple[Neighbour, ...]:
    """All that answers within `wait_s`, by name. Raises OSError where there is no network."""
    own = await asyncio.to_thread(list_own)
    chosen = choose(own, host, interfaces=interfaces)
    if not chosen:
        raise OSError(None, "this machine has no address on the shop's network")
    cast = await open_cast(chosen)
    try:
        seeking = _Search(cast.zeroconf, on_found)
        await cast.zeroconf.async_wait_for_start()
        browser = AsyncServiceBrowser(cast.zeroconf, list(types), handlers=[seeking.on_change])
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s), asyncio.TaskGroup() as group:
                for _ in range(ASKING_MAX_N):
                    group.create_task(seeking.ask())
        await browser.async_cancel()
    finally:
        await close_cast(cast)
    return tuple(sorted(seeking.found.values(), key=lambda one: (one.name, one.service)))


def read_answer(info: AsyncServiceInfo) -> Neighbour | None:
    """What an answer says, cleaned; None without a port and an address of a local network."""
    address = next(filter(is_local, info.parsed_addresses()), "")
    if not address or not info.port:
        return None
    is_box = info.type == BOX_TYPE
    return Neighbour(
        what="box" if is_box else "printer",
        service=info.type.split(".")[0],
        name=clean(info.get_name()),
        address=address,
        port=info.port,
        facts=_read_texts(info.properties, BOX_KEYS if is_box else TEXT_KEYS),
    )


def is_local(text: str) -> bool:
    """Whether an address may be a machine of the shop; the loopback is this machine itself."""
    try:
        ip = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return (ip.is_private or ip.is_loopback) and not (
        ip.is_unspecified or ip.is_multicast or ip.is_link_local
    )


def _read_texts(texts: Mapping[bytes, bytes | None], keys: Sequence[str]) -> dict[str, str]:
    by_name = {raw.decode("ascii", "replace").lower(): value for raw, value in texts.items()}
    read = {
        key: clean((by_name.get(key.lower()) or b"").decode("utf-8", "replace")) for key in keys
    }
    return {key: text for key, text in read.items() if text}


def clean(text: str) -> str:
    """`text` in one line, short, and without what would steer a terminal or end a quotation."""
    shown = "".join(char if char.isprintable() and char not in '"\\' else " " for char in text)
    return " ".join(shown.split())[:NAME_MAX_N]
