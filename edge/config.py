"""The settings of one store's box: one TOML file, read once, handed down in parts."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct, field

from cext.errors import ConfigError
from cext.kit.clock import ClockSettings
from cext.kit.log import LogSettings
from cext.kit.settings import load_settings
from cext.lang.ids import LaneId, StoreId

# Read once: looking it up later would wait for the disk.
SOFTWARE = version("storeline")
Port = Annotated[int, Meta(ge=0, le=65_535)]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,32}$")]
# The keys of a lane that name a device; each is part of the names of the kinds that fit it.
LANE_ROLES = ("scanner", "scale", "printer", "fallback_printer", "display")
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]


class ApiSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the doors listen. Port 0 takes any free port and logs it."""

    host: Annotated[str, Meta(min_length=1, max_length=253)] = "127.0.0.1"
    port: Port = 8711


class LinkTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The line to the hub's broker; `username` is the store's id unless given."""

    enabled: bool = False
    host: Annotated[str, Meta(max_length=253)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65_535)] = 8883
    ca_file: str = ""
    username: str = ""
    password_file: str = ""


class ZeroconfSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the box announces itself and looks for printers, and on which interfaces.

    Unless set it does so where its doors listen beyond this machine.
    """

    enabled: bool | None = None
    interfaces: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=45)], ...], Meta(max_length=8)
    ] = ()


class LaneSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One till position and the names of its devices; an empty name means it has none.

    `fallback_printer` steps in when `printer` cannot print; two lanes may name each other's.
    """

    id: LaneId
    scanner: str = ""
    scale: str = ""
    printer: str = ""
    fallback_printer: str = ""
    display: str = ""


class DisplaySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What customer displays say between two customers; empty: the language's own words."""

    greeting: Annotated[str, Meta(max_length=40)] = ""
    thanks: Annotated[str, Meta(max_length=20)] = ""


class ReceiptSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands on the paper, how long it is still worth printing, and who steps in when."""

    shop_name: Annotated[str, Meta(max_length=40)] = ""
    footer: Annotated[str, Meta(max_length=200)] = ""
    width_n: Annotated[int, Meta(ge=32, le=64)] = 48
    print_within_h: Annotated[int, Meta(ge=1, le=720)] = 48
    failover_after_s: Annotated[int, Meta(ge=0, le=3600)] = 5
    copy_when_doubtful: bool = True
    keep_prints_days: Annotated[int, Meta(ge=1, le=365)] = 30


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything one box is told. Device tables are checked by their own drivers."""

    store: StoreId
    zone: Annotated[str, Meta(min_length=1, max_length=64)]
    currency: Currency
    state_dir: Annotated[str, Meta(min_length=1)]
    language: Literal["en", "zh", "he"] = "en"
    day_change_hour: Annotated[int, Meta(ge=0, le=12)] = 0
    price_book_file: str = ""
    flight: bool = True
    log: LogSettings = field(default_factory=LogSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    link: LinkTable = field(default_factory=LinkTable)
    receipt: ReceiptSettings = field(default_factory=ReceiptSettings)
    display: DisplaySettings = field(default_factory=DisplaySettings)
    clock: ClockSettings = field(default_factory=ClockSettings)
    zeroconf: ZeroconfSettings = field(default_factory=ZeroconfSettings)
    lanes: tuple[LaneSettings, ...] = ()
    devices: dict[Name, dict[str, Any]] = field(default_factory=dict)


def load_edge_settings(path: Path) -> Settings:
    """Read and check `path`; ConfigError lists every problem, also those between keys."""
    settings = load_settings(path, Settings)
    problems = (*_place_problems(settings), *_lane_problems(settings))
    if problems:
        raise ConfigError(tuple(problems), path=str(path))
    return settings


def _place_problems(settings: Settings) -> list[str]:
    problems = []
    try:
        ZoneInfo(settings.zone)
    except (ZoneInfoNotFoundError, ValueError):
        problems.append(f"zone: {settings.zone!r} is no IANA time zone, such as Asia/Shanghai")
    if settings.link.enabled and not settings.link.password_file:
        problems.append("link.password_file: missing key; the broker asks for a password")
    return problems


def _lane_problems(settings: Settings) -> list[str]:
    problems = []
    ids = [lane.id for lane in settings.lanes]
    problems += [f"lanes: the id {one!r} is used twice" for one in sorted(_twice(ids))]
    for role in ("scanner", "display"):
        names = [name for lane in settings.lanes if (name := getattr(lane, role))]
        problems += [f"lanes: {role} {one!r} serves two lanes" for one in sorted(_twice(names))]
    for lane in settings.lanes:
        for role in LANE_ROLES:
            name = getattr(lane, role)
            if name and name not in settings.devices:
                problems.append(f"lanes.{lane.id}.{role}: no table [devices.{name}]")
        if lane.fallback_printer and lane.fallback_printer == lane.printer:
            problems.append(f"lanes.{lane.id}.fallback_printer: the same as its printer")
        if lane.fallback_printer and not lane.printer:
            problems.append(f"lanes.{lane.id}.fallback_printer: the lane has no printer of its own")
    return problems


def _twice(names: list[str]) -> set[str]:
    return {name for name in names if names.count(name) > 1}
