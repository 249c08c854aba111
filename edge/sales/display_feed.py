"""Keeps customer displays at what their lanes say now, and never makes a sale wait for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NoReturn

import structlog

from cext.errors import DeviceGone, OutsideError
from edge.devices.ports import Display
from edge.sales.customer_display import CustomerDisplay, DisplayStyle, Lines, Show
from edge.sales.views import LaneNews, LaneView, News

log = structlog.get_logger(__name__)

EVERY_S = 0.2  # at most five times a second; what came between is never shown
SHOW_WAIT_S = 2.0
# Nobody tells when a display was switched off and on behind its cable: it is told again.
AGAIN_AFTER_S = 30.0


class DisplayFeed:
    """One display. Only the latest state is kept: there is no queue that could grow."""

    def __init__(self, device: str, style: DisplayStyle, *, every_s: float = EVERY_S) -> None:
        self.device = device
        self._fold = CustomerDisplay(style)
        self._every_s = every_s
        self._said: Show | None = None
        self._show: Show | None = None
        self._changed = asyncio.Event()
        self._slow = False

    def on_view(self, view: LaneView) -> None:
        """Note what the lane says now; returns at once."""
        said = self._fold.on_view(view)
        if said != self._said:
            self._said = self._show = said
            self._changed.set()

    def on_ready(self) -> None:
        """The display is there again, and empty."""
        self._changed.set()

    async def run(self, display: Display) -> NoReturn:
        """Show the latest, for ever. A display that is away is told once it is back."""
        while True:
            self._changed.clear()
            if self._show is not None:
                await self._keep(display, self._show)
            else:
                await self._changed.wait()

    async def _keep(self, display: Display, show: Show) -> None:
        """Show one state until there is another."""
        await self._tell(display, show.now)
        await asyncio.sleep(self._every_s)
        lines, wait_s = show.now, AGAIN_AFTER_S
        if show.later is not None:
            if await self._is_changed_within(show.after_s):
                return
            lines = show.later
            self._show = Show(lines)  # a display that comes back now does not see the former again
            await self._tell(display, lines)
        while not await self._is_changed_within(wait_s):
            await self._tell(display, lines)

    async def _is_changed_within(self, wait_s: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._changed.wait()
        return self._changed.is_set()

    async def _tell(self, display: Display, lines: Lines) -> None:
        try:
            async with asyncio.timeout(SHOW_WAIT_S):
                await display.show(lines.upper, lines.lower)
        except DeviceGone:
            return  # its supervisor has said so; `on_ready` comes when it is back
        except (OutsideError, TimeoutError) as exc:
            if not self._slow:
                log.warning("display_behind", device=self.device, detail=str(exc))
            self._slow = True
        else:
            self._slow = False


class Displays:
    """Every lane's customer display, by lane; a lane without one costs nothing."""

    def __init__(self, feeds: Mapping[str, DisplayFeed]) -> None:
        self._feeds = feeds

    def on_news(self, news: News) -> None:
        """Take up what a lane says."""
        if isinstance(news, LaneNews) and (feed := self._feeds.get(news.lane.lane)):
            feed.on_view(news.lane)

    def on_ready(self, device: str) -> None:
        """A device is there again; most are no display."""
        for feed in self._feeds.values():
            if feed.device == device:
                feed.on_ready()

    def run(
        self,
        group: asyncio.TaskGroup,
        *,
        get_view: Callable[[str], LaneView],
        get_display: Callable[[str], Display],
    ) -> None:
        """Start a task per display in `group`, each with what its lane shows already."""
        for lane, feed in self._feeds.items():
            feed.on_view(get_view(lane))
            group.create_task(feed.run(get_display(feed.device)), name=f"display_{feed.device}")
