"""Barcode scanner that acts as a keyboard, over its event nodes (evdev)."""

from __future__ import annotations

import asyncio
import errno
import os
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import structlog
from msgspec import Meta

from cext.errors import DeviceGone, Refused
from cext.kit.clock import Clock
from edge.devices.node_watch import NodeWatch
from edge.devices.ports import DeviceSettings, Scan
from edge.devices.scanners.code_feed import CodeFeed
from edge.devices.scanners.key_nodes import (
    EVENT_NODES,
    KeyNode,
    Wanted,
    close_key_nodes,
    is_caps_on,
    open_key_nodes,
    open_more_nodes,
    say_error,
)
from edge.devices.scanners.layout_watch import LayoutWatch
from edge.devices.scanners.learn import EVENTS_MAX_N, Event
from edge.devices.scanners.scan_lines import Code, Garbage
from edge.devices.scanners.wedge_keys import (
    EV_KEY,
    EV_SYN,
    SYN_DROPPED,
    WedgeKeys,
    WedgeSettings,
)
from edge.devices.tap import UNTAPPED, Tap

if TYPE_CHECKING:
    from edge.devices.scanners.calibrate import Calibration

log = structlog.get_logger(__name__)

OPEN_WAIT_S = 5.0
LEARN_QUIET_S = 0.5  # a scan is over when no key came for so long
READS_MAX_N = 16  # in one go, so that a node that never stops cannot hold the loop
EVENT = struct.Struct("@llHHi")  # struct input_event: seconds, microseconds, type, code, value
READ_BYTES = 64 * EVENT.size  # as much as the kernel keeps
OLDEST_NS = 60_000_000_000  # an event time further back than this is of another clock

LayoutName = Literal["US", "UK", "FR", "BE", "DE", "CH", "ES", "PT", "IT", "TR", "RU"]


class Settings(DeviceSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a `keyboard_scanner`; the table in README.md says what each is for."""

    KIND: ClassVar[str] = "keyboard_scanner"
    NODE: ClassVar[str] = "input"

    port: str = ""
    usb: Annotated[str, Meta(pattern="^([0-9a-fA-F]{4}:[0-9a-fA-F]{4}(:.+)?)?$")] = ""
    name: str = ""
    layout: LayoutName = "US"
    ends_with: Literal["mark", "silence"] = "mark"
    silence_ms: Annotated[int, Meta(ge=20, le=5_000)] = 300
    longest_n: Annotated[int, Meta(ge=8, le=4_296)] = 256
    gs_char: Annotated[str, Meta(pattern="^[!-/:-@\\[-`{-~]?$")] = ""
    caps: bool = False

    def __post_init__(self) -> None:
        """Refuse a scanner that is named twice or not at all."""
        if sum(map(bool, (self.port, self.usb, self.name))) != 1:
            raise ValueError("name the scanner by one of port, usb and name")

    @property
    def wanted(self) -> Wanted:
        """Which scanner this is."""
        if self.port.startswith("usb:"):
            return Wanted(usb=self.port.removeprefix("usb:"))
        return Wanted(self.port, self.usb, self.name)

    @property
    def watched(self) -> tuple[str, ...]:
        """The files whose coming and going concerns it."""
        return (self.port, EVENT_NODES) if self.port.startswith("/") else (EVENT_NODES,)

    def keys(self, node: KeyNode) -> WedgeKeys:
        """What makes codes of the keys of one node, from the state it was opened in."""
        settings = WedgeSettings(
            layout=self.layout,
            ends_in_silence=self.ends_with == "silence",
            silence_ms=self.silence_ms,
            longest_n=self.longest_n,
            gs_char=self.gs_char,
        )
        keys = WedgeKeys(settings)
        keys.set_keys(down=node.down, caps=self.caps != node.caps)
        return keys


class _Reader:
    """One open node: bytes to events to codes."""

    def __init__(self, node: KeyNode, settings: Settings) -> None:
        self.node = node
        self._settings = settings
        self.keys = settings.keys(node)
        self._rest = b""  # a pseudo-terminal may cut an event in two

    def read(self) -> bytes:
        """What is there: empty at the end; raises OSError, BlockingIOError if nothing is there."""
        return os.read(self.node.fd, READ_BYTES)

    def cut(self, data: bytes, now_ns: int) -> list[tuple[Event, int]]:
        """Events with the time each was pressed at, as far as the kernel tells it."""
        data = self._rest + data
        whole_n = len(data) - len(data) % EVENT.size
        self._rest = data[whole_n:]
        events = []
        for sec, usec, kind, code, value in EVENT.iter_unpack(data[:whole_n]):
            at_ns = sec * 1_000_000_000 + usec * 1_000
            if not self.node.has_mono_time or not now_ns - OLDEST_NS < at_ns <= now_ns:
                at_ns = now_ns
            events.append(((kind, code, value), at_ns))
        return events

    def use(self, settings: Settings) -> None:
        """Read by other settings from the next key on; no key may be down."""
        self._settings = settings
        self.keys = settings.keys(self.node)
        self.learn_caps()

    def learn_caps(self) -> None:
        """Look at Caps Lock again after keys were lost; which keys are held shows by itself.

        EVIOCGKEY would do for them too, but takes the keys that wait out of the kernel's queue.
        """
        self.keys.set_keys(caps=self._settings.caps != is_caps_on(self.node))


class _AllKeys:
    """Time passes for every node of a scanner alike."""

    def __init__(self) -> None:
        self.readers: list[_Reader] = []

    def tick(self, at_mono_ns: int) -> list[Code | Garbage]:
        return [found for one in self.readers for found in one.keys.tick(at_mono_ns)]

    def next_tick_ns(self) -> int | None:
        due = [one.keys.next_tick_ns() for one in self.readers]
        return min((at_ns for at_ns in due if at_ns is not None), default=None)


class _Ear:
    """Keeps the events of one scan as they come, until it is quiet."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._events: list[Event] = []
        self._timer: asyncio.TimerHandle | None = None
        self.heard: asyncio.Future[list[Event]] = loop.create_future()

    def take(self, event: Event) -> None:
        if not self._events and event[0] != EV_KEY and event[:2] != (EV_SYN, SYN_DROPPED):
            return
        if len(self._events) <= EVENTS_MAX_N:
            self._events.append(event)
        self.close()
        self._timer = self._loop.call_later(LEARN_QUIET_S, self._end)

    def fail(self, failure: DeviceGone) -> None:
        self.close()
        if not self.heard.done():
            self.heard.set_exception(failure)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _end(self) -> None:
        if not self.heard.done():
            self.heard.set_result(self._events)


class KeyboardScanner:
    """A scanner that types; its codes come one at a time to one consumer of `scans()`."""

    def __init__(self, settings: Settings, *, device: str, clock: Clock, tap: Tap) -> None:
        self._settings = settings
        self._device = device
        self._clock = clock
        self._tap = tap
        self._loop = asyncio.get_running_loop()
        self._all = _AllKeys()
        self._feed = CodeFeed(self._all, device=device, clock=clock)
        self._layouts = LayoutWatch(settings.layout)
        self._watch = NodeWatch(*settings.watched, on_change=self._on_change)
        self._look: asyncio.Future[tuple[KeyNode, ...]] | None = None
        self._ear: _Ear | None = None

    async def start(self) -> None:
        """Find, open and grab the scanner's nodes; raises DeviceGone."""
        self._watch.__enter__()
        await self._watch.arm()
        opening = self._loop.run_in_executor(None, open_key_nodes, self._settings.wanted)
        try:
            async with asyncio.timeout(OPEN_WAIT_S):
                nodes = await asyncio.shield(opening)
        except (TimeoutError, asyncio.CancelledError) as exc:
            opening.add_done_callback(_close_late)
            if isinstance(exc, TimeoutError):
                raise self._gone_error(OSError(errno.ETIMEDOUT, "")) from exc
            raise
        except OSError as exc:
            raise self._gone_error(exc) from exc
        self._read_from(nodes)

    def close(self) -> None:
        """Let go of the nodes."""
        self._watch.__exit__()
        self._feed.close()
        if self._ear is not None:
            self._ear.fail(self._gone_error(OSError(errno.ENODEV, "")))
        for reader in self._all.readers:
            self._loop.remove_reader(reader.node.fd)
        close_key_nodes(reader.node for reader in self._all.readers)
        self._all.readers.clear()

    def scans(self) -> AsyncIterator[Scan]:
        return self._feed

    @property
    def nodes(self) -> tuple[str, ...]:
        """The paths of the event nodes that are read."""
        return tuple(reader.node.path for reader in self._all.readers)

    async def learn(self, *, wait_s: float) -> Calibration:
        """Learn how this scanner is set from its next scan; Refused as `listen`, or unread."""
        from edge.devices.scanners.calibrate import calibrate_open  # noqa: PLC0415 - it opens us

        return await calibrate_open(self, self._settings, device=self._device, wait_s=wait_s)

    def use(self, settings: Settings) -> None:
        """Read by what was learned from the next key on; which scanner it is must stay."""
        self._settings = settings
        self._layouts = LayoutWatch(settings.layout)
        for reader in self._all.readers:
            reader.use(settings)

    async def listen(self, *, wait_s: float) -> list[Event]:
        """Give the raw events of the next scan, which is no scan for `scans()`.

        Refused calibration_unheard when none begins and ends within `wait_s`, calibration_busy
        when somebody listens already; DeviceGone when the scanner goes away.
        """
        if self._ear is not None:
            raise Refused("calibration_busy", "Somebody is setting this scanner up already.")
        ear = self._ear = _Ear(self._loop)
        try:
            async with asyncio.timeout(wait_s):
                return await ear.heard
        except TimeoutError as exc:
            detail = f"No scan came within {wait_s:g} seconds; scan the calibration barcode."
            raise Refused("calibration_unheard", detail, device=self._device) from exc
        finally:
            ear.close()
            self._ear = None

    def _on_readable(self, reader: _Reader) -> None:
        try:
            for _ in range(READS_MAX_N):
                data = reader.read()
                if not data:
                    raise OSError(errno.ENODEV, "")  # noqa: TRY301 - a terminal ends like this
                self._take(reader, data)
        except BlockingIOError:
            return
        except OSError as exc:
            unplugged = exc.errno in (errno.EIO, errno.ENODEV)
            self._end(OSError(errno.ENODEV, "") if unplugged else exc)

    def _take(self, reader: _Reader, data: bytes) -> None:
        now_ns = self._clock.mono_ns()
        self._tap.took(data, now_ns)
        found: list[Code | Garbage] = []
        lost = False
        for event, at_ns in reader.cut(data, now_ns):
            if self._ear is not None:
                self._ear.take(event)
                continue
            lost = lost or event[:2] == (EV_SYN, SYN_DROPPED)
            found += reader.keys.feed(*event, at_ns)
        if lost:
            reader.learn_caps()
        for one in tuple(found):
            if sentence := self._layouts.take(one):
                log.warning("scanner_layout_changed", device=self._device, detail=sentence)
                found.append(Garbage("layout_changed", sentence))
        self._feed.keep(found)

    def _on_change(self) -> None:
        """Something came or went among the event nodes: see whether it concerns us."""
        if self._look is None and self._all.readers:
            known = [reader.node for reader in self._all.readers]
            self._look = self._loop.run_in_executor(
                None, open_more_nodes, self._settings.wanted, known
            )
            self._look.add_done_callback(self._on_looked)

    def _on_looked(self, look: asyncio.Future[tuple[KeyNode, ...]]) -> None:
        self._look = None
        if look.cancelled() or not self._all.readers:  # closed meanwhile
            _close_late(look)
        elif (failure := look.exception()) is None:
            self._read_from(look.result())
        elif isinstance(failure, OSError):
            self._end(failure)
        else:
            raise failure

    def _read_from(self, nodes: tuple[KeyNode, ...]) -> None:
        for node in nodes:
            reader = _Reader(node, self._settings)
            self._all.readers.append(reader)
            self._loop.add_reader(node.fd, self._on_readable, reader)

    def _end(self, error: OSError) -> None:
        failure = self._gone_error(error)
        self._feed.fail(failure)
        self.close()

    def _gone_error(self, error: OSError) -> DeviceGone:
        wanted = self._settings.wanted
        which = wanted.port or wanted.usb or wanted.name
        return DeviceGone(
            "device_gone", f"{which}: {say_error(error)}", device=self._device, port=which
        )


def _close_late(opening: asyncio.Future[tuple[KeyNode, ...]]) -> None:
    """Nobody waits for these nodes any more: give them back."""
    if not opening.cancelled() and opening.exception() is None:
        close_key_nodes(opening.result())


@asynccontextmanager
async def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AsyncIterator[KeyboardScanner]:
    """Find the scanner, and have its keys to ourselves; raises DeviceGone."""
    scanner = KeyboardScanner(settings, device=device, clock=clock, tap=tap)
    try:
        await scanner.start()
        yield scanner
    finally:
        scanner.close()
