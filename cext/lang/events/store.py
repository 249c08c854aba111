"""Events about the store itself."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct


class StoreOpened(Struct, frozen=True, kw_only=True, array_like=True):
    """The first event of every epoch: who writes this journal, in which money and zone."""

    VERSION: ClassVar[int] = 1

    store: str
    currency: str
    zone: str
    day_change_hour: int
    software: str


class PriceBookApplied(Struct, frozen=True, kw_only=True, array_like=True):
    """A price book came into force. `hash` is the SHA-256 (hex) of its canonical bytes."""

    VERSION: ClassVar[int] = 1

    version: str
    hash: str
    effective_ms: int
    items_n: int
    offers_n: int
