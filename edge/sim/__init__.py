"""Simulated devices that speak the real bytes, and a week of trade; the store has no hardware."""

from __future__ import annotations

from collections.abc import Mapping

SIMULATORS: Mapping[str, str] = {
    "escpos_tcp_printer": "edge.sim.escpos_tcp_printer",
    "serial_scanner": "edge.sim.serial_scanner",
    "toledo_8217_scale": "edge.sim.toledo_8217_scale",
    "tspl_label_printer": "edge.sim.tspl_label_printer",
    "vfd_display": "edge.sim.vfd_display",
    "zpl_label_printer": "edge.sim.zpl_label_printer",
}
"""The simulator of every row of `edge.devices.KINDS`; each has `make_sim(folder)`."""

__all__ = ["SIMULATORS"]
