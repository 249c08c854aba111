"""A simulated receipt printer on USB: a character device as usblp's, made of a pseudo-terminal."""

from __future__ import annotations

from pathlib import Path

from edge.sim.escpos_pty_printing import SimPtyPrinter


class SimUsbPrinter(SimPtyPrinter):
    """Printer with drawer behind a node; says no XON, which USB has not."""

    kind = "escpos_usb_printer"

    def __init__(self, link: Path | None = None, *, width_n: int = 48) -> None:
        super().__init__(link, width_n=width_n)
        self.says_xon = False


def make_sim(folder: Path) -> SimUsbPrinter:
    """Make one whose node has a name in `folder` that stays."""
    return SimUsbPrinter(folder / "lp0")
