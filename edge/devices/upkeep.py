"""How devices are kept: where their counts and recordings go, how often they are tried."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0


class Upkeep(Struct, frozen=True, kw_only=True):
    """Without a `statistics_file` counts are not kept, without `flight` nothing is recorded.

    Sealed recordings go into `flight_folder`. A lost device is tried again after `first_wait_s`,
    doubling up to `longest_wait_s`, and at once when its file appears.
    """

    statistics_file: Path | None = None
    flight: bool = True
    flight_folder: Path | None = None
    first_wait_s: float = FIRST_WAIT_S
    longest_wait_s: float = LONGEST_WAIT_S
