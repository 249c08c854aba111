"""What a device is and how it is, in one shape for pages, the API and the hub."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from edge.devices.unified_pos import Category, Level, Power, UposState


class Identity(Struct, frozen=True, kw_only=True):
    """Which piece of hardware it is; empty where that is not known.

    `path` is a name that stays: /dev/serial/by-id/..., by-path, host:port. `usb` is the vendor and
    the model by their USB numbers, such as 0403:6001.
    """

    maker: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    path: str = ""
    usb: str = ""

    def under(self, told: object) -> Identity:
        """The same with what the driver `told` in fields of these names, which counts more."""
        pairs = ((name, getattr(told, name, "")) for name in self.__struct_fields__)
        return Identity(**{name: said or getattr(self, name) for name, said in pairs})


class DeviceReport(Struct, frozen=True, kw_only=True):
    """A device now, for a person and for a till that speaks UnifiedPOS.

    `upos_state` is S_CLOSED (its cable is not open), S_IDLE, S_BUSY (it is doing something) or
    S_ERROR (open, but it cannot work). `claimed` is True when a lane or a lease holds it,
    `enabled` when what it reads goes to the shop or it takes orders now. `error` names what is
    wrong as UnifiedPOS does, or is empty; `code` does so in our own words (paper_out). `power`
    is "online" only of a device that has said something since it was opened. `says` is what it
    told last and `says_at_ms` when (UTC), 0 for never.
    """

    device: str
    kind: str
    category: Category
    state: Literal["ready", "gone"]
    detail: str
    since_ms: int
    upos_state: UposState
    power: Power
    claimed: bool
    enabled: bool
    error: str
    code: str
    lanes: tuple[str, ...]
    identity: Identity
    says: str
    says_at_ms: int
    statistics: dict[str, int]


class Health(Struct, frozen=True, kw_only=True):
    """The result of one check: of what this box knows, of the device, or of a person with it.

    `code` is our own name of what is wrong, as far as one is known.
    """

    device: str
    level: Level
    ok: bool
    text: str
    took_ms: int
    code: str = ""
