"""The counter: all lanes of the store, and the scanners that feed them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import structlog

from cext.errors import Refused
from edge.devices.ports import Scale, Scan
from edge.once import Once
from edge.sales.lane import Desk, Lane
from edge.sales.receipts import Receipts
from edge.sales.views import LaneView, Notice, Receipt

log = structlog.get_logger(__name__)
SCANS_WAITING_MAX_N = 64


class Counter:
    """Every lane by its id, and a short queue of scans before each."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lanes: dict[str, Lane] = {}
        self._waiting: dict[str, asyncio.Queue[Scan]] = {}
        self._lane_of: dict[str, Lane] = {}

    def add_lane(
        self, lane: str, *, scanner: str = "", get_scale: Callable[[], Scale] | None = None
    ) -> Lane:
        """Set up one lane; scans of the device `scanner` go to it."""
        made = Lane(lane, self._desk, get_scale=get_scale)
        self._lanes[lane] = made
        self._waiting[lane] = asyncio.Queue(SCANS_WAITING_MAX_N)
        if scanner:
            self._lane_of[scanner] = made
        return made

    @property
    def lanes(self) -> Mapping[str, Lane]:
        """All lanes, in the order of the settings."""
        return self._lanes

    @property
    def receipts(self) -> Receipts:
        """The index of receipts."""
        return self._desk.receipts

    def get_lane(self, lane: str) -> Lane:
        """The lane with this id; Refused("lane_unknown")."""
        found = self._lanes.get(lane)
        if found is None:
            raise Refused("lane_unknown", f"there is no lane {lane!r}", lane=lane)
        return found

    def notify(self, lane: str, notice: Notice) -> None:
        """Show a clerk what happened outside of their acts; a lane that is gone shows nothing."""
        found = self._lanes.get(lane)
        if found is not None:
            found.show_notice(notice)

    def views(self) -> tuple[LaneView, ...]:
        """Every lane as it stands."""
        return tuple(lane.view() for lane in self._lanes.values())

    async def restore(self) -> None:
        """Take up the baskets that were open when the last run ended."""
        drafts = await self._desk.drafts.load_lanes()
        for name, lane in self._lanes.items():
            if name in drafts:
                await lane.restore(drafts[name])

    async def refund(
        self, number: str, *, reason: str, approved_by: str, once: Once | None = None
    ) -> Receipt:
        """Refund a whole receipt on the lane that sold it, so that only one refund can win."""
        sale = await self._desk.receipts.load(number)
        lane = self._lanes.get(sale.lane)
        if lane is None:
            raise Refused(
                "lane_unknown",
                f"lane {sale.lane!r} of this receipt is gone; name it in the settings again",
            )
        return await lane.refund(number, reason=reason, approved_by=approved_by, once=once)

    def on_scan(self, scan: Scan, to_lane: str = "") -> None:
        """Queue a scan for its lane, or for `to_lane`; a full queue refuses, it never grows."""
        lane = self._lanes.get(to_lane) if to_lane else self._lane_of.get(scan.device)
        if lane is None:
            log.warning("scan_ignored", device=scan.device)
            return
        try:
            self._waiting[lane.lane].put_nowait(scan)
        except asyncio.QueueFull:
            busy = Refused("lane_busy", "Too fast: this scan was not taken; scan it again.")
            lane.refuse_scan(scan.text, busy)

    def on_garbage(self, device: str, detail: str, to_lane: str = "") -> None:
        """Show that a scanner sent something that is no code; the basket is untouched."""
        lane = self._lanes.get(to_lane) if to_lane else self._lane_of.get(device)
        if lane is not None:
            lane.refuse_scan("", Refused("scan_garbled", f"Scan again: {detail}"))

    def run_scanners(self, group: asyncio.TaskGroup) -> Sequence[asyncio.Task[None]]:
        """One task per lane, so that a slow scale at one lane holds up no other."""
        return [
            group.create_task(self._feed(self._lanes[name], queue), name=f"scans_{name}")
            for name, queue in self._waiting.items()
        ]

    async def _feed(self, lane: Lane, queue: asyncio.Queue[Scan]) -> None:
        while True:
            scan = await queue.get()
            try:
                await lane.scan(scan.text, aim=scan.symbology)
            except Refused as exc:
                # The lane has shown it already; the next scan is a new try.
                log.info("code_refused", lane=lane.lane, code=exc.code)
