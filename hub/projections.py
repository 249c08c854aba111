"""The table of projections: every fold of the journals that the hub keeps."""

from __future__ import annotations

from hub.sales import receipts, takings
from hub.stock import items, on_hand
from hub.store import Projection
from hub.stores import registry

PROJECTIONS: tuple[Projection, ...] = (
    registry.PROJECTION,
    receipts.PROJECTION,
    takings.PROJECTION,
    on_hand.PROJECTION,
    items.PROJECTION,
)
