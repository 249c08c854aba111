"""A serial port with one reader thread, so that the loop never waits for a cable."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import select
import termios
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from msgspec import Struct

from cext.errors import DeviceGone, DeviceSlow
from cext.kit.clock import Clock
from edge.devices.tap import UNTAPPED, Tap

log = structlog.get_logger(__name__)

CHUNK_BYTES = 4096
WAITING_CHUNKS_N = 256
CLOSE_WAIT_S = 0.5
OPEN_WAIT_S = 5.0
POLL_S = 0.25  # only for ports whose read cannot be called off (network serial servers)

_CODES = {
    errno.EBUSY: "port_busy",
    errno.EAGAIN: "port_busy",  # the lock that two programs cannot both have
    errno.EACCES: "port_refused",
    errno.EPERM: "port_refused",
}
_CURES = {
    errno.EBUSY: "another program has the port open: end it",
    errno.EAGAIN: "another program has the port open: end it",
    errno.EACCES: "no right to open it: udev sets it a moment after plugging in; if this stays, "
    "add the service's user to the group of the port (dialout)",
    errno.EPERM: "no right to open it: allow char-ttyUSB and char-ttyACM in the service "
    "(DeviceAllow=)",
}

OnBytes = Callable[[bytes, int], None]


class _Overrun(OSError):
    """Bytes would have to be dropped: better to start afresh than to glue halves together."""


class Line(Struct, frozen=True):
    """How the wire is set: `parity` is N, E or O; `flow` none, cts, dsr or xonxoff.

    DSR is no flow control the kernel knows: whoever writes asks `may_send_dsr` first.
    """

    port: str
    baud: int
    data_bits: int = 8
    parity: str = "N"
    stop_bits: int = 1
    flow: str = "none"


class SerialPort:
    """An open port: bytes come to `on_bytes(data, at_mono_ns)` on the loop, in order.

    `gone` is done once the port failed; its result is the sentence that says how. What one call of
    `on_bytes` brings may be cut anywhere, so it is not `whole`.
    """

    whole = False

    def __init__(
        self, line: Line, *, device: str, clock: Clock, on_bytes: OnBytes, tap: Tap = UNTAPPED
    ) -> None:
        self._line = line
        self._clock = clock
        self._tap = tap
        self._device = device
        self._on_bytes = on_bytes
        self._loop = asyncio.get_running_loop()
        self._chunks: deque[tuple[bytes, int]] = deque()
        self._stop = threading.Event()
        self._guard = threading.Lock()  # held for no longer than one write that does not wait
        self._is_shut = False
        self._port: Any = None
        self._code = "device_gone"
        self._opened: asyncio.Future[str] = self._loop.create_future()
        self._ended = asyncio.Event()
        self.gone: asyncio.Future[str] = self._loop.create_future()

    async def start(self) -> None:
        """Open the port; raises DeviceGone."""
        threading.Thread(target=self._run, name=f"serial {self._device}", daemon=True).start()
        try:
            async with asyncio.timeout(OPEN_WAIT_S):
                problem = await self._opened
        except TimeoutError as exc:
            raise self._gone_error("the port did not open in time") from exc
        if problem:
            raise self._gone_error(problem, self._code)

    async def close(self) -> None:
        """End the reader thread, which closes the port; waits at most half a second."""
        self._stop.set()
        self._call_off()
        try:
            async with asyncio.timeout(CLOSE_WAIT_S):
                await self._ended.wait()
        except TimeoutError:
            log.warning("port_close_timed_out", device=self._device, port=self._line.port)

    def write(self, data: bytes) -> None:
        """Send `data` at once; DeviceGone if the port failed, DeviceSlow if it takes no more."""
        if self.gone.done():
            raise self.gone_error()
        try:
            sent_n = self._write_some(data)
        except BlockingIOError:
            sent_n = 0
        except OSError as exc:
            raise self._gone_error(str(exc)) from exc
        self._tap.sent(data[:sent_n])
        if sent_n != len(data):
            raise DeviceSlow(
                "device_slow", f"{self._line.port} takes no bytes", device=self._device
            )

    @property
    def identity(self) -> str:
        """The name of the port; one below /dev/serial/by-id is that of the very device."""
        return self._line.port

    def catch_up(self) -> None:
        """Hand over now what the thread has read so far."""
        self._drain()

    def fileno(self) -> int:
        """Give the descriptor of the open port; DeviceGone for a port that has none (a URL)."""
        try:
            number: int = self._port.fileno()
        except (OSError, TypeError, ValueError) as exc:
            raise self._gone_error("this needs a port of this computer") from exc
        return number

    def may_send_dsr(self) -> bool:
        """Whether the device says by DSR that it takes bytes; True on a port without that line."""
        try:
            return bool(self._port.dsr)
        except (OSError, TypeError):  # no such line, or closed: then the write itself will fail
            return True

    def forget_unsent(self) -> None:
        """Throw away what the kernel has not sent yet."""
        with contextlib.suppress(OSError, TypeError, termios.error):  # a port that has gone
            self._port.reset_output_buffer()

    async def wait_gone(self) -> None:
        """Wait until the port fails; raises DeviceGone."""
        await asyncio.wait((self.gone,))
        raise self.gone_error()

    def gone_error(self) -> DeviceGone:
        """What to raise once `gone` is done."""
        return self._gone_error(self.gone.result())

    def _write_some(self, data: bytes) -> int:
        # The thread closes a port whose cable was pulled: its number may be another file's then.
        with self._guard:
            if self._is_shut:
                raise OSError(errno.ENODEV, "the port has just closed")
            # A local port is written to directly: pyserial spins on one that takes no bytes now.
            fd = getattr(self._port, "fd", None)
            if isinstance(fd, int):
                return os.write(fd, data)
            sent_n: int = self._port.write(data)
            return sent_n

    def _gone_error(self, problem: str, code: str = "device_gone") -> DeviceGone:
        detail = f"{self._line.port}: {problem}"
        return DeviceGone(code, detail, device=self._device, port=self._line.port)

    # Below: the reader thread.

    def _run(self) -> None:
        problem = ""
        try:
            with self._open_port() as port:
                self._port = port
                self._post(self._settle, self._opened, "")
                try:
                    self._read_on(port)
                finally:
                    with self._guard:
                        self._is_shut = True
        except (OSError, ValueError, TypeError, termios.error) as exc:
            # pyserial raises TypeError when a port is closed under a read.
            is_open = self._port is not None
            problem = _say(exc, is_open=is_open)
            self._code = "device_gone" if is_open else _code_of(exc)
        finally:
            self._post(self._settle, self._opened, problem)
            self._post(self._settle, self.gone, problem or "closed")
            self._post(self._ended.set)

    def _open_port(self) -> Any:
        import serial  # noqa: PLC0415 - only a shop with serial devices pays for it

        line = self._line
        port = serial.serial_for_url(
            line.port,
            do_not_open=True,
            baudrate=line.baud,
            bytesize=line.data_bits,
            parity=line.parity,
            stopbits=line.stop_bits,
            xonxoff=line.flow == "xonxoff",
            rtscts=line.flow == "cts",
            write_timeout=0,
            exclusive=True,
        )
        port.timeout = None if hasattr(port, "cancel_read") else POLL_S
        try:
            port.open()
        except termios.error as exc:
            if exc.args[0] != errno.EINVAL:
                raise
            # A pseudo-terminal has no parity and says so, but only from the second open on.
            log.debug("line_setting_refused", device=self._device, port=line.port)
            port.bytesize, port.parity = serial.EIGHTBITS, serial.PARITY_NONE
            port.open()
        if hasattr(port, "pipe_abort_read_w"):
            os.set_blocking(port.pipe_abort_read_w, False)  # cancel_read is called on the loop
        return port

    def _read_on(self, port: Any) -> None:
        take = _taker_of(port)
        while not self._stop.is_set():
            data = take()
            if not data:
                continue
            if len(self._chunks) >= WAITING_CHUNKS_N:
                raise _Overrun
            self._chunks.append((data, self._clock.mono_ns()))
            self._post(self._drain)

    def _post(self, call: Callable[..., object], *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *args)
        except RuntimeError:  # the loop has ended; nobody is left to tell
            self._stop.set()

    def _call_off(self) -> None:
        try:
            self._port.cancel_read()
        except (AttributeError, OSError, TypeError):
            return  # not open, closed meanwhile, or a port that polls

    # Back on the loop.

    def _drain(self) -> None:
        while self._chunks:
            data, at_mono_ns = self._chunks.popleft()
            self._tap.took(data, at_mono_ns)
            self._on_bytes(data, at_mono_ns)

    @staticmethod
    def _settle(future: asyncio.Future[str], problem: str) -> None:
        if not future.done():
            future.set_result(problem)


def _taker_of(port: Any) -> Callable[[], bytes]:
    """What waits for bytes and gives all that came; nothing when it was called off."""
    fd, called_off = getattr(port, "fd", None), getattr(port, "pipe_abort_read_r", None)
    if fd is None or called_off is None:
        return partial(_take_from_url, port)
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    poll.register(called_off, select.POLLIN)
    return partial(_take_from_node, fd, poll)


def _take_from_node(fd: int, poll: select.poll) -> bytes:
    # pyserial's own read looks four times for what one look and one read give.
    if fd not in dict(poll.poll()):
        return b""
    try:
        data = os.read(fd, CHUNK_BYTES)
    except BlockingIOError:
        return b""
    if not data:
        raise OSError(errno.ENODEV, "no data")
    return data


def _take_from_url(port: Any) -> bytes:
    data: bytes = port.read(1)
    waiting_n = min(port.in_waiting, CHUNK_BYTES) if data else 0
    return data + port.read(waiting_n) if waiting_n else data


def _say(exc: Exception, *, is_open: bool) -> str:
    """Put an error of the port into words for the person who must find the cable."""
    if isinstance(exc, _Overrun):
        return "bytes came faster than they were taken; the port is opened afresh"
    if is_open:
        return "the device was unplugged, or another program took the port"
    number = getattr(exc, "errno", None)
    if number in _CURES:
        return _CURES[number]
    return os.strerror(number) if number else str(exc)


def _code_of(exc: Exception) -> str:
    """The code for what kept a port from opening."""
    return _CODES.get(getattr(exc, "errno", None) or 0, "device_gone")
