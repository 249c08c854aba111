"""The door to what is on the shop's network besides this box."""

from __future__ import annotations

from typing import Any

from cext.kit.http import Call, Route
from edge.announce.nearby import Neighbours
from edge.api.services import Services


def list_routes(services: Services) -> list[Route]:
    """The routes of this file."""

    async def neighbours(_call: Call[Any, Any]) -> Neighbours:
        return await services.nearby.look()

    return [
        Route(
            "GET",
            "/v1/neighbours",
            neighbours,
            summary="Printers and other boxes that answer on the shop's network within 3 s",
            reply=Neighbours,
            scope="manage",
            errors=("search_off", "network_missing"),
        ),
    ]
