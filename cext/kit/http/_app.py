"""The application made of a route table: who may call, what is valid, what is repeated."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from cext.errors import Broken, Refused, ShopError
from cext.kit.http._openapi import describe
from cext.kit.http._problem import problem_body, problem_response, status_of
from cext.kit.http._route import Call, ReplyStore, Route, StoredReply
from cext.kit.tokens import Grant, Tokens

log = structlog.get_logger(__name__)

KEY_MAX_N = 128
DECODED_HERE_MAX_BYTES = 64 << 10  # a larger body would hold up the loop
BODY_MAX_BYTES = 64 << 20  # each route sets its own, lower limit
_BEARER = "bearer."
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_INTERNAL = Broken("internal_error", "this failed for a reason of our own; the log says more")
_CALLERS_FAULTS = (HttpProcessingError, web.RequestPayloadError)
_Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build_app(
    routes: Sequence[Route],
    *,
    title: str,
    version: str,
    tokens: Tokens,
    replies: ReplyStore | None = None,
) -> web.Application:
    """An aiohttp application that serves `routes` and their OpenAPI 3.1 description."""
    app = web.Application(client_max_size=BODY_MAX_BYTES, middlewares=[_problems])
    app.on_response_prepare.append(_secure)
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    for route in routes:
        door = _Door(route, tokens, replies)
        app.router.add_route(route.method, route.path, door.handle)
        if route.method == "GET":
            app.router.add_route("HEAD", route.path, door.handle)
    document = msgspec.json.encode(describe(routes, title=title, version=version))

    async def openapi(_request: web.Request) -> web.Response:
        return web.Response(body=document, content_type="application/json")

    app.router.add_get("/v1/openapi.json", openapi)
    return app


@web.middleware
async def _problems(request: web.Request, handler: _Handle) -> web.StreamResponse:
    try:
        return await handler(request)
    except Broken:
        log.exception("request_failed", path=request.path)
        return problem_response(_INTERNAL)
    except ShopError as exc:
        log.info("request_refused", path=request.path, code=exc.code, **_plain(exc))
        return problem_response(exc)
    except web.HTTPException as exc:
        if exc.status < 400:
            raise
        return _translate(exc, request)
    except Exception:
        # keeps: the doors. Nobody outside learns more than that it failed.
        log.exception("request_failed", path=request.path)
        return problem_response(_INTERNAL)


def _translate(error: web.HTTPException, request: web.Request) -> web.Response:
    """What aiohttp refuses by itself, as a problem document."""
    if isinstance(error, web.HTTPNotFound):
        return problem_response(Refused("path_unknown", f"nothing is served at {request.path}"))
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        refused = Refused("method_not_allowed", f"allowed here: {allowed}")
        return problem_response(refused, allow=allowed)
    return problem_response(Refused("request_invalid", error.reason), status=error.status)


async def _secure(_request: web.Request, response: web.StreamResponse) -> None:
    """What every answer says that does not say otherwise: keep it nowhere, run nothing of it."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "storeline"  # aiohttp would tell every version there is


def _is_ours(record: logging.LogRecord) -> bool:
    """Drop what aiohttp logs of a malformed request: a traceback, with the caller's own bytes."""
    return not (record.exc_info and isinstance(record.exc_info[1], _CALLERS_FAULTS))


def _plain(error: ShopError) -> dict[str, Any]:
    return {f"fact_{key}": fact for key, fact in error.facts.items()}


class _Door:
    """One route at work: who may, what is valid, then the handler; a repeated write only once."""

    def __init__(self, route: Route, tokens: Tokens, replies: ReplyStore | None) -> None:
        self._route = route
        self._tokens = tokens
        self._replies = replies
        self._decode = _decoder(route)
        self._turns = _Turns()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        route = self._route
        grant = await _load_grant(request, route, self._tokens)
        raw = await _read(request, route)
        query = _convert_query(request, route)
        key = _key(request, grant) if route.is_write else None
        if key is None or self._replies is None:
            call = await self._call(request, raw, query=query, grant=grant, key=key)
            return _respond(route, await route.handler(call))
        async with self._turns.take(key):
            kept = await self._replies.load(key)
            if kept is not None:
                return _repeat(kept, _digest(request, raw))
            call = await self._call(request, raw, query=query, grant=grant, key=key)
            return await _answer_once(route, call, self._replies, key)

    async def _call(
        self, request: web.Request, raw: bytes, *, query: Any, grant: Grant | None, key: str | None
    ) -> Call[Any, Any]:
        body = None
        if self._decode is not None:
            slow = self._route.decode is not None or len(raw) > DECODED_HERE_MAX_BYTES
            body = await asyncio.to_thread(self._decode, raw) if slow else self._decode(raw)
        digest = _digest(request, raw) if key else ""
        return Call(
            request, body=body, query=query, grant=grant, idempotency_key=key, digest=digest
        )


async def _answer_once(
    route: Route, call: Call[Any, Any], replies: ReplyStore, key: str
) -> web.StreamResponse:
    """Answer and keep the answer, a refusal too, so that a repeated call changes nothing."""
    try:
        response = _respond(route, await route.handler(call))
    except Refused as exc:
        status = status_of(exc)
        await replies.save(key, StoredReply(call.digest, status, problem_body(exc, status)))
        raise
    if isinstance(response, web.Response) and isinstance(response.body, bytes):
        await replies.save(key, StoredReply(call.digest, response.status, response.body))
    return response


def _digest(request: web.Request, raw: bytes) -> str:
    parts = (request.method.encode(), request.path_qs.encode(), raw)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _respond(route: Route, reply: Any) -> web.StreamResponse:
    if isinstance(reply, web.StreamResponse):
        return reply
    return web.Response(
        body=msgspec.json.encode(reply), status=route.status, content_type=route.content_type
    )


def _repeat(kept: StoredReply, digest: str) -> web.Response:
    if kept.request != digest:
        raise Refused(
            "idempotency_key_conflict", "this Idempotency-Key was used for another request"
        )
    kind = "application/json" if kept.status < 400 else "application/problem+json"
    response = web.Response(body=kept.body, status=kept.status, content_type=kind)
    response.headers["Idempotent-Replayed"] = "true"
    return response


async def _load_grant(request: web.Request, route: Route, tokens: Tokens) -> Grant | None:
    text = _token(request)
    grant = await tokens.load_grant(text) if text else None
    if route.scope is None:
        return grant
    if not text:
        raise Refused("token_missing", "send a token: Authorization: Bearer <token>")
    if grant is None:
        raise Refused("token_wrong", "this token is not known here; make one with token create")
    if not grant.allows(route.scope):
        raise Refused("scope_missing", f"this token lacks the scope {route.scope!r}")
    return grant


def _token(request: web.Request) -> str:
    """The bearer token; a browser's WebSocket can only send it as a subprotocol."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return text.strip()
    offered = request.headers.get("Sec-WebSocket-Protocol", "")
    for entry in offered.split(","):
        if entry.strip().startswith(_BEARER):
            return entry.strip()[len(_BEARER) :]
    return ""


def _key(request: web.Request, grant: Grant | None) -> str | None:
    """The idempotency key, led by the token's name so that callers cannot meet."""
    text = request.headers.get("Idempotency-Key", "")
    if not text:
        return None
    if len(text) > KEY_MAX_N or not text.isprintable():
        raise Refused("idempotency_key_invalid", f"at most {KEY_MAX_N} printable characters")
    return f"{grant.name if grant else ''}:{text}"


async def _read(request: web.Request, route: Route) -> bytes:
    """The body, refused as soon as it grows over the route's limit."""
    if not request.can_read_body:
        return b""
    if (request.content_length or 0) > route.max_bytes:
        raise Refused("body_too_large", f"at most {route.max_bytes} bytes are taken here")
    chunks = bytearray()
    try:
        async for chunk in request.content.iter_chunked(1 << 16):
            chunks += chunk
            if len(chunks) > route.max_bytes:
                raise Refused("body_too_large", f"at most {route.max_bytes} bytes are taken here")
    except web.RequestPayloadError as exc:
        raise Refused("body_garbled", "the body is not in the encoding it claims") from exc
    return bytes(chunks)


def _decoder(route: Route) -> Callable[[bytes], Any] | None:
    """What turns a body into `route.body`; None for a route that takes none."""
    if route.body is None or route.decode is not None:
        return route.decode
    decoder = msgspec.json.Decoder(route.body)

    def decode(raw: bytes) -> Any:
        try:
            return decoder.decode(raw or b"{}")
        except msgspec.ValidationError as exc:
            raise Refused("body_invalid", str(exc)) from exc
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
            raise Refused("body_not_json", f"the body is not JSON: {exc}") from exc

    return decode


class _Turns:
    """Requests with the same idempotency key take turns, so that the second finds the answer."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._wanted_n: Counter[str] = Counter()

    @asynccontextmanager
    async def take(self, key: str) -> AsyncIterator[None]:
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._wanted_n[key] += 1
        try:
            async with lock:
                yield
        finally:
            self._wanted_n[key] -= 1
            if not self._wanted_n[key]:
                del self._locks[key], self._wanted_n[key]


def _convert_query(request: web.Request, route: Route) -> Any:
    names = set(request.query)
    known = {field.encode_name for field in msgspec.structs.fields(route.query)}
    for name in sorted(names - known):
        cure = f"known: {', '.join(sorted(known))}" if known else "none is taken here"
        raise Refused("query_invalid", f"unknown parameter {name!r}; {cure}")
    try:
        return msgspec.convert(dict(request.query), route.query, strict=False)
    except msgspec.ValidationError as exc:
        raise Refused("query_invalid", str(exc)) from exc
