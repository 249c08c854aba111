"""What every simulated label printer does: takes labels on a TCP port, prints, fails on request."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Literal, Protocol, Self

from edge.sim.printed_label import PrintedLabel
from edge.sim.pulse import Pulse

STATUS, CANCEL = "status", "cancel"
LABELS_KEPT_N = 1000


class Reader(Protocol):
    """Reads a printer's language."""

    unknown: list[str]

    @property
    def is_open(self) -> bool:
        """Whether a label has begun and not ended."""

    def feed(self, data: bytes) -> list[PrintedLabel | str]:
        """Take bytes; labels, STATUS and CANCEL in the order they came."""

    def forget(self) -> None:
        """Drop a label that has begun."""


class _Connection(asyncio.Protocol):
    def __init__(self, printer: SimLabelPrinting) -> None:
        self._printer = printer
        self.transport: asyncio.Transport | None = None
        self.reader = printer.make_reader()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._printer.on_connected(self)

    def data_received(self, data: bytes) -> None:
        self._printer.on_data(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._printer.on_lost(self)

    def reply(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(b"\xff" * len(data) if self._printer.garbled else data)


class SimLabelPrinting:
    """Label printer at (`host`, `port`). Start with `power_on`, or `async with`.

    `labels` came out; `waiting` are in the printer, `dropped_n` were cancelled or lost with the
    power. `busy_answers_n` is how many answers after a label still say that it prints. With
    `mute_in_trouble` it answers no question while it cannot print, as some printers do.
    """

    kind = ""

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, *, dpi: Literal[203, 300] = 203
    ) -> None:
        self.host = host
        self.port = port
        self.dpi = dpi
        self.labels: list[PrintedLabel] = []
        self.labels_n = 0
        self.waiting: deque[PrintedLabel] = deque()
        self.dropped_n = 0
        self.received_bytes = 0
        self.unknown: list[str] = []
        self.changed = Pulse()
        self.frozen = False
        self.garbled = False
        self.mute_in_trouble = False
        self.busy_answers_n = 0
        self.has_labels = True
        self.has_ribbon = True
        self.head_open = False
        self.paused = False
        self._busy_left_n = 0
        self._labels_left_n: int | None = None
        self._reset_after_bytes: int | None = None
        self._server: asyncio.Server | None = None
        self._clients: list[_Connection] = []

    async def __aenter__(self) -> Self:
        await self.power_on()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.power_off()

    def make_reader(self) -> Reader:
        """Make a reader of its language; each connection has its own."""
        raise NotImplementedError

    def encode_status(self, *, busy: bool, is_open: bool) -> bytes:
        """Say how it is, in its language."""
        raise NotImplementedError

    @property
    def clients_n(self) -> int:
        """How many connections are open."""
        return len(self._clients)

    @property
    def is_blocked(self) -> bool:
        """Whether something keeps it from printing."""
        return not (self.has_labels and self.has_ribbon) or self.head_open or self.paused

    async def power_on(self) -> None:
        """Listen; the port stays the same over power cycles."""
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(
                lambda: _Connection(self), self.host, self.port, reuse_address=True
            )
            self.port = self._server.sockets[0].getsockname()[1]

    async def power_off(self) -> None:
        """Stop listening, drop every connection and forget what was not printed."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._drop_waiting()
        for client in tuple(self._clients):
            self.drop(client)

    async def plug(self) -> None:
        """Put the power cable in."""
        await self.power_on()

    async def unplug(self) -> None:
        """Pull the power cable out."""
        await self.power_off()

    def table(self) -> dict[str, str | int]:
        """Give the settings of the driver that talks to it."""
        return {"kind": self.kind, "host": self.host, "port": self.port, "dpi": self.dpi}

    async def garble(self) -> None:
        """Answer every question from now on with rubbish."""
        self.garbled = True

    def set_labels(self, is_in: bool) -> None:  # noqa: FBT001 - a roll is in or out
        """Put a roll in, or take it out. While it is out, labels wait inside the printer."""
        self.has_labels = is_in
        self._labels_left_n = None
        self._go_on()

    def run_out_after(self, labels_n: int) -> None:
        """Let the roll end after so many more labels."""
        self._labels_left_n = labels_n

    def set_head_open(self, is_open: bool) -> None:  # noqa: FBT001 - a head is up or down
        """Lift the head, or close it."""
        self.head_open = is_open
        self._go_on()

    def reset_after(self, size_bytes: int) -> None:
        """Reset the connection once so many more bytes have come, as a bad switch does."""
        self._reset_after_bytes = self.received_bytes + size_bytes

    async def wait_labels(self, labels_n: int) -> None:
        """Wait until so many labels have come out in all; callers set the time limit."""
        await self.changed.until(lambda: self.labels_n >= labels_n)

    def on_connected(self, client: _Connection) -> None:
        """Take a new client."""
        self._clients.append(client)
        self.changed.beat()

    def on_lost(self, client: _Connection) -> None:
        """Forget a client that hung up, and the label it was in the middle of."""
        if client in self._clients:
            self._clients.remove(client)
            client.reader.forget()
            self.changed.beat()

    def drop(self, client: _Connection) -> None:
        """Reset a client's connection."""
        self.on_lost(client)
        if client.transport is not None:
            client.transport.abort()

    def on_data(self, client: _Connection, data: bytes) -> None:
        """Handle bytes of a client."""
        self.received_bytes += len(data)
        if self._reset_after_bytes is not None and self.received_bytes >= self._reset_after_bytes:
            spare_n = self.received_bytes - self._reset_after_bytes
            self._reset_after_bytes = None
            self._run(client, data[: len(data) - spare_n])
            self.drop(client)
        elif not self.frozen:
            self._run(client, data)

    def _run(self, client: _Connection, data: bytes) -> None:
        for found in client.reader.feed(data):
            if isinstance(found, PrintedLabel):
                self.waiting.append(found)
                self._go_on()
            elif found == CANCEL:
                self._drop_waiting()
            elif not (self.mute_in_trouble and self.is_blocked):
                busy = self._busy_left_n > 0 or bool(self.waiting)
                self._busy_left_n = max(0, self._busy_left_n - 1)
                client.reply(self.encode_status(busy=busy, is_open=client.reader.is_open))
        self.unknown += client.reader.unknown
        client.reader.unknown.clear()

    def _drop_waiting(self) -> None:
        self.dropped_n += len(self.waiting)
        self.waiting.clear()
        self.changed.beat()

    def _go_on(self) -> None:
        while self.waiting and not self.is_blocked:
            if self._labels_left_n == 0:
                self.has_labels, self._labels_left_n = False, None
                break
            if self._labels_left_n is not None:
                self._labels_left_n -= 1
            self.labels.append(self.waiting.popleft())
            del self.labels[:-LABELS_KEPT_N]
            self.labels_n += 1
            self._busy_left_n = self.busy_answers_n
        self.changed.beat()
