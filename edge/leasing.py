"""Leasing: leases given, prolonged, taken over and ended, with what the journal and pages learn.

`edge/devices/leases.py` knows the rules; here a token is on disk before it is given, and a
take-over is in the journal before the new holder hears of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Literal

import structlog
from msgspec import Struct

from cext.errors import Refused
from cext.kit.clock import Clock
from cext.lang.events import DeviceTakenOver
from edge.devices.fence import Fence
from edge.devices.lease_numbers import LeaseNumbers
from edge.devices.leases import LANE_PREFIX, NS_PER_S, Lease, Leases, lane_holder
from edge.devices.ports import Scan
from edge.journal import Draft, Journal

log = structlog.get_logger(__name__)

LOOK_AGAIN_MAX_S = 60.0
Change = Literal["claimed", "renewed", "taken_over", "given_back", "expired"]


class LeaseView(Struct, frozen=True, kw_only=True):
    """Who has a device. `holder` is empty when nobody holds a lease, `until_ms` then None.

    `lanes` it is bound to claim it for good whenever no lease is in force. The token is told to
    its holder only.
    """

    device: str
    holder: str
    until_ms: int | None
    lanes: tuple[str, ...]


class LeaseNews(Struct, frozen=True, kw_only=True, tag_field="type", tag="lease"):
    """A lease began, changed or ended; `former` is who had the device before a take-over."""

    lease: LeaseView
    change: Change
    former: str = ""


class LeasedScanNews(Struct, frozen=True, kw_only=True, tag_field="type", tag="leased_scan"):
    """A code from a scanner that somebody leased: for its holder alone, no lane has taken it.

    `problem` says what the scanner sent instead of a code, which then is empty.
    """

    device: str
    holder: str
    code: str = ""
    symbology: str = ""
    problem: str = ""
    at_ms: int


class Leasing:
    """The leases of a box, as its doors use them."""

    def __init__(
        self,
        leases: Leases,
        numbers: LeaseNumbers,
        *,
        journal: Journal,
        clock: Clock,
        lanes: Iterable[str],
        devices: Iterable[str],
        tell: Callable[[LeaseNews | LeasedScanNews], None],
    ) -> None:
        self.leases = leases
        self.fence = Fence(leases)
        self._numbers = numbers
        self._journal = journal
        self._clock = clock
        self._holders = frozenset(LANE_PREFIX + lane for lane in lanes)
        self._devices = tuple(devices)
        self._tell = tell
        self._changed = asyncio.Event()

    def views(self) -> tuple[LeaseView, ...]:
        """Every device, with who has it."""
        return tuple(self._view(device) for device in self._devices)

    def news(self) -> tuple[LeaseNews, ...]:
        """Every lease in force, for a page that has just come."""
        return tuple(
            LeaseNews(lease=self._view(lease.device), change="claimed")
            for lease in self.leases.list_held()
        )

    def route_scan(self, scan: Scan, to_lane: Callable[[Scan, str], None]) -> None:
        """Give a scan to whom it belongs: the holder of its scanner, else the scanner's own lane.

        `to_lane(scan, lane)` takes what goes to a lane; an empty lane means the scanner's own.
        """
        holder = self._find_holder(scan.device)
        if not holder or holder in self._holders:
            to_lane(scan, holder.removeprefix(LANE_PREFIX))
            return
        news = LeasedScanNews(
            device=scan.device,
            holder=holder,
            code=scan.text,
            symbology=scan.symbology,
            at_ms=scan.at_ms,
        )
        self._tell(news)

    def route_garbage(
        self, device: str, detail: str, to_lane: Callable[[str, str, str], None]
    ) -> None:
        """Tell the same one, as for `route_scan`, that a scanner sent something that is no code."""
        holder = self._find_holder(device)
        if not holder or holder in self._holders:
            to_lane(device, detail, holder.removeprefix(LANE_PREFIX))
            return
        at_ms = self._clock.now_ms()
        self._tell(LeasedScanNews(device=device, holder=holder, problem=detail, at_ms=at_ms))

    def find_leased(self, lane: str, among: Iterable[str]) -> str:
        """The device of `among` that `lane` itself has leased, or an empty string."""
        held = {
            lease.device for lease in self.leases.list_held() if lease.holder == lane_holder(lane)
        }
        return next((device for device in among if device in held), "")

    async def claim(
        self, device: str, *, holder: str, grant: str, ttl_s: int, take_over: bool = False
    ) -> Lease:
        """Lease `device` to `holder`; a take-over is in the journal when this returns.

        Refused: device_unknown, lane_unknown, lease_held, leases_too_many.
        """
        self._check_names(device, holder)
        token = await self._numbers.take()
        # Nothing is awaited in between: claims come in the order of their numbers.
        lease, former = self.leases.claim(
            device, token=token, holder=holder, grant=grant, ttl_s=ttl_s, take_over=take_over
        )
        self._changed.set()
        if former:
            log.info("device_taken_over", device=device, holder=holder, former=former, token=token)
            taken = DeviceTakenOver(
                device=device, holder=holder, former=former, token=token, grant=grant
            )
            await self._journal.append((Draft(taken),))
        self._tell_of(device, "taken_over" if former else "claimed", former)
        return lease

    def renew(self, device: str, token: int, *, ttl_s: int) -> Lease:
        """Prolong a lease; Refused device_unknown, lease_stale."""
        self._check_names(device)
        lease = self.leases.renew(device, token, ttl_s=ttl_s)
        self._tell_of(device, "renewed")
        return lease

    def give_back(self, device: str, token: int) -> LeaseView:
        """End a lease; Refused device_unknown, lease_stale."""
        self._check_names(device)
        self.leases.give_back(device, token)
        self._tell_of(device, "given_back")
        return self._view(device)

    async def run(self) -> None:
        """Tell of leases that run out, for ever. That they have ended needs nobody to notice."""
        while True:
            self._changed.clear()
            for lease in self.leases.expire():
                log.info("lease_expired", device=lease.device, holder=lease.holder)
                self._tell_of(lease.device, "expired")
            end_ns = self.leases.next_end_ns()
            wait_s = LOOK_AGAIN_MAX_S
            if end_ns is not None:
                left_s = (end_ns - self._clock.mono_ns()) / NS_PER_S
                wait_s = min(max(left_s, 0.0), LOOK_AGAIN_MAX_S)
            try:
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _find_holder(self, device: str) -> str:
        lease = self.leases.get(device)
        return lease.holder if lease else ""

    def _check_names(self, device: str, holder: str = "") -> None:
        if device not in self._devices:
            raise Refused("device_unknown", f"No device is called {device!r}.", device=device)
        if holder.startswith(LANE_PREFIX) and holder not in self._holders:
            raise Refused("lane_unknown", f"there is no lane for the holder {holder!r}")

    def _view(self, device: str) -> LeaseView:
        lease = self.leases.get(device)
        return LeaseView(
            device=device,
            holder=lease.holder if lease else "",
            until_ms=lease.until_ms if lease else None,
            lanes=self.leases.list_lanes(device),
        )

    def _tell_of(self, device: str, change: Change, former: str = "") -> None:
        self._tell(LeaseNews(lease=self._view(device), change=change, former=former))
        self._changed.set()
