"""What tells a scale's protocol beyond doubt: an echo, a checksum, a name, or its grammar thrice.

Pure. Every question here only asks: none tares, zeroes, prints or sets anything (DEVICES: Odoo's
echo test of the 8217; SMA `A`; MT-SICS `I4`; the weight itself for ENQ/DC1 and NCI). One match of a
loose grammar is how other programs came to take any serial device for a scale.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, Protocol

from msgspec import Struct

from edge.devices.scales.reading import Noise, Reading, Talk

GRAMMAR_N = 3  # readings in a row, with nothing else between
ASKED_MAX_N = 6
HELD_MAX_N = 256

How = Literal["echo", "checksum", "name", "grammar"]


class Proof(Struct, frozen=True):
    """That it is a `kind`, and `how` that is known; `serial` is its number if it told one."""

    kind: str
    how: How
    serial: str = ""


class Probe(Protocol):
    """One attempt on one line."""

    def begin(self) -> bytes:
        """What to send first; empty to listen."""

    def hear(self, data: bytes) -> bytes:
        """Take what came; gives what to send at once."""

    def end(self) -> bytes:
        """What to send at last, whatever was heard."""

    def proofs(self) -> tuple[Proof, ...]:
        """What is proven so far: more than one is no proof at all."""


class ReplyProbe:
    """Sends one question whose answer no other device gives; `pattern` may name a `serial`."""

    def __init__(
        self, kind: str, how: How, *, ask: bytes, pattern: bytes, last: bytes = b""
    ) -> None:
        self._kind = kind
        self._how: How = how
        self._ask = ask
        self._last = last
        self._pattern = re.compile(pattern, re.DOTALL)
        self._held = b""

    def begin(self) -> bytes:
        return self._ask

    def hear(self, data: bytes) -> bytes:
        self._held = (self._held + bytes(byte & 0x7F for byte in data))[-HELD_MAX_N:]
        return b""

    def end(self) -> bytes:
        return self._last

    def proofs(self) -> tuple[Proof, ...]:
        match = self._pattern.search(self._held)
        if match is None:
            return ()
        serial = match.groupdict().get("serial", b"").decode("latin-1")
        return (Proof(self._kind, self._how, serial),)


class TalkProbe:
    """Asks for the weight until the checksum of one held, or three were right in a row.

    What is not understood is followed by another question: it may be the end of an earlier probe.
    """

    def __init__(self, kind: str, talk: Talk, *, flush: bytes = b"") -> None:
        self._kind = kind
        self._talk = talk
        self._flush = flush
        self._count = _Count()
        self._asked_n = 1

    def begin(self) -> bytes:
        return self._flush + self._talk.ask()

    def hear(self, data: bytes) -> bytes:
        heard = self._talk.receive(data)
        reply = heard.reply
        for answer in heard.answers:
            self._count.take(answer)
            if not self.proofs() and self._asked_n < ASKED_MAX_N:
                self._asked_n += 1
                reply += self._talk.ask()
        return reply

    def end(self) -> bytes:
        return b""

    def proofs(self) -> tuple[Proof, ...]:
        how = self._count.how()
        return (Proof(self._kind, how),) if how else ()


class ListenProbe:
    """Listens for scales that speak by themselves, of all kinds at once."""

    def __init__(self, talks: Mapping[str, Talk]) -> None:
        self._talks = {kind: (talk, _Count()) for kind, talk in talks.items()}

    def begin(self) -> bytes:
        return b""

    def hear(self, data: bytes) -> bytes:
        for talk, count in self._talks.values():
            for answer in talk.receive(data).answers:
                count.take(answer)
        return b""

    def end(self) -> bytes:
        return b""

    def proofs(self) -> tuple[Proof, ...]:
        told = [(kind, count.how()) for kind, (_, count) in self._talks.items()]
        return tuple(Proof(kind, how) for kind, how in told if how)


class _Count:
    """How often a grammar matched in a row, and whether a checksum held."""

    def __init__(self) -> None:
        self._in_row_n = 0
        self._longest_n = 0
        self._checked = False

    def take(self, answer: Reading | Noise) -> None:
        if isinstance(answer, Noise):
            self._in_row_n = 0
        elif answer.checked:
            self._checked = True
        elif answer.stable or answer.in_motion or answer.over or answer.under:
            # A bare number proves nothing: a scanner sends such lines too.
            self._in_row_n += 1
            self._longest_n = max(self._longest_n, self._in_row_n)

    def how(self) -> How | None:
        if self._checked:
            return "checksum"
        return "grammar" if self._longest_n >= GRAMMAR_N else None
