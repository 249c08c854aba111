"""A simulated label printer on a TCP port: reads TSPL, answers <ESC>!?, and can fail on request."""

from __future__ import annotations

from pathlib import Path

from edge.sim.label_printing import Reader, SimLabelPrinting
from edge.sim.tspl_reader import TsplReader


class SimTsplPrinter(SimLabelPrinting):
    """Speaks TSPL."""

    kind = "tspl_label_printer"

    def make_reader(self) -> Reader:
        """Make a reader of TSPL."""
        return TsplReader(dots_per_mm=8 if self.dpi == 203 else 12)

    def encode_status(self, *, busy: bool, is_open: bool) -> bytes:
        """Give the status byte, bits as in Gprinter's manual."""
        del is_open
        bits = (
            (self.head_open, 0x01),
            (not self.has_labels, 0x04),
            (not self.has_ribbon, 0x08),
            (self.paused, 0x10),
            (busy and not self.is_blocked, 0x20),
        )
        return bytes((sum(bit for is_so, bit in bits if is_so),))


def make_sim(folder: Path) -> SimTsplPrinter:
    """Make one on a free port; the folder is for simulators that need a name in it."""
    del folder
    return SimTsplPrinter()
