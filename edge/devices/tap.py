"""Where the owner of a cable tells every byte that goes over it."""

from __future__ import annotations

from typing import Protocol


class Tap(Protocol):
    """Listens to one cable; both calls return at once and never fail."""

    def took(self, data: bytes, at_mono_ns: int) -> None:
        """Bytes came in at this time of the clock's `mono_ns`."""

    def sent(self, data: bytes) -> None:
        """Bytes were handed to the cable just now."""


class Untapped:
    """Listens to nothing."""

    def took(self, data: bytes, at_mono_ns: int) -> None:
        """Forget it."""

    def sent(self, data: bytes) -> None:
        """Forget it."""


UNTAPPED = Untapped()
