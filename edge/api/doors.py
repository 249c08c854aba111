"""All doors of the box: the route table and the application made of it."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from cext.kit.http import Route, add_pages, build_app
from cext.kit.tokens import Tokens
from edge.api import (
    book_routes,
    device_routes,
    lane_routes,
    lease_routes,
    neighbour_routes,
    paper_routes,
    print_routes,
    receipt_routes,
    store_routes,
)
from edge.api.services import Services

SCOPES = ("read", "sell", "manage", "books")
PAGES = Path(__file__).parent / "pages"


def list_routes(services: Services) -> list[Route]:
    """Every route of the box."""
    return [
        *store_routes.list_routes(services),
        *device_routes.list_routes(services),
        *lane_routes.list_routes(services),
        *receipt_routes.list_routes(services),
        *lease_routes.list_routes(services),
        *neighbour_routes.list_routes(services),
        *print_routes.list_routes(services),
        *paper_routes.list_routes(services),
        *book_routes.list_routes(services),
    ]


def build_doors(services: Services, *, tokens: Tokens) -> web.Application:
    """The application: API under /v1, the counter page at /."""
    app = build_app(
        list_routes(services),
        title="Storeline edge",
        version=services.software,
        tokens=tokens,
        replies=services.replies,
    )
    add_pages(app, PAGES)

    async def close_live(_app: web.Application) -> None:
        await services.live.close()

    app.on_shutdown.append(close_live)
    return app
