"""A request that must count once: its key, and how its answer is kept in the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Once:
    """The `Idempotency-Key` of a request. `keep(answer)` makes the bytes kept under it.

    The journal calls `keep` on its own thread, inside the transaction that the request causes,
    so that act and answer are on disk together or not at all.
    """

    key: str
    keep: Callable[[Any], bytes]
