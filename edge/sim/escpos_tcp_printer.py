"""A simulated receipt printer on a TCP port: reads ESC/POS, answers, and can fail on request."""

from __future__ import annotations

from pathlib import Path

from edge.sim.escpos_printing import EscposPrinting
from edge.sim.tcp_port import TcpPort


class SimPrinter(EscposPrinting, TcpPort):
    """Printer with drawer at (`host`, `port`). Start with `power_on`, or `async with`."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        width_n: int = 48,
        kanji_at_start: bool = False,
    ) -> None:
        TcpPort.__init__(self, host, port)
        self.set_up(width_n=width_n, kanji_at_start=kanji_at_start)

    def table(self) -> dict[str, str | int]:
        """Give the settings of the driver that talks to it."""
        return {
            "kind": "escpos_tcp_printer",
            "host": self.host,
            "port": self.port,
            "width_n": self.width_n,
            "profile": "chinese" if self.kanji_at_start else "western",
        }


def make_sim(folder: Path) -> SimPrinter:
    """Make one on a free port; the folder is for simulators that need a name in it."""
    del folder
    return SimPrinter()
