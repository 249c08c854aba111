"""The hub put together: storage, link and doors in one task group. The only module that knows all.

Stops cleanly on SIGTERM and SIGINT; whatever was not acknowledged by then is sent again.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import structlog
from aiohttp import web

from cext.errors import OutsideError, StorageError
from cext.kit.clock import Clock, open_clock
from cext.kit.http import add_pages, build_app
from cext.kit.notify import feed_watchdog, notify
from cext.kit.tokens import Tokens
from hub.api.routes import SCOPES, Doors, make_routes
from hub.config import ApiSettings, Settings
from hub.link import LinkSettings, run_link
from hub.projections import PROJECTIONS
from hub.store import Storage, open_database
from hub.stores.presence import Presence

log = structlog.get_logger(__name__)

PAGES = Path(__file__).parent / "api" / "pages"
WATCH_EVERY_S = 1.0
PRESENCE_EVERY_N = 10  # watches
CLOSE_WAIT_S = 0.5


async def run(
    settings: Settings,
    *,
    stop: asyncio.Event | None = None,
    on_ready: Callable[[int], None] | None = None,
) -> None:
    """Run the hub until `stop` is set or the process is told to end.

    Without `stop`, SIGTERM and SIGINT are taken over for the rest of the process. `on_ready`
    gets the port the doors listen on. StorageError when the database cannot be opened,
    OutsideError when the port is taken.
    """
    if stop is None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    clock = await asyncio.to_thread(open_clock, settings.clock)
    software = await asyncio.to_thread(version, "storeline")
    presence = Presence()
    async with open_database(settings.store_url) as database:
        storage = Storage(database, PROJECTIONS)
        presence.restore(await storage.load_presence())
        doors = Doors(database, presence, clock=clock, software=software)
        tokens = make_tokens(settings)
        app = build_app(make_routes(doors), title="Storeline hub", version="1", tokens=tokens)
        await asyncio.to_thread(add_pages, app, PAGES)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSE_WAIT_S)
        await runner.setup()
        try:
            port = await _listen(runner, settings.api)
            async with asyncio.TaskGroup() as group:
                work = [
                    group.create_task(
                        _keep_link(storage, settings, presence, clock=clock), name="link"
                    ),
                    group.create_task(
                        feed_watchdog(lambda: _beat(storage, clock)), name="watchdog"
                    ),
                ]
                notify("READY=1")
                log.info("hub_started", port=port, software=software)
                if on_ready is not None:
                    on_ready(port)
                await stop.wait()
                notify("STOPPING=1")
                for task in work:
                    task.cancel()
        finally:
            await runner.cleanup()
    log.info("hub_stopped")


def make_tokens(settings: Settings) -> Tokens:
    """The tokens of the hub's doors."""
    return Tokens(Path(settings.state_dir) / "tokens.json", scopes=SCOPES)


async def _listen(runner: web.AppRunner, settings: ApiSettings) -> int:
    site = web.TCPSite(runner, settings.host, settings.port)
    try:
        await site.start()
    except OSError as exc:
        detail = f"cannot listen on {settings.host}:{settings.port}: {exc.strerror}"
        raise OutsideError("port_taken", detail) from exc
    port: int = runner.addresses[0][1]
    return port


async def _keep_link(
    storage: Storage, settings: Settings, presence: Presence, *, clock: Clock
) -> None:
    """Run the link, and start it over with fresh cursors whenever the database was replaced."""
    link_settings = LinkSettings(
        host=settings.broker.host,
        port=settings.broker.port,
        ca_file=settings.broker_ca_file,
        username=settings.broker.username,
        password_file=settings.broker_password_file,
    )
    while True:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_watch(storage, presence, clock=clock), name="watch")
                if settings.broker.enabled:
                    group.create_task(
                        run_link(storage, link_settings, clock, on_state=presence.on_link),
                        name="line",
                    )
        except* StorageError as errors:
            if any(error.code != "storage_replaced" for error in _leaves(errors)):
                raise
            log.warning("link_restarted", reason="storage_replaced")


async def _watch(storage: Storage, presence: Presence, *, clock: Clock) -> None:
    """Notice a lost database although nobody sends, and write down who was heard."""
    while True:
        for _ in range(PRESENCE_EVERY_N):
            await asyncio.sleep(WATCH_EVERY_S)
            await storage.check()
        seen = presence.take_unsaved()
        try:
            if seen:
                await storage.save_presence(seen, now_ms=clock.now_ms())
        except StorageError as exc:
            if exc.code == "storage_replaced":
                raise
            # keeps: the link and the doors. A full disk is reported by the commits it stops.
            log.warning("presence_unsaved", code=exc.code, detail=exc.detail)


def _leaves(errors: BaseExceptionGroup[StorageError]) -> list[StorageError]:
    """The errors of a group, whatever groups are inside it."""
    leaves: list[StorageError] = []
    for error in errors.exceptions:
        leaves.extend(_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    return leaves


async def _beat(storage: Storage, clock: Clock) -> None:
    """Prove that this process still commits."""
    try:
        await storage.save_presence({}, now_ms=clock.now_ms())
    except StorageError as exc:
        if exc.code != "storage_replaced":
            raise
        # keeps: the daemon. The database was made again just now, which is proof enough.
