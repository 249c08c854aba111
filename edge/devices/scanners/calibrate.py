"""Finds out how a keyboard scanner is set, by one scan of the calibration barcode."""

from __future__ import annotations

import json

import msgspec
from msgspec import Struct

from cext.errors import Refused
from cext.kit.clock import Clock
from edge.devices.ports import DeviceSettings
from edge.devices.scanners import keyboard_scanner
from edge.devices.scanners.keyboard_scanner import KeyboardScanner
from edge.devices.scanners.learn import Learned, learn

LEARN_WAIT_S = 60.0


class Calibration(Struct, frozen=True, kw_only=True):
    """What one scan told, the settings that follow from it, and their table for the settings file.

    `toml` is the whole table of the device; `learned.advice` says what should be set otherwise in
    the scanner itself.
    """

    learned: Learned
    settings: keyboard_scanner.Settings
    toml: str


async def calibrate(
    settings: DeviceSettings, *, device: str, clock: Clock, wait_s: float = LEARN_WAIT_S
) -> Calibration:
    """Open the scanner and learn from its next scan; a box that runs must not hold it.

    Refused: device_unfit (no keyboard scanner), calibration_unheard, calibration_unread.
    DeviceGone when it is not there, or another program has it.
    """
    if not isinstance(settings, keyboard_scanner.Settings):
        raise Refused("device_unfit", f"A {settings.KIND} needs no learning: it has no layout.")
    async with keyboard_scanner.open(settings, device=device, clock=clock) as scanner:
        return await calibrate_open(scanner, settings, device=device, wait_s=wait_s)


async def calibrate_open(
    scanner: KeyboardScanner,
    settings: keyboard_scanner.Settings,
    *,
    device: str,
    wait_s: float = LEARN_WAIT_S,
) -> Calibration:
    """The same with a scanner that is open and goes on selling; this one scan sells nothing."""
    learned = learn(await scanner.listen(wait_s=wait_s))
    found = apply(learned, settings)
    return Calibration(learned=learned, settings=found, toml=to_toml(device, found))


def apply(learned: Learned, settings: keyboard_scanner.Settings) -> keyboard_scanner.Settings:
    """The settings with what was learned in place of what they said before."""
    wedge = learned.settings()
    return msgspec.structs.replace(
        settings,
        layout=wedge.layout,
        ends_with="silence" if wedge.ends_in_silence else "mark",
        gs_char=wedge.gs_char,
        caps=wedge.caps,
    )


def to_toml(device: str, settings: keyboard_scanner.Settings) -> str:
    """The table of this device; keys that have their default are left out but for the layout."""
    lines = [f"[devices.{device}]", f'kind = "{settings.KIND}"']
    for field in msgspec.structs.fields(settings):
        value = getattr(settings, field.name)
        if value != field.default or field.name == "layout":
            # Texts and numbers of JSON are those of TOML.
            lines.append(f"{field.encode_name} = {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"
