"""Cuts what a scale sends into frames; pure."""

from __future__ import annotations

from edge.devices.scales.reading import Noise

LONGEST_N = 64


class Frames:
    """Frames that end with the byte `ends`, and begin with `starts` if that is given.

    Holds at most `longest_n` bytes. With `starts`, a second one begins the frame afresh: half an
    answer is not glued to the next. Bytes outside of a frame are told once for each run of them.
    `seven_bits` masks bit 7, which is parity on a line of 7 data bits.
    """

    def __init__(
        self,
        *,
        ends: int,
        starts: int | None = None,
        longest_n: int = LONGEST_N,
        seven_bits: bool = False,
    ) -> None:
        self._starts = starts
        self._ends = ends
        self._longest_n = longest_n
        self._mask = 0x7F if seven_bits else 0xFF
        self._held = bytearray()
        self._stray = False

    def clear(self) -> None:
        """Forget half a frame."""
        self._held.clear()
        self._stray = False

    def feed(self, data: bytes) -> list[bytes | Noise]:
        """Take bytes; gives the frames that became whole with both their marks, in order."""
        found: list[bytes | Noise] = []
        for byte in data:
            value = byte & self._mask
            if value == self._starts:
                if self._held:
                    found.append(Noise("half an answer", bytes(self._held)))
                self._held[:] = (value,)
                self._stray = False
            elif self._starts is not None and not self._held:
                if not self._stray:
                    found.append(Noise("bytes before an answer", bytes((byte,))))
                self._stray = True
            else:
                self._held.append(value)
                if value == self._ends:
                    found.append(bytes(self._held))
                    self._held.clear()
                elif len(self._held) >= self._longest_n:
                    found.append(Noise("an answer without an end", bytes(self._held)))
                    self._held.clear()
        return found
