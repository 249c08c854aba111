"""Receipt printer that speaks ESC/POS, with its cash drawer, on any wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from cext.errors import DeviceGone, DeviceSlow, OutsideError, Refused
from edge.devices.ports import SILENT_STATUS, PrinterStatus, Report, Roll
from edge.devices.printers.escpos_parts import INITIALIZE, split_job
from edge.devices.printers.escpos_settings import EscposSettings
from edge.devices.printers.escpos_status import (
    CLEAR,
    UNASKED_ON,
    FenceByte,
    decode_status,
    decode_unasked,
)
from edge.devices.printers.escpos_talk import PrinterIdentity, Talk
from edge.devices.printers.limits import end_in_time, wait_open
from edge.devices.printers.progress import Progress
from edge.devices.printers.wire import Wire

log = structlog.get_logger(__name__)

JOB_MAX_BYTES = 1 << 20
ASK_WHILE_PRINTING_S = 0.5
TROUBLED_POLL_S = 1.0
QUIET_S = 1.0


class EscposPrinter:
    """Printer and drawer on one wire.

    A job goes out in parts, each followed by a `GS r`; it is confirmed by the answer behind its
    last byte. Whatever stops it before that, the printer is told to forget what it holds, the wire
    is dropped and nothing is claimed; printing again is the caller's decision. A printer that does
    not answer (`answers = false`) confirms nothing: a job is done when the cable took it.
    """

    def __init__(self, settings: EscposSettings, wire: Wire) -> None:
        self._settings = settings
        self._wire = wire
        self._device = wire.site.device
        self._talk = Talk(wire, asb=settings.asb)
        self._turn = asyncio.Lock()  # one job at a time is all the paper can carry
        # On a plug a question of a former opening may still be answered, and must confirm nothing.
        self._is_swept = wire.forgets

    @property
    def roll(self) -> Roll:
        return self._settings.roll

    @property
    def answers(self) -> bool:
        """Whether it can be asked anything; if not, its jobs are only known to be handed over."""
        return self._settings.answers

    @property
    def identity(self) -> PrinterIdentity:
        """Who it said it is, so far."""
        return PrinterIdentity(**self._talk.named)

    async def start(self) -> None:
        """Ask how and who it is; raises DeviceGone, DeviceSlow, DeviceGarbled."""
        if not self.answers:
            return
        await self.status()
        self._talk.ask_identity()
        self._talk.switch_on_unasked()

    async def watch(self, report: Report) -> None:
        while True:
            code = ""
            if not self._turn.locked():
                code, sentence = (await self._latest()).problem()
                report(sentence, code)
            poll_s = TROUBLED_POLL_S if code else self._settings.poll_ms / 1000
            await asyncio.wait((self._talk.news,), timeout=poll_s)
            self._wire.check()

    async def status(self) -> PrinterStatus:
        if not self.answers:
            self._wire.check()
            return SILENT_STATUS
        answer = self._talk.ask_status()
        try:
            async with asyncio.timeout(self._settings.answer_wait_ms / 1000):
                return self._decode(await answer)
        except TimeoutError as exc:
            error = self._talk.slow_error()
            self._wire.abort(error)
            raise error from exc

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
                await self._run_job(job, progress)
            except OutsideError as exc:
                raise progress.tell(exc) from exc
        log.debug("job_printed", device=self._device, size_bytes=len(job))

    async def kick(self) -> None:
        """Open the drawer, also while the printer cannot print."""
        async with self._turn:
            status = await self.status()
            if not self.answers:
                progress = Progress(self._wire, 0)
                await self._hand_over(self._pulse(), self._settings.answer_wait_ms, progress)
            elif status.problem()[0]:
                self._wire.send(self._pulse_now())
                await self.status()  # answered behind it: the pulse has left
            else:
                await self._sweep_once()
                progress = Progress(self._wire, 0)
                wait_ms = self._settings.answer_wait_ms
                await self._send_and_wait([self._pulse()], wait_ms, progress)
            await self._wait_open()
        log.info("drawer_kicked", device=self._device)

    async def is_open(self) -> bool | None:
        return (await self.status()).drawer_open

    async def _wait_open(self) -> None:
        """Believe the sensor, if there is one: the drawer must be open within a second."""
        if self._settings.drawer_open_level == "none" or not self.answers:
            return
        await wait_open(
            self._wire, self.status, lambda wait_s: asyncio.wait((self._talk.news,), timeout=wait_s)
        )

    def _pulse(self) -> bytes:
        on_2ms = max(1, self._settings.drawer_pulse_ms // 2)
        return bytes((0x1B, 0x70, 0 if self._settings.drawer_pin == 2 else 1, on_2ms, 250))

    def _pulse_now(self) -> bytes:
        on_100ms = min(8, max(1, round(self._settings.drawer_pulse_ms / 100)))
        return bytes((0x10, 0x14, 1, 0 if self._settings.drawer_pin == 2 else 1, on_100ms))

    async def _make_ready(self) -> None:
        """Raise what keeps it from printing, before the first byte of a job."""
        self._raise_problem(await self.status())
        if self.answers:
            self._talk.told = None  # older than the answer just now
            await self._sweep_once()

    async def _sweep_once(self) -> None:
        if not self._is_swept:
            await self._sweep()
            self._is_swept = True

    async def _sweep(self) -> None:
        """Wait until the printer has answered all that was asked before this wire was opened."""
        wait_ms = self._settings.job_wait_ms
        try:
            async with asyncio.timeout(wait_ms / 1000):
                if self._talk.named:
                    await self._talk.ask_identity()  # told apart from any old answer
                    return
                while True:
                    await self._talk.send_fenced(b"")
                    if await self._talk.is_quiet(QUIET_S):
                        return
        except TimeoutError as exc:
            error = DeviceSlow(
                "job_slow",
                f"The printer did not finish what it held within {wait_ms} ms.",
                device=self._device,
            )
            self._wire.abort(error)
            raise error from exc

    async def _run_job(self, job: bytes, progress: Progress) -> None:
        if not self.answers:
            await self._hand_over(job, self._settings.job_wait_ms, progress)
            return
        parts = split_job(job)
        if self._settings.asb:
            parts = _keep_telling(parts)
        await self._send_and_wait(parts, self._settings.job_wait_ms, progress)

    async def _hand_over(self, data: bytes, wait_ms: int, progress: Progress) -> None:
        """Send and wait until the cable took it; otherwise drop the wire."""
        done = False
        progress.begin()
        try:
            async with asyncio.timeout(wait_ms / 1000):
                self._wire.send(data)
                progress.is_all_queued = True
                await self._wire.drain()
            self._wire.check()
            done = True
        except TimeoutError as exc:
            detail = f"The printer's cable did not take the job within {wait_ms} ms."
            raise DeviceSlow("job_slow", detail, device=self._device) from exc
        finally:
            progress.note()
            if not done:
                self._wire.abort()

    async def _send_and_wait(self, parts: list[bytes], wait_ms: int, progress: Progress) -> None:
        """Send and wait for the fences; otherwise drop the wire, with the reason."""
        progress.begin()
        async with end_in_time(self._wire, wait_ms, last=CLEAR):
            try:
                await self._send_parts(parts, progress)
            finally:
                progress.note()  # before the wire ends: afterwards nobody can tell what left

    async def _send_parts(self, parts: list[bytes], progress: Progress) -> None:
        # One part at a time: never more is under way than a printer holds without flow control,
        # and an answer that comes twice meets no other question.
        for index, part in enumerate(parts):
            fence = self._talk.send_fenced(part)
            progress.is_all_queued = index == len(parts) - 1
            progress.note()
            await self._wait_fence(fence, progress)
            progress.fence(part)

    async def _wait_fence(self, fence: asyncio.Future[FenceByte], progress: Progress) -> None:
        asking: asyncio.Future[bytes] | None = None
        while not fence.done():
            await asyncio.wait(
                (fence, self._talk.news),
                timeout=ASK_WHILE_PRINTING_S,
                return_when=asyncio.FIRST_COMPLETED,
            )
            progress.note()
            if self._talk.told is not None and not fence.done():
                self._raise_problem(self._take_told())
            # A printer that is busy may leave status questions open: one at a time is enough.
            if asking is not None and asking.done() and not fence.done():
                self._raise_problem(self._decode(asking.result()))
                asking = None
            # Behind bytes that wait for the cable a question would only be late.
            if asking is None and not fence.done() and not self._wire.waiting_n:
                asking = self._talk.ask_status()
        if not fence.result().has_paper():
            raise DeviceGone("paper_out", "The printer ran out of paper.", device=self._device)

    async def _latest(self) -> PrinterStatus:
        """Give what it told by itself since the last look, else ask."""
        return await self.status() if self._talk.told is None else self._take_told()

    def _take_told(self) -> PrinterStatus:
        told, self._talk.told = self._talk.told, None
        assert told is not None
        return decode_unasked(told, drawer_open_level=self._settings.drawer_open_level)

    def _decode(self, answers: bytes) -> PrinterStatus:
        return decode_status(answers, drawer_open_level=self._settings.drawer_open_level)

    def _raise_problem(self, status: PrinterStatus) -> None:
        code, sentence = status.problem()
        if code:
            raise DeviceGone(code, sentence, device=self._device)


def _keep_telling(parts: list[bytes]) -> list[bytes]:
    """Switch the unasked status on again behind the ESC @ that a job begins with."""
    first = parts[0]
    if not first.startswith(INITIALIZE):
        return parts
    return [INITIALIZE + UNASKED_ON + first[len(INITIALIZE) :], *parts[1:]]


@asynccontextmanager
async def run_printer(settings: EscposSettings, wire: Wire) -> AsyncIterator[EscposPrinter]:
    """Drive the printer on `wire`, which is closed at the end; raises DeviceGone, DeviceSlow."""
    try:
        if settings.answers:
            await wire.drop_leftovers()
        printer = EscposPrinter(settings, wire)
        await printer.start()
        yield printer
    finally:
        await wire.close()
