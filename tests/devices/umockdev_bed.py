"""Event nodes made by umockdev, called by ctypes; only inside `umockdev-wrapper`. For tests.

A node is a pseudo-terminal behind the answers of a real keyboard: python-evdev opens it, asks and
grabs as it would a scanner. What it cannot show: EBUSY at a second grab, and ENODEV at unplugging.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import tempfile
import tty
from collections.abc import Iterable
from ctypes import CDLL, c_char_p, c_int, c_void_p
from pathlib import Path
from typing import Any

from edge.sim.keyboard_scanner import EVENT, encode_events

BUS_USB = 3
KEYBOARD = tuple(range(1, 112))
MOUSE = (0x110, 0x111, 0x112)
LED_CAPS = 1


def _library() -> Any:
    library = CDLL("libumockdev.so.0")
    for name, result, arguments in (
        ("umockdev_testbed_new", c_void_p, []),
        ("umockdev_testbed_add_from_string", c_int, [c_void_p, c_char_p, c_void_p]),
        ("umockdev_testbed_load_ioctl", c_int, [c_void_p, c_char_p, c_char_p, c_void_p]),
        ("umockdev_testbed_get_dev_fd", c_int, [c_void_p, c_char_p]),
        ("umockdev_testbed_get_root_dir", c_char_p, [c_void_p]),
        ("umockdev_testbed_remove_device", None, [c_void_p, c_char_p]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Node:
    """One event node; the keywords say what it tells of itself."""

    def __init__(
        self,
        number: int,
        *,
        name: str = "ACME Scanner",
        usb: tuple[int, int] = (0x0C2E, 0x0B61),
        phys: str = "usb-0000:00:14.0-1/input0",
        serial: str = "SN0001",
        keys: Iterable[int] = KEYBOARD,
        held: Iterable[int] = (),
        caps: bool = False,
        by_id: str = "",
    ) -> None:
        self.number = number
        self.path = f"/dev/input/event{number}"
        self.by_id = f"/dev/input/by-id/{by_id}" if by_id else ""
        self.fd = -1
        self._written = b""
        self._name, self._usb, self._phys, self._serial = name, usb, phys, serial
        self._keys, self._held, self._caps = keys, held, caps

    @property
    def sys(self) -> str:
        return f"/devices/usb1/1-1/1-1:1.0/input/input{self.number}"

    def describe(self) -> str:
        """What udev knows of it, as umockdev reads it."""
        return "\n".join((
            f"P: {self.sys}/event{self.number}",
            f"N: input/event{self.number}",
            *((f"S: {self.by_id.removeprefix('/dev/')}",) if self.by_id else ()),
            f"E: DEVNAME={self.path}",
            "E: MAJOR=13",
            f"E: MINOR={64 + self.number}",
            "E: SUBSYSTEM=input",
            f"A: dev=13:{64 + self.number}",
            f"L: device=../../input{self.number}",
            "",
            f"P: {self.sys}",
            f'E: NAME="{self._name}"',
            "E: SUBSYSTEM=input",
            f"A: name={self._name}",
        )) + "\n\n"  # fmt: skip

    def answers(self) -> str:
        """What it answers to each ioctl, in data as long as python-evdev's buffer."""
        ids = struct.pack("<HHHH", BUS_USB, *self._usb, 0x0100)
        return "\n".join((
            f"@DEV {self.path}",
            "EVIOCGVERSION 0 01000100",
            f"EVIOCGID 0 {ids.hex().upper()}",
            *(
                f"{ask} {len(text) + 1} {_padded(text.encode(), 256)}"
                for ask, text in (
                    ("EVIOCGNAME(0)", self._name),
                    ("EVIOCGPHYS(0)", self._phys),
                    ("EVIOCGUNIQ(0)", self._serial),
                )
            ),
            f"EVIOCGBIT(0) 8 {_bits((0, 1, 4, 17), 4)}",
            f"EVIOCGBIT(1) 96 {_bits(self._keys, 96)}",
            f"EVIOCGBIT(4) 8 {_bits((4,), 96)}",
            f"EVIOCGBIT(17) 8 {_bits(range(5), 96)}",
            f"EVIOCGPROP(0) 4 {_bits((), 4)}",
            "EVIOCGEFFECTS 0 00000000",
            f"EVIOCGLED(0) 2 {_bits((LED_CAPS,) if self._caps else (), 2)}",
            f"EVIOCGKEY(0) 96 {_bits(self._held, 96)}",
        )) + "\n"  # fmt: skip

    def send(self, data: bytes) -> int:
        """Put bytes into the node, as many as it takes now: a terminal holds 4,095."""
        try:
            return os.write(self.fd, data)
        except BlockingIOError:
            return 0

    def send_events(self, events: Iterable[tuple[int, int, int]]) -> None:
        data = encode_events(events)
        assert self.send(data) == len(data)

    def lamp_writes(self) -> list[tuple[int, int, int]]:
        """The events that were written to the node so far: lamps switched."""
        with contextlib.suppress(BlockingIOError):
            self._written += os.read(self.fd, 64 * EVENT.size)
        whole_n = len(self._written) - len(self._written) % EVENT.size
        return [event[2:] for event in EVENT.iter_unpack(self._written[:whole_n])]


class Testbed:
    """The /dev of this process."""

    __test__ = False

    def __init__(self) -> None:
        self._library = _library()
        self._bed = self._library.umockdev_testbed_new()
        self._root = Path(os.fsdecode(self._library.umockdev_testbed_get_root_dir(self._bed)))
        self._root.chmod(0o755)  # so that another user gets as far as the nodes

    def plug(self, node: Node) -> Node:
        """Make its file and its links in /dev; it can answer before anybody can open it."""
        with tempfile.NamedTemporaryFile("w", suffix=".ioctl") as file:
            file.write(node.answers())
            file.flush()
            load = self._library.umockdev_testbed_load_ioctl
            assert load(self._bed, None, file.name.encode(), None)
        for socket in (self._root / "ioctl").rglob("*"):
            socket.chmod(0o777)  # or opening as another user ends the process
        add = self._library.umockdev_testbed_add_from_string
        assert add(self._bed, node.describe().encode(), None)
        node.fd = self._library.umockdev_testbed_get_dev_fd(self._bed, node.path.encode())
        os.set_blocking(node.fd, False)
        tty.setraw(node.fd)  # umockdev 0.17 leaves control characters on, which eats bytes
        return node

    def set_mode(self, node: Node, mode: int) -> None:
        """Set who may read it; here the node is a link, whose folder has to be told besides."""
        Path(node.path).chmod(mode)
        os.utime(self._root / node.path.lstrip("/"), follow_symlinks=False)

    def unplug(self, node: Node) -> None:
        """Take its file out of /dev."""
        path = f"/sys{node.sys}/event{node.number}"
        self._library.umockdev_testbed_remove_device(self._bed, path.encode())
        if node.by_id:
            (self._root / node.by_id.lstrip("/")).unlink()

    def close(self) -> None:
        """Forget every device."""
        ctypes.CDLL("libgobject-2.0.so.0").g_object_unref(c_void_p(self._bed))


def _bits(numbers: Iterable[int], size_bytes: int) -> str:
    return sum(1 << number for number in numbers).to_bytes(size_bytes, "little").hex().upper()


def _padded(data: bytes, size_bytes: int) -> str:
    return data.ljust(size_bytes, b"\0").hex().upper()
