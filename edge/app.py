"""The composition root: runs a box, from its first task to its last."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable
from importlib import import_module
from typing import NoReturn

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from cext.errors import Broken, ConfigError, StorageError
from cext.kit.clock import open_clock
from cext.kit.notify import feed_watchdog, notify
from edge.announce import announces
from edge.api import Replies, Services, ShopView, build_doors
from edge.box import Box, open_tokens
from edge.config import SOFTWARE, Settings
from edge.furnish import open_box
from edge.prints import make_outlet

log = structlog.get_logger(__name__)

SHUTDOWN_WAIT_S = 1.0
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class _Stop(Exception):
    """Ends the task group in good order."""


def _stop() -> NoReturn:
    raise _Stop


async def run(settings: Settings, *, on_ready: Callable[[Box], None] | None = None) -> None:
    """Run the box until it is told to stop. Any task that fails ends it with its error.

    `on_ready` is called once the doors are open.
    """
    gc.disable()  # a tenth of the start would be spent looking for garbage
    clock = await asyncio.to_thread(open_clock, settings.clock)
    async with open_box(settings, clock) as box:
        try:
            async with asyncio.TaskGroup() as group:
                await _start(box, group)
                if on_ready is not None:
                    on_ready(box)
                await _wait_for_end(box)
                _stop()
        except* _Stop:
            notify("STOPPING=1")
            log.info("edge_stopped", head_seq=box.journal.head.seq)


async def _start(box: Box, group: asyncio.TaskGroup) -> None:
    """Start every task, and say so only when the doors are open."""
    settings = box.settings
    box.devices.run(group)
    box.counter.run_scanners(group)
    group.create_task(box.facts.run(), name="device_facts")
    daily = box.facts.run_daily(box.clock, box.devices.reports)
    group.create_task(daily, name="device_statistics")
    group.create_task(box.leasing.run(), name="leases")
    for name in box.prints.printers:
        outlet = make_outlet(box.devices, name)
        group.create_task(box.prints.run(name, outlet), name=f"print_{name}")
    box.displays.run(
        group,
        get_view=lambda lane: box.counter.get_lane(lane).view(),
        get_display=box.devices.get_display,
    )
    if settings.link.enabled:
        group.create_task(_run_link(box), name="link")
    ready = asyncio.Event()
    group.create_task(_serve(box, ready), name="doors")
    group.create_task(feed_watchdog(box.drafts.prove), name="watchdog")
    await ready.wait()
    gc.collect()
    gc.freeze()  # the price book lives for long: no collection need walk it again
    gc.enable()
    notify("READY=1")
    if announces(settings.zeroconf.enabled, box.address[0]):
        group.create_task(_announce(box), name="announce")


async def _run_link(box: Box) -> None:
    # Imported here: a box without a hub needs no MQTT client in memory.
    from edge.link import LinkSettings, run_link  # noqa: PLC0415

    link = LinkSettings(**msgspec.structs.asdict(box.settings.link))
    await run_link(box.journal, link, box.clock, on_state=box.on_link)


async def _announce(box: Box) -> None:
    # Loaded once the box is ready, in a thread: most of multicast DNS is of no use to a sale.
    await asyncio.to_thread(import_module, "edge.announce.announcer")
    from edge.announce.announcer import Announcer  # noqa: PLC0415
    from edge.announce.service import BoxFacts  # noqa: PLC0415

    host, port = box.address
    lanes = tuple(lane.id for lane in box.settings.lanes)
    facts = BoxFacts(store=box.settings.store, version=SOFTWARE, port=port, lanes=lanes)

    def on_announced(name: str) -> None:
        box.announced = name

    interfaces = box.settings.zeroconf.interfaces
    announcer = Announcer(facts, host=host, interfaces=interfaces, on_announced=on_announced)
    await announcer.run()


def make_services(box: Box) -> Services:
    """What the doors of `box` call."""
    return Services(
        store=box.settings.store,
        software=SOFTWARE,
        shop=ShopView(
            name=box.settings.receipt.shop_name,
            language=box.settings.language,
            greeting=box.settings.display.greeting,
            thanks=box.settings.display.thanks,
        ),
        clock=box.clock,
        journal=box.journal,
        books=box.books,
        counter=box.counter,
        stock=box.stock,
        prints=box.prints,
        printing=box.printing,
        live=box.live,
        replies=Replies(box.journal, box.drafts),
        devices=box.devices,
        facts=box.facts,
        leasing=box.leasing,
        nearby=box.nearby,
        get_addresses=box.list_addresses,
        get_link=lambda: box.link,
        papers=box.papers,
        render_text=box.press.render_text,
        render_png=box.press.render_png,
    )


async def _serve(box: Box, ready: asyncio.Event) -> None:
    """Keep the doors open; cleans up within `SHUTDOWN_WAIT_S` when cancelled."""
    services = make_services(box)
    # In a thread: the pages are read from the disk here.
    tokens = open_tokens(box.settings)
    doors = await asyncio.to_thread(build_doors, services, tokens=tokens)
    doors.middlewares.append(_make_alarm(box.fail))
    runner = web.AppRunner(doors, access_log=None, shutdown_timeout=SHUTDOWN_WAIT_S)
    await runner.setup()
    api = box.settings.api
    try:
        site = web.TCPSite(runner, api.host, api.port)
        try:
            await site.start()
        except OSError as exc:
            problem = f"api: cannot listen on {api.host}:{api.port}: {exc.strerror}"
            raise ConfigError((problem,)) from exc
        host, port = runner.addresses[0][:2]
        box.address = (host, port)
        log.info("doors_opened", host=host, port=port, software=services.software)
        ready.set()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _make_alarm(fail: Callable[[BaseException], None]) -> Middleware:
    """Ends the daemon on what no request may hide: a lost promise or a false invariant."""

    @web.middleware
    async def alarm(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except (StorageError, Broken) as exc:
            fail(exc)
            raise

    return alarm


async def _wait_for_end(box: Box) -> None:
    """Return when a signal asks for the end; raise what must not be survived."""
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, box.stop)
    try:
        await box.ending.wait()
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
    if box.failure is not None:
        raise box.failure
