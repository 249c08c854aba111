"""Handles that stay good while a device comes and goes; what passes through them is counted."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from cext.errors import DeviceGarbled, DeviceSlow, OutsideError, Refused
from edge.devices.job_counts import count_job
from edge.devices.labels import Label, Media
from edge.devices.ports import (
    DeviceSettings,
    LabelStatus,
    PrinterStatus,
    Roll,
    Scan,
    Weight,
)
from edge.devices.slot import Slot

Mark = Callable[[Slot, str, str], None]
"""`mark(slot, problem, code)`: the device has this problem, or none."""


class ScaleHandle:
    """A scale that may come and go behind this handle."""

    def __init__(self, slot: Slot, mark: Mark) -> None:
        self._slot = slot
        self._mark = mark

    async def read(self, *, price_minor: int | None = None) -> Weight:
        what = "read" if price_minor is None else f"read {price_minor}"
        return await self._told(what, self._slot.get_open("read").read(price_minor=price_minor))

    async def zero(self) -> Weight:
        return await self._told("zero", self._slot.get_open("zero").zero())

    async def tare(self, weight_g: int | None = None) -> Weight:
        what = "tare" if weight_g is None else f"tare {weight_g}"
        return await self._told(what, self._slot.get_open("tare").tare(weight_g))

    async def _told(self, what: str, weighing: Awaitable[Weight]) -> Weight:
        slot = self._slot
        try:
            with slot.doing(what) as act:
                weight = await weighing
                act.came_of_it = write_weight(weight)
        except (DeviceSlow, DeviceGarbled) as exc:
            self._mark(slot, exc.detail, exc.code)
            raise
        if weight.weight_g is not None and weight.stable:
            slot.count("GoodWeightReadCount")
        slot.hear(say_weight(weight))
        self._mark(slot, "", "")
        return weight


class PrinterHandle:
    """A printer and its drawer that may come and go behind this handle."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot

    @property
    def roll(self) -> Roll:
        return get_roll(self._slot.settings)

    async def print(self, job: bytes) -> None:
        device = self._slot.get_open("print")
        with self._slot.doing(f"print {job.hex()}"):
            await device.print(job)
        lines_n, cuts_n = count_job(job, self.roll.language)
        self._slot.count("ReceiptLinePrintedCount", lines_n)
        self._slot.count("PaperCutCount", cuts_n)
        self._slot.hear(f"Printed {lines_n} lines.")

    async def status(self) -> PrinterStatus:
        device = self._slot.get_open("status")
        with self._slot.doing("status") as act:
            status: PrinterStatus = await device.status()
            act.came_of_it = write_answer(status)
        self._slot.hear(say_status(status))
        return status

    async def kick(self) -> None:
        device = self._slot.get_open("kick")
        try:
            with self._slot.doing("kick"):
                await device.kick()
        except OutsideError:
            self._slot.count("DrawerFailedOpenCount")
            raise
        # The pulse has left: whether the drawer moved, most drawers cannot tell.
        self._slot.count("DrawerGoodOpenCount")
        self._slot.hear("Opened the drawer.")

    async def is_open(self) -> bool | None:
        device = self._slot.get_open("is_open")
        with self._slot.doing("is_open") as act:
            is_open: bool | None = await device.is_open()
            act.came_of_it = write_answer(is_open)
        return is_open


class LabelPrinterHandle:
    """A label printer that may come and go behind this handle."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot

    @property
    def media(self) -> Media:
        return get_media(self._slot.settings)

    async def print_labels(self, labels: Sequence[Label]) -> None:
        device = self._slot.get_open("print_labels")
        with self._slot.doing(f"print_labels {write_answer(tuple(labels))}"):
            await device.print_labels(labels)
        self._slot.count("LabelPrintedCount", len(labels))
        self._slot.hear(f"Printed {len(labels)} labels.")

    async def label_status(self) -> LabelStatus:
        device = self._slot.get_open("label_status")
        with self._slot.doing("label_status") as act:
            status: LabelStatus = await device.label_status()
            act.came_of_it = write_answer(status)
        self._slot.hear(status.problem()[1] or "Ready to print labels.")
        return status


class DisplayHandle:
    """A customer display that may come and go behind this handle."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot

    async def show(self, upper: str, lower: str) -> None:
        device = self._slot.get_open("show")
        with self._slot.doing(f"show {write_answer((upper, lower))}"):
            await device.show(upper, lower)

    async def clear(self) -> None:
        device = self._slot.get_open("clear")
        with self._slot.doing("clear"):
            await device.clear()


def get_media(settings: DeviceSettings) -> Media:
    """Read what labels are in a label printer; Refused device_unfit for other kinds."""
    media = getattr(settings, "media", None)
    if not isinstance(media, Media):
        raise Refused("device_unfit", f"A {settings.KIND} has no labels.")
    return media


def get_roll(settings: DeviceSettings) -> Roll:
    """Read what a receipt printer prints on; Refused device_unfit for other kinds."""
    roll = getattr(settings, "roll", None)
    if not isinstance(roll, Roll):
        raise Refused("device_unfit", f"A {settings.KIND} has no paper.")
    return roll


def write_answer(answer: object) -> str:
    """What a device answered, for its recording: JSON."""
    return msgspec.json.encode(answer).decode()


def write_weight(weight: Weight) -> str:
    """A weight for a recording: grams or "none", and each field that is true; no times."""
    words = ["none" if weight.weight_g is None else str(weight.weight_g)]
    names = ("stable", "in_motion", "over", "under", "zero", "net")
    words += [name for name in names if getattr(weight, name)]
    return " ".join(["weight", *words])


def write_scan(scan: Scan) -> str:
    """A code for a recording, quoted so that every character is seen."""
    return f"scan {json.dumps(scan.symbology)} {json.dumps(scan.text)}"


def say_weight(weight: Weight) -> str:
    """A weight as a sentence: grams to three places of a kilogram, and why there is none."""
    if weight.over:
        return "Overloaded."
    if weight.under:
        return "Less than nothing is on it."
    if weight.weight_g is None:
        return "In motion, no weight." if weight.in_motion else "It tells no weight."
    sign, grams = "-" if weight.weight_g < 0 else "", abs(weight.weight_g)
    rest = "" if weight.stable else ", not at rest"
    net = " net" if weight.net else ""
    return f"{sign}{grams // 1000}.{grams % 1000:03} kg{net}{rest}"


def say_status(status: PrinterStatus) -> str:
    """How a printer is, as a sentence."""
    problem = status.problem()[1]
    if problem:
        return problem
    return "Paper is near its end." if status.paper == "near_end" else "Ready, paper is in."
