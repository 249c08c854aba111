"""USB scale that shows itself as one (HID usage page 0x8D), over a hidraw node.

Sources: USB-IF, HID Point of Sale Usage Tables, page 0x8D (Scale Data Report); that reports of
zeros alone are empty is as a printing program's sample page reads them [src]. A report has 6 bytes:

    id  status  unit  exponent (signed)  weight, 2 bytes, the low one first

Status: 1 fault, 2 stable at zero, 3 in motion, 4 stable, 5 under zero, 6 over, 7 to be calibrated,
8 to be zeroed. Unit: 2 g, 3 kg, 11 oz, 12 lb; others are of no shop. The weight has no sign, so
under zero none is told. The scale speaks by itself; a report that says nothing is skipped. The
USB tables allow wider weights than 2 bytes: those are refused as garbled and not read by guess.
Whether net is shown is not told.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import ClassVar

from cext.kit.clock import Clock
from edge.devices.hidraw_port import HidrawPort
from edge.devices.scales.cable_scale import CableScale, CableSettings, OnBytes, open_on_cable
from edge.devices.scales.mass import round_grams
from edge.devices.scales.orders import ByItsKeys
from edge.devices.scales.reading import Answer, Heard, Noise, Reading, Unit
from edge.devices.tap import UNTAPPED, Tap

REPORT_BYTES = 6
EXPONENT_MIN, EXPONENT_MAX = -6, 3
AT_ZERO, IN_MOTION, AT_REST, UNDER, OVER = 2, 3, 4, 5, 6
UNITS: dict[int, Unit] = {2: "g", 3: "kg", 11: "oz", 12: "lb"}
TROUBLES = {
    1: "it has a fault: switch it off and on",
    7: "it wants to be calibrated",
    8: "it has lost its zero: empty it and press its zero key",
}


class Settings(CableSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a `hid_scale`; the tables in README.md say what each is for."""

    KIND: ClassVar[str] = "hid_scale"
    NODE: ClassVar[str] = "hidraw"


class HidScaleTalk(ByItsKeys):
    """Reports that come by themselves, REPORT_BYTES each."""

    name: ClassVar[str] = "usb_hid_scale"

    def __init__(self) -> None:
        self._held = bytearray()

    def ask(self) -> bytes:
        return b""

    def clear(self) -> None:
        self._held.clear()

    def receive(self, data: bytes) -> Heard:
        answers: list[Answer] = []
        self._held += data
        while len(self._held) >= REPORT_BYTES:
            report = bytes(self._held[:REPORT_BYTES])
            del self._held[:REPORT_BYTES]
            if any(report):
                answers.append(decode_report(report))
        return Heard(tuple(answers))


def decode_report(report: bytes) -> Answer:
    """Read one report of six bytes with its id, whatever that is."""
    _, status, unit_code, _, low, high = report
    exponent = int.from_bytes(report[3:4], signed=True)
    unit = UNITS.get(unit_code)
    number = low | high << 8
    if problem := _find_problem(status, unit_code, exponent, number):
        return Noise(problem, report)
    if unit is None or status in {UNDER, OVER}:
        return Reading(
            weight_g=None,
            stable=False,
            under=status == UNDER,
            over=status == OVER,
            tare_g=None,
            unit=unit or "kg",
            raw=report,
        )
    number *= int(10 ** max(exponent, 0))
    return Reading(
        weight_g=round_grams(number, unit, decimals_n=max(-exponent, 0)),
        stable=status != IN_MOTION,
        in_motion=status == IN_MOTION,
        zero=status == AT_ZERO,
        tare_g=None,
        unit=unit,
        raw=report,
    )


def _find_problem(status: int, unit_code: int, exponent: int, number: int) -> str:
    """Why this is no weight, or nothing; over and under their range scales may tell no unit."""
    if status in {UNDER, OVER}:
        return ""
    if status not in {AT_ZERO, IN_MOTION, AT_REST}:
        return TROUBLES.get(status, f"status {status}, which is none")
    if unit_code not in UNITS:
        return f"unit {unit_code} is no unit of a shop: set the scale to kg"
    if not EXPONENT_MIN <= exponent <= EXPONENT_MAX:
        return f"a weight times ten to the {exponent}"
    return "a weight that it calls zero" if status == AT_ZERO and number else ""


def make_talk(settings: Settings) -> HidScaleTalk:
    """The conversation of a scale with these settings."""
    del settings
    return HidScaleTalk()


def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AbstractAsyncContextManager[CableScale]:
    """Open the scale's node; raises DeviceGone."""

    def make_node(on_bytes: OnBytes) -> HidrawPort:
        return HidrawPort(
            settings.port,
            report_bytes=REPORT_BYTES,
            device=device,
            clock=clock,
            on_bytes=on_bytes,
            tap=tap,
        )

    return open_on_cable(settings, make_talk(settings), make_node, device=device, clock=clock)
