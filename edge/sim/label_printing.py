"""What every simulated label printer does: takes labels on a TCP port, prints, fails on request."""

from __future__ import annotations

from collections import deque
from typing import Literal, Protocol

from edge.sim.printed_label import PrintedLabel
from edge.sim.tcp_port import Caller, TcpPort

STATUS, CANCEL = "status", "cancel"
LABELS_KEPT_N = 1000


class Reader(Protocol):
    """Reads a printer's language."""

    unknown: list[str]

    @property
    def is_open(self) -> bool:
        """Whether a label has begun and not ended."""

    def feed(self, data: bytes) -> list[PrintedLabel | str]:
        """Take bytes; labels, STATUS and CANCEL in the order they came."""

    def forget(self) -> None:
        """Drop a label that has begun."""


class SimLabelPrinting(TcpPort):
    """Label printer at (`host`, `port`). Start with `power_on`, or `async with`.

    `labels` came out; `waiting` are in the printer, `dropped_n` were cancelled or lost with the
    power. `busy_answers_n` is how many answers after a label still say that it prints. With
    `mute_in_trouble` it answers no question while it cannot print, as some printers do.
    """

    kind = ""

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, *, dpi: Literal[203, 300] = 203
    ) -> None:
        super().__init__(host, port)
        self.dpi = dpi
        self.labels: list[PrintedLabel] = []
        self.labels_n = 0
        self.waiting: deque[PrintedLabel] = deque()
        self.dropped_n = 0
        self.unknown: list[str] = []
        self.mute_in_trouble = False
        self.busy_answers_n = 0
        self.has_labels = True
        self.has_ribbon = True
        self.head_open = False
        self.paused = False
        self._busy_left_n = 0
        self._labels_left_n: int | None = None

    def make_reader(self) -> Reader:
        """Make a reader of its language; each connection has its own."""
        raise NotImplementedError

    def encode_status(self, *, busy: bool, is_open: bool) -> bytes:
        """Say how it is, in its language."""
        raise NotImplementedError

    @property
    def is_blocked(self) -> bool:
        """Whether something keeps it from printing."""
        return not (self.has_labels and self.has_ribbon) or self.head_open or self.paused

    async def power_off(self) -> None:
        """Stop listening, drop every connection and forget what was not printed."""
        self._drop_waiting()
        await super().power_off()

    def table(self) -> dict[str, str | int]:
        """Give the settings of the driver that talks to it."""
        return {"kind": self.kind, "host": self.host, "port": self.port, "dpi": self.dpi}

    def set_labels(self, is_in: bool) -> None:  # noqa: FBT001 - a roll is in or out
        """Put a roll in, or take it out. While it is out, labels wait inside the printer."""
        self.has_labels = is_in
        self._labels_left_n = None
        self._go_on()

    def run_out_after(self, labels_n: int) -> None:
        """Let the roll end after so many more labels."""
        self._labels_left_n = labels_n

    def set_head_open(self, is_open: bool) -> None:  # noqa: FBT001 - a head is up or down
        """Lift the head, or close it."""
        self.head_open = is_open
        self._go_on()

    async def wait_labels(self, labels_n: int) -> None:
        """Wait until so many labels have come out in all; callers set the time limit."""
        await self.changed.until(lambda: self.labels_n >= labels_n)

    def forget(self, caller: Caller) -> None:
        """Drop the label a caller was in the middle of."""
        caller.reader.forget()

    def run(self, caller: Caller, data: bytes) -> None:
        """Handle bytes of a caller."""
        for found in caller.reader.feed(data):
            if isinstance(found, PrintedLabel):
                self.waiting.append(found)
                self._go_on()
            elif found == CANCEL:
                self._drop_waiting()
            elif not (self.mute_in_trouble and self.is_blocked):
                busy = self._busy_left_n > 0 or bool(self.waiting)
                self._busy_left_n = max(0, self._busy_left_n - 1)
                self.answer(caller, self.encode_status(busy=busy, is_open=caller.reader.is_open))
        self.unknown += caller.reader.unknown
        caller.reader.unknown.clear()

    def _drop_waiting(self) -> None:
        self.dropped_n += len(self.waiting)
        self.waiting.clear()
        self.changed.beat()

    def _go_on(self) -> None:
        while self.waiting and not self.is_blocked:
            if self._labels_left_n == 0:
                self.has_labels, self._labels_left_n = False, None
                break
            if self._labels_left_n is not None:
                self._labels_left_n -= 1
            self.labels.append(self.waiting.popleft())
            del self.labels[:-LABELS_KEPT_N]
            self.labels_n += 1
            self._busy_left_n = self.busy_answers_n
        self.changed.beat()
