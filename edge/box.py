"""The box: every part of a store's daemon, made and introduced to those it needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from cext.errors import ConfigError
from cext.kit.clock import Clock
from cext.kit.tokens import Tokens
from cext.lang.events import (
    Body,
    SaleClosed,
    SaleRefunded,
    Stored,
    StoreOpened,
    decode_body,
    decode_envelope,
)
from cext.lang.when import local_time
from edge.announce import announces, own_addresses
from edge.announce.nearby import Nearby
from edge.api import SCOPES, DeviceNews, LinkNews, LinkView, Live
from edge.api.live import AnyNews
from edge.books import Books
from edge.config import LANE_ROLES, SOFTWARE, Settings
from edge.devices import Devices, DeviceSettings, DeviceState, decode_settings
from edge.devices.lease_numbers import LeaseNumbers
from edge.devices.leases import Leases
from edge.devices.paper import can_print
from edge.devices.printers.escpos_settings import EscposSettings
from edge.devices.unified_pos import category_of
from edge.devices.upkeep import Upkeep
from edge.journal import Draft, Journal, open_journal
from edge.lane_scales import LaneScales
from edge.leasing import Leasing
from edge.sales import (
    Counter,
    Desk,
    Drafts,
    LaneNews,
    News,
    Receipts,
    SaleNews,
    Shop,
    open_drafts,
)
from edge.sales.customer_display import DisplayStyle
from edge.sales.day import DaySums
from edge.sales.day_paper import Sheet
from edge.sales.device_facts import DeviceFacts
from edge.sales.display_feed import DisplayFeed, Displays
from edge.sales.papers import Papers
from edge.sales.printing import PrintQueue
from edge.sales.receipt import Letterhead, Press
from edge.stock import Stockroom

if TYPE_CHECKING:
    from edge.link import LinkState

log = structlog.get_logger(__name__)

FOLD_PAGE_N = 1_000
JOURNAL_FILE = "journal.db"
DRAFTS_FILE = "drafts.db"
TOKENS_FILE = "tokens.json"
FLIGHT_FOLDER = "flights"
LEASES_FILE = "lease-numbers"
STATISTICS_FILE = "device_statistics.json"


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
    printing: PrintQueue
    devices: Devices
    facts: DeviceFacts
    displays: Displays
    leasing: Leasing
    nearby: Nearby
    live: Live
    press: Press
    day: DaySums
    papers: Papers
    link: LinkView
    address: tuple[str, int] = ("", 0)
    announced: str = ""
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    failure: BaseException | None = None

    def on_device(self, state: DeviceState) -> None:
        """A device came or went."""
        self.printing.on_device_change(state.device)
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


def _speaks(device: EscposSettings, language: str) -> bool:
    """Whether a printer can put the language's letters on paper, as text or drawn."""
    return language == "en" or can_print(
        {"zh": "门店", "he": "סניף"}[language], device.profile, device.encoding
    )


def check_devices(settings: Settings) -> dict[str, DeviceSettings]:
    """The settings of every device by its driver, and whether each fits its lane."""
    decoded = decode_settings(settings.devices)
    problems = []
    for lane in settings.lanes:
        for role in LANE_ROLES:
            name = getattr(lane, role)
            if name and role not in decoded[name].KIND:
                problems.append(f"lanes.{lane.id}.{role}: {decoded[name].KIND} is no {role}")
    problems += [
        f"devices.{name}.profile: a {device.roll.profile} cannot print language {settings.language}"
        for name, device in decoded.items()
        if isinstance(device, EscposSettings) and not _speaks(device, settings.language)
    ]
    if problems:
        raise ConfigError(tuple(problems))
    return decoded


@asynccontextmanager
async def open_box(settings: Settings, clock: Clock) -> AsyncIterator[Box]:
    """Open the store's memory, fold it, and take up the open baskets."""
    device_settings = check_devices(settings)
    state_dir = Path(settings.state_dir)
    await asyncio.to_thread(state_dir.mkdir, parents=True, exist_ok=True)
    await asyncio.to_thread(local_time, 0, settings.zone)  # its file is read once, not at a sale
    async with (
        open_journal(state_dir / JOURNAL_FILE, store=settings.store, clock=clock) as journal,
        open_drafts(state_dir / DRAFTS_FILE) as drafts,
    ):
        box = _furnish(settings, clock, journal=journal, drafts=drafts, devices=device_settings)
        await _fold_journal(box)
        if journal.head.seq == 0:
            await journal.append((Draft(_store_opened(settings)),))
        await box.books.restore(settings.price_book_file)
        await box.printing.restore()
        await box.counter.restore()
        yield box


def _furnish(
    settings: Settings,
    clock: Clock,
    *,
    journal: Journal,
    drafts: Drafts,
    devices: Mapping[str, DeviceSettings],
) -> Box:
    """Make every part and introduce it to those it needs."""
    shop, live = _shop(settings), Live()
    books = _make_books(settings, clock, journal)
    receipts = Receipts(journal, store=shop.store, currency=shop.currency)
    printing = PrintQueue(
        journal=journal,
        receipts=receipts,
        drafts=drafts,
        clock=clock,
        printer_of={lane.id: lane.printer for lane in settings.lanes if lane.printer},
        within_h=settings.receipt.print_within_h,
        tell=live.tell,
    )
    displays = _displays(settings, devices)
    counter = Counter(
        Desk(
            shop=shop,
            clock=clock,
            journal=journal,
            drafts=drafts,
            books=books,
            receipts=receipts,
            tell=_tell_to(live, displays),
        )
    )
    box: Box
    leasing = _make_leasing(settings, clock, devices=devices, journal=journal, live=live)
    supervised = _supervise(
        settings,
        clock,
        devices=devices,
        counter=counter,
        live=live,
        leasing=leasing,
        on_state=lambda state: box.on_device(state),  # noqa: PLW0108 - the box is made below
    )
    _set_up_lanes(counter, settings, _lane_scales(supervised, leasing, clock, devices))
    day = DaySums(shop)
    box = Box(
        settings=settings,
        clock=clock,
        journal=journal,
        drafts=drafts,
        books=books,
        receipts=receipts,
        stock=Stockroom(books),
        counter=counter,
        printing=printing,
        devices=supervised,
        facts=DeviceFacts(journal),
        displays=displays,
        leasing=leasing,
        nearby=_make_nearby(settings, clock),
        live=live,
        press=Press(_letterhead(settings), books),
        day=day,
        papers=Papers(_sheet(settings), day, clock, supervised.get_printer),
        link=LinkView(up=False, cursor=0, head=0, lag_n=0, detail="the link is switched off"),
    )
    live.get_state = box.tell_state
    return box


def _make_books(settings: Settings, clock: Clock, journal: Journal) -> Books:
    return Books(
        Path(settings.state_dir),
        store=settings.store,
        currency=settings.currency,
        journal=journal,
        clock=clock,
    )


def _supervise(
    settings: Settings,
    clock: Clock,
    *,
    devices: Mapping[str, DeviceSettings],
    counter: Counter,
    live: Live,
    leasing: Leasing,
    on_state: Callable[[DeviceState], None],
) -> Devices:
    return Devices(
        devices,
        clock,
        on_scan=lambda scan: leasing.route_scan(scan, counter.on_scan),
        on_garbled=lambda device, detail: leasing.route_garbage(device, detail, counter.on_garbage),
        on_state=on_state,
        on_news=lambda report: live.tell(DeviceNews(report)),
        lanes_of=_lanes_of(settings),
        upkeep=Upkeep(
            statistics_file=Path(settings.state_dir) / STATISTICS_FILE,
            flight=settings.flight,
            flight_folder=Path(settings.state_dir) / FLIGHT_FOLDER,
        ),
        fence=leasing.fence,
    )


def _make_leasing(
    settings: Settings,
    clock: Clock,
    *,
    devices: Mapping[str, DeviceSettings],
    journal: Journal,
    live: Live,
) -> Leasing:
    """The leases of the box; what a lane names in the settings is bound to it."""
    inputs = [n for n, one in devices.items() if category_of(one.KIND) in ("Scanner", "Scale")]
    return Leasing(
        Leases(clock, lanes_of=_lanes_of(settings), inputs=inputs),
        LeaseNumbers(Path(settings.state_dir) / LEASES_FILE),
        journal=journal,
        clock=clock,
        lanes=[lane.id for lane in settings.lanes],
        devices=devices,
        tell=live.tell,
    )


def _make_nearby(settings: Settings, clock: Clock) -> Nearby:
    cast = settings.zeroconf
    enabled = announces(cast.enabled, settings.api.host)
    return Nearby(clock, enabled=enabled, interfaces=cast.interfaces)


def _shop(settings: Settings) -> Shop:
    return Shop(
        store=settings.store,
        currency=settings.currency,
        zone=settings.zone,
        day_change_hour=settings.day_change_hour,
    )


def _lane_scales(
    supervised: Devices,
    leasing: Leasing,
    clock: Clock,
    devices: Mapping[str, DeviceSettings],
) -> LaneScales:
    scales = [name for name, one in devices.items() if category_of(one.KIND) == "Scale"]
    return LaneScales(supervised, leasing, clock, scales=scales)


def _set_up_lanes(counter: Counter, settings: Settings, scales: LaneScales) -> None:
    for lane in settings.lanes:
        get_scale = partial(scales.get_scale, lane.id, lane.scale)
        counter.add_lane(lane.id, scanner=lane.scanner, get_scale=get_scale)


def _tell_to(live: Live, displays: Displays) -> Callable[[News], None]:
    def tell(news: News) -> None:
        live.tell(news)
        displays.on_news(news)

    return tell


def _displays(settings: Settings, devices: Mapping[str, DeviceSettings]) -> Displays:
    """The feed of each lane's display, in the words the display can show."""
    feeds = {}
    for lane in settings.lanes:
        if lane.display:
            style = DisplayStyle(
                currency=settings.currency,
                language=settings.language,
                wide=bool(getattr(devices[lane.display], "hanzi", False)),
                shop_name=settings.receipt.shop_name,
                greeting=settings.display.greeting,
                thanks=settings.display.thanks,
            )
            feeds[lane.id] = DisplayFeed(lane.display, style)
    return Displays(feeds)


def _lanes_of(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Which lanes name each device, in whatever role."""
    bound: dict[str, tuple[str, ...]] = {}
    for lane in settings.lanes:
        for role in lane.__struct_fields__:
            name = getattr(lane, role)
            if role != "id" and name in settings.devices:
                bound[name] = (*bound.get(name, ()), lane.id)
    return bound


def _letterhead(settings: Settings) -> Letterhead:
    return Letterhead(
        shop_name=settings.receipt.shop_name,
        store=settings.store,
        zone=settings.zone,
        currency=settings.currency,
        language=settings.language,
        footer=settings.receipt.footer,
        width_n=settings.receipt.width_n,
    )


def _sheet(settings: Settings) -> Sheet:
    return Sheet(
        shop_name=settings.receipt.shop_name,
        zone=settings.zone,
        language=settings.language,
        width_n=settings.receipt.width_n,
    )


def _store_opened(settings: Settings) -> StoreOpened:
    return StoreOpened(
        store=settings.store,
        currency=settings.currency,
        zone=settings.zone,
        day_change_hour=settings.day_change_hour,
        software=SOFTWARE,
    )


async def _fold_journal(box: Box) -> None:
    """Rebuild every view from the journal, then follow it."""
    views = (box.stock, box.receipts, box.books, box.printing, box.facts, box.day)
    folds = tuple(view.fold for view in views)
    next_seq = 1
    while events := await box.journal.load(next_seq, limit_n=FOLD_PAGE_N):
        stored = tuple(events)
        bodies = tuple(decode_body(decode_envelope(event.raw)) for event in stored)
        for fold in folds:
            fold(stored, bodies)
        next_seq = stored[-1].seq + 1
    box.journal.listeners += [*folds, box.on_events]
    log.info("journal_folded", events_n=next_seq - 1)
