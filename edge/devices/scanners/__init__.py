"""Scanners: one file per driver, and what they send turned into codes."""

from __future__ import annotations

from edge.devices.scanners.hid_pos import HidPosReports
from edge.devices.scanners.layouts import LAYOUTS, Layout, Level
from edge.devices.scanners.learn import CALIBRATION, Learned, learn
from edge.devices.scanners.wedge_keys import WedgeKeys, WedgeSettings

__all__ = [
    "CALIBRATION",
    "LAYOUTS",
    "HidPosReports",
    "Layout",
    "Learned",
    "Level",
    "WedgeKeys",
    "WedgeSettings",
    "learn",
]
