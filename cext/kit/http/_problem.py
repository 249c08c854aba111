"""Errors as problem documents (RFC 9457)."""

from __future__ import annotations

import msgspec
from aiohttp import web

from cext.errors import OutsideError, ShopError, StorageError

_STATUS = {
    "token_missing": 401,
    "token_wrong": 401,
    "scope_missing": 403,
    "method_not_allowed": 405,
    "body_too_large": 413,
    "internal_error": 500,
    "pages_not_built": 503,
}
_ENDINGS = (
    ("_unknown", 404),
    ("_conflict", 409),
    ("_busy", 409),
    ("_held", 409),
    ("_stale", 409),
)


def status_of(error: ShopError) -> int:
    """The HTTP status of an error: by its code, else by who must act."""
    if error.code in _STATUS:
        return _STATUS[error.code]
    for ending, status in _ENDINGS:
        if error.code.endswith(ending):
            return status
    return 503 if isinstance(error, OutsideError | StorageError) else 422


def problem_body(error: ShopError, status: int) -> bytes:
    """The document: `code` for machines, `detail` for people, the facts beside them."""
    document = {
        "type": f"/problems/{error.code}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": status,
        "detail": error.detail,
        "code": error.code,
    }
    facts = {key: fact for key, fact in error.facts.items() if key not in document}
    return msgspec.json.encode(document | facts)


def problem_response(error: ShopError, *, status: int = 0, allow: str = "") -> web.Response:
    """`error` as a response of type application/problem+json.

    `status` is only for what another layer has decided already; `allow` are the methods that a
    405 must name (RFC 9110, 15.5.6).
    """
    status = status or status_of(error)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if allow:
        headers["Allow"] = allow
    return web.Response(
        body=problem_body(error, status),
        status=status,
        content_type="application/problem+json",
        headers=headers,
    )
