"""A simulated scanner that acts as a keyboard: key events on a pseudo-terminal."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from edge.devices.scanners.wedge_keys import EV_SYN, SYN_DROPPED, SYN_REPORT
from edge.sim.pty_port import PtyPort
from edge.sim.scanner_keys import (
    GS_KEYS,
    TERMINATOR_KEYS,
    Key,
    as_events,
    stroke,
    type_text,
)

EVENT = struct.Struct("@llHHi")  # struct input_event of linux/input.h
KEY_UNKNOWN = 240

Terminator = Literal[
    "enter",
    "keypad_enter",
    "tab",
    "line_feed",
    "control_j",
    "control_m",
    "alt_013",
    "enter_line_feed",
    "none",
]


class SimKeyboardScanner(PtyPort):
    """Point it at a code with `type`. `path` is the port for `keyboard_scanner` settings.

    `layout`, `terminator` and `gs` are what the scanner is set to; `prefix` is sent before a code.
    """

    def __init__(
        self,
        link: Path | None = None,
        *,
        layout: str = "US",
        terminator: Terminator = "enter",
        gs: Literal["control", "alt_code", "missing"] = "control",
        prefix: str = "",
    ) -> None:
        super().__init__(link)
        self.layout = layout
        self.terminator = terminator
        self.gs = gs
        self.prefix = prefix
        self.typed_n = 0

    async def type(self, code: str) -> None:
        """Type one code; returns when the port took all of its keys."""
        await self.press(self.keys(code))
        self.typed_n += 1

    def keys(self, code: str) -> list[Key]:
        """The keys of one code and its end."""
        typed = type_text(self.prefix + code, self.layout, gs=GS_KEYS[self.gs])
        return typed + TERMINATOR_KEYS[self.terminator]

    async def press(self, keys: Iterable[Key]) -> None:
        """Press and release keys: half codes, wrong ones."""
        await self.send_events(as_events(keys))

    async def send_events(self, events: Iterable[tuple[int, int, int]]) -> None:
        """Send events (type, code, value) as they are."""
        self.send(encode_events(events))
        await self.drain()

    async def drop_keys(self) -> None:
        """Say that the kernel dropped events."""
        await self.send_events(((EV_SYN, SYN_DROPPED, 0), (EV_SYN, SYN_REPORT, 0)))

    def table(self) -> dict[str, str | int]:
        """Give the settings of the driver that talks to it."""
        ends_with = "silence" if self.terminator == "none" else "mark"
        settings = {"layout": self.layout, "ends_with": ends_with}
        return {"kind": "keyboard_scanner", "port": self.path, **settings}

    async def garble(self) -> None:
        """Press a key that no scanner has."""
        await self.press(stroke(KEY_UNKNOWN) + TERMINATOR_KEYS["enter"])


def encode_events(events: Iterable[tuple[int, int, int]]) -> bytes:
    """The bytes of events that come now, by the monotonic clock."""
    sec, rest_ns = divmod(time.monotonic_ns(), 1_000_000_000)
    return b"".join(EVENT.pack(sec, rest_ns // 1_000, *event) for event in events)


def make_sim(folder: Path) -> SimKeyboardScanner:
    """Make one that can be unplugged and comes back under the same name."""
    return SimKeyboardScanner(folder / "keyboard")
