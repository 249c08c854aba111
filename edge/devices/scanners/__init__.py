"""Scanners beyond plain serial text: what they send, turned into codes."""

from __future__ import annotations

from edge.devices.scanners.layouts import LAYOUTS, Layout, Level
from edge.devices.scanners.wedge_keys import WedgeKeys, WedgeSettings

__all__ = ["LAYOUTS", "Layout", "Level", "WedgeKeys", "WedgeSettings"]
