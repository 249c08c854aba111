"""A simulated label printer on a TCP port: reads ZPL II, answers ~HS, and can fail on request."""

from __future__ import annotations

from pathlib import Path

from edge.sim.label_printing import Reader, SimLabelPrinting
from edge.sim.zpl_reader import ZplReader


class SimZplPrinter(SimLabelPrinting):
    """Speaks ZPL."""

    kind = "zpl_label_printer"

    def make_reader(self) -> Reader:
        """Make a reader of ZPL."""
        return ZplReader()

    def encode_status(self, *, busy: bool, is_open: bool) -> bytes:
        """Give the three strings of ~HS, fields in the order of Zebra's programming guide."""
        printing_n = int(busy and not self.is_blocked)
        waiting_n = len(self.waiting)
        first = (
            *("030", int(not self.has_labels), int(self.paused), "0320", f"{waiting_n:03}"),
            *(0, 0, int(is_open), "000", 0, 0, 0),
        )
        second = (
            *("001", 0, int(self.head_open), int(not self.has_ribbon), 0, 2, 6, 0),
            *(f"{printing_n:08}", 1, "000"),
        )
        return b"".join(
            b"\x02" + ",".join(map(str, fields)).encode() + b"\x03\r\n"
            for fields in (first, second, ("1234", 0))
        )


def make_sim(folder: Path) -> SimZplPrinter:
    """Make one on a free port; the folder is for simulators that need a name in it."""
    del folder
    return SimZplPrinter()
