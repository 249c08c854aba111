"""The papers that are no receipts, as text, as a picture and on a printer, when somebody asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from cext.errors import Refused
from cext.kit.clock import Clock
from cext.lang.events import Body, Stored
from edge.devices.paper import Document, render_png, render_text
from edge.devices.ports import Printer
from edge.prints import Ask, PrintJob, PrintJournal
from edge.sales.day import DayReport, DaySums
from edge.sales.day_paper import Sheet, lay_out_day
from edge.sales.slips import PickSlip, lay_out_calibration, lay_out_pairing, lay_out_pick_slip

Lay = Callable[[Sheet], Document]
NAMES = ("x", "calibration", "pairing")


class Papers:
    """Lays papers out for a screen or for a printer; only the print journal keeps them."""

    def __init__(
        self,
        sheet: Sheet,
        sums: DaySums,
        clock: Clock,
        *,
        prints: PrintJournal,
        get_printer: Callable[[str], Printer],
    ) -> None:
        """`sheet` is that of a screen; a printer has its own width."""
        self._prints = prints
        self._sheet = sheet
        self._sums = sums
        self._clock = clock
        self._get_printer = get_printer

    def fold(self, stored: Sequence[Stored], bodies: Sequence[Body]) -> None:
        """Follow the journal: the day's report is made of it."""
        self._sums.fold(stored, bodies)

    def report(self) -> DayReport:
        """The X report of now."""
        return self._sums.report(self._clock.now_ms())

    def find(self, name: str, *, address: str) -> Lay:
        """How the paper of that name is laid out; Refused paper_unknown.

        `address` is where this box is reached, for the page that pairs devices.
        """
        if name == "x":
            report = self.report()
            return lambda sheet: lay_out_day(report, sheet)
        if name == "calibration":
            return lay_out_calibration
        if name == "pairing":
            return lambda sheet: lay_out_pairing(address, sheet)
        raise Refused("paper_unknown", f"There is no paper {name}; known: {', '.join(NAMES)}.")

    def pick_slip(self, slip: PickSlip) -> Lay:
        """How a pick slip is laid out."""
        return lambda sheet: lay_out_pick_slip(slip, sheet)

    async def render_text(self, lay: Lay) -> str:
        """The paper as lines of text."""
        return await asyncio.to_thread(lambda: render_text(lay(self._sheet)))

    async def render_png(self, lay: Lay) -> bytes:
        """The paper as a picture."""
        return await asyncio.to_thread(lambda: render_png(lay(self._sheet)))

    async def print(self, lay: Lay, ask: Ask) -> PrintJob:
        """Queue the paper for its printer, once a subject; it is on disk when this returns.

        Refused device_unknown, device_unfit, printer_busy.
        """
        width_n = self._get_printer(ask.printer).roll.width_n
        document = await asyncio.to_thread(lay, replace(self._sheet, width_n=width_n))
        return await self._prints.put(ask, document)
