"""The box: every part of a store's daemon, made and introduced to those it needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
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
from edge.api import SCOPES, DeviceNews, LinkNews, LinkView, Live
from edge.api.live import AnyNews
from edge.books import Books
from edge.config import SOFTWARE, Settings
from edge.devices import Devices, DeviceSettings, DeviceState, decode_settings
from edge.devices.paper import Document, can_print
from edge.devices.printers.escpos_settings import EscposSettings
from edge.journal import Draft, Journal, open_journal
from edge.prints import (
    Printing,
    PrintJournal,
    PrintNews,
    PrintStore,
    StoredPapers,
    open_prints,
    view_of,
)
from edge.prints.outlet import is_outlet
from edge.sales import (
    Counter,
    Desk,
    Drafts,
    LaneNews,
    Receipt,
    Receipts,
    SaleNews,
    Shop,
    open_drafts,
)
from edge.sales.day import DaySums
from edge.sales.day_paper import Sheet
from edge.sales.device_facts import DeviceFacts
from edge.sales.papers import Papers
from edge.sales.printing import KIND, Around, LayOut, PrintQueue
from edge.sales.receipt import Letterhead, Press
from edge.stock import Stockroom

if TYPE_CHECKING:
    from edge.link import LinkState

log = structlog.get_logger(__name__)

FOLD_PAGE_N = 1_000
JOURNAL_FILE = "journal.db"
DRAFTS_FILE = "drafts.db"
PRINTS_FILE = "prints.db"
PRINTS_TOLD_N = 100  # of what waits, a page that has just come is told so much
TOKENS_FILE = "tokens.json"


def open_tokens(settings: Settings) -> Tokens:
    """The tokens of this box's doors."""
    return Tokens(Path(settings.state_dir) / TOKENS_FILE, scopes=SCOPES)


@dataclass
class Box:
    """Everything that lives as long as the daemon.

    `address` is where the doors listen once they are open. `ending` is set when the daemon must
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
    live: Live
    press: Press
    day: DaySums
    papers: Papers
    link: LinkView
    address: tuple[str, int] = ("", 0)
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    failure: BaseException | None = None

    def on_device(self, state: DeviceState) -> None:
        """A device came or went."""
        self.live.tell(DeviceNews(state))
        self.prints.on_device_change(state.device)
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
            *(DeviceNews(state) for state in self.devices.states()),
            *(PrintNews(view_of(job)) for job in self.prints.list_open()[:PRINTS_TOLD_N]),
            LinkNews(self.link),
        )

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
        for role in ("scanner", "scale", "printer", "fallback_printer"):
            name, what = getattr(lane, role), role.removeprefix("fallback_")
            kind = decoded[name].KIND if name else what
            if what not in kind or (what == "printer" and "label" in kind):
                what = "printer of receipts" if what == "printer" else what
                problems.append(f"lanes.{lane.id}.{role}: {kind} is no {what}")
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


@dataclass(frozen=True)
class _Memory:
    """The databases of one store."""

    journal: Journal
    drafts: Drafts
    prints: PrintStore


def _furnish(
    settings: Settings,
    clock: Clock,
    *,
    memory: _Memory,
    devices: Mapping[str, DeviceSettings],
) -> Box:
    """Make every part and introduce it to those it needs."""
    shop, live = _shop(settings), Live()
    journal, drafts = memory.journal, memory.drafts
    folder = Path(settings.state_dir)
    books = Books(folder, store=shop.store, currency=shop.currency, journal=journal, clock=clock)
    receipts = Receipts(journal, store=shop.store, currency=shop.currency)
    desk = Desk(
        shop=shop,
        clock=clock,
        journal=journal,
        drafts=drafts,
        books=books,
        receipts=receipts,
        tell=live.tell,
    )
    counter = Counter(desk)
    box: Box

    def on_state(state: DeviceState) -> None:
        box.on_device(state)

    supervised = Devices(
        devices, clock, on_scan=counter.on_scan, on_garbled=counter.on_garbage, on_state=on_state
    )
    _set_up_lanes(counter, settings, supervised)
    press = Press(_letterhead(settings), books)
    told = _printing(settings, devices)
    prints = PrintJournal(told, store=memory.prints, clock=clock, tell=live.tell)
    prints.add_maker("", StoredPapers(memory.prints, journal))
    around = Around(
        prints=prints,
        lay_out=_make_lay_out(press, supervised),
        notify=counter.notify,
        get_drawer=supervised.get_drawer,
        printer_of=told.lane_printers,
        within_h=settings.receipt.print_within_h,
    )
    printing = PrintQueue(desk, around)
    prints.add_maker(KIND, printing)
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
        prints=prints,
        printing=printing,
        devices=supervised,
        facts=DeviceFacts(journal),
        live=live,
        press=press,
        day=day,
        papers=Papers(
            _sheet(settings), day, clock, prints=prints, get_printer=supervised.get_printer
        ),
        link=LinkView(up=False, cursor=0, head=0, lag_n=0, detail="the link is switched off"),
    )
    live.get_state = box.tell_state
    return box


def _shop(settings: Settings) -> Shop:
    return Shop(
        store=settings.store,
        currency=settings.currency,
        zone=settings.zone,
        day_change_hour=settings.day_change_hour,
    )


def _set_up_lanes(counter: Counter, settings: Settings, devices: Devices) -> None:
    for lane in settings.lanes:
        get_scale = partial(devices.get_scale, lane.scale) if lane.scale else None
        counter.add_lane(lane.id, scanner=lane.scanner, get_scale=get_scale)


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
