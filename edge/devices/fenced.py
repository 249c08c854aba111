"""Handles with the fence before each act: print, read, zero, tare, kick, show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from edge.devices.labels import Label, Media
from edge.devices.ports import (
    Display,
    Drawer,
    LabelPrinter,
    LabelStatus,
    Printer,
    PrinterStatus,
    Roll,
    Scale,
    Weight,
)

Gate = Callable[[], AbstractAsyncContextManager[None]]
"""Opens for one act; raises what `Fence.act` refuses."""


class FencedScale:
    """A scale for who may weigh now."""

    def __init__(self, scale: Scale, gate: Gate) -> None:
        self._scale = scale
        self._gate = gate

    async def read(self, *, price_minor: int | None = None) -> Weight:
        async with self._gate():
            return await self._scale.read(price_minor=price_minor)

    async def zero(self) -> Weight:
        async with self._gate():
            return await self._scale.zero()

    async def tare(self, weight_g: int | None = None) -> Weight:
        async with self._gate():
            return await self._scale.tare(weight_g)


class FencedPrinter:
    """A printer for who may print now; anybody may ask how it is."""

    def __init__(self, printer: Printer, gate: Gate) -> None:
        self._printer = printer
        self._gate = gate

    @property
    def roll(self) -> Roll:
        return self._printer.roll

    async def print(self, job: bytes) -> None:
        async with self._gate():
            await self._printer.print(job)

    async def status(self) -> PrinterStatus:
        return await self._printer.status()


class FencedDrawer:
    """A drawer for who may open it now."""

    def __init__(self, drawer: Drawer, gate: Gate) -> None:
        self._drawer = drawer
        self._gate = gate

    async def kick(self) -> None:
        async with self._gate():
            await self._drawer.kick()

    async def is_open(self) -> bool | None:
        return await self._drawer.is_open()


class FencedLabelPrinter:
    """A label printer for who may print now; anybody may ask how it is."""

    def __init__(self, printer: LabelPrinter, gate: Gate) -> None:
        self._printer = printer
        self._gate = gate

    @property
    def media(self) -> Media:
        return self._printer.media

    async def print_labels(self, labels: Sequence[Label]) -> None:
        async with self._gate():
            await self._printer.print_labels(labels)

    async def label_status(self) -> LabelStatus:
        return await self._printer.label_status()


class FencedDisplay:
    """A display for who may show something now."""

    def __init__(self, display: Display, gate: Gate) -> None:
        self._display = display
        self._gate = gate

    async def show(self, upper: str, lower: str) -> None:
        async with self._gate():
            await self._display.show(upper, lower)

    async def clear(self) -> None:
        async with self._gate():
            await self._display.clear()
