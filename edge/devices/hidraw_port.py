"""A hidraw node that is read without waiting: every read is one or more whole reports."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from cext.errors import DeviceGone, DeviceSlow
from cext.kit.clock import Clock
from edge.devices.tap import UNTAPPED, Tap

WAITING_REPORTS_N = 64  # the kernel keeps no more of them
SYS_DIR = Path("/sys")

OnBytes = Callable[[bytes, int], None]

_CURES = {
    errno.ENOENT: "not there: it is unplugged, switched off, or in another USB mode",
    errno.EACCES: "no right to read it: udev sets it a moment after plugging in; if this stays, "
    "give the group input the right to read hidraw by a udev rule",
    errno.EPERM: "no right to read it: allow char-hidraw in the service (DeviceAllow=)",
    errno.ENODEV: "the device was unplugged",
    errno.EIO: "the device was unplugged",
    errno.EBUSY: "another program holds it: end that one",
    errno.EAGAIN: "another program holds it: end that one",
}


class HidrawPort:
    """An open node: reports come to `on_bytes(data, at_mono_ns)` on the loop, in order.

    `gone` is done once the node failed; its result is the sentence that says how. `whole`: a
    report is never cut by a read, so what is left over is none. `report_bytes` is the length of
    a report with its id.
    """

    whole = True

    def __init__(
        self,
        path: str,
        *,
        report_bytes: int,
        device: str,
        clock: Clock,
        on_bytes: OnBytes,
        tap: Tap = UNTAPPED,
    ) -> None:
        self._path = path
        self._read_bytes = report_bytes * WAITING_REPORTS_N
        self._device = device
        self._clock = clock
        self._on_bytes = on_bytes
        self._tap = tap
        self._loop = asyncio.get_running_loop()
        self._fd = -1
        self._told = ""
        self.gone: asyncio.Future[str] = self._loop.create_future()

    @property
    def identity(self) -> str:
        """Maker and model, USB ids and serial number; the node's name where sysfs has none."""
        return self._told or self._path

    async def start(self) -> None:
        """Open the node and look it up in sysfs; raises DeviceGone."""
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
        try:
            self._fd = os.open(self._path, flags)
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel lets anybody read
            self._loop.add_reader(self._fd, self._read)
        except OSError as exc:  # add_reader refuses a plain file, which cannot be waited for
            self._let_go()
            raise self._gone_error(_say(exc.errno)) from exc
        self._told = await asyncio.to_thread(load_hid_identity, self._path)

    async def close(self) -> None:
        """Close the node."""
        self._fail("closed")

    def write(self, data: bytes) -> None:
        """A node that is only read takes no bytes: DeviceSlow."""
        detail = f"{self._path} takes no bytes"
        raise DeviceSlow("device_slow", detail, device=self._device, bytes_n=len(data))

    def catch_up(self) -> None:
        """Hand over now what waits in the kernel."""
        if self._fd >= 0:
            self._read()

    async def wait_gone(self) -> None:
        """Wait until the node fails; raises DeviceGone."""
        await asyncio.wait((self.gone,))
        raise self.gone_error()

    def gone_error(self) -> DeviceGone:
        """What to raise once `gone` is done."""
        return self._gone_error(self.gone.result())

    def _read(self) -> None:
        """Take what there is: one report a read on a real node, several on a pseudo-terminal."""
        for _ in range(WAITING_REPORTS_N):
            try:
                data = os.read(self._fd, self._read_bytes)
            except BlockingIOError:
                return
            except OSError as exc:
                self._fail(_say(exc.errno))
                return
            if not data:
                self._fail(_say(errno.ENODEV))
                return
            now_ns = self._clock.mono_ns()
            self._tap.took(data, now_ns)
            self._on_bytes(data, now_ns)

    def _fail(self, problem: str) -> None:
        self._let_go()
        if not self.gone.done():
            self.gone.set_result(problem)

    def _let_go(self) -> None:
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _gone_error(self, problem: str) -> DeviceGone:
        detail = f"{self._path}: {problem}"
        return DeviceGone("device_gone", detail, device=self._device, port=self._path)


def load_hid_identity(node: str, *, sys_dir: Path = SYS_DIR) -> str:
    """What sysfs says of the device behind `node`: `DYMO M25 0922:8004 123`; empty if nothing.

    From HID_NAME, HID_ID (bus:vendor:product) and HID_UNIQ of its uevent file.
    """
    name = Path(node).resolve().name
    uevent = sys_dir / "class" / "hidraw" / name / "device" / "uevent"
    try:
        lines = uevent.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""  # no such device in sysfs: the node's own name must do
    told = dict(line.split("=", 1) for line in lines if "=" in line)
    ids = told.get("HID_ID", "").split(":")[1:]
    usb = ":".join(one[-4:].lower() for one in ids)
    parts = (told.get("HID_NAME", ""), usb, told.get("HID_UNIQ", ""))
    return " ".join(part.strip() for part in parts if part.strip())


def _say(number: int | None) -> str:
    return _CURES.get(number or 0) or os.strerror(number or 0)
