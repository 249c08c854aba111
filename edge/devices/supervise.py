"""Keeps every device open, says each change once, and hands out handles that never go stale."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module

import structlog
from msgspec.structs import replace

from cext.errors import DeviceGarbled, OutsideError, Refused
from cext.kit.clock import Clock
from cext.kit.supervise import Backoff
from edge.devices.fence import Fence
from edge.devices.fenced import (
    FencedDisplay,
    FencedDrawer,
    FencedLabelPrinter,
    FencedPrinter,
    FencedScale,
    Gate,
)
from edge.devices.finding import Port, advise_device, find_port, name_device
from edge.devices.flight import Flight, Seals, Unrecorded
from edge.devices.handles import (
    DisplayHandle,
    LabelPrinterHandle,
    PrinterHandle,
    ScaleHandle,
    get_media,
    get_roll,
    write_scan,
)
from edge.devices.health import check_health
from edge.devices.learning import learn_scanner
from edge.devices.leases import BOX, By, Leases
from edge.devices.news import NewsDesk
from edge.devices.node_watch import NodeWatch, list_watched
from edge.devices.ports import (
    Device,
    DeviceSettings,
    DeviceState,
    Display,
    Drawer,
    LabelPrinter,
    Printer,
    Scale,
    Scan,
    Scanner,
)
from edge.devices.report import DeviceReport, Health
from edge.devices.scanners.calibrate import Calibration
from edge.devices.slot import Slot
from edge.devices.statistics import Statistics
from edge.devices.unified_pos import Level
from edge.devices.upkeep import Upkeep

log = structlog.get_logger(__name__)

GARBLED_LOG_EVERY_MS = 10_000


class Devices:
    """All devices of a store. Callbacks run on the loop and must return at once.

    `on_scan` gets every clean code, `on_garbled(device, detail)` says that a scanner sent
    something that is none, `on_state` every change of a device's state, `on_news` everything that
    changes of a device, in one shape. `lanes_of` says which lanes a device is bound to. Every act
    passes the `fence`: a handle is for who it was made `by`, the box itself unless told otherwise.
    """

    def __init__(
        self,
        settings: Mapping[str, DeviceSettings],
        clock: Clock,
        *,
        on_scan: Callable[[Scan], None],
        on_state: Callable[[DeviceState], None],
        on_garbled: Callable[[str, str], None] = lambda _device, _detail: None,
        on_news: Callable[[DeviceReport], None] = lambda _report: None,
        lanes_of: Mapping[str, tuple[str, ...]] | None = None,
        upkeep: Upkeep | None = None,
        fence: Fence | None = None,
    ) -> None:
        self._clock = clock
        self._on_scan = on_scan
        self._on_state = on_state
        self._on_garbled = on_garbled
        self._upkeep = upkeep or Upkeep()
        self._fence = fence or Fence(Leases(clock, lanes_of={}, inputs=()))
        self._statistics = Statistics(self._upkeep.statistics_file)
        self._news = NewsDesk(on_news, clock)
        self._seals = Seals(self._upkeep.flight_folder, clock)
        make_flight = Flight if self._upkeep.flight else Unrecorded
        self._slots = {
            name: Slot(
                name,
                one,
                clock,
                flight=make_flight(name, Port.of(one).table(), clock),
                statistics=self._statistics,
                on_news=self._news.tell_soon,
                lanes=(lanes_of or {}).get(name, ()),
                is_leased=partial(self._is_leased, name),
            )
            for name, one in settings.items()
        }

    def run(self, group: asyncio.TaskGroup) -> None:
        """Start keeping every device open, as tasks of `group`; they end when cancelled."""
        for name, slot in self._slots.items():
            group.create_task(self._keep(slot), name=f"device {name}")
        group.create_task(self._statistics.keep(self._settle), name="device statistics")
        group.create_task(self._seals.run(), name="device recordings")

    def states(self) -> tuple[DeviceState, ...]:
        """Give the state of every device, in the order of the configuration."""
        return tuple(slot.state for slot in self._slots.values())

    def reports(self) -> tuple[DeviceReport, ...]:
        """Give everything known of every device, in the order of the configuration."""
        return tuple(slot.report() for slot in self._slots.values())

    def report(self, name: str) -> DeviceReport:
        """Give everything known of one device; Refused device_unknown."""
        return self._slot(name).report()

    async def check_health(self, name: str, level: Level, by: By = BOX) -> Health:
        """Check one device; Refused device_unknown, or level_unfit where the level means nothing.

        `external` puts paper out or weighs; `interactive` waits for a scan, which is not sold.
        """
        slot = self._slot(name)
        if level != "external":  # asks nobody, or waits for a scan beside the shop's own
            if level == "interactive":
                self._fence.leases.check(name, by)
            return await check_health(slot, level, self._mark)
        async with self._fence.act(name, by):
            return await check_health(slot, level, self._mark)

    async def learn(self, name: str, *, wait_s: float, by: By = BOX) -> Calibration:
        """Set a keyboard scanner up by its next scan; what was learned holds while this runs.

        Refused device_unknown, lease_held, lease_stale, and what `learn_scanner` refuses.
        """
        check = partial(self._fence.leases.check, name, by)
        return await learn_scanner(self._slot(name), wait_s=wait_s, check=check)

    def flight(self, name: str) -> str:
        """Give the recording of a device's cable as text; Refused device_unknown, flight_off."""
        if not self._upkeep.flight:
            raise Refused("flight_off", "Recording is switched off: flight = false.", device=name)
        return self._slot(name).flight.export()

    def get_settings(self, name: str) -> DeviceSettings:
        """Give the settings of a device, such as a printer's width; Refused device_unknown."""
        return self._slot(name).settings

    def get_scale(self, name: str, by: By = BOX) -> Scale:
        """Give a handle that stays good while the scale comes and goes; Refused device_unknown."""
        return FencedScale(ScaleHandle(self._slot(name), self._mark), self._gate(name, by))

    def get_printer(self, name: str, by: By = BOX) -> Printer:
        """Give a handle that stays good while the printer comes and goes.

        Refused device_unknown, or device_unfit when it is no printer.
        """
        slot = self._slot(name)
        get_roll(slot.settings)
        return FencedPrinter(PrinterHandle(slot), self._gate(name, by))

    def get_label_printer(self, name: str, by: By = BOX) -> LabelPrinter:
        """Give a handle that stays good while it comes and goes; as for `get_printer`."""
        slot = self._slot(name)
        get_media(slot.settings)
        return FencedLabelPrinter(LabelPrinterHandle(slot), self._gate(name, by))

    def get_display(self, name: str, by: By = BOX) -> Display:
        """Give a handle that stays good while it comes and goes; Refused device_unknown."""
        return FencedDisplay(DisplayHandle(self._slot(name)), self._gate(name, by))

    def get_drawer(self, name: str, by: By = BOX) -> Drawer:
        """Give the drawer plugged into the printer `name`."""
        return FencedDrawer(PrinterHandle(self._slot(name)), self._gate(name, by))

    def _gate(self, name: str, by: By) -> Gate:
        return partial(self._fence.act, name, by)

    def _is_leased(self, name: str) -> bool:
        return self._fence.leases.get(name) is not None

    def _slot(self, name: str) -> Slot:
        if name not in self._slots:
            raise Refused("device_unknown", f"No device is called {name!r}.", device=name)
        return self._slots[name]

    async def _keep(self, slot: Slot) -> None:
        advice = await asyncio.to_thread(advise_device, slot.settings)
        if advice:
            log.warning("port_unstable", device=slot.name, detail=advice)
        with NodeWatch(*list_watched(slot.settings)) as watch:
            await self._keep_open(slot, watch)

    async def _keep_open(self, slot: Slot, watch: NodeWatch) -> None:
        upkeep = self._upkeep
        backoff = Backoff(first_wait_s=upkeep.first_wait_s, longest_wait_s=upkeep.longest_wait_s)
        kinds = import_module("edge.devices").KINDS
        opener = import_module(kinds[slot.settings.KIND]).open
        while True:
            opened_ns = 0
            await watch.arm()
            slot.answered = False
            try:
                settings = await find_port(slot.settings, device=slot.name)
                slot.flight.ask("open")
                opening = opener(settings, device=slot.name, clock=self._clock, tap=slot)
                async with opening as device:
                    opened_ns = self._clock.mono_ns()
                    slot.flight.answer("opened")
                    slot.identity = await name_device(settings)
                    await self._serve(slot, device)
            except OutsideError as exc:
                slot.lose(exc)
                self._mark(slot, exc.detail, exc.code)
            finally:
                slot.device = None
            # A device that opens and fails at once is not well: only a lasting one starts afresh.
            now_ns = self._clock.mono_ns()
            if opened_ns and now_ns - opened_ns > upkeep.longest_wait_s * 1e9:
                backoff.reset()
            await watch.wait(backoff.next_wait_s())

    async def _serve(self, slot: Slot, device: Device) -> None:
        slot.device = device
        if not isinstance(device, Scanner):
            await device.watch(partial(self._mark, slot))
            return
        self._mark(slot, "")
        scans = device.scans()
        while True:
            try:
                scan = await anext(scans)
            except DeviceGarbled as exc:
                self._tell_garbled(slot, exc)
                continue
            slot.count("GoodScanCount")
            slot.flight.answer(write_scan(scan))
            slot.hear(f"{scan.symbology} {scan.text}".strip())
            if not slot.give_awaited(scan):
                self._on_scan(scan)

    def _tell_garbled(self, slot: Slot, exc: DeviceGarbled) -> None:
        slot.garbled_n += 1
        slot.count("RefusedScanCount")
        slot.flight.answer(f"error {exc.code}")
        now_ms = self._clock.now_ms()
        # A scanner at a wrong speed garbles for ever: count all, log one in ten seconds.
        if slot.garbled_n == 1 or now_ms - slot.garbled_logged_ms >= GARBLED_LOG_EVERY_MS:
            slot.garbled_logged_ms = now_ms
            self._seals.seal(slot.flight)
            log.warning(
                "scan_refused",
                device=slot.name,
                code=exc.code,
                detail=exc.detail,
                garbled_n=slot.garbled_n,
            )
        slot.hear(f"No code: {exc.detail}")
        self._on_garbled(slot.name, exc.detail)

    def _mark(self, slot: Slot, problem: str, code: str = "") -> None:
        """Note that `slot` has this problem, or none; tell and log what changed."""
        former, slot.was_tried = slot.state, True
        state = DeviceState(
            slot.name,
            slot.settings.KIND,
            "gone" if problem else "ready",
            problem,
            self._clock.now_ms(),
        )
        if (state.state, state.detail) != (former.state, former.detail):
            if state.state == former.state:
                state = replace(state, since_ms=former.since_ms)
            slot.turn(state, code or ("device_offline" if problem else ""))
            slot.note_status(problem)
            self._on_state(state)
            self._news.tell_now(slot)
        if state.state != slot.logged:
            slot.logged = state.state
            if problem:
                self._seals.seal(slot.flight)
                log.warning("device_lost", device=slot.name, kind=state.kind, detail=problem)
            else:
                log.info("device_found", device=slot.name, kind=state.kind)

    def _settle(self) -> None:
        self._news.close()
        for slot in self._slots.values():
            slot.settle_hours()
