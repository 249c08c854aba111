"""Where paper comes out: a printer of receipts or of labels, as the print journal uses it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec

from cext.errors import DeviceGone, Refused
from edge.devices.labels import Label
from edge.devices.paper import Document, render_job
from edge.devices.ports import LabelPrinter, Printer
from edge.devices.supervise import Devices
from edge.prints.body import Body, mark, slip

_encode_labels = msgspec.msgpack.Encoder().encode
_decode_labels = msgspec.msgpack.Decoder(tuple[Label, ...]).decode


class Outlet(Protocol):
    """One printer. Its methods raise OutsideError when it cannot, Refused when no try could.

    `confirms` is False for a printer that answers nothing: its jobs are only handed over.
    """

    confirms: bool

    def is_ready(self) -> bool:
        """Whether it can work now, as far as its supervisor knows."""

    async def render(self, body: Body, marks: tuple[str, ...]) -> bytes:
        """The bytes that put `body` on this printer's paper, with `marks` on top."""

    async def check(self) -> None:
        """Ask it how it is; raises DeviceGone while nothing of a job has left the box."""

    async def print(self, data: bytes) -> None:
        """Print what `render` gave; returns when the printer confirmed all of it."""


class PaperOutlet:
    """A receipt printer."""

    def __init__(
        self,
        name: str,
        printer: Printer,
        is_ready: Callable[[], bool],
        *,
        confirms: bool = True,
    ) -> None:
        self._name = name
        self._printer = printer
        self.is_ready = is_ready
        self.confirms = confirms

    async def render(self, body: Body, marks: tuple[str, ...]) -> bytes:
        """In a thread: pictures take long, and fonts come from the disk."""
        roll = self._printer.roll
        if isinstance(body, bytes):
            head = b""
            if marks:
                strip = slip(marks, roll.width_n)
                head = await asyncio.to_thread(render_job, strip, roll)
            return head + body
        if not isinstance(body, Document):
            raise Refused("device_unfit", f"{self._name} has paper, not labels.")
        document = msgspec.structs.replace(mark(body, marks), width_n=roll.width_n)
        return await asyncio.to_thread(render_job, document, roll)

    async def check(self) -> None:
        problem, sentence = (await self._printer.status()).problem()
        if problem:
            raise DeviceGone(problem, sentence, device=self._name)

    async def print(self, data: bytes) -> None:
        await self._printer.print(data)


class LabelOutlet:
    """A label printer; what is kept of a job are the labels, as its driver gets them."""

    confirms = True

    def __init__(self, name: str, printer: LabelPrinter, is_ready: Callable[[], bool]) -> None:
        self._name = name
        self._printer = printer
        self.is_ready = is_ready

    async def render(self, body: Body, marks: tuple[str, ...]) -> bytes:
        """Labels carry no marks: a second label on a shelf says nothing false."""
        del marks
        if not isinstance(body, tuple):
            raise Refused("device_unfit", f"{self._name} has labels, not paper.")
        return _encode_labels(body)

    async def check(self) -> None:
        problem, sentence = (await self._printer.label_status()).problem()
        if problem:
            raise DeviceGone(problem, sentence, device=self._name)

    async def print(self, data: bytes) -> None:
        await self._printer.print_labels(_decode_labels(data))


def is_outlet(kind: str) -> bool:
    """Whether devices of this kind put out paper or labels."""
    return "printer" in kind


def make_outlet(devices: Devices, name: str) -> Outlet:
    """The outlet of a printer; Refused device_unknown, device_unfit."""

    def is_ready() -> bool:
        return any(one.device == name and one.state == "ready" for one in devices.states())

    settings = devices.get_settings(name)
    if "label" in settings.KIND:
        return LabelOutlet(name, devices.get_label_printer(name), is_ready)
    confirms = getattr(settings, "answers", True)
    return PaperOutlet(name, devices.get_printer(name), is_ready, confirms=confirms)
