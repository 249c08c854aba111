"""A scale between two lanes: what one lane has weighed is not weighed for the other."""

from __future__ import annotations

from cext.errors import Refused
from cext.kit.clock import Clock
from edge.devices.ports import Scale, Weight

# Goods that lie longer than that were left there, and whoever weighs next looks at the scale.
REMEMBERED_NS = 30 * 1_000_000_000


class SharedScale:
    """Remembers who weighed what last on one scale."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lane = ""
        self._weight_g = 0
        self._at_ns = 0

    def for_lane(self, lane: str, scale: Scale) -> Scale:
        """`scale` as this lane may use it."""
        return _LaneScale(self, lane, scale)

    def check(self, lane: str, weight: Weight) -> None:
        """Refused scale_not_cleared for the very weight that another lane has just taken.

        One step of the scale more or less counts as the same: goods at rest waver by that.
        """
        if weight.weight_g is None or not weight.stable:
            return
        now_ns = self._clock.mono_ns()
        is_fresh = self._weight_g > 0 and now_ns - self._at_ns < REMEMBERED_NS
        is_same = abs(weight.weight_g - self._weight_g) <= (weight.division_g or 0)
        if self._lane != lane and is_fresh and is_same:
            raise Refused(
                "scale_not_cleared",
                f"Lane {self._lane} has just weighed exactly this: take it off, then weigh yours.",
                device=weight.device,
                lane=self._lane,
            )
        self._lane, self._weight_g, self._at_ns = lane, weight.weight_g, now_ns


class _LaneScale:
    """A shared scale in the hands of one lane."""

    def __init__(self, shared: SharedScale, lane: str, scale: Scale) -> None:
        self._shared = shared
        self._lane = lane
        self._scale = scale

    async def read(self, *, price_minor: int | None = None) -> Weight:
        weight = await self._scale.read(price_minor=price_minor)
        self._shared.check(self._lane, weight)
        return weight

    async def zero(self) -> Weight:
        return await self._scale.zero()

    async def tare(self, weight_g: int | None = None) -> Weight:
        return await self._scale.tare(weight_g)
