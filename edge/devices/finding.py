"""What a device's settings say of where it is: a port of this machine, a serial server, a host."""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec import Struct, structs

from edge.devices.identity import advise, identify, identify_usb, is_usb_name, resolve
from edge.devices.ports import DeviceSettings
from edge.devices.report import Identity


class Port(Struct, frozen=True):
    """Where a device is: `path` of this machine or `usb:...`, else `address` in the network."""

    settings: DeviceSettings
    path: str = ""
    address: str = ""

    @staticmethod
    def of(settings: DeviceSettings) -> Port:
        """Read it from the keys `host` and `port`."""
        host, port = getattr(settings, "host", ""), getattr(settings, "port", "")
        if host:
            return Port(settings, address=f"{host}:{port}")
        text = str(port)
        return Port(settings, address=text) if "://" in text else Port(settings, path=text)

    @property
    def is_local(self) -> bool:
        """Whether it is plugged into this machine."""
        return bool(self.path)

    def table(self) -> dict[str, Any]:
        """The device's table as a configuration has it."""
        return {"kind": self.settings.KIND, **structs.asdict(self.settings)}


async def find_port(settings: DeviceSettings, *, device: str) -> DeviceSettings:
    """The same settings with the node that `usb:VID:PID` names now; raises DeviceGone."""
    path = Port.of(settings).path
    # A keyboard scanner is several nodes at once: its driver finds them all.
    if not is_usb_name(path) or settings.NODE == "input":
        return settings
    node = await asyncio.to_thread(resolve, path, settings.NODE, device=device)
    return structs.replace(settings, port=node)


async def name_device(settings: DeviceSettings) -> Identity:
    """What is known of the hardware there without asking it."""
    port = Port.of(settings)
    if not port.path and not port.address:
        usb = str(getattr(settings, "usb", ""))
        return await asyncio.to_thread(identify_usb, usb, settings.NODE) if usb else Identity()
    if not port.is_local:
        return Identity(path=port.address)
    return await asyncio.to_thread(identify, port.path)


def advise_device(settings: DeviceSettings) -> str:
    """What to write instead of a port that changes its number; empty where all is well."""
    return advise(Port.of(settings).path)
