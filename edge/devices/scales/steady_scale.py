"""Rest for scales whose protocol tells none: the same weight for long enough."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import msgspec
from msgspec import Meta

from cext.kit.clock import Clock
from edge.devices.ports import Report, Weight
from edge.devices.scales.cable_scale import ASK_AGAIN_S, CableScale
from edge.devices.scales.reading import Talk
from edge.devices.scales.serial_scale import ScaleSettings, open_scale
from edge.devices.tap import UNTAPPED, Tap


class SteadySettings(ScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What such a scale has besides: how long a weight stays the same to be at rest."""

    steady_ms: Annotated[int, Meta(ge=100, le=5_000)] = 500


class SteadyScale:
    """Asks `scale`, whose answers never are `stable`, until they stay the same.

    A weight is `stable` once every answer of one reading since `steady_ms` told that same weight,
    at least two of them; an over- or underload never is. Nothing is kept from one reading to the
    next: between them the goods may have changed.
    """

    def __init__(self, scale: CableScale, settings: SteadySettings, clock: Clock) -> None:
        self._scale = scale
        self._clock = clock
        self._settle_wait_ns = settings.settle_wait_ms * 1_000_000
        self._steady_ns = settings.steady_ms * 1_000_000

    async def watch(self, report: Report) -> None:
        await self._scale.watch(report)

    async def read(self, *, price_minor: int | None = None) -> Weight:
        """Weigh; until it is steady ask again for up to `settle_wait_ms`."""
        until_ns = self._clock.mono_ns() + self._settle_wait_ns
        first = await self._scale.read(price_minor=price_minor)
        while True:
            weight = await self._scale.read(price_minor=price_minor)
            if not _is_same(first, weight):
                first = weight
            elif weight.at_mono_ns - first.at_mono_ns >= self._steady_ns:
                return msgspec.structs.replace(weight, stable=True)
            if self._clock.mono_ns() >= until_ns:
                return weight
            await asyncio.sleep(ASK_AGAIN_S)

    async def zero(self) -> Weight:
        return await self._scale.zero()

    async def tare(self, weight_g: int | None = None) -> Weight:
        return await self._scale.tare(weight_g)


def _is_same(first: Weight, second: Weight) -> bool:
    """Whether both told the same weight, in range."""
    told = first.weight_g is not None and not (second.over or second.under)
    return told and (first.weight_g, first.net) == (second.weight_g, second.net)


@asynccontextmanager
async def open_steady(
    settings: SteadySettings, talk: Talk, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AsyncIterator[SteadyScale]:
    """Open the port of a scale that speaks as `talk` and tells no rest; raises DeviceGone."""
    one_answer = msgspec.structs.replace(settings, settle_wait_ms=0)
    async with open_scale(one_answer, talk, device=device, clock=clock, tap=tap) as scale:
        yield SteadyScale(scale, settings, clock)
