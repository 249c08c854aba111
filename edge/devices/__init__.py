"""Everything with a cable: ports, supervision, one file per driver."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from cext.errors import ConfigError
from cext.kit.settings import convert_settings
from edge.devices.labels import Label, Media
from edge.devices.ports import (
    DeviceSettings,
    DeviceState,
    Display,
    Drawer,
    LabelPrinter,
    LabelStatus,
    Printer,
    PrinterStatus,
    Roll,
    Scale,
    Scan,
    Weight,
)
from edge.devices.report import DeviceReport, Health, Identity
from edge.devices.supervise import Devices

KINDS: Mapping[str, str] = {
    "ascii_lines_scale": "edge.devices.scales.ascii_lines_scale",
    "dialog_scale": "edge.devices.scales.dialog_scale",
    "digi_ds_scale": "edge.devices.scales.digi_ds_scale",
    "enq_dc1_scale": "edge.devices.scales.enq_dc1_scale",
    "escpos_file_printer": "edge.devices.printers.escpos_file_printer",
    "escpos_serial_printer": "edge.devices.printers.escpos_serial_printer",
    "escpos_tcp_printer": "edge.devices.printers.escpos_tcp_printer",
    "escpos_usb_printer": "edge.devices.printers.escpos_usb_printer",
    "hid_pos_scanner": "edge.devices.scanners.hid_pos_scanner",
    "keyboard_scanner": "edge.devices.scanners.keyboard_scanner",
    "hid_scale": "edge.devices.scales.hid_scale",
    "mt_sics_scale": "edge.devices.scales.mt_sics_scale",
    "nci_scale": "edge.devices.scales.nci_scale",
    "sartorius_sbi_scale": "edge.devices.scales.sartorius_sbi_scale",
    "serial_scanner": "edge.devices.scanners.serial_scanner",
    "sma_scale": "edge.devices.scales.sma_scale",
    "star_tcp_printer": "edge.devices.printers.star_tcp_printer",
    "toledo_8217_scale": "edge.devices.scales.toledo_8217_scale",
    "tspl_label_printer": "edge.devices.printers.tspl_label_printer",
    "vfd_display": "edge.devices.vfd_display",
    "w_digits_scale": "edge.devices.scales.w_digits_scale",
    "yaohua_xk3190_scale": "edge.devices.scales.yaohua_xk3190_scale",
    "zpl_label_printer": "edge.devices.printers.zpl_label_printer",
}


def decode_settings(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, DeviceSettings]:
    """Check the `[devices.NAME]` tables of a configuration; ConfigError lists every problem."""
    decoded: dict[str, DeviceSettings] = {}
    problems: list[str] = []
    for name, table in tables.items():
        kind = table.get("kind", "")
        if kind not in KINDS:
            near = get_close_matches(str(kind), KINDS, n=1)
            cure = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(KINDS)}"
            problems.append(f"devices.{name}.kind: unknown kind {kind!r}; {cure}")
            continue
        rest = {key: value for key, value in table.items() if key != "kind"}
        settings = import_module(KINDS[kind]).Settings
        try:
            decoded[name] = convert_settings(rest, settings)
        except ConfigError as exc:
            problems.extend(f"devices.{name}.{problem}" for problem in exc.problems)
    if problems:
        raise ConfigError(tuple(problems))
    return decoded


__all__ = [
    "KINDS",
    "DeviceReport",
    "DeviceSettings",
    "DeviceState",
    "Devices",
    "Display",
    "Drawer",
    "Health",
    "Identity",
    "Label",
    "LabelPrinter",
    "LabelStatus",
    "Media",
    "Printer",
    "PrinterStatus",
    "Roll",
    "Scale",
    "Scan",
    "Weight",
    "decode_settings",
]
