"""The live socket: everything that changes in the store, told to every page as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import structlog
from aiohttp import WSCloseCode, web
from msgspec import Struct

from cext.errors import Refused
from cext.kit.http import Call
from edge.api.shapes import LinkView
from edge.devices import DeviceReport
from edge.leasing import LeasedScanNews, LeaseNews
from edge.prints import PrintNews
from edge.sales import News

log = structlog.get_logger(__name__)

WAITING_MAX_N = 1_000
LISTENERS_MAX_N = 64
HEARTBEAT_S = 30
CLOSE_WAIT_S = 0.5  # a page that has hung must not hold up the end
PROTOCOL = "storeline"


class DeviceNews(Struct, frozen=True, tag_field="type", tag="device"):
    """A device's state changed, or it said something."""

    device: DeviceReport


class LinkNews(Struct, frozen=True, tag_field="type", tag="link"):
    """The line to the hub changed."""

    link: LinkView


AnyNews = News | DeviceNews | LinkNews | LeaseNews | LeasedScanNews | PrintNews
_encode = msgspec.json.Encoder().encode


class Live:
    """Sends news to every open socket; one that cannot keep up is closed, never waited for."""

    def __init__(self) -> None:
        self._queues: dict[asyncio.Queue[str | None], web.WebSocketResponse] = {}
        self.get_state: Callable[[], Sequence[AnyNews]] = tuple

    def tell(self, news: AnyNews) -> None:
        """Queue `news` for everybody who listens; returns at once."""
        if not self._queues:
            return
        text = _encode(news).decode()
        for queue in list(self._queues):
            try:
                queue.put_nowait(text)
            except asyncio.QueueFull:
                # Missing news would leave a page wrong for ever; a new socket gets it all again.
                del self._queues[queue]
                _empty(queue)
                queue.put_nowait(None)
                log.warning("listener_dropped", waiting_n=WAITING_MAX_N)

    async def serve(self, call: Call[Any, Any]) -> web.StreamResponse:
        """One socket: the whole state first, then every change."""
        socket = web.WebSocketResponse(
            protocols=(PROTOCOL,), heartbeat=HEARTBEAT_S, max_msg_size=4096, timeout=CLOSE_WAIT_S
        )
        _check_offer(call.request)
        await socket.prepare(call.request)
        if len(self._queues) >= LISTENERS_MAX_N:
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too many listeners")
            return socket
        queue: asyncio.Queue[str | None] = asyncio.Queue(WAITING_MAX_N)
        self._queues[queue] = socket
        try:
            for news in self.get_state():
                queue.put_nowait(_encode(news).decode())
            async with asyncio.TaskGroup() as group:
                sender = group.create_task(_send(socket, queue))
                async for _ in socket:
                    pass  # pages only listen
                sender.cancel()
        finally:
            self._queues.pop(queue, None)
        return socket

    async def close(self) -> None:
        """Close every socket: the daemon stops."""
        async with asyncio.TaskGroup() as group:
            for socket in self._queues.values():
                group.create_task(
                    socket.close(code=WSCloseCode.GOING_AWAY, message=b"the store's box stops")
                )


def _check_offer(request: web.Request) -> None:
    """Refuse what aiohttp would log word for word: a token that was offered all alone."""
    offered = request.headers.get("Sec-WebSocket-Protocol", "")
    if offered and PROTOCOL not in [name.strip() for name in offered.split(",")]:
        raise Refused("subprotocol_missing", f"offer the subprotocol {PROTOCOL!r} too")
    if request.headers.get("Upgrade", "").lower() != "websocket":
        raise Refused("upgrade_missing", "this door speaks WebSocket only: ask for the upgrade")


async def _send(socket: web.WebSocketResponse, queue: asyncio.Queue[str | None]) -> None:
    while not socket.closed:
        text = await queue.get()
        if text is None:
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow")
            return
        try:
            await socket.send_str(text)
        except ConnectionError:
            return  # the page went away; the reader ends the socket


def _empty(queue: asyncio.Queue[str | None]) -> None:
    while not queue.empty():
        queue.get_nowait()
