"""Events that move goods without a sale."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct


class StockReceivedLine(Struct, frozen=True, array_like=True):
    """`quantity` of one item in the item's unit."""

    item: str
    quantity: int


class StockReceived(Struct, frozen=True, kw_only=True, array_like=True):
    """Goods came in: from the place `supplier` to the place `store`."""

    VERSION: ClassVar[int] = 1

    document: str
    lines: tuple[StockReceivedLine, ...]
