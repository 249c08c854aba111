"""One configured device while the box runs: its settings, its state, what it said and counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cext.errors import DeviceGone, OutsideError, Refused, ShopError
from cext.kit.clock import Clock
from edge.devices.flight import Flight
from edge.devices.ports import Device, DeviceSettings, DeviceState, Scan
from edge.devices.report import DeviceReport, Identity
from edge.devices.statistics import POWERED_MS, Statistics
from edge.devices.unified_pos import (
    Power,
    UposState,
    category_of,
    error_of_code,
    statistics_of,
)

SAYS_MAX_N = 200
HOUR_MS = 3_600_000
CABLE_ERRORS = ("device_gone", "device_slow", "device_garbled", "job_slow")
FAULTS = ("printer_error", "paper_jam")


@dataclass
class Act:
    """Something a device does; `came_of_it` is what the recording says of it."""

    came_of_it: str = "done"


class Slot:
    """What the supervisor and the handles know of one device; `on_news` says that it changed.

    `device` is None while its cable is not open. `answered` is True once it said anything since
    it was opened.
    """

    def __init__(
        self,
        name: str,
        settings: DeviceSettings,
        clock: Clock,
        *,
        flight: Flight,
        statistics: Statistics,
        on_news: Callable[[Slot], None],
        lanes: tuple[str, ...] = (),
        is_leased: Callable[[], bool] = lambda: False,
    ) -> None:
        self.name = name
        self.settings = settings
        self.clock = clock
        self.lanes = lanes
        self._is_leased = is_leased
        self.category = category_of(settings.KIND)
        self.state = DeviceState(name, settings.KIND, "gone", "not opened yet", clock.now_ms())
        self.flight = flight
        self.device: Device | None = None
        self.answered = False
        self.was_tried = False
        self.code = ""
        self.identity = Identity()
        self.says, self.says_at_ms = "", 0
        self.logged = ""
        self.garbled_n = 0
        self.garbled_logged_ms = 0
        self.awaited: asyncio.Future[Scan] | None = None
        self._busy_n = 0
        self._counted: ShopError | None = None
        self._ready_since_ns: int | None = None
        self._statistics = statistics
        self._on_news = on_news

    def took(self, data: bytes, at_mono_ns: int) -> None:
        """Bytes came over its cable; as `Tap`."""
        self.answered = True
        self.flight.took(data, at_mono_ns)

    def sent(self, data: bytes) -> None:
        """Bytes went over its cable; as `Tap`."""
        self.flight.sent(data)

    def get_open(self, needed: str) -> Any:
        """Give the open device if it can do `needed`; raises DeviceGone or Refused."""
        if self.device is None:
            code = self.code or "device_gone"
            raise DeviceGone(code, self.state.detail, device=self.name)
        if not hasattr(self.device, needed):
            kind = self.settings.KIND
            raise Refused("device_unfit", f"A {kind} cannot {needed}.", device=self.name)
        return self.device

    def note_status(self, problem: str) -> None:
        """Keep how an open printer says it is: it is asked again and again."""
        if self.device is not None and self.category in ("POSPrinter", "LabelPrinter"):
            self.says, self.says_at_ms = problem or "Ready to print.", self.clock.now_ms()

    def give_awaited(self, scan: Scan) -> bool:
        """Give the scan to the check that waits for one, if any; else False."""
        if self.awaited is None or self.awaited.done():
            return False
        self.awaited.set_result(scan)
        return True

    def count(self, name: str, more_n: int = 1) -> None:
        """Count something this device did."""
        self._statistics.count(self.name, name, more_n)

    def hear(self, says: str) -> None:
        """Keep what the device told, as a sentence for a page."""
        self.answered = True
        self.says, self.says_at_ms = says[:SAYS_MAX_N], self.clock.now_ms()
        self._on_news(self)

    @contextmanager
    def doing(self, what: str) -> Iterator[Act]:
        """Be busy with `what` and record it; errors of the outside are counted, and pass."""
        self.flight.ask(what)
        act = Act()
        try:
            with self.busy():
                yield act
        except ShopError as exc:
            self.flight.answer(f"error {exc.code}")
            if isinstance(exc, OutsideError):
                self.count_error(exc)
            raise
        else:
            self.flight.answer(act.came_of_it)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Be S_BUSY meanwhile."""
        self._busy_n += 1
        try:
            yield
        finally:
            self._busy_n -= 1
            if not self._busy_n:  # or the last news would say for ever that it is busy
                self._on_news(self)

    def lose(self, exc: OutsideError) -> None:
        """Its cable has ended, or did not open."""
        if self.device is not None:
            self.count_error(exc)
        self.flight.answer(f"error {exc.code}")
        self.device = None

    def count_error(self, exc: ShopError) -> None:
        """Count an error of the cable once, whoever sees it."""
        if exc is not self._counted and exc.code in CABLE_ERRORS:
            self.count("CommunicationErrorCount")
        self._counted = exc

    def turn(self, state: DeviceState, code: str) -> None:
        """Take up another state, and count what begins or ends with it."""
        was_ready, is_ready = self.state.state == "ready", state.state == "ready"
        if code != self.code:
            if code == "cover_open":
                self.count("ReceiptCoverOpenCount")
            if code in FAULTS:
                self.count("PrinterFaultCount")
        self.state, self.code = state, code
        if is_ready and not was_ready:
            self.count("OnlineTransitionCount")
            self._ready_since_ns = self.clock.mono_ns()
        if was_ready and not is_ready:
            self.settle_hours()
            self._ready_since_ns = None

    def settle_hours(self) -> None:
        """Add the time since it became ready, or since this was last done, to its hours."""
        if self._ready_since_ns is None:
            return
        now_ns = self.clock.mono_ns()
        more_ms = (now_ns - self._ready_since_ns) // 1_000_000
        self._ready_since_ns += more_ms * 1_000_000
        if more_ms > 0:
            self.count(POWERED_MS, more_ms)

    def report(self) -> DeviceReport:
        """Everything of it in one shape."""
        state = self.state
        identity = self.identity.under(getattr(self.device, "identity", None))
        return DeviceReport(
            device=state.device,
            kind=state.kind,
            category=self.category,
            state=state.state,
            detail=state.detail,
            since_ms=state.since_ms,
            upos_state=self._upos_state(),
            power=self._power(),
            claimed=bool(self.lanes) or self._is_leased(),
            enabled=state.state == "ready",
            error=error_of_code(self.code) if self.code else "",
            code=self.code,
            lanes=self.lanes,
            identity=identity,
            says=self.says,
            says_at_ms=self.says_at_ms,
            statistics=self._counts(),
        )

    def _counts(self) -> dict[str, int]:
        self.settle_hours()
        counts = {name: self._statistics.get(self.name, name) for name in self._names()}
        counts["HoursPoweredCount"] = self._statistics.get(self.name, POWERED_MS) // HOUR_MS
        return counts

    def _names(self) -> tuple[str, ...]:
        return statistics_of(self.category)

    def _upos_state(self) -> UposState:
        if self.device is None:
            return "closed"
        if self.state.state == "gone":
            return "error"
        return "busy" if self._busy_n else "idle"

    def _power(self) -> Power:
        if self.device is None or self.code == "device_slow":
            return "off_offline" if self.was_tried else "unknown"
        if self.state.state == "gone" and self.answered:
            return "offline"
        return "online" if self.answered else "unknown"
