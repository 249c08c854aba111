"""A simulated customer display on a pseudo-terminal: keeps what its two lines show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from edge.sim.pty_port import PtyPort
from edge.sim.pulse import Pulse

COLUMNS_N, LINES_N = 20, 2
_WRITE_LINE = re.compile(rb"\x1bQ([AB])([^\r]{0,20})\r")
_COMMANDS = {
    "cd5220": re.compile(rb"\x1b@|\x0c|\x18|\x1bQ[AB][^\r]{0,20}\r"),
    "escpos": re.compile(rb"\x1b@|\x0c|\x1bt.|\x1f\$[\x01-\x14][\x01\x02]", re.DOTALL),
}


class SimDisplay(PtyPort):
    """Give it `commands` and `hanzi` as the settings of its driver; `lines` is what it shows.

    `unknown` are the bytes it did not understand; `changed` beats at every change.
    """

    def __init__(
        self,
        link: Path | None = None,
        *,
        commands: Literal["escpos", "cd5220"] = "escpos",
        hanzi: bool = False,
    ) -> None:
        super().__init__(link)
        self.commands = commands
        self.hanzi = hanzi
        self.unknown = b""
        self.changed = Pulse()
        self._cells = bytearray(b" " * COLUMNS_N * LINES_N)
        self._at = 0
        self._unread = b""

    @property
    def lines(self) -> tuple[str, str]:
        """What the two lines show, without spaces at their ends."""
        codec = "gb18030" if self.hanzi else "cp437"
        upper, lower = self._cells[:COLUMNS_N], self._cells[COLUMNS_N:]
        return upper.decode(codec, "replace").rstrip(), lower.decode(codec, "replace").rstrip()

    def table(self) -> dict[str, str | int]:
        """Give the settings of the driver that talks to it."""
        return {
            "kind": "vfd_display",
            "port": self.path,
            "commands": self.commands,
            "hanzi": self.hanzi,
        }

    def on_bytes(self, data: bytes) -> None:
        self._unread += data
        while self._unread:
            match = _COMMANDS[self.commands].match(self._unread)
            if match is not None:
                self._unread = self._unread[match.end() :]
                self._obey(match[0])
            elif self._unread[0] >= 0x20:
                self._put(self._unread[0])
                self._unread = self._unread[1:]
            elif len(self._unread) <= COLUMNS_N + 3:
                break  # the rest of a command may still come
            else:
                self.unknown += self._unread[:1]
                self._unread = self._unread[1:]
        self.changed.beat()

    async def until_lines(self, upper: str, lower: str) -> None:
        """Wait until it shows these lines; callers set the time limit."""
        await self.changed.until(lambda: self.lines == (upper, lower))

    def _put(self, byte: int) -> None:
        self._cells[self._at] = byte
        self._at = (self._at + 1) % len(self._cells)

    def _obey(self, command: bytes) -> None:
        line = _WRITE_LINE.fullmatch(command)
        if line is not None:
            start = 0 if line[1] == b"A" else COLUMNS_N
            self._cells[start : start + COLUMNS_N] = line[2].ljust(COLUMNS_N)
        elif command in (b"\x0c", b"\x1b@"):
            self._cells[:] = b" " * len(self._cells)
            self._at = 0
        elif command == b"\x18":
            start = self._at // COLUMNS_N * COLUMNS_N
            self._cells[start : start + COLUMNS_N] = b" " * COLUMNS_N
        elif command[:2] == b"\x1f$":
            self._at = (command[3] - 1) * COLUMNS_N + command[2] - 1


def make_sim(folder: Path) -> SimDisplay:
    """Make one whose port has a name in `folder` that stays."""
    return SimDisplay(folder / "display")
