"""The box: everything that lives as long as a store's daemon, and who tells whom."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cext.kit.clock import Clock
from cext.kit.tokens import Tokens
from cext.lang.events import Body, SaleClosed, SaleRefunded, Stored, decode_envelope
from edge.announce import own_addresses
from edge.announce.nearby import Nearby
from edge.api import SCOPES, DeviceNews, LinkNews, LinkView, Live
from edge.api.live import AnyNews
from edge.books import Books
from edge.config import Settings
from edge.devices import Devices, DeviceState
from edge.journal import Journal
from edge.leasing import Leasing
from edge.prints import PrintJournal, PrintNews, view_of
from edge.sales import Counter, Drafts, LaneNews, Receipts, SaleNews
from edge.sales.device_facts import DeviceFacts
from edge.sales.display_feed import Displays
from edge.sales.papers import Papers
from edge.sales.printing import PrintQueue
from edge.sales.receipt import Press
from edge.stock import Stockroom

if TYPE_CHECKING:
    from edge.link import LinkState

PRINTS_TOLD_N = 100  # of what waits, a page that has just come is told so much
TOKENS_FILE = "tokens.json"


def open_tokens(settings: Settings) -> Tokens:
    """The tokens of this box's doors."""
    return Tokens(Path(settings.state_dir) / TOKENS_FILE, scopes=SCOPES)


@dataclass
class Box:
    """Everything that lives as long as the daemon.

    `address` is where the doors listen once they are open, `announced` the host name that the box
    answers for on the shop's network, or empty. `ending` is set when the daemon must
    end; `failure` says why, or None when it was asked to.
    """

    settings: Settings
    clock: Clock
    journal: Journal
    drafts: Drafts
    books: Books
    receipts: Receipts
    stock: Stockroom
    counter: Counter
    prints: PrintJournal
    printing: PrintQueue
    devices: Devices
    facts: DeviceFacts
    displays: Displays
    leasing: Leasing
    nearby: Nearby
    live: Live
    press: Press
    papers: Papers
    link: LinkView
    address: tuple[str, int] = ("", 0)
    announced: str = ""
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    failure: BaseException | None = None

    def on_device(self, state: DeviceState) -> None:
        """A device came or went."""
        self.prints.on_device_change(state.device)
        if state.state == "ready":
            self.displays.on_ready(state.device)
        self.facts.on_change(state)

    def on_link(self, state: LinkState) -> None:
        """The line to the hub moved."""
        self.link = LinkView(
            up=state.up,
            cursor=state.cursor,
            head=state.head,
            lag_n=state.lag_n,
            detail=state.detail,
        )
        self.live.tell(LinkNews(self.link))

    def on_events(self, stored: tuple[Stored, ...], bodies: tuple[Body, ...]) -> None:
        """Tell the pages of sales, after every fold has taken them up."""
        for event, body in zip(stored, bodies, strict=True):
            if isinstance(body, SaleClosed | SaleRefunded):
                envelope = decode_envelope(event.raw)
                news = SaleNews(
                    number=body.number,
                    kind="sale" if isinstance(body, SaleClosed) else "refund",
                    payable_minor=body.payable_minor,
                    lane=envelope.lane,
                    at_ms=envelope.at_ms,
                )
                self.live.tell(news)

    def tell_state(self) -> tuple[AnyNews, ...]:
        """The whole state, for a page that has just come."""
        return (
            *(LaneNews(view) for view in self.counter.views()),
            *(DeviceNews(report) for report in self.devices.reports()),
            *self.leasing.news(),
            *(PrintNews(view_of(job)) for job in self.prints.list_open()[:PRINTS_TOLD_N]),
            LinkNews(self.link),
        )

    def list_addresses(self) -> list[str]:
        """URLs of this box, best first; reads the system's tables, so call it off the loop."""
        interfaces = self.settings.zeroconf.interfaces
        store, name = self.settings.store, self.announced
        return own_addresses(store, *self.address, interfaces=interfaces, name=name)

    def stop(self) -> None:
        """End in good order."""
        self.ending.set()

    def fail(self, failure: BaseException) -> None:
        """A promise or an invariant is broken: the daemon ends, loudly."""
        self.failure = self.failure or failure
        self.ending.set()
