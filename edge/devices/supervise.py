"""Keeps every device open, says each change once, and hands out handles that never go stale."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeVar

import structlog

from cext.errors import DeviceGarbled, DeviceGone, DeviceSlow, OutsideError, Refused
from cext.kit.clock import Clock
from cext.kit.supervise import Backoff
from edge.devices.labels import Label, Media
from edge.devices.ports import (
    Device,
    DeviceSettings,
    DeviceState,
    Display,
    Drawer,
    LabelPrinter,
    LabelStatus,
    Printer,
    PrinterStatus,
    Roll,
    Scale,
    Scan,
    Scanner,
    Weight,
)

log = structlog.get_logger(__name__)

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0
GARBLED_LOG_EVERY_MS = 10_000

R = TypeVar("R")


class _Slot:
    """One configured device: its settings, its state and, while it is open, the device."""

    def __init__(self, name: str, settings: DeviceSettings, clock: Clock) -> None:
        self.name = name
        self.settings = settings
        self.clock = clock
        self.device: Device | None = None
        self.logged = ""
        self.garbled_n = 0
        self.garbled_logged_ms = 0
        self.state = DeviceState(name, settings.KIND, "gone", "not opened yet", clock.now_ms())

    def get_open(self, needed: str) -> Any:
        """Give the open device if it can do `needed`; raises DeviceGone or Refused."""
        if self.device is None:
            raise DeviceGone("device_gone", self.state.detail, device=self.name)
        if not hasattr(self.device, needed):
            kind = self.settings.KIND
            raise Refused("device_unfit", f"A {kind} cannot {needed}.", device=self.name)
        return self.device


class _ScaleHandle:
    """A scale that may come and go behind this handle."""

    def __init__(self, slot: _Slot, mark: Callable[[_Slot, str], None]) -> None:
        self._slot = slot
        self._mark = mark

    async def read(self) -> Weight:
        return await self._told(self._slot.get_open("read").read())

    async def zero(self) -> Weight:
        return await self._told(self._slot.get_open("zero").zero())

    async def tare(self, weight_g: int | None = None) -> Weight:
        return await self._told(self._slot.get_open("tare").tare(weight_g))

    async def _told(self, weighing: Awaitable[Weight]) -> Weight:
        try:
            weight = await weighing
        except (DeviceSlow, DeviceGarbled) as exc:
            self._mark(self._slot, exc.detail)
            raise
        self._mark(self._slot, "")
        return weight


class _PrinterHandle:
    """A printer and its drawer that may come and go behind this handle."""

    def __init__(self, slot: _Slot) -> None:
        self._slot = slot

    @property
    def roll(self) -> Roll:
        return get_roll(self._slot.settings)

    async def print(self, job: bytes) -> None:
        await self._slot.get_open("print").print(job)

    async def status(self) -> PrinterStatus:
        status: PrinterStatus = await self._slot.get_open("status").status()
        return status

    async def kick(self) -> None:
        await self._slot.get_open("kick").kick()

    async def is_open(self) -> bool | None:
        is_open: bool | None = await self._slot.get_open("is_open").is_open()
        return is_open


class _LabelPrinterHandle:
    """A label printer that may come and go behind this handle."""

    def __init__(self, slot: _Slot) -> None:
        self._slot = slot

    @property
    def media(self) -> Media:
        return get_media(self._slot.settings)

    async def print_labels(self, labels: Sequence[Label]) -> None:
        await self._slot.get_open("print_labels").print_labels(labels)

    async def label_status(self) -> LabelStatus:
        status: LabelStatus = await self._slot.get_open("label_status").label_status()
        return status


class _DisplayHandle:
    """A customer display that may come and go behind this handle."""

    def __init__(self, slot: _Slot) -> None:
        self._slot = slot

    async def show(self, upper: str, lower: str) -> None:
        await self._slot.get_open("show").show(upper, lower)

    async def clear(self) -> None:
        await self._slot.get_open("clear").clear()


def get_media(settings: DeviceSettings) -> Media:
    """Read what labels are in a label printer; Refused device_unfit for other kinds."""
    media = getattr(settings, "media", None)
    if not isinstance(media, Media):
        raise Refused("device_unfit", f"A {settings.KIND} has no labels.")
    return media


def get_roll(settings: DeviceSettings) -> Roll:
    """Read what a receipt printer prints on; Refused device_unfit for other kinds."""
    roll = getattr(settings, "roll", None)
    if not isinstance(roll, Roll):
        raise Refused("device_unfit", f"A {settings.KIND} has no paper.")
    return roll


class Devices:
    """All devices of a store. Callbacks run on the loop and must return at once.

    `on_scan` gets every clean code, `on_garbled(device, detail)` says that a scanner sent
    something that is none, `on_state` every change of a device's state.
    """

    def __init__(
        self,
        settings: Mapping[str, DeviceSettings],
        clock: Clock,
        *,
        on_scan: Callable[[Scan], None],
        on_state: Callable[[DeviceState], None],
        on_garbled: Callable[[str, str], None] = lambda _device, _detail: None,
        first_wait_s: float = FIRST_WAIT_S,
        longest_wait_s: float = LONGEST_WAIT_S,
    ) -> None:
        self._clock = clock
        self._on_scan = on_scan
        self._on_state = on_state
        self._on_garbled = on_garbled
        self._first_wait_s = first_wait_s
        self._longest_wait_s = longest_wait_s
        self._slots = {name: _Slot(name, one, clock) for name, one in settings.items()}

    def run(self, group: asyncio.TaskGroup) -> None:
        """Start keeping every device open, as tasks of `group`; they end when cancelled."""
        for name, slot in self._slots.items():
            group.create_task(self._keep(slot), name=f"device {name}")

    def states(self) -> tuple[DeviceState, ...]:
        """Give the state of every device, in the order of the configuration."""
        return tuple(slot.state for slot in self._slots.values())

    def get_settings(self, name: str) -> DeviceSettings:
        """Give the settings of a device, such as a printer's width; Refused device_unknown."""
        return self._slot(name).settings

    def get_scale(self, name: str) -> Scale:
        """Give a handle that stays good while the scale comes and goes; Refused device_unknown."""
        return _ScaleHandle(self._slot(name), self._mark)

    def get_printer(self, name: str) -> Printer:
        """Give a handle that stays good while the printer comes and goes.

        Refused device_unknown, or device_unfit when it is no printer.
        """
        slot = self._slot(name)
        get_roll(slot.settings)
        return _PrinterHandle(slot)

    def get_label_printer(self, name: str) -> LabelPrinter:
        """Give a handle that stays good while it comes and goes; as for `get_printer`."""
        slot = self._slot(name)
        get_media(slot.settings)
        return _LabelPrinterHandle(slot)

    def get_display(self, name: str) -> Display:
        """Give a handle that stays good while it comes and goes; Refused device_unknown."""
        return _DisplayHandle(self._slot(name))

    def get_drawer(self, name: str) -> Drawer:
        """Give the drawer plugged into the printer `name`."""
        return _PrinterHandle(self._slot(name))

    def _slot(self, name: str) -> _Slot:
        if name not in self._slots:
            raise Refused("device_unknown", f"No device is called {name!r}.", device=name)
        return self._slots[name]

    async def _keep(self, slot: _Slot) -> None:
        backoff = Backoff(first_wait_s=self._first_wait_s, longest_wait_s=self._longest_wait_s)
        kinds = import_module("edge.devices").KINDS
        opener = import_module(kinds[slot.settings.KIND]).open
        while True:
            opened_ns = 0
            try:
                async with opener(slot.settings, device=slot.name, clock=self._clock) as device:
                    opened_ns = self._clock.mono_ns()
                    await self._serve(slot, device)
            except OutsideError as exc:
                self._mark(slot, exc.detail)
            finally:
                slot.device = None
            # A device that opens and fails at once is not well: only a lasting one starts afresh.
            now_ns = self._clock.mono_ns()
            if opened_ns and now_ns - opened_ns > self._longest_wait_s * 1e9:
                backoff.reset()
            await asyncio.sleep(backoff.next_wait_s())

    async def _serve(self, slot: _Slot, device: Device) -> None:
        slot.device = device
        if not isinstance(device, Scanner):
            await device.watch(lambda problem: self._mark(slot, problem))
            return
        self._mark(slot, "")
        scans = device.scans()
        while True:
            try:
                scan = await anext(scans)
            except DeviceGarbled as exc:
                self._tell_garbled(slot, exc)
            else:
                self._on_scan(scan)

    def _tell_garbled(self, slot: _Slot, exc: DeviceGarbled) -> None:
        slot.garbled_n += 1
        now_ms = self._clock.now_ms()
        # A scanner at a wrong speed garbles for ever: count all, log one in ten seconds.
        if slot.garbled_n == 1 or now_ms - slot.garbled_logged_ms >= GARBLED_LOG_EVERY_MS:
            slot.garbled_logged_ms = now_ms
            log.warning(
                "scan_refused",
                device=slot.name,
                code=exc.code,
                detail=exc.detail,
                garbled_n=slot.garbled_n,
            )
        self._on_garbled(slot.name, exc.detail)

    def _mark(self, slot: _Slot, problem: str) -> None:
        """Note that `slot` has this problem, or none; tell and log what changed."""
        state = DeviceState(
            slot.name,
            slot.settings.KIND,
            "gone" if problem else "ready",
            problem,
            self._clock.now_ms(),
        )
        former = slot.state
        if (state.state, state.detail) != (former.state, former.detail):
            if state.state == former.state:
                state = DeviceState(
                    state.device, state.kind, state.state, state.detail, former.since_ms
                )
            slot.state = state
            self._on_state(state)
        if state.state != slot.logged:
            slot.logged = state.state
            if problem:
                log.warning("device_lost", device=slot.name, kind=state.kind, detail=problem)
            else:
                log.info("device_found", device=slot.name, kind=state.kind)
