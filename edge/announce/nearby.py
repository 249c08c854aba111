"""What is on the shop's network besides this box, asked for when somebody wants to know."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib import import_module

from msgspec import Struct

from cext.errors import OutsideError, Refused
from cext.kit.clock import Clock
from edge.announce.addresses import make_urls

SEARCH_S = 3.0
KEPT_MS = 10_000  # pages that ask at the same time get the same search


class PrinterFound(Struct, frozen=True, kw_only=True):
    """A printer, with the table it would have in the settings. `kind` is "" when unsure."""

    name: str
    says: str
    address: str
    port: int
    kind: str
    toml: str


class BoxFound(Struct, frozen=True, kw_only=True):
    """Another box; everything but the address is its own word."""

    name: str
    store: str
    version: str
    lanes: str
    url: str


class Neighbours(Struct, frozen=True, kw_only=True):
    """What answered. `at_ms` is when the search ended."""

    printers: tuple[PrinterFound, ...]
    boxes: tuple[BoxFound, ...]
    at_ms: int


class Nearby:
    """Searches when asked, one search at a time."""

    def __init__(
        self,
        clock: Clock,
        *,
        enabled: bool,
        interfaces: Sequence[str],
        search_s: float = SEARCH_S,
    ) -> None:
        self._clock = clock
        self._enabled = enabled
        self._interfaces = tuple(interfaces)
        self.search_s = search_s
        self._turn = asyncio.Lock()
        self._last: Neighbours | None = None
        self._last_ns = 0

    async def look(self) -> Neighbours:
        """Search for `search_s`, or give what was found within the last ten seconds.

        Refused search_off; OutsideError network_missing.
        """
        if not self._enabled:
            raise Refused(
                "search_off", "This box keeps to itself: set zeroconf.enabled = true to search."
            )
        async with self._turn:
            age_ms = (self._clock.mono_ns() - self._last_ns) // 1_000_000
            if self._last is None or age_ms > KEPT_MS:
                self._last = await self._search()
                self._last_ns = self._clock.mono_ns()
            return self._last

    async def _search(self) -> Neighbours:
        # In a thread: a box that never searches needs no multicast DNS in memory.
        await asyncio.to_thread(import_module, "edge.announce.search")
        from edge.announce.printers import list_printers, to_toml  # noqa: PLC0415
        from edge.announce.search import PRINTER_TYPES, search  # noqa: PLC0415
        from edge.announce.service import BOX_TYPE  # noqa: PLC0415

        try:
            found = await search(
                (BOX_TYPE, *PRINTER_TYPES),
                interfaces=self._interfaces,
                wait_s=self.search_s,
            )
        except OSError as exc:
            raise OutsideError("network_missing", exc.strerror or str(exc)) from exc
        printers = tuple(
            PrinterFound(
                name=one.name,
                says=one.says,
                address=one.address,
                port=one.port,
                kind=one.kind,
                toml=to_toml([one]),
            )
            for one in list_printers(found)
        )
        boxes = tuple(
            BoxFound(
                name=one.name,
                store=one.facts.get("store", ""),
                version=one.facts.get("version", ""),
                lanes=one.facts.get("lanes", ""),
                url=make_urls([one.address], one.port)[0],
            )
            for one in found
            if one.what == "box"
        )
        return Neighbours(printers=printers, boxes=boxes, at_ms=self._clock.now_ms())
