"""What every label printer shares: one wire, questions, and confirmed jobs.

A printer's language is given as `Language`. Whether a status answer can overtake labels that the
printer has taken but not yet begun differs by model and is not verified; so a job is confirmed
only by two answers in a row, `ASK_EVERY_S` apart, that say idle with nothing left.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Literal, Protocol

import structlog
from msgspec import Meta, Struct

from cext.errors import DeviceGarbled, DeviceGone, DeviceSlow, OutsideError, Refused
from cext.kit.clock import Clock
from edge.devices.labels import Label, Media
from edge.devices.ports import DeviceSettings, LabelStatus, Report
from edge.devices.printers.limits import end_in_time
from edge.devices.printers.plugged_wire import open_plugged
from edge.devices.printers.serial_wire import Flow
from edge.devices.printers.tcp_wire import TcpPort, connect
from edge.devices.printers.wire import Site, Wire
from edge.devices.serial_port import Line
from edge.devices.tap import UNTAPPED, Tap

log = structlog.get_logger(__name__)

LABELS_MAX_N = 100
STRAYS_MAX_N = 64
ASK_EVERY_S = 0.1
IDLE_ANSWERS_N = 2
TROUBLED_POLL_S = 1.0


class LabelSettings(DeviceSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of every label printer; the table in README.md says what each is for."""

    host: str = ""
    port: TcpPort = 9100
    node: str = ""
    baud: Annotated[int, Meta(ge=300, le=921_600)] = 9600
    flow: Flow = "none"
    width_mm: Annotated[int, Meta(ge=30, le=110)] = 60
    height_mm: Annotated[int, Meta(ge=20, le=150)] = 40
    gap_mm: Annotated[int, Meta(ge=0, le=20)] = 2
    dpi: Literal[203, 300] = 203
    answer_wait_ms: Annotated[int, Meta(ge=100, le=10_000)] = 2_000
    job_wait_ms: Annotated[int, Meta(ge=1_000, le=600_000)] = 60_000
    poll_ms: Annotated[int, Meta(ge=200, le=60_000)] = 5_000

    def __post_init__(self) -> None:
        if bool(self.host) == bool(self.node):
            raise ValueError("name either host (on the network) or node (plugged in), not both")

    @property
    def media(self) -> Media:
        """What labels are in it."""
        return Media(
            width_mm=self.width_mm, height_mm=self.height_mm, gap_mm=self.gap_mm, dpi=self.dpi
        )


class Answers(Protocol):
    """Sorts the bytes a label printer sends; `strays_n` counts those that are no answer."""

    strays_n: int

    def feed(self, data: bytes, *, asked_n: int) -> list[LabelStatus]:
        """Take bytes; `asked_n` is how many questions are open."""


class Language(Struct, frozen=True):
    """How to talk to a label printer: what asks for its status, what drops its labels."""

    ask: bytes
    cancel: bytes
    make_answers: Callable[[], Answers]
    render: Callable[[Label, Media], bytes]
    silent: str = ""


class _Talk:
    """Ear of one wire; every open question fails when it ends."""

    def __init__(self, wire: Wire, language: Language) -> None:
        self._wire = wire
        self._language = language
        self._answers = language.make_answers()
        self._asked: deque[asyncio.Future[LabelStatus]] = deque()
        wire.listen(self)

    def take(self, data: bytes) -> None:
        for status in self._answers.feed(data, asked_n=len(self._asked)):
            if self._asked:
                answer = self._asked.popleft()
                if not answer.done():
                    answer.set_result(status)
            else:
                self._answers.strays_n += 1
        if self._answers.strays_n > STRAYS_MAX_N:
            self._wire.abort(self._garbled())

    def fail(self, error: OutsideError) -> None:
        for answer in self._asked:
            if not answer.done():
                answer.set_exception(error)
                answer.exception()  # seen: a question nobody waits for any more is no news

    def ask(self) -> asyncio.Future[LabelStatus]:
        """Send the status question."""
        answer: asyncio.Future[LabelStatus] = asyncio.get_running_loop().create_future()
        self._wire.send(self._language.ask)
        self._asked.append(answer)
        return answer

    def silence(self) -> OutsideError:
        """What a missing answer means: silence, or an answer nobody understands."""
        if self._answers.strays_n:
            return self._garbled()
        detail = f"The label printer does not answer. {self._language.silent}".strip()
        return DeviceSlow("device_slow", detail, device=self._wire.site.device)

    def _garbled(self) -> DeviceGarbled:
        site = self._wire.site
        detail = f"{site.where}: it sends bytes that are no status of a label printer"
        return DeviceGarbled("device_garbled", detail, device=site.device)


class WiredLabelPrinter:
    """Label printer on one wire.

    Whatever stops a job before it is confirmed, the printer is told to forget the rest, the
    wire is dropped and nothing is claimed; printing again is the caller's decision.
    """

    def __init__(self, settings: LabelSettings, wire: Wire, language: Language) -> None:
        self._settings = settings
        self._wire = wire
        self._talk = _Talk(wire, language)
        self._language = language
        self._device = wire.site.device
        self._turn = asyncio.Lock()  # one job at a time is all the head can carry

    @property
    def media(self) -> Media:
        return self._settings.media

    async def watch(self, report: Report) -> None:
        while True:
            code, sentence = "", ""
            if not self._turn.locked():
                code, sentence = (await self.label_status()).problem()
                report(sentence, code)
            poll_s = TROUBLED_POLL_S if code else self._settings.poll_ms / 1000
            await asyncio.wait((self._wire.lost,), timeout=poll_s)
            self._wire.check()

    async def label_status(self) -> LabelStatus:
        answer = self._talk.ask()
        try:
            async with asyncio.timeout(self._settings.answer_wait_ms / 1000):
                return await answer
        except TimeoutError as exc:
            error = self._talk.silence()
            self._wire.abort(error)
            raise error from exc

    async def print_labels(self, labels: Sequence[Label]) -> None:
        if len(labels) > LABELS_MAX_N:
            detail = f"{len(labels)} labels at once: print at most {LABELS_MAX_N}."
            raise Refused("labels_too_many", detail, device=self._device)
        jobs = await asyncio.to_thread(self._render, tuple(labels))
        async with self._turn:
            self._raise_problem(await self.label_status())
            if jobs:
                await self._send_and_wait(jobs)
        log.debug("labels_printed", device=self._device, labels_n=len(labels))

    def _render(self, labels: tuple[Label, ...]) -> list[bytes]:
        return [self._language.render(label, self._settings.media) for label in labels]

    async def _send_and_wait(self, jobs: list[bytes]) -> None:
        """Send and ask until nothing is left; otherwise drop the connection, with the reason."""
        wait_ms, last = self._settings.job_wait_ms, self._language.cancel
        async with end_in_time(self._wire, wait_ms, last=last, who="label printer"):
            for job in jobs:
                # One label, one answer: a question never stands behind more than a printer
                # holds, and nothing more is sent into trouble.
                self._wire.send(job)
                self._raise_problem(await self.label_status())
            await self._wait_idle()

    async def _wait_idle(self) -> None:
        idle_n = 0
        while idle_n < IDLE_ANSWERS_N:
            status = await self.label_status()
            self._raise_problem(status)
            idle_n = 0 if status.busy or status.waiting_n else idle_n + 1
            if idle_n < IDLE_ANSWERS_N:
                await asyncio.wait((self._wire.lost,), timeout=ASK_EVERY_S)

    def _raise_problem(self, status: LabelStatus) -> None:
        code, sentence = status.problem()
        if code:
            raise DeviceGone(code, sentence, device=self._device)


@asynccontextmanager
async def open_printer(
    settings: LabelSettings,
    language: Language,
    *,
    device: str,
    clock: Clock,
    tap: Tap = UNTAPPED,
) -> AsyncIterator[WiredLabelPrinter]:
    """Connect and ask for the status once; raises DeviceGone, DeviceSlow, DeviceGarbled."""
    wire = await _open_wire(settings, device=device, clock=clock, tap=tap)
    try:
        await wire.drop_leftovers()
        printer = WiredLabelPrinter(settings, wire, language)
        await printer.label_status()
        yield printer
    finally:
        await wire.close()


async def _open_wire(settings: LabelSettings, *, device: str, clock: Clock, tap: Tap) -> Wire:
    if settings.node:
        line = Line(settings.node, settings.baud, flow=settings.flow)
        return await open_plugged(Site(device, settings.node, clock, tap), line)
    site = Site(device, f"{settings.host}:{settings.port}", clock, tap)
    return await connect(site, settings.host, settings.port, wait_ms=settings.answer_wait_ms)
