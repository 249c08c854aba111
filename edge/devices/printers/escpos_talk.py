"""One talk with an ESC/POS printer: matches what it says to what it was asked."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, TypeVar

from msgspec import Struct

from cext.errors import DeviceGarbled, DeviceGone, DeviceSlow, OutsideError
from edge.devices.printers.escpos_status import (
    ASK_IDENTITY,
    ASK_STATUS,
    FENCE,
    IDENTITY_PARTS,
    STATUS_ANSWERS_N,
    UNASKED_ON,
    FenceByte,
    Flow,
    Named,
    Replies,
    Reply,
    StatusByte,
    Stray,
    Unasked,
)
from edge.devices.printers.wire import Wire

T = TypeVar("T")

STRAYS_MAX_N = 64


class PrinterIdentity(Struct, frozen=True, kw_only=True):
    """Who the printer says it is; "" where it said nothing."""

    maker: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""


class Talk:
    """Ear of one wire: every question fails when the wire ends.

    `told` is the last unasked status, None if none came yet; `news` is done at the next one, or
    when the wire ends.
    """

    def __init__(self, wire: Wire, *, asb: bool) -> None:
        self._wire = wire
        self._asb = asb
        self._replies = Replies()
        self._statuses: deque[tuple[bytearray, asyncio.Future[bytes]]] = deque()
        self._fences: deque[asyncio.Future[FenceByte]] = deque()
        self._names: deque[tuple[str, asyncio.Future[str]]] = deque()
        self._strays_n = 0
        self._odd_n = 0
        self._is_held = False
        self.told: bytes | None = None
        self.news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.named: dict[str, str] = {}
        wire.listen(self)

    def take(self, data: bytes) -> None:
        for reply in self._replies.feed(
            data, fences_open_n=len(self._fences), names_open_n=len(self._names)
        ):
            self._take_one(reply)
            if self._wire.lost.done():
                return
        if self._strays_n > STRAYS_MAX_N:
            self._wire.abort(self.garbled_error())

    def fail(self, error: OutsideError) -> None:
        waiting: tuple[asyncio.Future[Any], ...] = (
            *(answer for _, answer in self._statuses),
            *self._fences,
            *(answer for _, answer in self._names),
        )
        for answer in waiting:
            if not answer.done():
                answer.set_exception(error)
                answer.exception()  # seen: a question nobody waits for any more is no news
        settle(self.news, None)

    def ask_status(self) -> asyncio.Future[bytes]:
        """Send the four status questions."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._wire.send(ASK_STATUS)
        self._statuses.append((bytearray(), answer))
        return answer

    def send_fenced(self, data: bytes) -> asyncio.Future[FenceByte]:
        """Send `data` and a question that is answered after all of it has been handled."""
        answer: asyncio.Future[FenceByte] = asyncio.get_running_loop().create_future()
        self._wire.send(data + FENCE)
        self._fences.append(answer)
        return answer

    def ask_identity(self) -> asyncio.Future[str]:
        """Ask who it is; `named` fills up as it answers, if it does.

        The last answer is behind everything that was sent before.
        """
        self._wire.send(ASK_IDENTITY)
        loop = asyncio.get_running_loop()
        self._names.extend((part, loop.create_future()) for part in IDENTITY_PARTS)
        return self._names[-1][1]

    def switch_on_unasked(self) -> None:
        """Let it tell changes by itself, where it can; ESC @ ends that."""
        if self._asb:
            self._wire.send(UNASKED_ON)

    async def is_quiet(self, wait_s: float) -> bool:
        """Whether no answer came in `wait_s` that nobody waits for; raises what ended the wire."""
        odd_n = self._odd_n
        await asyncio.wait((self._wire.lost,), timeout=wait_s)
        self._wire.check()
        return self._odd_n == odd_n

    def slow_error(self) -> DeviceSlow | DeviceGarbled:
        """What a missing answer means: silence, or an answer nobody understands."""
        if self._strays_n:
            return self.garbled_error()
        device = self._wire.site.device
        return DeviceSlow("device_slow", "The printer does not answer.", device=device)

    def garbled_error(self) -> DeviceGarbled:
        """What to raise for bytes that are no answers."""
        site = self._wire.site
        detail = (
            f"{site.where}: it sends bytes that are no ESC/POS answers: set it to ESC/POS, "
            "and on a serial line to the speed and parity of the settings"
        )
        return DeviceGarbled("device_garbled", detail, device=site.device)

    def _take_one(self, reply: Reply) -> None:
        match reply:
            case StatusByte() if self._statuses:
                held, answer = self._statuses[0]
                held.append(reply.value)
                if len(held) == STATUS_ANSWERS_N:
                    self._strays_n = 0
                    self._statuses.popleft()
                    settle(answer, bytes(held))
            case FenceByte():
                # Answers come in turn: an identity it did not tell by now it never will.
                self._names.clear()
                settle(self._fences.popleft(), reply)
            case Named():
                part, name = self._names.popleft()
                self.named[part] = reply.text.strip()
                settle(name, reply.text)
            case Unasked():
                self.told = reply.value
                settle(self.news, None)
                self.news = asyncio.get_running_loop().create_future()
            case Flow():
                self._take_flow(go=reply.go)
            case StatusByte() | Stray():
                self._strays_n += 1
                self._odd_n += 1

    def _take_flow(self, *, go: bool) -> None:
        # Without an XOFF before, XON on a line means that the printer was switched on.
        has_begun = go and not self._is_held and not self._wire.forgets
        if has_begun and not self._fences:
            self.switch_on_unasked()
        elif has_begun:
            detail = "The printer was switched off and on while it printed."
            device = self._wire.site.device
            self._wire.abort(DeviceGone("printer_restarted", detail, device=device))
        self._is_held = not go


def settle(future: asyncio.Future[T], value: T) -> None:
    """Give a future its value unless nobody waits for it any more."""
    if not future.done():
        future.set_result(value)
