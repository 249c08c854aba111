"""A simulated USB bus with one receipt printer on it, below pyusb: a backend in libusb's place.

pyusb itself runs as in the shop: it looks for the device, reads its descriptors, sends the
kernel's driver away, claims the interface and moves bulk data, from its own threads.
"""

from __future__ import annotations

import array
import asyncio
import errno
import queue
from types import SimpleNamespace
from typing import Any, Self

import usb.backend
import usb.core

from edge.sim.escpos_printing import EscposPrinting
from edge.sim.pulse import Pulse
from edge.sim.tcp_port import Caller

WAY_OUT, WAY_IN = 0x01, 0x82
PACKET_BYTES = 64
_BULK = {"bLength": 7, "bDescriptorType": 5, "bmAttributes": 2, "wMaxPacketSize": PACKET_BYTES}


class _Host(Caller):
    def __init__(self, printer: SimUsbBusPrinter) -> None:
        super().__init__(printer.make_reader())
        self.answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def reply(self, data: bytes) -> None:
        for value in data:
            self.answers.put(bytes((value,)))

    def hang_up(self) -> None:
        """A plug is pulled, not hung up."""


class SimUsbBusPrinter(EscposPrinting):
    """Printer with drawer that is found by its ids; give `backend` to pyusb.

    `is_in` while it is plugged in, `is_taken` while another program holds it, `is_forbidden`
    without the right to use it; `kernel_has_it` while the kernel's own driver does. With
    `copies_n` above 1 the bus has that many of it. `stuck` takes no data.
    """

    def __init__(self, *, width_n: int = 48, reads: bool = True) -> None:
        self.changed = Pulse()
        self.garbled = False
        self.is_in = True
        self.is_taken = self.is_forbidden = self.stuck = False
        self.kernel_has_it = True
        self.claimed_n = 0
        self.copies_n = 1
        self.device_class = 7
        self.reads = reads
        self.set_up(width_n=width_n, kanji_at_start=False)
        self._host = _Host(self)
        self.callers: list[Caller] = [self._host]
        self._loop = asyncio.get_running_loop()
        self.backend = _Backend(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *failure: object) -> None:
        self.unplug()

    def unplug(self) -> None:
        """Pull the plug."""
        self.is_in = False

    def take(self, data: bytes) -> None:
        """Bulk data came, in a thread of pyusb."""
        self._loop.call_soon_threadsafe(self.run, self._host, data)

    def give(self, wait_ms: int) -> bytes:
        """Wait for an answer, in a thread of pyusb; nothing if none comes in time."""
        try:
            return self._host.answers.get(timeout=wait_ms / 1000)
        except queue.Empty:
            return b""


class _Backend(usb.backend.IBackend):  # type: ignore[misc]
    """What pyusb asks of libusb."""

    def __init__(self, printer: SimUsbBusPrinter) -> None:
        super().__init__()
        self._printer = printer

    def enumerate_devices(self) -> list[int]:
        return list(range(self._printer.copies_n)) if self._printer.is_in else []

    def get_parent(self, _dev: int) -> None:
        return None

    def get_device_descriptor(self, dev: int) -> Any:
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0,
            bDeviceProtocol=0, bMaxPacketSize0=PACKET_BYTES, idVendor=0x04B8, idProduct=0x0E15,
            bcdDevice=0x100, iManufacturer=1, iProduct=2, iSerialNumber=3 + dev,
            bNumConfigurations=1, address=dev + 1, bus=1, port_number=dev + 1,
            port_numbers=(dev + 1,), speed=3,
        )  # fmt: skip

    def get_configuration_descriptor(self, _dev: int, config: int) -> Any:
        if config:
            raise IndexError(config)
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1,
            bConfigurationValue=1, iConfiguration=0, bmAttributes=0xC0, bMaxPower=1,
            extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(self, _dev: int, intf: int, alt: int, _config: int) -> Any:
        if intf or alt:
            raise IndexError(intf)
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0,
            bNumEndpoints=2 if self._printer.reads else 1,
            bInterfaceClass=self._printer.device_class, bInterfaceSubClass=1,
            bInterfaceProtocol=2, iInterface=0, extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, _dev: int, ep: int, *_where: int) -> Any:
        return SimpleNamespace(
            **_BULK, bEndpointAddress=(WAY_OUT, WAY_IN)[ep], bInterval=0, bRefresh=0,
            bSynchAddress=0, extra_descriptors=[],
        )  # fmt: skip

    def open_device(self, dev: int) -> int:
        if self._printer.is_forbidden:
            raise usb.core.USBError("Access denied", -3, errno.EACCES)
        return dev

    def close_device(self, _dev_handle: int) -> None:
        return None

    def get_configuration(self, _dev_handle: int) -> int:
        return 1

    def is_kernel_driver_active(self, _dev_handle: int, _intf: int) -> bool:
        return self._printer.kernel_has_it

    def detach_kernel_driver(self, _dev_handle: int, _intf: int) -> None:
        self._printer.kernel_has_it = False

    def attach_kernel_driver(self, _dev_handle: int, _intf: int) -> None:
        self._check()
        self._printer.kernel_has_it = True

    def claim_interface(self, _dev_handle: int, _intf: int) -> None:
        if self._printer.is_taken or self._printer.kernel_has_it:
            raise usb.core.USBError("Resource busy", -6, errno.EBUSY)
        self._printer.claimed_n += 1

    def release_interface(self, _dev_handle: int, _intf: int) -> None:
        self._printer.claimed_n -= 1

    def bulk_write(self, _dev_handle: int, _ep: int, _intf: int, data: Any, timeout: int) -> int:
        self._check()
        if self._printer.stuck:
            self._wait(timeout)
        self._printer.take(bytes(data))
        return len(data)

    def bulk_read(self, _dev_handle: int, _ep: int, _intf: int, buff: Any, timeout: int) -> int:
        self._check()
        data = self._printer.give(timeout)
        self._check()
        if not data:
            raise usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        buff[: len(data)] = array.array("B", data)
        return len(data)

    def ctrl_transfer(
        self,
        _handle: int,
        _type: int,
        _request: int,
        value: int,
        _index: int,
        data: Any,
        _wait: int,
    ) -> int:
        number = value & 0xFF
        text = "" if number == 0 else f"SIM{number - 2:04}"
        body = b"\x09\x04" if number == 0 else text.encode("utf-16-le")
        found = bytes((len(body) + 2, 3)) + body
        data[: len(found)] = array.array("B", found)
        return len(found)

    def _check(self) -> None:
        if not self._printer.is_in:
            raise usb.core.USBError("No such device", -4, errno.ENODEV)

    def _wait(self, wait_ms: int) -> None:
        self._printer.give(wait_ms)
        raise usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
