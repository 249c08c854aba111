"""A printer's wire over libusb: two threads wait for the device, so that the loop never does.

The printer is the first interface of class 7 of the device with these ids. The kernel's own driver
(usblp) is sent away from it while the wire is open, and called back at the end.
"""

from __future__ import annotations

import asyncio
import errno
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from cext.errors import DeviceGone
from edge.devices.printers.wire import NODE_CURES, Site, Wire

PRINTER_CLASS = 7
PIECE_BYTES = 4096
READ_BYTES = 512
TURN_MS = 250
OPEN_WAIT_S = 5.0
CLOSE_WAIT_S = 2.0
NO_PYUSB = "usb ids need pyusb: install storeline[usb], or name the node by port"
NO_LIBUSB = "libusb is missing: apt install libusb-1.0-0, or name the printer's node by port"
CURES = {
    **NODE_CURES,
    errno.EACCES: "no right to use it: give the service that right by a udev rule",
    errno.EBUSY: "another program uses it (CUPS, or a second copy of this one): stop that",
}


class _Usb:
    """What is held while the printer is open; every call may block."""

    def __init__(self, device: Any, interface: Any, ends: tuple[Any, Any]) -> None:
        self.device = device
        self.interface = interface
        self.way_out, self.way_in = ends
        self.was_attached = False

    def claim(self) -> None:
        """Take the interface from the kernel's driver."""
        import usb.util  # noqa: PLC0415 - only a shop with such a printer pays for it

        number = self.interface.bInterfaceNumber
        self.was_attached = bool(self.device.is_kernel_driver_active(number))
        if self.was_attached:
            self.device.detach_kernel_driver(number)
        usb.util.claim_interface(self.device, number)

    def release(self) -> None:
        """Give the interface back."""
        import usb.core  # noqa: PLC0415 - as above
        import usb.util  # noqa: PLC0415

        number = self.interface.bInterfaceNumber
        try:
            usb.util.release_interface(self.device, number)
            if self.was_attached:
                self.device.attach_kernel_driver(number)
        except usb.core.USBError:
            return  # it was unplugged: there is nothing left to give back
        finally:
            usb.util.dispose_resources(self.device)


class LibusbWire(Wire):
    """An open printer; `open_usb` makes it."""

    def __init__(self, site: Site, held: _Usb) -> None:
        super().__init__(site)
        self._held = held
        self._loop = asyncio.get_running_loop()
        self._pieces: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._waiting_n = 0
        self._last = b""
        self._stop = threading.Event()
        self._ended = asyncio.Event()
        runs = [self._write_on] + ([self._read_on] if held.way_in is not None else [])
        self._running_n = len(runs)
        for run in runs:
            name = f"usb {site.device}"
            threading.Thread(target=self._run, args=(run,), name=name, daemon=True).start()

    @property
    def waiting_n(self) -> int:
        return self._waiting_n

    async def close(self) -> None:
        self.abort()
        try:
            async with asyncio.timeout(CLOSE_WAIT_S):
                await self._ended.wait()
        except TimeoutError:
            return  # its threads end by themselves, at the end of their turn

    def _put(self, data: bytes) -> None:
        self._empty.clear()
        self._waiting_n += len(data)
        for start in range(0, len(data), PIECE_BYTES):
            self._pieces.put(data[start : start + PIECE_BYTES])

    def _drop(self, last: bytes) -> None:
        self._last = last
        self._stop.set()
        self._pieces.put(None)

    # Below: the threads.

    def _run(self, run: Callable[[], None]) -> None:
        import usb.core  # noqa: PLC0415 - as above

        try:
            run()
        except usb.core.USBError as exc:
            self._post(self._lose, self.gone_error(_say(exc)))
        self._post(self._on_ended)

    def _read_on(self) -> None:
        while not self._stop.is_set():
            data = bytes(self._in_turn(partial(self._held.way_in.read, READ_BYTES, TURN_MS)))
            if data:
                self._post(self._heard, data, self.site.clock.mono_ns())

    def _write_on(self) -> None:
        while (data := self._pieces.get()) is not None:
            while data and not self._stop.is_set():
                sent_n = self._in_turn(partial(self._held.way_out.write, data, TURN_MS)) or 0
                if sent_n:
                    self._post(self._on_sent, data[:sent_n])
                    data = data[sent_n:]
            if self._stop.is_set():
                break
        if self._last:
            self._in_turn(partial(self._held.way_out.write, self._last, TURN_MS))

    @staticmethod
    def _in_turn(call: Callable[[], Any]) -> Any:
        """Wait a quarter of a second at most; the result, or nothing."""
        import usb.core  # noqa: PLC0415 - as above

        try:
            return call()
        except usb.core.USBTimeoutError:
            return b""

    def _post(self, call: Callable[..., object], *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *args)
        except RuntimeError:  # the loop has ended; nobody is left to tell
            self._stop.set()

    # Back on the loop.

    def _on_sent(self, data: bytes) -> None:
        self._waiting_n -= len(data)
        self.site.tap.sent(data)
        if not self._waiting_n:
            self._empty.set()

    def _on_ended(self) -> None:
        self._running_n -= 1
        self._stop.set()
        self._pieces.put(None)
        if not self._running_n:
            releasing = self._loop.run_in_executor(None, self._held.release)
            releasing.add_done_callback(lambda _done: self._ended.set())


async def open_usb(site: Site, ids: str, *, answers: bool, backend: Any = None) -> LibusbWire:
    """Open the printer `vid:pid[:serial]`, ids in hex; raises DeviceGone.

    `backend` is pyusb's, found by itself where None.
    """
    loop = asyncio.get_running_loop()
    opening = loop.run_in_executor(None, _open, ids, answers, backend)
    done = False
    try:
        async with asyncio.timeout(OPEN_WAIT_S):
            held = await asyncio.shield(opening)
        done = True
    except TimeoutError as exc:
        raise _gone(site, "it did not open in time") from exc
    except _Unusable as exc:
        raise _gone(site, str(exc)) from exc
    finally:
        if not done:
            opening.add_done_callback(_release_late)
    return LibusbWire(site, held)


def _release_late(opening: asyncio.Future[_Usb]) -> None:
    """Give back what was opened after everyone had stopped waiting for it."""
    if not opening.cancelled() and opening.exception() is None:
        asyncio.get_running_loop().run_in_executor(None, opening.result().release)


class _Unusable(Exception):
    """The sentence says why the printer cannot be opened."""


def _open(ids: str, answers: bool, backend: Any) -> _Usb:  # noqa: FBT001 - called by a thread
    try:
        import usb.core  # noqa: PLC0415 - as above
    except ImportError as exc:
        raise _Unusable(NO_PYUSB) from exc
    vendor, model, *serial = ids.split(":", 2)
    try:
        found = [
            device
            for device in usb.core.find(
                find_all=True, backend=backend, idVendor=int(vendor, 16), idProduct=int(model, 16)
            )
            if not serial or device.serial_number == serial[0]
        ]
        if len(found) != 1:
            raise _Unusable(_say_found(len(found), ids))
        held = _find_interface(found[0], answers=answers)
        held.claim()
    except usb.core.NoBackendError as exc:
        raise _Unusable(NO_LIBUSB) from exc
    except usb.core.USBError as exc:
        raise _Unusable(_say(exc)) from exc
    except ValueError as exc:  # pyusb's word for strings it has no right to read
        raise _Unusable(CURES[errno.EACCES]) from exc
    return held


def _say_found(found_n: int, ids: str) -> str:
    if not found_n:
        return "not there: is it plugged in and switched on?"
    return f"{found_n} such printers are plugged in: name one as usb = {ids}:SERIAL, or by port"


def _find_interface(device: Any, *, answers: bool) -> _Usb:
    import usb.util  # noqa: PLC0415 - as above

    for configuration in device:
        for interface in configuration:
            if interface.bInterfaceClass != PRINTER_CLASS:
                continue
            ways: dict[int, Any] = {}
            for end in interface:
                ways.setdefault(usb.util.endpoint_direction(end.bEndpointAddress), end)
            way_in = ways.get(usb.util.ENDPOINT_IN)
            if usb.util.ENDPOINT_OUT not in ways:
                continue
            if answers and way_in is None:
                raise _Unusable(CURES[errno.EINVAL])
            return _Usb(device, interface, (ways[usb.util.ENDPOINT_OUT], way_in))
    raise _Unusable("it is no printer: it has no interface of class 7")


def _say(exc: OSError) -> str:
    return CURES.get(exc.errno or 0) or str(exc)


def _gone(site: Site, why: str) -> DeviceGone:
    detail = f"{site.where}: {why}"
    return DeviceGone("device_gone", detail, device=site.device, port=site.where)
