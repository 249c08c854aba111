"""The checksums of Checkout-Dialog 06, from a secret that the site has and this project has not.

Source: comments of a driver, as read [src]; no scale has seen this. The scale sends two digits, 0
to 15 each. The shop picks a number CS of 16 bits, takes the remainder KW of CS times 2 to the 16
divided by the vendor's polynomial (that it is multiplied so is our reading [?], since a remainder
of 16 bits says nothing otherwise), turns CS left by the first digit and KW right by the second,
and sends both as upper case hexadecimal.
"""

from __future__ import annotations

import os
import re
import stat

from cext.errors import DeviceGone
from edge.devices.tap import Tap

FILE_MAX_BYTES = 64
PICK_FIRST, PICK_STEP = 0x6A5D, 0x9E37  # any numbers do: the scale checks KW against CS

_POLYNOMIAL = re.compile(r"(?:0x)?([0-9a-fA-F]{4})")
_CHECKSUMS = re.compile(rb"(?<=\x04\x0210\x1b)[0-9A-F]{1,8}")  # the line may take less than all


class Secret:
    """A polynomial of 16 bits, its highest power left out; it never shows in a text or a log."""

    def __init__(self, polynomial: int) -> None:
        self._polynomial = polynomial
        self._picked = PICK_FIRST

    def __repr__(self) -> str:
        return "Secret(...)"

    def encode_checksums(self, first: int, second: int) -> bytes:
        """Record 10 for the digits `first` and `second` of the scale; another CS each time."""
        picked = self._picked
        self._picked = (picked + PICK_STEP) & 0xFFFF
        turned = turn_left(picked, first)
        rest = turn_left(self.remainder(picked), 16 - second)
        return f"\x04\x0210\x1b{turned:04X}{rest:04X}\x03".encode()

    def remainder(self, number: int) -> int:
        """`number` times 2 to the 16, divided by the polynomial without carries: what is left."""
        for _ in range(16):
            number <<= 1
            if number & 0x10000:
                number ^= 0x10000 | self._polynomial
        return number


def turn_left(number: int, bits_n: int) -> int:
    """A number of 16 bits turned left by `bits_n`, 0 to 16."""
    return ((number << bits_n) | (number >> (16 - bits_n))) & 0xFFFF


def load_secret(path: str, *, device: str) -> Secret:
    """The secret in a file of four hexadecimal digits that nobody else may read.

    DeviceGone says what is wrong with the file; its content is in no message.
    """

    def refuse(problem: str) -> DeviceGone:
        return DeviceGone("device_gone", f"secret_file {path}: {problem}", device=device)

    try:
        # A pipe of that name must not be waited for.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise refuse("is no plain file")
            if mode & 0o077:
                raise refuse("others may read it: chmod 600")
            text = file.read(FILE_MAX_BYTES).decode("ascii", errors="replace").strip()
    except OSError as exc:
        raise refuse(os.strerror(exc.errno or 0)) from exc
    match = _POLYNOMIAL.fullmatch(text)
    if match is None:
        raise refuse("holds something else than four hexadecimal digits")
    return Secret(int(match[1], 16))


class Veil:
    """A tap that does not tell the checksums: the secret could be worked out from them."""

    def __init__(self, tap: Tap) -> None:
        self._tap = tap

    def took(self, data: bytes, at_mono_ns: int) -> None:
        self._tap.took(data, at_mono_ns)

    def sent(self, data: bytes) -> None:
        self._tap.sent(_CHECKSUMS.sub(lambda found: b"*" * len(found[0]), data))
