"""The device's end of a TCP connection: listens, answers, and hangs up on request."""

from __future__ import annotations

import asyncio
from typing import Any, Self

from edge.sim.pulse import Pulse


class Caller:
    """One who talks to a simulated device over some cable; `reader` reads its bytes.

    `raw` are its bytes since the last cut, `asb` which changes it wants to be told.
    """

    def __init__(self, reader: Any) -> None:
        self.reader = reader
        self.raw = bytearray()
        self.asb = 0

    def reply(self, data: bytes) -> None:
        """Send bytes back."""
        raise NotImplementedError

    def hang_up(self) -> None:
        """End the connection, if there is one."""
        raise NotImplementedError


class _Connection(Caller, asyncio.Protocol):
    def __init__(self, port: TcpPort) -> None:
        super().__init__(port.make_reader())
        self._port = port
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._port.callers.append(self)
        self._port.changed.beat()

    def data_received(self, data: bytes) -> None:
        self._port.hear(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._port.lose(self)

    def reply(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def hang_up(self) -> None:
        self._port.lose(self)
        if self._transport is not None:
            self._transport.abort()


class TcpPort:
    """A device at (`host`, `port`). Start with `power_on`, or `async with`.

    A device overrides `make_reader`, `run` and `forget`. `changed` beats at every caller.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port
        self.changed = Pulse()
        self.callers: list[Caller] = []
        self.received_bytes = 0
        self.frozen = False
        self.garbled = False
        self._reset_after_bytes: int | None = None
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self.power_on()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.power_off()

    def make_reader(self) -> Any:
        """Make what reads the bytes of one caller."""
        raise NotImplementedError

    def run(self, caller: Caller, data: bytes) -> None:
        """Handle bytes of a caller."""
        raise NotImplementedError

    def forget(self, caller: Caller) -> None:
        """Forget a caller that hung up, and what it was in the middle of."""
        raise NotImplementedError

    @property
    def clients_n(self) -> int:
        """How many connections are open."""
        return len(self.callers)

    async def power_on(self) -> None:
        """Listen; the port stays the same over power cycles."""
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(
                lambda: _Connection(self), self.host, self.port, reuse_address=True
            )
            self.port = self._server.sockets[0].getsockname()[1]

    async def power_off(self) -> None:
        """Stop listening and drop every connection in the middle of whatever it does."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for caller in tuple(self.callers):
            caller.hang_up()

    async def plug(self) -> None:
        """Put the power cable in."""
        await self.power_on()

    async def unplug(self) -> None:
        """Pull the power cable out."""
        await self.power_off()

    async def garble(self) -> None:
        """Answer every question from now on with rubbish."""
        self.garbled = True

    def reset_after(self, size_bytes: int) -> None:
        """Reset the connection once so many more bytes have come, as a bad switch does."""
        self._reset_after_bytes = self.received_bytes + size_bytes

    def answer(self, caller: Caller, data: bytes) -> None:
        """Send an answer, or rubbish of its length."""
        caller.reply(b"\xff" * len(data) if self.garbled else data)

    def hear(self, caller: Caller, data: bytes) -> None:
        """Bytes of a caller came."""
        self.received_bytes += len(data)
        if self._reset_after_bytes is not None and self.received_bytes >= self._reset_after_bytes:
            spare_n = self.received_bytes - self._reset_after_bytes
            self._reset_after_bytes = None
            self.run(caller, data[: len(data) - spare_n])
            caller.hang_up()
        elif not self.frozen:
            self.run(caller, data)

    def lose(self, caller: Caller) -> None:
        """A caller has gone."""
        if caller in self.callers:
            self.callers.remove(caller)
            self.forget(caller)
            self.changed.beat()
