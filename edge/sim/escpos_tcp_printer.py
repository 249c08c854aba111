"""A simulated receipt printer on a TCP port: reads ESC/POS, answers, and can fail on request."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Literal, Self

from edge.sim.escpos_reader import (
    CUT,
    FENCE,
    IDENTITY,
    KICK,
    PULSE_NOW,
    STATUS,
    UNASKED,
    Done,
    PaperLine,
    PaperReader,
    show_lines,
)
from edge.sim.printed_job import Job
from edge.sim.pulse import Pulse

Paper = Literal["ok", "near_end", "out"]
JOBS_KEPT_N = 1000
# Real-time commands are obeyed even while the printer is blocked.
_AT_ONCE = re.compile(rb"\x10\x04[\x01-\x04]|\x10\x14\x01[\x00\x01][\x01-\x08]")
_IDENTITY = {65: "1.00", 66: "STORELINE", 67: "SIM-80", 68: "SIM0001", 69: ""}


class _Connection(asyncio.Protocol):
    """One client; `raw` are its bytes since the last cut."""

    def __init__(self, printer: SimPrinter) -> None:
        self._printer = printer
        self.transport: asyncio.Transport | None = None
        self.reader = PaperReader(kanji_at_start=printer.kanji_at_start)
        self.raw = bytearray()

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
        """Send bytes back to the client."""
        if self.transport is not None:
            self.transport.write(b"\xff" * len(data) if self._printer.garbled else data)


class SimPrinter:
    """Printer with drawer at (`host`, `port`). Start with `power_on`, or `async with`.

    `jobs` are the receipts that were cut off, `torn` what was on the paper when a client left or
    the power went. `kicks_n` counts drawer pulses. `changed` beats at every job, kick and client.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        width_n: int = 48,
        kanji_at_start: bool = False,
    ) -> None:
        self.host = host
        self.port = port
        self.width_n = width_n
        self.kanji_at_start = kanji_at_start
        self.jobs: list[Job] = []
        self.jobs_n = 0
        self.torn: list[tuple[PaperLine, ...]] = []
        self.kicks_n = 0
        self.received_bytes = 0
        self.unknown: list[str] = []
        self.changed = Pulse()
        self.frozen = False
        self.garbled = False
        self._paper: Paper = "ok"
        self._cover_open = False
        self._lines_left_n: int | None = None
        self._reset_after_bytes: int | None = None
        self._server: asyncio.Server | None = None
        self._clients: list[_Connection] = []

    async def __aenter__(self) -> Self:
        await self.power_on()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.power_off()

    @property
    def clients_n(self) -> int:
        """How many connections are open."""
        return len(self._clients)

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
        for client in tuple(self._clients):
            self.drop(client)

    def set_paper(self, paper: Paper) -> None:
        """Put paper in, or take it out. While it is out, jobs wait inside the printer."""
        self._paper = paper
        self._lines_left_n = None
        self._go_on()

    def run_out_after(self, lines_n: int) -> None:
        """Let the paper end after so many more lines."""
        self._lines_left_n = lines_n

    def set_cover_open(self, is_open: bool) -> None:  # noqa: FBT001 - a lid has two positions
        """Open or close the lid. While it is open, jobs wait inside the printer."""
        self._cover_open = is_open
        self._go_on()

    def reset_after(self, size_bytes: int) -> None:
        """Reset the connection once so many more bytes have come, as a bad switch does."""
        self._reset_after_bytes = self.received_bytes + size_bytes

    async def plug(self) -> None:
        """Put the power cable in."""
        await self.power_on()

    async def unplug(self) -> None:
        """Pull the power cable out."""
        await self.power_off()

    def table(self) -> dict[str, str | int]:
        """Give the settings of the driver that talks to it."""
        return {
            "kind": "escpos_tcp_printer",
            "host": self.host,
            "port": self.port,
            "width_n": self.width_n,
            "profile": "chinese" if self.kanji_at_start else "western",
        }

    async def garble(self) -> None:
        """Answer every question from now on with rubbish."""
        self.garbled = True

    async def wait_jobs(self, jobs_n: int) -> None:
        """Wait until so many jobs have come out in all; callers set the time limit."""
        await self.changed.until(lambda: self.jobs_n >= jobs_n)

    def on_connected(self, client: _Connection) -> None:
        """Take a new client."""
        self._clients.append(client)
        self.changed.beat()

    def on_lost(self, client: _Connection) -> None:
        """Forget a client that hung up."""
        if client in self._clients:
            self._clients.remove(client)
            self._tear(client)
            self.changed.beat()

    def drop(self, client: _Connection) -> None:
        """Reset a client's connection."""
        self.on_lost(client)
        if client.transport is not None:
            client.transport.abort()

    def on_data(self, client: _Connection, data: bytes) -> None:
        """Handle bytes of a client, or keep them while the printer is blocked."""
        self.received_bytes += len(data)
        if self._reset_after_bytes is not None and self.received_bytes >= self._reset_after_bytes:
            spare_n = self.received_bytes - self._reset_after_bytes
            self._reset_after_bytes = None
            self._run(client, data[: len(data) - spare_n])
            self.drop(client)
        elif not self.frozen:
            self._run(client, data)

    def _run(self, client: _Connection, data: bytes) -> None:
        client.raw += _AT_ONCE.sub(b"", data)
        if self._is_blocked():
            self._hold(client, data)
        else:
            self._read(client, data)

    def _hold(self, client: _Connection, data: bytes) -> None:
        for command in _AT_ONCE.findall(data):
            self._do_at_once(client, command)
        client.reader.feed(_AT_ONCE.sub(b"", data), stop_after_lines_n=0)

    def _read(self, client: _Connection, data: bytes) -> None:
        before_n = client.reader.lines_n
        stop_n = None if self._lines_left_n is None else before_n + self._lines_left_n
        for done in client.reader.feed(data, stop_after_lines_n=stop_n):
            self._on_done(client, done)
        self.unknown += client.reader.unknown
        client.reader.unknown.clear()
        if self._lines_left_n is not None:
            self._lines_left_n -= client.reader.lines_n - before_n
            if self._lines_left_n <= 0:
                self._paper, self._lines_left_n = "out", None
                self._hold(client, client.reader.take_held())

    def _on_done(self, client: _Connection, done: Done) -> None:
        if done.what == CUT:
            self._cut(client)
        elif done.what in (KICK, PULSE_NOW):
            self._kick()
        elif done.what == FENCE:
            client.reply(bytes(({"ok": 0, "near_end": 0x03, "out": 0x0F}[self._paper],)))
        elif done.what == STATUS:
            client.reply(bytes((self._status_byte(done.value),)))
        elif done.what == UNASKED and done.value:
            client.reply(self._unasked())
        elif done.what == IDENTITY:
            client.reply(b"_" + _IDENTITY.get(done.value, "").encode() + b"\0")

    def _do_at_once(self, client: _Connection, command: bytes) -> None:
        if command[1] == 0x04:
            client.reply(bytes((self._status_byte(command[2]),)))
        else:
            self._kick()

    def _cut(self, client: _Connection) -> None:
        lines = client.reader.tear_off()
        text = tuple(show_lines(lines, width_n=self.width_n))
        self.jobs.append(Job(bytes(client.raw), tuple(lines), text))
        del self.jobs[:-JOBS_KEPT_N]
        client.raw.clear()
        self.jobs_n += 1
        self.changed.beat()

    def _tear(self, client: _Connection) -> None:
        lines = client.reader.tear_off()
        if any(line.text for line in lines):
            self.torn.append(tuple(lines))

    def _kick(self) -> None:
        self.kicks_n += 1
        self.changed.beat()

    def _go_on(self) -> None:
        if not self._is_blocked():
            for client in tuple(self._clients):
                self._read(client, b"")
        self.changed.beat()

    def _is_blocked(self) -> bool:
        return self._paper == "out" or self._cover_open

    def _status_byte(self, question: int) -> int:
        blocked = self._is_blocked()
        if question == 1:
            return 0x12 | (0x08 if blocked else 0)
        if question == 2:
            return 0x12 | (0x04 if self._cover_open else 0) | (0x20 if self._paper == "out" else 0)
        if question == 4:
            return 0x12 | {"ok": 0, "near_end": 0x0C, "out": 0x6C}[self._paper]
        return 0x12

    def _unasked(self) -> bytes:
        first = 0x10 | (0x08 if self._is_blocked() else 0) | (0x20 if self._cover_open else 0)
        return bytes((first, 0, {"ok": 0, "near_end": 0x03, "out": 0x0F}[self._paper], 0))


def make_sim(folder: Path) -> SimPrinter:
    """Make one on a free port; the folder is for simulators that need a name in it."""
    del folder
    return SimPrinter()
