"""The doors of the box: HTTP, the live socket and the counter page."""

from edge.api.doors import SCOPES, build_doors, list_routes
from edge.api.live import DeviceNews, LinkNews, Live
from edge.api.replies import Replies
from edge.api.services import Services
from edge.api.shapes import LinkView, ShopView

__all__ = [
    "SCOPES",
    "DeviceNews",
    "LinkNews",
    "LinkView",
    "Live",
    "Replies",
    "Services",
    "ShopView",
    "build_doors",
    "list_routes",
]
