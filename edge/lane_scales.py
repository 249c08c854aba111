"""Which scale weighs for a lane: the one it has leased, else its own."""

from __future__ import annotations

from collections.abc import Iterable

from cext.errors import Refused
from cext.kit.clock import Clock
from edge.devices import Devices
from edge.devices.leases import By
from edge.devices.ports import Scale
from edge.devices.shared_scale import SharedScale
from edge.leasing import Leasing


class LaneScales:
    """All scales of the store, as its lanes use them."""

    def __init__(
        self, devices: Devices, leasing: Leasing, clock: Clock, *, scales: Iterable[str]
    ) -> None:
        self._devices = devices
        self._leasing = leasing
        self._shared = {name: SharedScale(clock) for name in scales}

    def get_scale(self, lane: str, own: str) -> Scale:
        """The scale for one weighing of `lane`; `own` is its own, or empty.

        Refused scale_missing when it has none. What its holder may not do is refused on reading.
        """
        others = [name for name in self._shared if name != own]
        name = self._leasing.find_leased(lane, others) or own
        if not name:
            raise Refused("scale_missing", "this lane has no scale; weigh at another lane")
        scale = self._devices.get_scale(name, By(lane=lane))
        return self._shared[name].for_lane(lane, scale)
