"""How far a job came, in words that decide whether it may be printed again as if never tried."""

from __future__ import annotations

from cext.errors import Fact, OutsideError
from edge.devices.printers.wire import Wire


class Progress:
    """Follows one job of `size_bytes` over `wire`."""

    def __init__(self, wire: Wire, size_bytes: int) -> None:
        self._wire = wire
        self._size_bytes = size_bytes
        self._before_n: int | None = None
        self._has_left = False
        self._is_all_gone = False
        self._fenced_n = 0
        self.is_all_queued = False

    def begin(self) -> None:
        """Count from here: the next byte that is handed over is the job's first."""
        self._before_n = self._wire.handed_n

    def note(self) -> None:
        """Look how much the cable has taken."""
        if self._before_n is None:
            return
        if self._wire.lost.done():
            self._has_left = True  # nobody can tell any more
            return
        self._has_left = self._has_left or self._wire.handed_n > self._before_n
        self._is_all_gone = self.is_all_queued and not self._wire.waiting_n

    def fence(self, part: bytes) -> None:
        """The printer has confirmed `part`."""
        self._fenced_n = min(self._size_bytes, self._fenced_n + len(part))

    def facts(self) -> dict[str, Fact]:
        """Give `sent` ("none", "some" or "all") and `fenced_bytes`."""
        sent = "some" if self._has_left else "none"
        return {"sent": "all" if self._is_all_gone else sent, "fenced_bytes": self._fenced_n}

    def tell(self, error: OutsideError) -> OutsideError:
        """Give an error like `error` that says how far the job came."""
        facts = {**error.facts, **self.facts()}
        return type(error)(error.code, error.detail, **facts)
