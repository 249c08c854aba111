"""Answers kept for repeated requests: those of sales in the journal, all others in the drafts."""

from __future__ import annotations

from typing import Any

import msgspec

from cext.kit.http import Call, StoredReply
from edge.journal import Journal
from edge.once import Once
from edge.sales import Drafts

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(StoredReply).decode


class Replies:
    """The `ReplyStore` of the edge's doors."""

    def __init__(self, journal: Journal, drafts: Drafts) -> None:
        self._journal = journal
        self._drafts = drafts
        self._durable: set[str] = set()

    async def load(self, key: str) -> StoredReply | None:
        """The answer under `key`, wherever it was kept."""
        raw = await self._journal.load_reply(key) or await self._drafts.load_reply(key)
        return _decode(raw) if raw else None

    async def save(self, key: str, reply: StoredReply) -> None:
        """Keep `reply`, unless the act itself keeps its answer in the journal."""
        if key in self._durable:
            self._durable.discard(key)
            return
        await self._drafts.save_reply(key, _encode(reply))

    def once(self, call: Call[Any, Any], *, status: int = 200) -> Once | None:
        """How the act behind `call` keeps its own answer; None when no key was sent.

        A refused act keeps none: the same key may succeed once the cause is gone.
        """
        key, digest = call.idempotency_key, call.digest
        if key is None:
            return None
        self._durable.add(key)
        return Once(
            key, lambda answer: _encode(StoredReply(digest, status, msgspec.json.encode(answer)))
        )
