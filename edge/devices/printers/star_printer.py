r"""Receipt printer in Star Line Mode, with its cash drawer.

A job's end is fenced by ETB. Star's Line Mode Command Specifications, page 3-54: the printer reads
ETB from its buffer, waits until all before it is printed, and then adds one to a counter of 0 to
31 that every status tells. `ESC RS E 0` sets the counter to zero, as does `CAN`, which drops what
is not printed. Not verified on a printer: that ETB stands back behind rows of the raster mode too
(it is sent after leaving it), and that `CAN` is obeyed while the printer waits for paper.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Literal

import structlog
from msgspec import Meta

from cext.errors import DeviceGarbled, DeviceGone, OutsideError, Refused
from edge.devices.paper import Roll
from edge.devices.ports import DeviceSettings, PrinterStatus, Report
from edge.devices.printers.escpos_printer import (
    JOB_MAX_BYTES,
    TROUBLED_POLL_S,
)
from edge.devices.printers.escpos_status import DrawerLevel
from edge.devices.printers.limits import end_in_time, wait_open
from edge.devices.printers.progress import Progress
from edge.devices.printers.star_parts import split_job
from edge.devices.printers.star_status import ETB_TURN_N, StarStatus
from edge.devices.printers.star_talk import StarTalk
from edge.devices.printers.wire import Wire

log = structlog.get_logger(__name__)

ETB = b"\x17"
CANCEL = b"\x18"
LEAVE_RASTER = b"\x1b*rB"
CLEAR_COUNTER = b"\x1b\x1eE\x00"
ASK_WHILE_PRINTING_S = 0.1
DRAWER_REST_10MS = 50


class StarSettings(DeviceSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of every Star printer; the table in README.md says what each is for."""

    width_n: Literal[32, 42, 48] = 48
    answer_wait_ms: Annotated[int, Meta(ge=100, le=10_000)] = 2_000
    job_wait_ms: Annotated[int, Meta(ge=1_000, le=120_000)] = 30_000
    poll_ms: Annotated[int, Meta(ge=200, le=60_000)] = 5_000
    drawer_pin: Literal[2, 5] = 2
    drawer_pulse_ms: Annotated[int, Meta(ge=10, le=500)] = 120
    drawer_open_level: DrawerLevel = "none"

    @property
    def roll(self) -> Roll:
        """What it prints on: every line is drawn."""
        return Roll(self.width_n, "western", "raster", "star")


class StarPrinter:
    """Printer and drawer on one wire.

    A job goes out in parts, each followed by an ETB; it is confirmed when the counter has gone on
    by one behind its last part. Whatever stops it before that, the printer is told to drop what it
    holds, the wire is dropped and nothing is claimed; printing again is the caller's decision.
    """

    def __init__(self, settings: StarSettings, wire: Wire) -> None:
        self._settings = settings
        self._wire = wire
        self._device = wire.site.device
        self._talk = StarTalk(wire)
        self._turn = asyncio.Lock()  # one job at a time is all the paper can carry
        # None until it is known that no ETB of a former wire is still to be reached.
        self._etb_n: int | None = None

    @property
    def roll(self) -> Roll:
        return self._settings.roll

    async def watch(self, report: Report) -> None:
        while True:
            code = ""
            if not self._turn.locked():
                told = self._talk.take_told()
                status = self._decode(told) if told is not None else await self.status()
                code, sentence = status.problem()
                report(sentence, code)
            poll_s = TROUBLED_POLL_S if code else self._settings.poll_ms / 1000
            await asyncio.wait((self._talk.news,), timeout=poll_s)
            self._wire.check()

    async def status(self) -> PrinterStatus:
        return self._decode(await self._ask())

    async def print(self, job: bytes) -> None:
        progress = Progress(self._wire, len(job))
        if len(job) > JOB_MAX_BYTES:
            raise Refused(
                "job_too_large",
                f"{len(job)} bytes are more than a printer takes ({JOB_MAX_BYTES}).",
                device=self._device,
                **progress.facts(),
            )
        async with self._turn:
            try:
                await self._make_ready()
                await self._send_and_wait(split_job(job), self._settings.job_wait_ms, progress)
            except OutsideError as exc:
                raise progress.tell(exc) from exc
        log.debug("job_printed", device=self._device, size_bytes=len(job))

    async def kick(self) -> None:
        """Open the drawer, also while the printer cannot print."""
        async with self._turn:
            if (await self.status()).problem()[0]:
                self._wire.send(b"\x1c" if self._settings.drawer_pin == 2 else b"\x19")
                await self.status()  # answered behind it: the pulse has left
            else:
                await self._make_ready()
                progress = Progress(self._wire, 0)
                wait_ms = self._settings.answer_wait_ms
                await self._send_and_wait([self._pulse()], wait_ms, progress)
            await self._wait_open()
        log.info("drawer_kicked", device=self._device)

    async def is_open(self) -> bool | None:
        return (await self.status()).drawer_open

    async def _wait_open(self) -> None:
        """Believe the sensor, if there is one: the drawer must be open within a second."""
        if self._settings.drawer_open_level == "none":
            return
        await wait_open(
            self._wire, self.status, lambda wait_s: asyncio.wait((self._talk.news,), timeout=wait_s)
        )

    def _pulse(self) -> bytes:
        if self._settings.drawer_pin == 5:
            return b"\x1a"  # its pulse is fixed: 200 ms
        on_10ms = max(1, self._settings.drawer_pulse_ms // 10)
        return bytes((0x1B, 0x07, on_10ms, DRAWER_REST_10MS, 0x07))

    async def _ask(self) -> StarStatus:
        answer = self._talk.ask()
        await asyncio.wait((answer,), timeout=self._settings.answer_wait_ms / 1000)
        if not answer.done():
            error = self._talk.slow_error()
            self._wire.abort(error)
            raise error
        return answer.result()

    async def _make_ready(self) -> None:
        """Raise what keeps it from printing; after that the counter stands for this wire alone."""
        latest = await self._ask()
        self._raise_problem(latest)
        began_n = self._count(latest)
        if self._etb_n is not None:
            return
        # Parts of a former wire may wait before ours, each with one ETB. The counter is cleared
        # behind them and then led to where they cannot have brought it.
        steps_n = (began_n + ETB_TURN_N // 2) % ETB_TURN_N or ETB_TURN_N // 2 + 1
        async with end_in_time(self._wire, self._settings.job_wait_ms, last=CANCEL):
            self._wire.send(LEAVE_RASTER + CLEAR_COUNTER + ETB * steps_n)
            await self._wait_count(steps_n)
        self._etb_n = steps_n

    async def _send_and_wait(self, parts: list[bytes], wait_ms: int, progress: Progress) -> None:
        """Send and wait for the fences; otherwise drop the wire, with the reason."""
        progress.begin()
        async with end_in_time(self._wire, wait_ms, last=CANCEL):
            try:
                await self._send_parts(parts, progress)
            finally:
                progress.note()  # before the wire ends: afterwards nobody can tell what left

    async def _send_parts(self, parts: list[bytes], progress: Progress) -> None:
        for index, part in enumerate(parts):
            assert self._etb_n is not None
            wanted_n = (self._etb_n + 1) % ETB_TURN_N
            self._wire.send(part + ETB)
            progress.is_all_queued = index == len(parts) - 1
            progress.note()
            await self._wait_count(wanted_n, progress, only_from=self._etb_n)
            self._etb_n = wanted_n
            progress.fence(part)

    async def _wait_count(
        self, wanted_n: int, progress: Progress | None = None, *, only_from: int | None = None
    ) -> None:
        """Ask until the counter is `wanted_n`; raises what keeps the printer from getting there.

        With `only_from` any other number means that the printer was switched off and on.
        """
        self._talk.told = None  # older than what was just sent
        while True:
            latest = await self._next_status()
            if progress is not None:
                progress.note()
            etb_n = self._count(latest)
            if etb_n == wanted_n:
                return
            self._raise_problem(latest)
            if only_from is not None and etb_n != only_from:
                detail = "The printer was switched off and on while it printed."
                raise DeviceGone("printer_restarted", detail, device=self._device)
            await asyncio.wait((self._talk.news,), timeout=ASK_WHILE_PRINTING_S)

    async def _next_status(self) -> StarStatus:
        """Wait for a status, asked for or told; the caller sets the time limit."""
        while True:
            told = self._talk.take_told()
            if told is not None:
                return told
            self._wire.check()
            waiting: list[asyncio.Future[StarStatus] | asyncio.Future[None]] = [self._talk.news]
            # Behind bytes that wait for the cable a question would only be late.
            answer = None if self._wire.waiting_n else self._talk.ask()
            if answer is not None:
                waiting.append(answer)
            await asyncio.wait(
                waiting, timeout=ASK_WHILE_PRINTING_S, return_when=asyncio.FIRST_COMPLETED
            )
            if answer is not None and answer.done():
                return answer.result()

    def _count(self, status: StarStatus) -> int:
        etb_n = status.etb_n
        if etb_n is None:
            detail = (
                f"{self._wire.site.where}: its status has no counter of ETB, so nothing could be "
                "confirmed: set it to ESC/POS emulation and use escpos_tcp_printer"
            )
            raise DeviceGarbled("device_garbled", detail, device=self._device)
        return etb_n

    def _decode(self, status: StarStatus) -> PrinterStatus:
        return status.decode(drawer_open_level=self._settings.drawer_open_level)

    def _raise_problem(self, status: StarStatus) -> None:
        code, sentence = self._decode(status).problem()
        if code:
            raise DeviceGone(code, sentence, device=self._device)


@asynccontextmanager
async def run_printer(settings: StarSettings, wire: Wire) -> AsyncIterator[StarPrinter]:
    """Drive the printer on `wire`, which is closed at the end; raises DeviceGone, DeviceSlow."""
    try:
        await wire.drop_leftovers()
        printer = StarPrinter(settings, wire)
        await printer.status()
        yield printer
    finally:
        await wire.close()
