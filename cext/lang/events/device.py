"""Events about devices: what was printed, opened, lost and found."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct


class ReceiptPrinted(Struct, frozen=True, kw_only=True, array_like=True):
    """A printer confirmed that the paper of receipt `number` came out.

    `copy` marks a reprint. `late_ms` is how long after the sale it was printed. Version 2 added
    `wanted`, the printer of the lane: where `device` is another, that one stepped in. Version 1
    reads with it empty, which means `device`.
    """

    VERSION: ClassVar[int] = 2

    number: str
    device: str
    copy: bool
    late_ms: int
    wanted: str = ""


class PrintDropped(Struct, frozen=True, kw_only=True, array_like=True):
    """A paper was given up, by `who` and `why`; `who` is empty for the box itself.

    `number` is the receipt that is owed no paper any more, or empty.
    """

    VERSION: ClassVar[int] = 1

    job: str
    kind: str
    number: str
    who: str
    why: str


class DrawerOpened(Struct, frozen=True, kw_only=True, array_like=True):
    """The cash drawer was kicked open; `number` is the sale it was for, or empty."""

    VERSION: ClassVar[int] = 1

    device: str
    number: str
    reason: str


class DeviceChanged(Struct, frozen=True, kw_only=True, array_like=True):
    """A device went away or came back."""

    VERSION: ClassVar[int] = 1

    device: str
    kind: str
    state: Literal["ready", "gone"]
    detail: str = ""


class DeviceStatistics(Struct, frozen=True, kw_only=True, array_like=True):
    """What a device counted since it was set up, written once a day and on demand.

    `counts` are under the names of UnifiedPOS, such as GoodScanCount. The texts say which piece of
    hardware it is, empty where that is not known.
    """

    VERSION: ClassVar[int] = 1

    device: str
    kind: str
    maker: str
    model: str
    serial: str
    firmware: str
    counts: dict[str, int]


class DeviceTakenOver(Struct, frozen=True, kw_only=True, array_like=True):
    """`holder` took a device from `former`: a holder of a lease, or the lanes it is bound to.

    `token` is the fencing number given with it, `grant` the name of the token of the doors that
    asked.
    """

    VERSION: ClassVar[int] = 1

    device: str
    holder: str
    former: str
    token: int
    grant: str = ""
