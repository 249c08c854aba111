"""One TCP connection to a printer: sending, losing, and failing every open question when lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from msgspec import Struct

from cext.errors import DeviceGone, OutsideError
from cext.kit.clock import Clock
from edge.devices.tap import Tap


class Site(Struct, frozen=True):
    """Whose connection it is, and who listens to it."""

    device: str
    where: str
    clock: Clock
    tap: Tap


class TcpWire(asyncio.Protocol):
    """What printers on TCP share; a language sorts the bytes and says what questions are open.

    `lost` is done once the connection has ended, with what ended it.
    """

    def __init__(self, site: Site) -> None:
        self._device = site.device
        self._where = site.where
        self._clock = site.clock
        self._tap = site.tap
        self._transport: asyncio.Transport | None = None
        self.lost: asyncio.Future[OutsideError] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(self._gone(str(exc) if exc else "the printer hung up"))

    def data_received(self, data: bytes) -> None:
        self._tap.took(data, self._clock.mono_ns())
        self.take(data)

    def take(self, data: bytes) -> None:
        """Bytes of the printer came."""
        raise NotImplementedError

    def send(self, data: bytes) -> None:
        """Send `data`; raises what ended the connection, mostly DeviceGone."""
        self.check()
        assert self._transport is not None
        self._transport.write(data)
        self._tap.sent(data)

    def check(self) -> None:
        """Raise what ended the connection, if it has ended."""
        if self.lost.done():
            raise self.lost.result()

    def abort(self, error: OutsideError | None = None) -> None:
        """Drop the connection at once, so that no late answer is ever taken for a fresh one."""
        self._lose(error or self._gone("the connection was closed"))
        if self._transport is not None:
            self._transport.abort()

    def open_answers(self) -> Iterable[asyncio.Future[Any]]:
        """The questions that wait for an answer."""
        raise NotImplementedError

    def _gone(self, why: str) -> DeviceGone:
        return DeviceGone("device_gone", f"{self._where}: {why}", device=self._device)

    def _lose(self, error: OutsideError) -> None:
        if self.lost.done():
            return
        self.lost.set_result(error)
        for answer in self.open_answers():
            if not answer.done():
                answer.set_exception(error)
                answer.exception()  # seen: a question nobody waits for any more is no news


W = TypeVar("W", bound=TcpWire)


async def connect(make_wire: Callable[[Site], W], site: Site, *, wait_ms: int) -> W:
    """Connect the wire of `site`, whose `where` is host:port; raises DeviceGone."""
    host, _, port = site.where.rpartition(":")
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(wait_ms / 1000):
            _, wire = await loop.create_connection(lambda: make_wire(site), host, int(port))
    except TimeoutError as exc:
        raise DeviceGone("device_gone", f"{site.where}: no connection", device=site.device) from exc
    except OSError as exc:
        raise DeviceGone(
            "device_gone", f"{site.where}: {exc.strerror}", device=site.device
        ) from exc
    return wire
