"""Typed HTTP doors on aiohttp: one table of routes gives handlers, validation and OpenAPI."""

from cext.kit.http._app import build_app
from cext.kit.http._pages import add_pages
from cext.kit.http._problem import problem_response
from cext.kit.http._route import Call, Nothing, ReplyStore, Route, StoredReply

__all__ = [
    "Call",
    "Nothing",
    "ReplyStore",
    "Route",
    "StoredReply",
    "add_pages",
    "build_app",
    "problem_response",
]
