"""The settings of devices, checked against the lanes that name them."""

from __future__ import annotations

from cext.errors import ConfigError
from edge.config import LANE_ROLES, Settings
from edge.devices import DeviceSettings, decode_settings
from edge.devices.paper import can_print
from edge.devices.printers.escpos_settings import EscposSettings


def check_devices(settings: Settings) -> dict[str, DeviceSettings]:
    """The settings of every device by its driver, and whether each fits its lane."""
    decoded = decode_settings(settings.devices)
    problems = []
    for lane in settings.lanes:
        for role in LANE_ROLES:
            name, what = getattr(lane, role), role.removeprefix("fallback_")
            kind = decoded[name].KIND if name else what
            if what not in kind or (what == "printer" and "label" in kind):
                what = "printer of receipts" if what == "printer" else what
                problems.append(f"lanes.{lane.id}.{role}: {kind} is no {what}")
    problems += [
        f"devices.{name}.profile: a {device.roll.profile} cannot print language {settings.language}"
        for name, device in decoded.items()
        if isinstance(device, EscposSettings) and not _speaks(device, settings.language)
    ]
    if problems:
        raise ConfigError(tuple(problems))
    return decoded


def lanes_of(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Which lanes name each device, in whatever role."""
    bound: dict[str, tuple[str, ...]] = {}
    for lane in settings.lanes:
        for role in lane.__struct_fields__:
            name = getattr(lane, role)
            if role != "id" and name in settings.devices:
                bound[name] = (*bound.get(name, ()), lane.id)
    return bound


def _speaks(device: EscposSettings, language: str) -> bool:
    """Whether a printer can put the language's letters on paper, as text or drawn."""
    return language == "en" or can_print(
        {"zh": "门店", "he": "סניף"}[language], device.profile, device.encoding
    )
