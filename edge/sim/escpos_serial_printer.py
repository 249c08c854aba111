"""A simulated receipt printer on a serial line: a pseudo-terminal."""

from __future__ import annotations

from pathlib import Path

from edge.sim.escpos_pty_printing import SimPtyPrinter


class SimSerialPrinter(SimPtyPrinter):
    """Printer with drawer on a serial line."""

    kind = "escpos_serial_printer"


def make_sim(folder: Path) -> SimSerialPrinter:
    """Make one whose port has a name in `folder` that stays."""
    return SimSerialPrinter(folder / "printer")
