"""The one owner of a scale's cable: asks, waits, and believes no answer that came too late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Protocol

import msgspec
import structlog
from msgspec import Meta

from cext.errors import DeviceGarbled, DeviceGone, DeviceSlow, OutsideError, Refused
from cext.kit.clock import Clock
from edge.devices.ports import ANSWER_MAX_MS, SETTLE_MAX_MS, DeviceSettings, Report, Weight
from edge.devices.report import Identity
from edge.devices.scales.reading import Answer, Noise, Reading, ShowsPrice, Talk, TellsSerial

log = structlog.get_logger(__name__)

ASK_AGAIN_S = 0.1
LATE_MAX_N = 4  # questions left open that an answer may still come for
SHOWN_MAX_N = 32  # bytes shown to the person who must find out what is plugged in

OnBytes = Callable[[bytes, int], None]


class Cable(Protocol):
    """What a scale hangs on, once it is made with an `on_bytes(data, at_mono_ns)`.

    `gone` is done once it failed. `whole` says that every call of `on_bytes` brings whole answers:
    half a one at the end is none. `identity` tells this scale from every other.
    """

    gone: asyncio.Future[str]
    whole: bool

    @property
    def identity(self) -> str: ...

    async def start(self) -> None:
        """Open it; raises DeviceGone."""

    async def close(self) -> None:
        """Close it; waits at most half a second."""

    def write(self, data: bytes) -> None:
        """Send at once; raises DeviceGone or DeviceSlow."""

    def catch_up(self) -> None:
        """Hand over now what already came, so that it is of before."""

    async def wait_gone(self) -> None:
        """Wait until it fails; raises DeviceGone."""

    def gone_error(self) -> DeviceGone:
        """What to raise once `gone` is done."""


MakeCable = Callable[[OnBytes], Cable]


class CableSettings(DeviceSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every scale has, whatever its cable."""

    port: Annotated[str, Meta(min_length=1)]
    answer_wait_ms: Annotated[int, Meta(ge=50, le=ANSWER_MAX_MS)] = 500
    settle_wait_ms: Annotated[int, Meta(ge=0, le=SETTLE_MAX_MS)] = 1_500
    division_g: Annotated[int, Meta(ge=1, le=10_000)] | None = None


class CableScale:
    """A scale on a cable, in the protocol of `talk`.

    It is asked for a weight only when the shop asks: some scales beep at every question. One that
    speaks by itself is listened to, and only what it says from the question on counts.
    """

    def __init__(
        self,
        settings: CableSettings,
        talk: Talk,
        make_cable: MakeCable,
        *,
        device: str,
        clock: Clock,
    ) -> None:
        self._talk = talk
        self._device = device
        self._clock = clock
        self._answer_wait_s = settings.answer_wait_ms / 1000
        self._settle_wait_ns = settings.settle_wait_ms * 1_000_000
        self._longest_s = settings.settle_wait_ms / 1000 + 2 * self._answer_wait_s
        self._division_g = settings.division_g
        self._is_off_step = False
        self._noise: Noise | None = None
        self._shown = bytearray()
        self._open_n = 0
        self._pending: asyncio.Future[Reading] | None = None
        self._named: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turn = asyncio.Lock()  # one conversation at a time is all the wire can carry
        self._cable = make_cable(self._on_bytes)
        self._cable.gone.add_done_callback(lambda _: self._let_go())

    async def start(self) -> None:
        """Open the port, and ask who the scale is where it can tell; raises DeviceGone."""
        await self._cable.start()
        if isinstance(self._talk, TellsSerial):
            self._cable.write(self._talk.ask_serial())

    async def close(self) -> None:
        """Close the port; waits at most half a second."""
        await self._cable.close()

    @property
    def identity(self) -> Identity:
        """Who it said it is, so far; silence is fine."""
        talk = self._talk
        return Identity(serial=talk.serial) if isinstance(talk, TellsSerial) else Identity()

    async def watch(self, report: Report) -> None:
        if isinstance(self._talk, TellsSerial) and not self._talk.serial:
            await asyncio.wait((self._named,), timeout=self._answer_wait_s)
        report("")
        await self._cable.wait_gone()

    async def read(self, *, price_minor: int | None = None) -> Weight:
        """Weigh; until the scale is at rest ask again for up to `settle_wait_ms`.

        What is returned after that may still be unsettled and then prices nothing. DeviceSlow at
        the latest after `settle_wait_ms` and two answers.
        """
        async with self._turn:
            if isinstance(self._talk, ShowsPrice):
                self._talk.set_price(price_minor)
            try:
                async with asyncio.timeout(self._longest_s):
                    return await self._read_until(lambda weight: weight.stable)
            except TimeoutError as exc:
                detail = "The scale answers too slowly: is its line set right?"
                raise DeviceSlow("device_slow", detail, device=self._device) from exc

    async def zero(self) -> Weight:
        data = self._talk.zero()
        async with self._turn:
            await self._order(data, "zero_refused")
            weight = await self._read_until(_is_empty)
        if not _is_empty(weight):
            cure = "The scale did not go to zero: take everything off it and let it rest."
            raise Refused("zero_refused", cure, device=self._device)
        return weight

    async def tare(self, weight_g: int | None = None) -> Weight:
        if weight_g is not None and weight_g < 0:
            raise Refused("tare_refused", "A tare is not below zero.", device=self._device)
        data = self._talk.tare(weight_g)
        async with self._turn:
            answered = await self._order(data, "tare_refused")
            is_done = partial(_is_tared, weight_g, answered=answered)
            weight = await self._read_until(is_done)
        if not is_done(weight):
            cure = "The scale did not take the tare: let it rest; is tare allowed in its set-up?"
            raise Refused("tare_refused", cure, device=self._device)
        return weight

    async def _order(self, data: bytes, code: str) -> bool:
        """Give an order; whether the scale said that it did it. Refused(`code`) on noise.

        Its word is an answer without weight and without a state that hinders: a weight may be the
        answer to a question of before.
        """
        if self._open_n:
            await self._ask_afresh()
        try:
            told = await self._ask(data)
        except DeviceSlow:
            return False  # many scales never answer an order: what they weigh next tells
        except DeviceGarbled as exc:
            detail = f"The scale does not do that. {exc.detail}"
            raise Refused(code, detail, device=self._device) from exc
        return told.weight_g is None and not (told.in_motion or told.over or told.under)

    async def _read_until(self, is_good: Callable[[Weight], bool]) -> Weight:
        until_ns = self._clock.mono_ns() + self._settle_wait_ns
        while True:
            weight = self._weight(await self._ask_afresh())
            if is_good(weight) or self._clock.mono_ns() >= until_ns:
                return weight
            if self._talk.ask():
                await asyncio.sleep(ASK_AGAIN_S)

    async def _ask_afresh(self) -> Reading:
        """An answer to a question of now.

        One that came too late cannot be told from a fresh one: for each question that was left
        open ask once more.
        """
        question = self._talk.ask()
        late_n = min(self._open_n, LATE_MAX_N)
        if not question:
            await self._ask(question)  # one that speaks by itself may have begun this one before
        reading = await self._ask(question)
        for _ in range(late_n):
            reading = await self._ask(question)
        self._open_n = 0
        return reading

    async def _ask(self, question: bytes) -> Reading:
        self._cable.catch_up()
        self._noise = None
        self._shown.clear()
        pending: asyncio.Future[Reading] = asyncio.get_running_loop().create_future()
        self._pending = pending
        if question:
            self._open_n += 1
            self._talk.clear()
        try:
            if question:
                self._cable.write(question)
            async with asyncio.timeout(self._answer_wait_s):
                await asyncio.wait((pending,))
        except TimeoutError as exc:
            # On a busy machine the answer may have come in the very moment the time was up.
            if not pending.done():
                raise self._no_answer() from exc
        finally:
            self._pending = None
        reading = pending.result()
        self._open_n -= bool(question)
        return reading

    def _no_answer(self) -> DeviceSlow | DeviceGarbled:
        if self._shown:
            return self._garbled()
        detail = "The scale does not answer: is it on, and in the right mode?"
        return DeviceSlow("device_slow", detail, device=self._device)

    def _garbled(self) -> DeviceGarbled:
        detail = self._noise.detail if self._noise else "an answer without an end"
        shown = self._shown.hex(" ")
        return DeviceGarbled(
            "device_garbled",
            f"The scale gives no weight: {detail} ({shown})",
            device=self._device,
        )

    def _weight(self, reading: Reading) -> Weight:
        told = msgspec.structs.asdict(reading)
        told["division_g"] = reading.division_g or self._division_g
        weight = Weight(
            **told,
            device=self._device,
            protocol=self._talk.name,
            identity=self._cable.identity,
            at_ms=self._clock.now_ms(),
            at_mono_ns=self._clock.mono_ns(),
        )
        self._check_step(weight)
        return weight

    def _check_step(self, weight: Weight) -> None:
        """Say once that the weights do not go in the steps of the settings.

        The weight still counts: the setting is more likely to be wrong than a verified scale. Net
        weights and pounds are not looked at, for their steps in grams are other ones.
        """
        weight_g, division_g = weight.weight_g, weight.division_g
        if self._is_off_step or weight_g is None or division_g is None or weight.net:
            return
        if weight.unit in {"kg", "g"} and weight_g % division_g:
            self._is_off_step = True
            log.warning(
                "weight_off_step", device=self._device, weight_g=weight_g, division_g=division_g
            )

    def _on_bytes(self, data: bytes, at_mono_ns: int) -> None:
        del at_mono_ns
        self._shown += data[: SHOWN_MAX_N - len(self._shown)]
        heard = self._talk.receive(data)
        if heard.reply and self._pending is not None:
            self._send_reply(heard.reply)
        for answer in heard.answers:
            self._on_answer(answer)
        if self.identity.serial and not self._named.done():
            self._named.set_result(None)
        if self._cable.whole:
            self._talk.clear()

    def _send_reply(self, reply: bytes) -> None:
        try:
            self._cable.write(reply)
        except OutsideError as exc:
            if self._pending is not None and not self._pending.done():
                self._pending.set_exception(exc)

    def _on_answer(self, answer: Answer) -> None:
        if isinstance(answer, Noise):
            self._noise = answer
        elif self._pending is not None and not self._pending.done():
            self._pending.set_result(answer)

    def _let_go(self) -> None:
        self._named.cancel()
        if self._pending is not None and not self._pending.done():
            self._pending.set_exception(self._cable.gone_error())


def _is_empty(weight: Weight) -> bool:
    return weight.stable and weight.weight_g == 0


def _is_tared(weight_g: int | None, weight: Weight, *, answered: bool) -> bool:
    if weight_g == 0:
        return weight.stable and not weight.net
    # A protocol that never tells net leaves `tare_g` None: there the scale's word must do.
    tared = weight.net or (weight.tare_g is None and answered)
    return tared and (weight_g is not None or _is_empty(weight))


@asynccontextmanager
async def open_on_cable(
    settings: CableSettings, talk: Talk, make_cable: MakeCable, *, device: str, clock: Clock
) -> AsyncIterator[CableScale]:
    """Open a scale that speaks as `talk`; raises DeviceGone."""
    scale = CableScale(settings, talk, make_cable, device=device, clock=clock)
    try:
        await scale.start()
        yield scale
    finally:
        await scale.close()
