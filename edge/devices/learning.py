"""Sets an open keyboard scanner up by one scan of the calibration barcode, while the box runs."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from cext.errors import Refused
from edge.devices.finding import Port
from edge.devices.handles import write_answer
from edge.devices.scanners import keyboard_scanner
from edge.devices.scanners.calibrate import Calibration
from edge.devices.slot import Slot

log = structlog.get_logger(__name__)


async def learn_scanner(slot: Slot, *, wait_s: float, check: Callable[[], None]) -> Calibration:
    """Learn from the next scan within `wait_s` seconds, and read by what was learned from then on.

    That scan is given to nobody. What was learned holds while the box runs, also when the scanner
    comes back; only the settings file keeps it longer. `check` is asked before and after, and
    raises when the right to the scanner is lost: nothing is changed then. Refused: device_unfit
    (no keyboard scanner), device_busy (a check waits for a scan), calibration_unheard,
    calibration_unread, calibration_busy; DeviceGone when it is not there.
    """
    check()
    settings = slot.settings
    if not isinstance(settings, keyboard_scanner.Settings):
        detail = f"A {settings.KIND} needs no learning: it has no layout."
        raise Refused("device_unfit", detail, device=slot.name)
    scanner = slot.get_open("learn")
    if slot.awaited is not None:
        raise Refused("device_busy", "A check waits for a scan.", device=slot.name)
    with slot.doing(f"learn {wait_s:g}") as act:
        made: Calibration = await scanner.learn(wait_s=wait_s)
        act.came_of_it = write_answer(made.learned)
        check()
    scanner.use(made.settings)
    slot.settings = made.settings
    # The recording is read by the table at its head, which is another one from here on.
    slot.flight.begin(Port.of(made.settings).table())
    log.info(
        "scanner_learned",
        device=slot.name,
        layout=made.settings.layout,
        terminator=made.learned.terminator,
        case=made.learned.case,
        gs=made.learned.gs,
    )
    slot.hear(f"Set up by one scan: layout {made.settings.layout}.")
    return made
