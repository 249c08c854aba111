"""What stands behind the doors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cext.kit.clock import Clock
from edge.announce.nearby import Nearby
from edge.api.live import Live
from edge.api.replies import Replies
from edge.api.shapes import LinkView, ShopView
from edge.books import Books
from edge.devices import Devices
from edge.journal import Journal
from edge.leasing import Leasing
from edge.prints import PrintJournal
from edge.sales import Counter, Receipt
from edge.sales.device_facts import DeviceFacts
from edge.sales.papers import Papers
from edge.sales.printing import PrintQueue
from edge.stock import Stockroom


@dataclass(frozen=True)
class Services:
    """What the doors call. They hold nothing of their own."""

    store: str
    software: str
    shop: ShopView
    clock: Clock
    journal: Journal
    books: Books
    counter: Counter
    stock: Stockroom
    prints: PrintJournal
    printing: PrintQueue
    live: Live
    replies: Replies
    devices: Devices
    facts: DeviceFacts
    leasing: Leasing
    nearby: Nearby
    get_addresses: Callable[[], list[str]]
    get_link: Callable[[], LinkView]
    papers: Papers
    render_text: Callable[[Receipt], str]
    render_png: Callable[[Receipt], Awaitable[bytes]]
