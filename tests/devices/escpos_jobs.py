"""Jobs for ESC/POS printers, and drivers of every cable opened on their simulators."""

from __future__ import annotations

from typing import Any

import pytest

from cext.errors import OutsideError
from cext.kit.clock import SystemClock
from edge.devices import decode_settings
from edge.devices.printers import (
    escpos_file_printer,
    escpos_serial_printer,
    escpos_tcp_printer,
    escpos_usb_printer,
)
from edge.devices.tap import UNTAPPED, Tap

DRIVERS: dict[str, Any] = {
    "escpos_tcp_printer": escpos_tcp_printer,
    "escpos_serial_printer": escpos_serial_printer,
    "escpos_usb_printer": escpos_usb_printer,
    "escpos_file_printer": escpos_file_printer,
}
CUT = b"\x1dVB\x00"
LINES_N = 200
LONG = b"\x1b@" + b"".join(b"line %03d of a long receipt\n" % n for n in range(LINES_N)) + CUT
SHORT = b"\x1b@second\n" + CUT
PICTURE = b"\x1dv0\x00" + bytes((72, 0, 0, 4)) + bytes(range(256)) * 288 + b"\n"  # 1024 rows


def open_on(sim: Any, *, tap: Tap = UNTAPPED, **more: object) -> Any:
    table = {**sim.table(), **more}
    kind = table["kind"]
    settings = decode_settings({"printer": table})["printer"]
    return DRIVERS[kind].open(settings, device="printer", clock=SystemClock(), tap=tap)


async def fail(printer: Any, job: bytes) -> OutsideError:
    with pytest.raises(OutsideError) as failed:
        await printer.print(job)
    return failed.value
