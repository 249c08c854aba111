"""Announces the box on the shop's network, for as long as it runs and wherever it moves.

Its own task, begun when the doors are open: the box is ready without it, and sells without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import structlog
from zeroconf import (  # type: ignore[attr-defined]  # its __all__ lacks AddressResolver
    AddressResolver,
    IPVersion,
    ServiceInfo,
)
from zeroconf import Error as ZeroconfError
from zeroconf.asyncio import AsyncZeroconf

from cext.kit.supervise import Backoff
from edge.announce.addresses import Own, choose, find_way_out, host_name, list_own
from edge.announce.service import BoxFacts, make_service

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 15.0
NAME_WAIT_MS = 700  # how long another machine has to say that a name is its own
NAMES_MAX_N = 9
GOODBYE_WAIT_S = 1.0


class Announcer:
    """Keeps the announcement true while the machine's addresses come and go."""

    def __init__(
        self,
        facts: BoxFacts,
        *,
        host: str,
        interfaces: Sequence[str] = (),
        look_every_s: float = LOOK_EVERY_S,
        name_wait_ms: int = NAME_WAIT_MS,
        list_addresses: Callable[[], Sequence[Own]] = list_own,
        on_announced: Callable[[str], None] = lambda _name: None,
    ) -> None:
        """`host` is the address at which the doors listen; see `addresses.choose`.

        `on_announced` hears the host's name each time it is announced.
        """
        self._facts = facts
        self._host = host
        self._interfaces = tuple(interfaces)
        self._look_every_s = look_every_s
        self._name_wait_ms = name_wait_ms
        self._list_addresses = list_addresses
        self._on_announced = on_announced
        self._is_troubled = False

    async def run(self) -> None:
        """Announce for ever; withdrawn when cancelled. Trouble is logged once and tried again."""
        backoff = Backoff(first_wait_s=min(1.0, self._look_every_s), longest_wait_s=60.0)
        while True:
            try:
                chosen = await self._choose()
                if chosen:
                    async with self._announced(chosen):
                        backoff.reset()
                        await self._wait_for_change(chosen)
                    continue
                self._say_trouble("no address of the shop's network")
            except (OSError, TimeoutError, RuntimeError, ZeroconfError) as exc:
                # The library's errors too: no sale needs the announcement.
                self._say_trouble(str(exc) or type(exc).__name__)
            await asyncio.sleep(backoff.next_wait_s())

    async def _choose(self) -> tuple[Own, ...]:
        own = await asyncio.to_thread(self._list_addresses)
        way_out = await asyncio.to_thread(find_way_out)
        return choose(own, self._host, interfaces=self._interfaces, way_out=way_out)

    async def _wait_for_change(self, announced: tuple[Own, ...]) -> None:
        while True:
            await asyncio.sleep(self._look_every_s)
            if set(await self._choose()) != set(announced):
                log.info("announce_moved", addresses_n=len(announced))
                return

    @asynccontextmanager
    async def _announced(self, chosen: tuple[Own, ...]) -> AsyncIterator[None]:
        """The records are out; on leaving they are taken back with a goodbye."""
        cast = await open_cast(chosen)
        try:
            info = await self._make_service(cast, chosen)
            wanted = info.name
            repeated = await cast.async_register_service(info, allow_name_change=True)
            if info.name != wanted:
                log.warning("announce_renamed", wanted=wanted, name=info.name)
            self._is_troubled = False
            log.info(
                "box_announced",
                name=info.name,
                host=info.server,
                addresses=[str(one.ip) for one in chosen],
            )
            self._on_announced((info.server or "").rstrip("."))
            await repeated  # said three times in all, for machines that missed it
            yield
        finally:
            await close_cast(cast)

    async def _make_service(self, cast: AsyncZeroconf, chosen: tuple[Own, ...]) -> ServiceInfo:
        """The box's records under the first host name that is free."""
        ours = {str(one.ip) for one in chosen}
        for turn in range(1, NAMES_MAX_N + 1):
            name = host_name(self._facts.store, turn)
            others = await self._find_addresses(cast, name) - ours
            if not others:
                break
            # Two boxes of one store: a cloned card, or the old box still on. A person must know.
            log.warning("box_doubled", host=name, other=min(others))
        return make_service(self._facts, [one.ip for one in chosen], turn=turn)

    async def _find_addresses(self, cast: AsyncZeroconf, name: str) -> set[str]:
        """The addresses that somebody on the network gives for `name`."""
        await cast.zeroconf.async_wait_for_start()
        resolver = AddressResolver(f"{name}.")
        if not await resolver.async_request(cast.zeroconf, self._name_wait_ms):
            return set()
        return set(resolver.parsed_addresses())

    def _say_trouble(self, detail: str) -> None:
        if not self._is_troubled:
            log.warning("announce_failed", detail=detail)
        self._is_troubled = True


async def open_cast(chosen: Sequence[Own]) -> AsyncZeroconf:
    """Multicast sockets on the interfaces of these addresses; raises OSError."""
    addresses = [str(one.ip) for one in chosen]
    is_four = any(one.ip.version == 4 for one in chosen)
    version = IPVersion.V4Only if is_four else IPVersion.V6Only
    return AsyncZeroconf(interfaces=addresses, ip_version=version)


async def close_cast(cast: AsyncZeroconf) -> None:
    """Say goodbye and close; waits at most `GOODBYE_WAIT_S`."""
    try:
        async with asyncio.timeout(GOODBYE_WAIT_S):
            await cast.async_close()
    except TimeoutError:
        log.debug("goodbye_timed_out")
