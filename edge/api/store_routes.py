"""Doors to the store as a whole: health and live news."""

from __future__ import annotations

from typing import Any

from cext.kit.http import Call, Route
from edge.api.live import LinkNews
from edge.api.services import Services
from edge.api.shapes import Health


class StoreDoors:
    """Handlers over the box's own state."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def health(self, _call: Call[Any, Any]) -> Health:
        services = self._services
        active = services.books.active
        return Health(
            status="ok",
            store=services.store,
            software=services.software,
            head_seq=services.journal.head.seq,
            lanes_n=len(services.counter.lanes),
            book=active.book.version if active else None,
            unprinted_n=services.printing.owed_n(),
            at_ms=services.clock.now_ms(),
            link=services.get_link(),
            shop=services.shop,
        )


def list_routes(services: Services) -> list[Route]:
    """The routes of this file."""
    doors = StoreDoors(services)
    return [
        Route(
            "GET",
            "/v1/health",
            doors.health,
            summary="Whether the box works, and how far its journal and its link are",
            reply=Health,
            scope=None,
        ),
        Route(
            "GET",
            "/v1/live",
            services.live.serve,
            summary="WebSocket: the full state, then every change (subprotocol storeline)",
            reply=LinkNews,
            scope="read",
        ),
    ]
