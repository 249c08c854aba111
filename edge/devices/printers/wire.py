"""One cable to a printer, whatever it is made of."""

from __future__ import annotations

import asyncio
import errno
import os
from typing import Protocol

from msgspec import Struct

from cext.errors import DeviceGone, OutsideError
from cext.kit.clock import Clock
from edge.devices.tap import Tap

LEFTOVERS_S = 0.1


class Site(Struct, frozen=True):
    """Whose cable it is, and who listens to it; `where` names it for a person."""

    device: str
    where: str
    clock: Clock
    tap: Tap


class Ear(Protocol):
    """Hears what comes over a wire; a printer's language is one."""

    def take(self, data: bytes) -> None:
        """Bytes of the printer came."""

    def fail(self, error: OutsideError) -> None:
        """The wire has ended; comes once."""


class Wire:
    """What every cable does; a kind of cable fills in `_put`, `_drop` and `waiting_n`.

    `lost` is done once the wire has ended, with what ended it. `forgets` is True where the printer
    learns that we went and answers no old question to a new wire: a connection, not a plug.
    """

    forgets = False

    def __init__(self, site: Site) -> None:
        self.site = site
        self.lost: asyncio.Future[OutsideError] = asyncio.get_running_loop().create_future()
        self._ear: Ear | None = None
        self._queued_n = 0
        self._empty = asyncio.Event()
        self._empty.set()

    def listen(self, ear: Ear) -> None:
        """Let `ear` hear everything from now on; what came before is dropped."""
        self._ear = ear
        if self.lost.done():
            ear.fail(self.lost.result())

    async def drop_leftovers(self) -> None:
        """Let answers go that a printer still has for whoever was on the plug before.

        To be called before anyone listens; takes a tenth of a second where it is needed.
        """
        if not self.forgets:
            await asyncio.wait((self.lost,), timeout=LEFTOVERS_S)

    @property
    def waiting_n(self) -> int:
        """How many bytes were not handed to the cable yet."""
        raise NotImplementedError

    @property
    def handed_n(self) -> int:
        """How many bytes the cable took since it was opened; they may have left this box."""
        return self._queued_n - self.waiting_n

    def send(self, data: bytes) -> None:
        """Queue `data`, at once; raises what ended the wire, mostly DeviceGone."""
        self.check()
        self._queued_n += len(data)
        self._put(data)

    async def drain(self) -> None:
        """Return once the cable took everything or has ended; callers set the time limit."""
        await self._empty.wait()

    def check(self) -> None:
        """Raise what ended the wire, if it has ended."""
        if self.lost.done():
            raise self.lost.result()

    def abort(self, error: OutsideError | None = None, *, last: bytes = b"") -> None:
        """End the wire at once, so that no late answer is ever taken for a fresh one.

        What waits is forgotten; `last` is still sent, if the cable takes it at once.
        """
        self._lose(error or self.gone_error("the connection was closed"), last=last)

    async def close(self) -> None:
        """End the wire and wait, for a moment at most, until others may open it."""
        self.abort()

    def gone_error(self, why: str) -> DeviceGone:
        """What to raise when the wire has ended because of `why`."""
        where = self.site.where
        return DeviceGone("device_gone", f"{where}: {why}", device=self.site.device, port=where)

    def _put(self, data: bytes) -> None:
        raise NotImplementedError

    def _drop(self, last: bytes) -> None:
        """Send `last` if that needs no waiting, and let the cable go; called once."""
        raise NotImplementedError

    def _heard(self, data: bytes, at_mono_ns: int | None = None) -> None:
        if self.lost.done():
            return
        self.site.tap.took(data, self.site.clock.mono_ns() if at_mono_ns is None else at_mono_ns)
        if self._ear is not None:
            self._ear.take(data)

    def _lose(self, error: OutsideError, *, last: bytes = b"") -> None:
        if self.lost.done():
            return
        self.lost.set_result(error)
        self._empty.set()
        self._drop(last)
        if self._ear is not None:
            self._ear.fail(error)


NODE_CURES = {
    errno.ENOENT: "not there: is it plugged in and switched on?",
    errno.ENXIO: "nobody reads it: start the program that takes the jobs",
    errno.EACCES: "no right to open it: add the service to the group lp (dialout for a serial "
    "port), or give it that right by a udev rule",
    errno.EPERM: "no right to open it: allow it in the service (DeviceAllow=)",
    errno.EBUSY: "another program has it open (CUPS, or a second copy of this one): stop that",
    errno.EISDIR: "it is a folder: name a file in it",
    errno.ENODEV: "the printer was unplugged or switched off",
    errno.EIO: "the printer was unplugged or switched off",
    errno.EPIPE: "whoever took its bytes has gone: the print server, or the printer itself",
    errno.ENOSPC: "the disk is full, or the printer reports that it is out of paper",
    errno.EINVAL: "the printer never answers on this cable: set answers = false",
}


def say_cure(exc: OSError) -> str:
    """Put an error of a node into words for the person who must mend it."""
    number = exc.errno or 0
    return NODE_CURES.get(number) or os.strerror(number)
