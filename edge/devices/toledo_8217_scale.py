"""Counter scale that speaks the Mettler Toledo 8217 protocol over a serial port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from cext.errors import DeviceGarbled, DeviceSlow
from cext.kit.clock import Clock
from edge.devices.ports import DeviceSettings, Report, Weight
from edge.devices.serial_port import Line, SerialPort
from edge.devices.toledo_8217 import ASK_WEIGHT, Answer, Answers, Noise, Status, Weighed

PROTOCOL = "toledo_8217"
ASK_AGAIN_S = 0.1
LATE_MAX_N = 4  # questions left open that an answer may still come for


class Settings(DeviceSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a `toledo_8217_scale`; the table in README.md says what each is for."""

    KIND: ClassVar[str] = "toledo_8217_scale"

    port: Annotated[str, Meta(min_length=1)]
    unit: Literal["kg", "lb"] = "kg"
    baud: Annotated[int, Meta(ge=300, le=115_200)] = 9600
    data_bits: Literal[7, 8] = 7
    parity: Literal["N", "E", "O"] = "E"
    stop_bits: Literal[1, 2] = 1
    answer_wait_ms: Annotated[int, Meta(ge=50, le=5_000)] = 500
    settle_wait_ms: Annotated[int, Meta(ge=0, le=10_000)] = 1_500


class ToledoScale:
    """Asks only when it is asked: some scales beep at every question."""

    def __init__(self, settings: Settings, *, device: str, clock: Clock) -> None:
        self._device = device
        self._clock = clock
        self._answer_wait_s = settings.answer_wait_ms / 1000
        self._settle_wait_ns = settings.settle_wait_ms * 1_000_000
        self._answers = Answers(settings.unit)
        self._noise: Noise | None = None
        self._open_n = 0
        self._pending: asyncio.Future[Weighed | Status] | None = None
        self._turn = asyncio.Lock()  # one conversation at a time is all the wire can carry
        self._port = SerialPort(
            Line(
                port=settings.port,
                baud=settings.baud,
                data_bits=settings.data_bits,
                parity=settings.parity,
                stop_bits=settings.stop_bits,
            ),
            device=device,
            clock=clock,
            on_bytes=self._on_bytes,
        )
        self._port.gone.add_done_callback(lambda _: self._let_go())

    async def start(self) -> None:
        """Open the port; raises DeviceGone."""
        await self._port.start()

    async def close(self) -> None:
        """Close the port; waits at most half a second."""
        await self._port.close()

    async def watch(self, report: Report) -> None:
        report("")
        await self._port.wait_gone()

    async def read(self) -> Weight:
        """Weigh; while the scale is in motion ask again for up to `settle_wait_ms`.

        What is returned after that may still be unsettled and then carries no weight.
        """
        async with self._turn:
            until_ns = self._clock.mono_ns() + self._settle_wait_ns
            while True:
                answer = await self._ask_afresh()
                weight = self._weight(answer)
                if weight.stable or self._clock.mono_ns() >= until_ns:
                    return weight
                await asyncio.sleep(ASK_AGAIN_S)

    async def _ask_afresh(self) -> Weighed | Status:
        """An answer to a question of now.

        One that came too late cannot be told from a fresh one: for each question that was left
        open ask once more.
        """
        late_n, answer = min(self._open_n, LATE_MAX_N), await self._ask()
        for _ in range(late_n):
            answer = await self._ask()
        self._open_n = 0
        return answer

    async def _ask(self) -> Weighed | Status:
        self._open_n += 1
        self._answers.clear()
        self._noise = None
        self._pending = asyncio.get_running_loop().create_future()
        try:
            self._port.write(ASK_WEIGHT)
            async with asyncio.timeout(self._answer_wait_s):
                answer = await self._pending
        except TimeoutError as exc:
            if self._noise is not None:
                raise self._garbled(self._noise) from exc
            detail = "The scale does not answer: is it on, and in the right mode?"
            raise DeviceSlow("device_slow", detail, device=self._device) from exc
        finally:
            self._pending = None
        self._open_n -= 1
        return answer

    def _garbled(self, noise: Noise) -> DeviceGarbled:
        detail = f"The scale sends something else: {noise.detail} ({noise.raw.hex(' ')})"
        return DeviceGarbled("device_garbled", detail, device=self._device)

    def _weight(self, answer: Weighed | Status) -> Weight:
        told = isinstance(answer, Weighed)
        status = answer if isinstance(answer, Status) else None
        return Weight(
            weight_g=answer.weight_g if isinstance(answer, Weighed) else None,
            stable=told,
            in_motion=status is not None and status.in_motion,
            over=status is not None and status.over,
            under=status is not None and status.under,
            zero=answer.weight_g == 0 if isinstance(answer, Weighed) else answer.centre_zero,
            net=answer.net,
            tare_g=None if answer.net else 0,
            device=self._device,
            protocol=PROTOCOL,
            raw=answer.raw,
            at_ms=self._clock.now_ms(),
            at_mono_ns=self._clock.mono_ns(),
        )

    def _on_bytes(self, data: bytes, at_mono_ns: int) -> None:
        del at_mono_ns
        for answer in self._answers.feed(data):
            self._on_answer(answer)

    def _on_answer(self, answer: Answer) -> None:
        if isinstance(answer, Noise):
            self._noise = answer
        elif self._pending is not None and not self._pending.done():
            self._pending.set_result(answer)

    def _let_go(self) -> None:
        if self._pending is not None and not self._pending.done():
            self._pending.set_exception(self._port.gone_error())


@asynccontextmanager
async def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock
) -> AsyncIterator[ToledoScale]:
    """Open the scale's port; raises DeviceGone."""
    scale = ToledoScale(settings, device=device, clock=clock)
    try:
        await scale.start()
        yield scale
    finally:
        await scale.close()
