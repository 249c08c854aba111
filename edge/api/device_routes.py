"""Doors to the devices: how they are, checks, zero and tare, the drawer, recordings.

Errors carry `upos`, the name UnifiedPOS gives them, beside our own code.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Annotated, Any, TypeVar

from aiohttp import web
from msgspec import Meta, Struct

from cext.errors import Broken, ShopError, StorageError
from cext.kit.http import Call, Route
from cext.lang.events import DrawerOpened
from edge.api.services import Services
from edge.api.shapes import DeviceAct, Devices, OpenDrawer, StatisticsTold
from edge.devices import DeviceReport, Health
from edge.devices.handles import say_weight
from edge.devices.paper import Barcode
from edge.devices.paper.bars import bars_of
from edge.devices.ports import Weight
from edge.devices.scanners.learn import CALIBRATION, Case, GsForm, Terminator
from edge.devices.unified_pos import Level, error_of
from edge.journal import Draft

BODY_MAX_BYTES = 4096
TROUBLES = (
    "device_unknown",
    "device_unfit",
    "device_gone",
    "device_slow",
    "device_garbled",
    "device_busy",
    "lease_held",
    "lease_stale",
)

R = TypeVar("R")
_Door = Callable[["DeviceDoors", Call[Any, Any]], Awaitable[R]]


class CheckHealth(DeviceAct, frozen=True, forbid_unknown_fields=True):
    """How deep to look: internal asks nobody, external the device, interactive a person too."""

    level: Level = "internal"


class TareScale(DeviceAct, frozen=True, forbid_unknown_fields=True):
    """The tare in grams: null takes what lies on the scale, 0 clears it."""

    weight_g: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None


class LearnScanner(DeviceAct, frozen=True, forbid_unknown_fields=True):
    """How many seconds to wait for the scan of the calibration barcode."""

    wait_s: Annotated[int, Meta(ge=1, le=60)] = 30


class ScannerLearned(Struct, frozen=True, kw_only=True):
    """What one scan told of a scanner; it reads by this until the box starts again.

    `layout` is the first of `layouts` that read the scan, `ends_with` and `caps` are settings that
    follow from it, `lost` characters the layout has no keys for. `toml` is the table that keeps it
    all in the settings, `advice` says what to set otherwise in the scanner itself.
    """

    device: str
    layout: str
    layouts: tuple[str, ...]
    terminator: Terminator
    case: Case
    gs: GsForm
    gs_char: str
    sends_aim: bool
    lost: str
    advice: tuple[str, ...]
    toml: str


class CalibrationBars(Struct, frozen=True, kw_only=True):
    """The calibration barcode, Code 128: `bars` has 1 for a module of ink and 0 for one without.

    A quiet zone of ten modules belongs on either side.
    """

    bars: str


class Weighed(Struct, frozen=True, kw_only=True):
    """What a scale shows after an order; `weight_g` is null when it tells none."""

    device: str
    weight_g: int | None
    stable: bool
    net: bool
    says: str


class DrawerKicked(Struct, frozen=True):
    """The pulse has left for the drawer plugged into this printer."""

    device: str


def _named(door: _Door[R]) -> _Door[R]:
    """Give every refusal its UnifiedPOS name."""

    @wraps(door)
    async def named(self: DeviceDoors, call: Call[Any, Any]) -> R:
        try:
            return await door(self, call)
        except (StorageError, Broken):
            raise
        except ShopError as exc:
            exc.facts["upos"] = error_of(exc)
            raise

    return named


class DeviceDoors:
    """Handlers over the supervised devices."""

    def __init__(self, services: Services) -> None:
        self._devices = services.devices
        self._facts = services.facts
        self._journal = services.journal

    async def devices(self, _call: Call[Any, Any]) -> Devices:
        return Devices(self._devices.reports())

    @_named
    async def device(self, call: Call[Any, Any]) -> DeviceReport:
        return self._devices.report(call.path["device"])

    @_named
    async def health(self, call: Call[CheckHealth, Any]) -> Health:
        return await self._devices.check_health(
            call.path["device"], call.body.level, call.body.by()
        )

    @_named
    async def learn(self, call: Call[LearnScanner, Any]) -> ScannerLearned:
        name, body = call.path["device"], call.body
        made = await self._devices.learn(name, wait_s=body.wait_s, by=body.by())
        learned = made.learned
        return ScannerLearned(
            device=name,
            layout=made.settings.layout,
            layouts=learned.layouts,
            terminator=learned.terminator,
            case=learned.case,
            gs=learned.gs,
            gs_char=learned.gs_char,
            sends_aim=learned.sends_aim,
            lost=learned.lost,
            advice=learned.advice,
            toml=made.toml,
        )

    async def bars(self, _call: Call[Any, Any]) -> CalibrationBars:
        return CalibrationBars(bars=bars_of(Barcode(CALIBRATION, "code128")))

    @_named
    async def zero(self, call: Call[DeviceAct, Any]) -> Weighed:
        name = call.path["device"]
        return _weighed(await self._devices.get_scale(name, call.body.by()).zero())

    @_named
    async def tare(self, call: Call[TareScale, Any]) -> Weighed:
        name = call.path["device"]
        scale = self._devices.get_scale(name, call.body.by())
        return _weighed(await scale.tare(call.body.weight_g))

    @_named
    async def drawer(self, call: Call[OpenDrawer, Any]) -> DrawerKicked:
        name = call.path["device"]
        await self._devices.get_drawer(name, call.body.by()).kick()
        opened = DrawerOpened(device=name, number="", reason=call.body.reason or "asked")
        worker = call.grant.name if call.grant else ""
        await self._journal.append((Draft(opened, worker=worker),))
        return DrawerKicked(name)

    @_named
    async def flight(self, call: Call[Any, Any]) -> web.Response:
        return web.Response(text=self._devices.flight(call.path["device"]))

    async def statistics(self, _call: Call[Any, Any]) -> StatisticsTold:
        return StatisticsTold(await self._facts.tell_statistics(self._devices.reports()))


def _weighed(weight: Weight) -> Weighed:
    return Weighed(
        device=weight.device,
        weight_g=weight.weight_g,
        stable=weight.stable,
        net=weight.net,
        says=say_weight(weight),
    )


def list_routes(services: Services) -> list[Route]:
    """The routes of this file."""
    doors = DeviceDoors(services)
    return [
        Route(
            "GET",
            "/v1/devices",
            doors.devices,
            summary="Every device: how it is, what it said last, what it counted",
            reply=Devices,
            scope="read",
        ),
        Route(
            "GET",
            "/v1/devices/{device}",
            doors.device,
            summary="One device",
            reply=DeviceReport,
            scope="read",
            errors=("device_unknown",),
        ),
        Route(
            "GET",
            "/v1/devices/{device}/flight",
            doors.flight,
            summary="The recording of its cable, as text",
            reply=str,
            scope="manage",
            errors=("device_unknown", "flight_off"),
            content_type="text/plain",
        ),
        Route(
            "POST",
            "/v1/devices/{device}/health",
            doors.health,
            summary="Check it; what fails is a result with ok false",
            reply=Health,
            scope="manage",
            body=CheckHealth,
            errors=("device_unknown", "level_unfit", "device_busy", "lease_held", "lease_stale"),
            max_bytes=BODY_MAX_BYTES,
        ),
        Route(
            "POST",
            "/v1/devices/statistics",
            doors.statistics,
            summary="Write the statistics of all devices into the journal now, for the hub",
            reply=StatisticsTold,
            scope="manage",
            max_bytes=BODY_MAX_BYTES,
        ),
        *_learning(doors),
        *_acts(doors),
    ]


def _learning(doors: DeviceDoors) -> list[Route]:
    refused = ("calibration_unheard", "calibration_unread", "calibration_busy")
    return [
        Route(
            "GET",
            "/v1/calibration",
            doors.bars,
            summary="The calibration barcode, to be drawn on a screen",
            reply=CalibrationBars,
            scope="read",
        ),
        Route(
            "POST",
            "/v1/devices/{device}/learn",
            doors.learn,
            summary="Set a keyboard scanner up by its next scan, of the calibration barcode",
            reply=ScannerLearned,
            scope="manage",
            body=LearnScanner,
            errors=(*TROUBLES, *refused),
            max_bytes=BODY_MAX_BYTES,
        ),
    ]


def _acts(doors: DeviceDoors) -> list[Route]:
    return [
        Route(
            "POST",
            "/v1/devices/{device}/zero",
            doors.zero,
            summary="Set an empty scale to zero",
            reply=Weighed,
            scope="sell",
            body=DeviceAct,
            errors=(*TROUBLES, "zero_refused"),
            max_bytes=BODY_MAX_BYTES,
        ),
        Route(
            "POST",
            "/v1/devices/{device}/tare",
            doors.tare,
            summary="Take what lies on the scale, or a weight, as tare",
            reply=Weighed,
            scope="sell",
            body=TareScale,
            errors=(*TROUBLES, "tare_refused"),
            max_bytes=BODY_MAX_BYTES,
        ),
        Route(
            "POST",
            "/v1/devices/{device}/drawer",
            doors.drawer,
            summary="Open the drawer plugged into a printer",
            reply=DrawerKicked,
            scope="sell",
            body=OpenDrawer,
            errors=TROUBLES,
            max_bytes=BODY_MAX_BYTES,
        ),
    ]
