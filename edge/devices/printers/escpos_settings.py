"""The settings that every ESC/POS printer has, whatever its cable."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from cext.errors import Refused
from edge.devices.paper import Encoding, find_profile
from edge.devices.ports import DeviceSettings, Roll
from edge.devices.printers.escpos_status import DrawerLevel


class EscposSettings(DeviceSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of every ESC/POS printer; the tables in README.md say what each is for."""

    width_n: Literal[32, 42, 48] = 48
    profile: Annotated[str, Meta(min_length=1, max_length=40)] = "western"
    encoding: Encoding = "profile"
    answers: bool = True
    asb: bool = True
    answer_wait_ms: Annotated[int, Meta(ge=100, le=10_000)] = 2_000
    job_wait_ms: Annotated[int, Meta(ge=1_000, le=120_000)] = 30_000
    poll_ms: Annotated[int, Meta(ge=200, le=60_000)] = 5_000
    drawer_pin: Literal[2, 5] = 2
    drawer_pulse_ms: Annotated[int, Meta(ge=10, le=500)] = 120
    drawer_open_level: DrawerLevel = "none"

    def __post_init__(self) -> None:
        try:
            find_profile(self.profile).check_width(self.width_n)
        except Refused as exc:
            raise ValueError(exc.detail) from exc

    @property
    def roll(self) -> Roll:
        """What it prints on."""
        return Roll(self.width_n, self.profile, self.encoding)
