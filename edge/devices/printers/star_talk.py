"""One talk with a Star printer: one question at a time, and what it tells by itself."""

from __future__ import annotations

import asyncio

from cext.errors import DeviceGarbled, DeviceSlow, OutsideError
from edge.devices.printers.escpos_talk import STRAYS_MAX_N, settle
from edge.devices.printers.star_status import ASK_STAR, StarReplies, StarStatus
from edge.devices.printers.wire import Wire


class StarTalk:
    """Ear of one wire: an open question fails when the wire ends.

    Star asks not to send a second `ESC ACK SOH` before the first is answered, so all who ask at
    once share a question, and a status that comes meanwhile by itself is its answer. `told` is
    the last status nobody asked for, None if none came since it was taken; `news` is done at the
    next one, or when the wire ends.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._replies = StarReplies()
        self._asked: asyncio.Future[StarStatus] | None = None
        self.told: StarStatus | None = None
        self.news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        wire.listen(self)

    def take(self, data: bytes) -> None:
        for status in self._replies.feed(data):
            self._take_one(status)
        if self._replies.strays_n > STRAYS_MAX_N:
            self._wire.abort(self.garbled_error())

    def fail(self, error: OutsideError) -> None:
        if self._asked is not None and not self._asked.done():
            self._asked.set_exception(error)
            self._asked.exception()  # seen: a question nobody waits for any more is no news
        settle(self.news, None)

    def ask(self) -> asyncio.Future[StarStatus]:
        """Send the status question, unless one is open; wait for it without cancelling it."""
        if self._asked is None or self._asked.done():
            self._wire.send(ASK_STAR)
            self._asked = asyncio.get_running_loop().create_future()
        return self._asked

    def take_told(self) -> StarStatus | None:
        """Give what it told by itself since the last look."""
        told, self.told = self.told, None
        return told

    def slow_error(self) -> DeviceSlow | DeviceGarbled:
        """What a missing answer means: silence, or an answer nobody understands."""
        if self._replies.strays_n:
            return self.garbled_error()
        device = self._wire.site.device
        return DeviceSlow("device_slow", "The printer does not answer.", device=device)

    def garbled_error(self) -> DeviceGarbled:
        """What to raise for bytes that are no status."""
        site = self._wire.site
        detail = (
            f"{site.where}: it sends bytes that are no status of a Star printer: is it one, and "
            "set to Star Line Mode?"
        )
        return DeviceGarbled("device_garbled", detail, device=site.device)

    def _take_one(self, status: StarStatus) -> None:
        if self._asked is not None and not self._asked.done():
            self.told = None  # older than this answer
            self._asked.set_result(status)
            return
        self.told = status
        settle(self.news, None)
        self.news = asyncio.get_running_loop().create_future()
