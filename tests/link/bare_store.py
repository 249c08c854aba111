"""A store that speaks the wire by hand, so that it can say what an honest one never would."""

from __future__ import annotations

from cext.kit.mqtt import Line
from cext.lang.events import GENESIS_HASH, Stored, chain_hash
from cext.lang.wire import (
    Ack,
    Batch,
    Hello,
    Message,
    Welcome,
    decode_frame,
    encode_frame,
    up_topic,
)


class BareStore:
    """The store `name` on a line that hears its own down topic."""

    def __init__(self, name: str, line: Line) -> None:
        self.name = name
        self.line = line
        self.head = Stored(0, b"", GENESIS_HASH)
        self.session = 0
        self.heard: list[Message] = []

    def say(self, message: Message) -> None:
        self.line.publish(up_topic(self.name), encode_frame(message))

    async def hear(self) -> Message:
        (letter,) = await self.line.receive(limit_n=1)
        self.heard.append(decode_frame(letter.payload))
        return self.heard[-1]

    async def greet(self) -> Welcome:
        """Say hello and wait for the welcome; whatever else is heard meanwhile is kept."""
        self.say(
            Hello(
                nonce=7,
                epoch=1,
                head_seq=self.head.seq,
                head_hash=self.head.hash,
                oldest_seq=1,
                software="bare",
                boot="b",
                at_ms=0,
            )
        )
        while not isinstance(found := await self.hear(), Welcome):
            pass
        self.session = found.session
        return found

    async def hear_ack(self) -> Ack:
        while not isinstance(found := await self.hear(), Ack):
            pass
        return found

    def send(self, *raws: bytes, joins: bytes | None = None) -> None:
        """Send `raws` as the next events; `joins` forges the hash they are said to follow."""
        previous = link = self.head.hash if joins is None else joins
        for seq, raw in enumerate(raws, start=self.head.seq + 1):
            link = chain_hash(link, epoch=1, seq=seq, raw=raw)
        first = self.head.seq + 1
        self.say(
            Batch(
                session=self.session,
                epoch=1,
                first=first,
                prev_hash=previous,
                events=raws,
                last_hash=link,
            )
        )
        if joins is None:
            self.head = Stored(self.head.seq + len(raws), raws[-1], link)
