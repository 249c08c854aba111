"""OpenAPI 3.1 from the same structs that validate, so that the two cannot drift apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from cext.kit.http._route import Nothing, Route

_REF = "#/components/schemas/{name}"
_PATH_PART = re.compile(r"\{(\w+)(?::[^}]*)?\}")
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
    },
}


def describe(routes: Sequence[Route], *, title: str, version: str) -> dict[str, Any]:
    """The OpenAPI document of `routes`."""
    kinds = [kind for route in routes for kind in (route.body, route.reply) if _has_schema(kind)]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    schema_of = dict(zip(map(repr, kinds), schemas, strict=True))
    paths: dict[str, Any] = {}
    for route in routes:
        path = _PATH_PART.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {
            "schemas": {**components, "Problem": _PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _has_schema(kind: Any) -> bool:
    return kind is not None and kind is not bytes


def _operation(route: Route, schema_of: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": route.summary}
    schema = schema_of.get(repr(route.reply), {"type": "string", "format": "binary"})
    answer["content"] = {route.content_type: {"schema": schema}}
    problem = {"schema": {"$ref": _REF.format(name="Problem")}}
    codes = f" Codes: {', '.join(route.errors)}." if route.errors else ""
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": _operation_id(route),
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": {
            str(route.status): answer,
            "default": {
                "description": f"A problem document (RFC 9457).{codes}",
                "content": {"application/problem+json": problem},
            },
        },
    }
    if route.is_write:
        operation["parameters"].append(
            {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}
        )
    if route.body is not None:
        content = {"application/json": {"schema": schema_of[repr(route.body)]}}
        operation["requestBody"] = {"required": True, "content": content}
    if route.scope is not None:
        operation["security"] = [{"token": [route.scope]}]
    return operation


def _operation_id(route: Route) -> str:
    words = re.findall(r"[a-z0-9]+", _PATH_PART.sub(r"by \1", route.path).lower())
    return "_".join([route.method.lower(), *words])


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PATH_PART.findall(route.path)
    ]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is Nothing:
        return []
    schema = msgspec.json.schema(route.query)
    found = schema["$defs"][route.query.__name__]
    required = set(found.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": entry}
        for name, entry in found["properties"].items()
    ]
