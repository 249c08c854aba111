"""A printer's wire over a node: /dev/usb/lp0 of the kernel's usblp, a FIFO, or a plain file.

usblp gives a read of nothing for an empty packet, which many printers send when asked for data
while they have none; so nothing means the end only with a
hang-up (Linux, drivers/usb/class/usblp.c).
"""

from __future__ import annotations

import asyncio
import errno
import os
import select
import stat
from functools import partial

from cext.errors import DeviceGone
from edge.devices.printers.fd_writer import FdWriter
from edge.devices.printers.wire import NODE_CURES, Site, Wire, say_cure

READ_BYTES = 4096
EMPTY_REST_S = 0.05
FILE_WAIT_S = 5.0


class NodeWire(Wire):
    """An open character device, or the writing end of a FIFO; `reads` where answers may come.

    What a device says that is not read stays in the kernel.
    """

    def __init__(self, site: Site, fd: int, *, reads: bool) -> None:
        super().__init__(site)
        self._fd = fd
        self._reads = reads
        self._loop = asyncio.get_running_loop()
        self._again: asyncio.TimerHandle | None = None
        self._writer = FdWriter(
            fd, on_sent=site.tap.sent, on_empty=self._empty.set, on_error=self._fail
        )
        try:
            # A FIFO's writing end never has bytes to read, but tells that its reader went.
            self._loop.add_reader(fd, self._on_readable)
        except PermissionError:
            if reads:
                self._lose(self.gone_error("it is no printer: it cannot be waited for"))

    @property
    def waiting_n(self) -> int:
        return self._writer.waiting_n

    def _put(self, data: bytes) -> None:
        self._empty.clear()
        self._writer.put(data)

    def _on_readable(self) -> None:
        if not self._reads:
            self._hear_nothing()
            return
        try:
            data = os.read(self._fd, READ_BYTES)
        except BlockingIOError:
            return
        except OSError as exc:
            self._fail(exc)
            return
        if data:
            self._heard(data)
        else:
            self._hear_nothing()

    def _hear_nothing(self) -> None:
        """There is something to hear but no byte to read: the end, or a pause before it."""
        if self._is_hung_up():
            cause = errno.ENODEV if self._reads else errno.EPIPE
            self._lose(self.gone_error(NODE_CURES[cause]))
        else:
            self._loop.remove_reader(self._fd)
            self._again = self._loop.call_later(EMPTY_REST_S, self._read_again)

    def _is_hung_up(self) -> bool:
        poll = select.poll()
        poll.register(self._fd, 0)
        return bool(poll.poll(0))

    def _read_again(self) -> None:
        self._again = None
        self._loop.add_reader(self._fd, self._on_readable)

    def _fail(self, exc: OSError) -> None:
        self._lose(self.gone_error(say_cure(exc)))

    def _drop(self, last: bytes) -> None:
        self._writer.close()
        if last:
            self._writer.write_last(last)
        if self._again is not None:
            self._again.cancel()
        self._loop.remove_reader(self._fd)
        os.close(self._fd)


class FileWire(Wire):
    """A plain file that jobs are added to; the disk is waited for in a thread."""

    def __init__(self, site: Site, fd: int) -> None:
        super().__init__(site)
        self._fd = fd
        self._pending = bytearray()
        self._waiting_n = 0
        self._writing: asyncio.Future[None] | None = None

    @property
    def waiting_n(self) -> int:
        return self._waiting_n

    def _put(self, data: bytes) -> None:
        self._empty.clear()
        self._pending += data
        self._waiting_n += len(data)
        if self._writing is None:
            self._write()

    def _write(self) -> None:
        data = bytes(self._pending)
        self._pending.clear()
        loop = asyncio.get_running_loop()
        self._writing = loop.run_in_executor(None, _write_all, self._fd, data)
        self._writing.add_done_callback(partial(self._on_written, data))

    def _on_written(self, data: bytes, writing: asyncio.Future[None]) -> None:
        problem = writing.exception()
        if isinstance(problem, OSError):
            self._lose(self.gone_error(say_cure(problem)))
        elif not self.lost.done():
            self._waiting_n -= len(data)
            self.site.tap.sent(data)
        self._writing = None
        if self.lost.done():
            os.close(self._fd)
        elif self._pending:
            self._write()
        else:
            self._empty.set()

    def _drop(self, last: bytes) -> None:
        del last  # what is in a file stays there
        if self._writing is None:
            os.close(self._fd)  # else once the thread has let go of it


def _write_all(fd: int, data: bytes) -> None:
    if not os.fstat(fd).st_nlink:
        raise OSError(errno.ENOENT, "the file was removed")
    while data:
        data = data[os.write(fd, data) :]
    os.fsync(fd)


async def open_device(site: Site, *, answers: bool) -> NodeWire:
    """Open a printer's character device, such as /dev/usb/lp0; raises DeviceGone."""
    flags = os.O_RDWR if answers else os.O_WRONLY
    fd = await _open(site, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if not stat.S_ISCHR(os.fstat(fd).st_mode):
        os.close(fd)
        raise _gone(site, "it is no device: for a file or a FIFO use escpos_file_printer")
    return NodeWire(site, fd, reads=answers)


async def open_file(site: Site) -> Wire:
    """Open a file or a FIFO that somebody reads, never making one; raises DeviceGone."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    fd = await _open(site, flags)
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode):
        return FileWire(site, fd)
    if stat.S_ISFIFO(mode):
        return NodeWire(site, fd, reads=False)
    os.close(fd)
    raise _gone(site, "it is neither a file nor a FIFO: for a device use its own kind")


async def _open(site: Site, flags: int) -> int:
    try:
        async with asyncio.timeout(FILE_WAIT_S):
            return await asyncio.to_thread(os.open, site.where, flags)
    except TimeoutError as exc:
        raise _gone(site, "it did not open in time") from exc
    except OSError as exc:
        raise _gone(site, say_cure(exc)) from exc


def _gone(site: Site, why: str) -> DeviceGone:
    detail = f"{site.where}: {why}"
    return DeviceGone("device_gone", detail, device=site.device, port=site.where)
