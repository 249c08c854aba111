"""Makes every part of a box, introduces it to those it needs, and takes up what was begun."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from cext.kit.clock import Clock
from cext.lang.events import StoreOpened, decode_body, decode_envelope
from cext.lang.when import local_time
from edge.announce import announces
from edge.announce.nearby import Nearby
from edge.api import DeviceNews, LinkView, Live
from edge.books import Books
from edge.box import Box
from edge.config import SOFTWARE, Settings
from edge.device_settings import check_devices, lanes_of
from edge.devices import Devices, DeviceSettings, DeviceState
from edge.devices.lease_numbers import LeaseNumbers
from edge.devices.leases import Leases
from edge.devices.paper import Document
from edge.devices.unified_pos import category_of
from edge.devices.upkeep import Upkeep
from edge.journal import Draft, Journal, open_journal
from edge.lane_scales import LaneScales
from edge.leasing import Leasing
from edge.prints import Printing, PrintJournal, PrintStore, StoredPapers, open_prints
from edge.prints.outlet import is_outlet
from edge.sales import Counter, Desk, Drafts, News, Receipt, Receipts, Shop, open_drafts
from edge.sales.customer_display import DisplayStyle
from edge.sales.day import DaySums
from edge.sales.day_paper import Sheet
from edge.sales.device_facts import DeviceFacts
from edge.sales.display_feed import DisplayFeed, Displays
from edge.sales.papers import Papers
from edge.sales.printing import KIND, Around, LayOut, PrintQueue
from edge.sales.receipt import Letterhead, Press
from edge.stock import Stockroom

log = structlog.get_logger(__name__)

FOLD_PAGE_N = 1_000
JOURNAL_FILE = "journal.db"
DRAFTS_FILE = "drafts.db"
PRINTS_FILE = "prints.db"
FLIGHT_FOLDER = "flights"
LEASES_FILE = "lease-numbers"
STATISTICS_FILE = "device_statistics.json"


@dataclass(frozen=True)
class _Memory:
    """The databases of one store."""

    journal: Journal
    drafts: Drafts
    prints: PrintStore


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
        open_prints(state_dir / PRINTS_FILE) as prints,
    ):
        memory = _Memory(journal, drafts, prints)
        box = _furnish(settings, clock, memory=memory, devices=device_settings)
        await _fold_journal(box)
        if journal.head.seq == 0:
            await journal.append((Draft(_store_opened(settings)),))
        await box.books.restore(settings.price_book_file)
        await box.counter.restore()
        await box.prints.restore()
        await box.printing.restore()
        yield box


def _furnish(
    settings: Settings,
    clock: Clock,
    *,
    memory: _Memory,
    devices: Mapping[str, DeviceSettings],
) -> Box:
    """Make every part and introduce it to those it needs."""
    live, journal = Live(), memory.journal
    displays = _make_displays(settings, devices)
    desk = _make_desk(settings, clock, memory=memory, tell=_tell_to(live, displays))
    counter = Counter(desk)
    leasing = _make_leasing(settings, clock, devices=devices, journal=journal, live=live)
    box: Box

    def on_state(state: DeviceState) -> None:
        box.on_device(state)

    supervised = Devices(
        devices,
        clock,
        on_scan=lambda scan: leasing.route_scan(scan, counter.on_scan),
        on_garbled=lambda device, detail: leasing.route_garbage(device, detail, counter.on_garbage),
        on_state=on_state,
        on_news=lambda report: live.tell(DeviceNews(report)),
        lanes_of=lanes_of(settings),
        upkeep=_make_upkeep(settings),
        fence=leasing.fence,
    )
    weighing = [name for name, one in devices.items() if category_of(one.KIND) == "Scale"]
    _set_up_lanes(counter, settings, LaneScales(supervised, leasing, clock, scales=weighing))
    press = Press(_letterhead(settings), desk.books)
    prints = PrintJournal(
        _printing(settings, devices), store=memory.prints, clock=clock, tell=live.tell
    )
    prints.add_maker("", StoredPapers(memory.prints, journal))
    queue = _make_queue(
        settings, desk, prints=prints, press=press, counter=counter, devices=supervised
    )
    papers = Papers(
        _sheet(settings),
        DaySums(desk.shop),
        clock,
        prints=prints,
        get_printer=supervised.get_printer,
    )
    box = Box(
        settings=settings,
        clock=clock,
        journal=journal,
        drafts=memory.drafts,
        books=desk.books,
        receipts=desk.receipts,
        stock=Stockroom(desk.books),
        counter=counter,
        prints=prints,
        printing=queue,
        devices=supervised,
        facts=DeviceFacts(journal),
        displays=displays,
        leasing=leasing,
        nearby=_make_nearby(settings, clock),
        live=live,
        press=press,
        papers=papers,
        link=LinkView(up=False, cursor=0, head=0, lag_n=0, detail="the link is switched off"),
    )
    live.get_state = box.tell_state
    return box


def _make_queue(
    settings: Settings,
    desk: Desk,
    *,
    prints: PrintJournal,
    press: Press,
    counter: Counter,
    devices: Devices,
) -> PrintQueue:
    """What puts the receipts of the lanes into the journal of papers."""
    around = Around(
        prints=prints,
        lay_out=_make_lay_out(press, devices),
        notify=counter.notify,
        get_drawer=devices.get_drawer,
        printer_of={lane.id: lane.printer for lane in settings.lanes if lane.printer},
        within_h=settings.receipt.print_within_h,
    )
    queue = PrintQueue(desk, around)
    prints.add_maker(KIND, queue)
    return queue


def _make_desk(
    settings: Settings, clock: Clock, *, memory: _Memory, tell: Callable[[News], None]
) -> Desk:
    """What all lanes share."""
    shop = _shop(settings)
    journal = memory.journal
    folder = Path(settings.state_dir)
    return Desk(
        shop=shop,
        clock=clock,
        journal=journal,
        drafts=memory.drafts,
        books=Books(folder, store=shop.store, currency=shop.currency, journal=journal, clock=clock),
        receipts=Receipts(journal, store=shop.store, currency=shop.currency),
        tell=tell,
    )


def _make_upkeep(settings: Settings) -> Upkeep:
    folder = Path(settings.state_dir)
    return Upkeep(
        statistics_file=folder / STATISTICS_FILE,
        flight=settings.flight,
        flight_folder=folder / FLIGHT_FOLDER,
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
        Leases(clock, lanes_of=lanes_of(settings), inputs=inputs),
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


def _set_up_lanes(counter: Counter, settings: Settings, scales: LaneScales) -> None:
    for lane in settings.lanes:
        get_scale = partial(scales.get_scale, lane.id, lane.scale)
        counter.add_lane(lane.id, scanner=lane.scanner, get_scale=get_scale)


def _tell_to(live: Live, displays: Displays) -> Callable[[News], None]:
    def tell(news: News) -> None:
        live.tell(news)
        displays.on_news(news)

    return tell


def _make_displays(settings: Settings, devices: Mapping[str, DeviceSettings]) -> Displays:
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


def _printing(settings: Settings, devices: Mapping[str, DeviceSettings]) -> Printing:
    return Printing(
        printers=tuple(name for name, device in devices.items() if is_outlet(device.KIND)),
        lane_printers={lane.id: lane.printer for lane in settings.lanes if lane.printer},
        fallbacks={lane.id: lane.fallback_printer for lane in settings.lanes},
        failover_after_s=settings.receipt.failover_after_s,
        copy_when_doubtful=settings.receipt.copy_when_doubtful,
        keep_days=settings.receipt.keep_prints_days,
        language=settings.language,
    )


def _make_lay_out(press: Press, devices: Devices) -> LayOut:
    """How a receipt becomes the paper of a printer."""

    def lay_out(receipt: Receipt, printer: str, late_ms: int) -> Document:
        roll = devices.get_printer(printer).roll
        return press.lay_out(receipt, width_n=roll.width_n, late_ms=late_ms)

    return lay_out


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
    views = (box.stock, box.receipts, box.books, box.printing, box.facts, box.papers)
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
