"""One route of a door, and one call of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

from aiohttp import web
from msgspec import Struct

from cext.kit.tokens import Grant


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """No query or no body: any key is refused."""


B = TypeVar("B", bound=Any)
Q = TypeVar("Q", bound=Any)


class Call(Generic[B, Q]):
    """One checked request: `body` and `query` are typed, `path` holds the path's parts.

    `digest` identifies what was asked. A handler that keeps its own answer durably under
    `idempotency_key` keeps the digest beside it (see `StoredReply.request`).
    """

    __slots__ = ("body", "digest", "grant", "idempotency_key", "path", "query", "request")

    def __init__(
        self,
        request: web.Request,
        *,
        body: B,
        query: Q,
        grant: Grant | None,
        idempotency_key: str | None,
        digest: str = "",
    ) -> None:
        self.request = request
        self.path: dict[str, str] = dict(request.match_info)
        self.body = body
        self.query = query
        self.grant = grant
        self.idempotency_key = idempotency_key
        self.digest = digest


Handler = Callable[[Call[Any, Any]], Awaitable[Any]]


class Route:
    """A row of the door's table.

    `scope` None means public. `reply` is the struct of the answer (documentation and check);
    a handler may also return an aiohttp response (pictures, WebSockets). `errors` are the codes
    a caller must expect besides the usual ones. `decode` replaces the plain decoding of `body`;
    it runs off the loop and raises Refused.
    """

    __slots__ = (
        "body",
        "content_type",
        "decode",
        "errors",
        "handler",
        "max_bytes",
        "method",
        "path",
        "query",
        "reply",
        "scope",
        "status",
        "summary",
    )

    def __init__(
        self,
        method: str,
        path: str,
        handler: Handler,
        *,
        summary: str,
        reply: Any,
        scope: str | None,
        body: Any = None,
        query: Any = Nothing,
        status: int = 200,
        errors: tuple[str, ...] = (),
        content_type: str = "application/json",
        max_bytes: int = 1 << 20,
        decode: Callable[[bytes], Any] | None = None,
    ) -> None:
        self.method = method
        self.path = path
        self.handler = handler
        self.summary = summary
        self.reply = reply
        self.scope = scope
        self.body = body
        self.query = query
        self.status = status
        self.errors = errors
        self.content_type = content_type
        self.max_bytes = max_bytes
        self.decode = decode

    @property
    def is_write(self) -> bool:
        """Whether the call changes something, so that `Idempotency-Key` is honoured."""
        return self.method in ("POST", "PUT", "PATCH", "DELETE")


class StoredReply(Struct, frozen=True):
    """An answer kept under its `Idempotency-Key`. `request` is a digest of what was asked."""

    request: str
    status: int
    body: bytes


class ReplyStore(Protocol):
    """Where answers to writes are kept; the owner bounds how many and for how long."""

    async def load(self, key: str) -> StoredReply | None:
        """The answer under `key`, or None."""

    async def save(self, key: str, reply: StoredReply) -> None:
        """Keep `reply` under `key`. A handler that saved it durably itself makes this a no-op."""
