"""Checks of a device: what the box knows, what the device does, what a person does with it."""

from __future__ import annotations

import asyncio

from cext.errors import Refused, ShopError
from cext.lang.money import Currency
from edge.devices.handles import (
    DisplayHandle,
    LabelPrinterHandle,
    Mark,
    PrinterHandle,
    ScaleHandle,
    say_weight,
)
from edge.devices.labels import Label
from edge.devices.paper import Cut, Document, Feed, Rule, Text, render_job
from edge.devices.report import Health
from edge.devices.slot import Slot
from edge.devices.unified_pos import Level

SCAN_WAIT_S = 10.0
DEVICE_WAIT_S = 150.0  # above the longest wait any driver may be given
TEST_LABEL = Label(name="Test", currency=Currency(code="CNY"), price_minor=100, ean="4006381333931")


async def check_health(slot: Slot, level: Level, mark: Mark) -> Health:
    """Check one device; what it cannot do now is a result, not an error.

    Refused level_unfit where a level means nothing: a scanner cannot be asked, and only a scanner
    needs a person.
    """
    began_ns, code = slot.clock.mono_ns(), ""
    try:
        async with asyncio.timeout(DEVICE_WAIT_S):
            is_ok, text = await _check(slot, level, mark)
    except Refused as exc:
        if exc.code == "level_unfit":
            raise
        is_ok, text, code = False, exc.detail, exc.code
    except ShopError as exc:
        is_ok, text, code = False, exc.detail, exc.code
    except TimeoutError:
        is_ok, text = False, f"It did not end within {DEVICE_WAIT_S:.0f} s."
    if level == "internal" and not is_ok:
        code = slot.code
    took_ms = (slot.clock.mono_ns() - began_ns) // 1_000_000
    return Health(device=slot.name, level=level, ok=is_ok, text=text, took_ms=took_ms, code=code)


async def _check(slot: Slot, level: Level, mark: Mark) -> tuple[bool, str]:
    if level == "internal":
        return slot.state.state == "ready", slot.state.detail or f"Ready. {slot.says}".strip()
    if (level == "interactive") != (slot.category == "Scanner"):
        cure = "interactive" if slot.category == "Scanner" else "external"
        raise Refused(
            "level_unfit", f"A {slot.category} is checked by {cure}.", device=slot.name, level=level
        )
    match slot.category:
        case "Scanner":
            return await _await_scan(slot)
        case "Scale":
            weight = await ScaleHandle(slot, mark).read()
            return True, say_weight(weight)
        case "POSPrinter":
            return await _print_slip(slot)
        case "LabelPrinter":
            await LabelPrinterHandle(slot).print_labels((TEST_LABEL,))
            return True, "The label printer confirmed a test label."
        case "LineDisplay":
            await DisplayHandle(slot).show("12345678901234567890", "ABCDEFGHIJKLMNOPQRST")
            return True, "Sent a test text; a display cannot say whether it shows it."


async def _await_scan(slot: Slot) -> tuple[bool, str]:
    slot.get_open("scans")
    if slot.awaited is not None:
        raise Refused("device_busy", "Another check waits for a scan.", device=slot.name)
    slot.awaited = asyncio.get_running_loop().create_future()
    try:
        with slot.busy():
            async with asyncio.timeout(SCAN_WAIT_S):
                scan = await slot.awaited
    except TimeoutError:
        return False, f"No code came within {SCAN_WAIT_S:.0f} s."
    finally:
        slot.awaited = None
    return True, f"Read {scan.symbology} {scan.text}".replace("  ", " ")


async def _print_slip(slot: Slot) -> tuple[bool, str]:
    printer = PrinterHandle(slot)
    roll = printer.roll
    parts = (
        Text("Test slip", bold=True, align="center"),
        Rule(),
        Text(slot.name),
        Text("".join(str(column % 10) for column in range(1, roll.width_n + 1))),
        Feed(1),
        Cut(),
    )
    job = await asyncio.to_thread(render_job, Document(roll.width_n, parts), roll)
    await printer.print(job)
    return True, "The printer confirmed a test slip."
