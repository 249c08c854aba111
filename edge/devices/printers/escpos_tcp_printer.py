"""Receipt printer that speaks ESC/POS on a TCP port, with the cash drawer plugged into it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Annotated, Any, ClassVar, TypeVar

import structlog
from msgspec import Meta

from cext.errors import DeviceGarbled, DeviceGone, DeviceSlow, OutsideError, Refused
from cext.kit.clock import Clock
from edge.devices.ports import PrinterStatus, Report, Roll
from edge.devices.printers.escpos_settings import EscposSettings
from edge.devices.printers.escpos_status import (
    ASK_STATUS,
    FENCE,
    STATUS_ANSWERS_N,
    FenceByte,
    Replies,
    StatusByte,
    decode_status,
)
from edge.devices.printers.tcp_wire import Site, TcpWire, connect
from edge.devices.tap import UNTAPPED, Tap

log = structlog.get_logger(__name__)

T = TypeVar("T")

JOB_MAX_BYTES = 1 << 20
STRAYS_MAX_N = 64
ASK_WHILE_PRINTING_S = 0.5
TROUBLED_POLL_S = 1.0


class Settings(EscposSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of an `escpos_tcp_printer`; the table in README.md says what each is for."""

    KIND: ClassVar[str] = "escpos_tcp_printer"

    host: Annotated[str, Meta(min_length=1)]
    port: Annotated[int, Meta(ge=1, le=65_535)] = 9100


class _Wire(TcpWire):
    """One connection: matches answers to questions; every question fails when it is lost."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._replies = Replies()
        self._statuses: deque[tuple[bytearray, asyncio.Future[bytes]]] = deque()
        self._fences: deque[asyncio.Future[FenceByte]] = deque()
        self._strays_n = 0

    def take(self, data: bytes) -> None:
        for reply in self._replies.feed(data, fences_open_n=len(self._fences)):
            if isinstance(reply, StatusByte) and self._statuses:
                held, answer = self._statuses[0]
                held.append(reply.value)
                if len(held) == STATUS_ANSWERS_N:
                    self._strays_n = 0
                    self._statuses.popleft()
                    _settle(answer, bytes(held))
            elif isinstance(reply, FenceByte):
                _settle(self._fences.popleft(), reply)
            else:
                self._strays_n += 1
        if self._strays_n > STRAYS_MAX_N:
            self.abort(self.garbled_error())

    def ask_status(self) -> asyncio.Future[bytes]:
        """Send the four status questions."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.send(ASK_STATUS)
        self._statuses.append((bytearray(), answer))
        return answer

    def send_fenced(self, data: bytes) -> asyncio.Future[FenceByte]:
        """Send `data` and a question that is answered after all of it has been handled."""
        answer: asyncio.Future[FenceByte] = asyncio.get_running_loop().create_future()
        self.send(data + FENCE)
        self._fences.append(answer)
        return answer

    def slow_error(self) -> DeviceSlow | DeviceGarbled:
        """What a missing answer means: silence, or an answer nobody understands."""
        if self._strays_n:
            return self.garbled_error()
        return DeviceSlow("device_slow", "The printer does not answer.", device=self._device)

    def garbled_error(self) -> DeviceGarbled:
        """What to raise for bytes that are no answers."""
        detail = f"{self._where}: it sends bytes that are no ESC/POS answers"
        return DeviceGarbled("device_garbled", detail, device=self._device)

    def open_answers(self) -> Iterable[asyncio.Future[Any]]:
        return (*(answer for _, answer in self._statuses), *self._fences)


class EscposPrinter:
    """Printer and drawer on one connection.

    A job is confirmed by the answer to a `GS r` that follows its last byte. Whatever stops the
    job before that, the connection is dropped and nothing is claimed; printing again is the
    caller's decision.
    """

    def __init__(self, settings: Settings, wire: _Wire, *, device: str) -> None:
        self._settings = settings
        self._wire = wire
        self._device = device
        self._turn = asyncio.Lock()  # one job at a time is all the paper can carry

    @property
    def roll(self) -> Roll:
        return self._settings.roll

    async def watch(self, report: Report) -> None:
        while True:
            code, sentence = "", ""
            if not self._turn.locked():
                code, sentence = (await self.status()).problem()
                report(sentence, code)
            poll_s = TROUBLED_POLL_S if code else self._settings.poll_ms / 1000
            await asyncio.wait((self._wire.lost,), timeout=poll_s)
            self._wire.check()

    async def status(self) -> PrinterStatus:
        answer = self._wire.ask_status()
        try:
            async with asyncio.timeout(self._settings.answer_wait_ms / 1000):
                return decode_status(await answer)
        except TimeoutError as exc:
            error = self._wire.slow_error()
            self._wire.abort(error)
            raise error from exc

    async def print(self, job: bytes) -> None:
        if len(job) > JOB_MAX_BYTES:
            raise Refused(
                "job_too_large",
                f"{len(job)} bytes are more than a printer takes ({JOB_MAX_BYTES}).",
                device=self._device,
            )
        async with self._turn:
            self._raise_problem(await self.status())
            await self._send_and_wait(job, self._settings.job_wait_ms)
        log.debug("job_printed", device=self._device, size_bytes=len(job))

    async def kick(self) -> None:
        """Open the drawer, also while the printer cannot print; raises DeviceGone, DeviceSlow."""
        async with self._turn:
            status = await self.status()
            if status.problem()[0]:
                self._wire.send(self._pulse_now())
                await self.status()  # answered behind it: the pulse has left
            else:
                await self._send_and_wait(self._pulse(), self._settings.answer_wait_ms)
        log.info("drawer_kicked", device=self._device)

    def _pulse(self) -> bytes:
        on_2ms = max(1, self._settings.drawer_pulse_ms // 2)
        return bytes((0x1B, 0x70, 0 if self._settings.drawer_pin == 2 else 1, on_2ms, 250))

    def _pulse_now(self) -> bytes:
        on_100ms = min(8, max(1, round(self._settings.drawer_pulse_ms / 100)))
        return bytes((0x10, 0x14, 1, 0 if self._settings.drawer_pin == 2 else 1, on_100ms))

    async def _send_and_wait(self, data: bytes, wait_ms: int) -> None:
        """Send and wait for the fence; otherwise drop the connection, with the reason."""
        error: OutsideError | None = None
        done = False
        try:
            async with asyncio.timeout(wait_ms / 1000):
                await self._wait_fence(self._wire.send_fenced(data))
            done = True
        except TimeoutError as exc:
            detail = f"The printer did not finish within {wait_ms} ms."
            error = DeviceSlow("job_slow", detail, device=self._device)
            raise error from exc
        except OutsideError as exc:
            error = exc
            raise
        finally:
            if not done:
                self._wire.abort(error)

    async def _wait_fence(self, fence: asyncio.Future[FenceByte]) -> None:
        asking: asyncio.Future[bytes] | None = None
        while not fence.done():
            await asyncio.wait((fence,), timeout=ASK_WHILE_PRINTING_S)
            # A printer that is busy may leave status questions open: one at a time is enough.
            if asking is not None and asking.done() and not fence.done():
                self._raise_problem(decode_status(asking.result()))
                asking = None
            if asking is None and not fence.done():
                asking = self._wire.ask_status()
        if not fence.result().has_paper():
            raise DeviceGone("paper_out", "The printer ran out of paper.", device=self._device)

    def _raise_problem(self, status: PrinterStatus) -> None:
        code, sentence = status.problem()
        if code:
            raise DeviceGone(code, sentence, device=self._device)


def _settle(future: asyncio.Future[T], value: T) -> None:
    if not future.done():
        future.set_result(value)


@asynccontextmanager
async def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AsyncIterator[EscposPrinter]:
    """Connect and ask for the status once; raises DeviceGone, DeviceSlow."""
    site = Site(device, f"{settings.host}:{settings.port}", clock, tap)
    wire = await connect(_Wire, site, wait_ms=settings.answer_wait_ms)
    try:
        printer = EscposPrinter(settings, wire, device=device)
        await printer.status()
        yield printer
    finally:
        wire.abort()
