"""Scales on a serial line: how the line is set, and how it is opened."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Annotated, Literal

from msgspec import Meta

from cext.kit.clock import Clock
from edge.devices.scales.cable_scale import CableScale, CableSettings, OnBytes, open_on_cable
from edge.devices.scales.reading import Talk
from edge.devices.serial_port import Line, SerialPort
from edge.devices.tap import UNTAPPED, Tap


class ScaleSettings(CableSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every scale on a serial line has; a kind sets its own defaults of the line."""

    baud: Annotated[int, Meta(ge=300, le=115_200)] = 9600
    data_bits: Literal[7, 8] = 8
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1


def open_scale(
    settings: ScaleSettings, talk: Talk, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AbstractAsyncContextManager[CableScale]:
    """Open the port of a scale that speaks as `talk`; raises DeviceGone."""
    line = Line(
        port=settings.port,
        baud=settings.baud,
        data_bits=settings.data_bits,
        parity=settings.parity,
        stop_bits=settings.stop_bits,
    )

    def make_port(on_bytes: OnBytes) -> SerialPort:
        return SerialPort(line, device=device, clock=clock, tap=tap, on_bytes=on_bytes)

    return open_on_cable(settings, talk, make_port, device=device, clock=clock)
