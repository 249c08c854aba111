"""Tells when the file of a device may have come, gone or changed its rights (Linux inotify)."""

from __future__ import annotations

import asyncio
import ctypes
import os
import struct
from collections.abc import Callable
from fnmatch import fnmatch
from glob import glob
from typing import Any, Self

import structlog

from edge.devices.identity import is_usb_name
from edge.devices.ports import DeviceSettings

log = structlog.get_logger(__name__)

SETTLE_S = 0.02  # udev makes a node, its links and its rights one after the other
READ_BYTES = 65_536
FOUND_MAX_N = 64

_HEAD = struct.Struct("iIII")  # struct inotify_event without its name (inotify(7))
_ATTRIB, _MOVED, _CREATE, _DELETE, _DELETE_SELF = 0x4, 0xC0, 0x100, 0x200, 0x400
_OVERFLOW, _IGNORED, _ONLY_DIRECTORY = 0x4000, 0x8000, 0x1000000
_MASK = _ATTRIB | _MOVED | _CREATE | _DELETE | _DELETE_SELF | _ONLY_DIRECTORY


# Where the nodes of a class of sysfs appear, for ports named usb:VID:PID.
_NODES = {
    "tty": ("/dev/ttyUSB*", "/dev/ttyACM*"),
    "hidraw": ("/dev/hidraw*",),
    "input": ("/dev/input/event*",),
    "usbmisc": ("/dev/usb/lp*",),
}


def list_watched(settings: DeviceSettings) -> tuple[str, ...]:
    """The files a device hangs on, `*` allowed: its `watched`, or those its `port` may be."""
    watched: tuple[str, ...] | None = getattr(settings, "watched", None)
    if watched is not None:
        return watched
    port = getattr(settings, "port", "")
    if isinstance(port, str) and is_usb_name(port):
        return _NODES[settings.NODE]
    return (port,) if isinstance(port, str) and port.startswith("/") else ()


class NodeWatch:
    """Watches the folders of some files, and of what links of these names lead to.

    `on_change` is called on the loop at each change that concerns them. Where the kernel gives no
    watch, nothing is told and `wait` is a sleep: who waits must look again by itself in the end.
    """

    def __init__(self, *patterns: str, on_change: Callable[[], None] = lambda: None) -> None:
        self._patterns = patterns
        self._on_change = on_change
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._fd = -1
        self._folders: dict[int, str] = {}
        self._names = frozenset(patterns)

    def __enter__(self) -> Self:
        if self._patterns:
            self._fd = _call("inotify_init1", os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd >= 0:
            self._loop.add_reader(self._fd, self._on_readable)
        return self

    def __exit__(self, *failure: object) -> None:
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    async def arm(self) -> None:
        """Watch afresh and forget what was seen; what changes from now on ends the next `wait`."""
        self._changed.clear()
        if self._fd >= 0:
            await asyncio.to_thread(self._watch_folders, self._fd)

    async def wait(self, limit_s: float) -> None:
        """Return soon after a change, or after `limit_s`."""
        try:
            async with asyncio.timeout(limit_s):
                await self._changed.wait()
                await asyncio.sleep(SETTLE_S)
        except TimeoutError:
            return

    def _watch_folders(self, fd: int) -> None:
        names = set(self._patterns)
        for pattern in self._patterns:
            names |= {os.path.realpath(found) for found in _glob(pattern)}
        self._names = frozenset(names)
        for name in names:
            folder = os.path.dirname(name)  # noqa: PTH120 - Path.is_dir fails where we may not look
            while not os.path.isdir(folder):  # noqa: PTH112
                folder = os.path.dirname(folder)  # noqa: PTH120 - by-id goes with its last link
            number = _call("inotify_add_watch", fd, os.fsencode(folder), _MASK)
            if number >= 0:
                self._folders[number] = folder

    def _on_readable(self) -> None:
        try:
            data = os.read(self._fd, READ_BYTES)
        except BlockingIOError:
            return
        at, concerned = 0, False
        while at < len(data):
            number, mask, _, name_n = _HEAD.unpack_from(data, at)
            at += _HEAD.size
            name = os.fsdecode(data[at : at + name_n].rstrip(b"\0"))
            at += name_n
            concerned = concerned or self._concerns(number, mask, name)
            if mask & _IGNORED:
                self._folders.pop(number, None)
        if concerned:
            self._changed.set()
            self._on_change()

    def _concerns(self, number: int, mask: int, name: str) -> bool:
        if mask & (_OVERFLOW | _DELETE_SELF):
            return True
        folder = self._folders.get(number)
        if folder is None or not name:
            return False
        path = os.path.join(folder, name)  # noqa: PTH118 - "/" must not become "//"
        return any(fnmatch(path, one) or one.startswith(path + "/") for one in self._names)


def _glob(pattern: str) -> list[str]:
    return glob(pattern)[:FOUND_MAX_N]  # noqa: PTH207 - Path.glob wants the folder apart


def _call(name: str, *arguments: Any) -> int:
    """Call libc, which Python has no inotify of its own for; -1 where that fails."""
    try:
        result: int = getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments)
    except (AttributeError, OSError):  # no Linux
        return -1
    if result < 0:
        log.debug("node_watch_refused", call=name, error=os.strerror(ctypes.get_errno()))
    return result
