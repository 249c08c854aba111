"""The doors to where this box is on the shop's network, and what is there besides it."""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec import Struct

from cext.kit.http import Call, Route
from edge.announce.nearby import Neighbours
from edge.api.services import Services


class Addresses(Struct, frozen=True):
    """URLs of this box for phones and tablets, best first: the first one goes into a QR code."""

    urls: tuple[str, ...]


def list_routes(services: Services) -> list[Route]:
    """The routes of this file."""

    async def neighbours(_call: Call[Any, Any]) -> Neighbours:
        return await services.nearby.look()

    async def address(_call: Call[Any, Any]) -> Addresses:
        return Addresses(tuple(await asyncio.to_thread(services.get_addresses)))

    return [
        Route(
            "GET",
            "/v1/address",
            address,
            summary="Where phones and tablets find this box, best first",
            reply=Addresses,
            scope="read",
        ),
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
