"""A printer's wire over TCP: port 9100, or a serial server."""

from __future__ import annotations

import asyncio
from typing import Annotated

from msgspec import Meta

from cext.errors import DeviceGone
from edge.devices.printers.wire import Site, Wire

Host = Annotated[str, Meta(min_length=1)]
TcpPort = Annotated[int, Meta(ge=1, le=65_535)]


class TcpWire(Wire, asyncio.Protocol):
    """One connection."""

    forgets = True

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._transport: asyncio.Transport | None = None

    @property
    def waiting_n(self) -> int:
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=0)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(self.gone_error(str(exc) if exc else "the printer hung up"))

    def data_received(self, data: bytes) -> None:
        self._heard(data)

    def pause_writing(self) -> None:
        self._empty.clear()

    def resume_writing(self) -> None:
        self._empty.set()

    def _put(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)
        self.site.tap.sent(data)

    def _drop(self, last: bytes) -> None:
        if self._transport is not None:
            if last and not self.waiting_n and not self._transport.is_closing():
                self._transport.write(last)
                self.site.tap.sent(last)
            self._transport.abort()


async def connect(site: Site, host: str, port: int, *, wait_ms: int) -> TcpWire:
    """Connect the wire of `site` within `wait_ms`; raises DeviceGone."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(wait_ms / 1000):
            _, wire = await loop.create_connection(lambda: TcpWire(site), host, port)
    except TimeoutError as exc:
        detail = f"{site.where}: no connection"
        raise DeviceGone("device_gone", detail, device=site.device) from exc
    except OSError as exc:
        detail = f"{site.where}: {exc.strerror}"
        raise DeviceGone("device_gone", detail, device=site.device) from exc
    return wire
