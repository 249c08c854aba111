"""A lane: one till position, its open basket, and every act a cashier can do to it.

Each act runs under the lane's lock: check, price, write the draft, then show. What is refused
leaves the basket as it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import msgspec
import structlog

from cext.errors import Refused
from cext.kit.clock import Clock
from cext.lang.basket import Override, Tender
from cext.lang.code import CouponCode, MemberCard
from cext.lang.events import Stored
from cext.lang.item import Item
from cext.lang.money import Currency
from cext.lang.quantity import PIECE, say_quantity
from cext.lang.quote import Quote
from cext.lang.when import local_time
from edge.books import ActiveBook, Books
from edge.journal import Draft, Journal
from edge.once import Once
from edge.sales import edit
from edge.sales.closing import Shop, make_sale
from edge.sales.drafts import Drafts, LaneDraft
from edge.sales.pricing import PricedBasket, UnitPrice, find_unit_price, price_basket
from edge.sales.reading import GetScale, Read, read_code
from edge.sales.receipts import Receipts
from edge.sales.refund import make_refund
from edge.sales.tender import Settlement, add_tender, give_change, settle
from edge.sales.views import (
    Hint,
    LaneNews,
    LaneView,
    LineView,
    News,
    Notice,
    Receipt,
    ScanNews,
    list_hints,
    show_line,
    sums_of,
)

log = structlog.get_logger(__name__)
SCAN_SHOWN_N = 64  # of a garbage scan, so much goes back to the screen
NS_PER_MS = 1_000_000


@dataclass(frozen=True)
class Desk:
    """What all lanes of a store share."""

    shop: Shop
    clock: Clock
    journal: Journal
    drafts: Drafts
    books: Books
    receipts: Receipts
    tell: Callable[[News], None]


class Lane:
    """One lane. Its draft is on disk before anybody sees it."""

    def __init__(self, lane: str, desk: Desk, *, get_scale: GetScale | None = None) -> None:
        self.lane = lane
        self._desk = desk
        self._get_scale = get_scale
        self._lock = asyncio.Lock()
        self._draft = LaneDraft()
        self._priced: PricedBasket | None = None
        self._notice: Notice | None = None

    # What it shows

    def view(self) -> LaneView:
        """The lane as it stands."""
        draft = self._draft
        settled = self._settle()
        lines: tuple[LineView, ...] = ()
        hints: tuple[Hint, ...] = ()
        priced = self._priced
        if priced is not None:
            pairs = zip(draft.basket.lines, priced.quote.lines, strict=True)
            find = priced.book.get_item
            lines = tuple(show_line(line, quoted, find(line.item)) for line, quoted in pairs)
            hints = list_hints(priced.quote, priced.book)
        return LaneView(
            lane=self.lane,
            state=self._state(),
            worker=draft.worker,
            revision=draft.revision,
            member=draft.basket.member,
            coupons=draft.basket.coupons,
            lines=lines,
            hints=hints,
            tenders=give_change(draft.tenders, settled.change_minor),
            last_receipt=self._desk.receipts.last_number(self.lane),
            notice=self._notice,
            currency=self._desk.shop.currency,
            **sums_of(priced.quote if priced else None, settled),
        )

    def get_quote(self) -> Quote:
        """The full quote of the basket; Refused("basket_empty")."""
        return self._get_priced().quote

    def _get_priced(self) -> PricedBasket:
        if self._priced is None:
            raise Refused("basket_empty", "nothing is in the basket; scan something first")
        return self._priced

    # What a cashier does

    async def open(self, worker: str) -> LaneView:
        """Open the lane for `worker`; Refused("lane_conflict") when another has it."""
        async with self._lock:
            if self._draft.worker not in (None, worker):
                raise Refused(
                    "lane_conflict", f"{self._draft.worker} has this lane open; shut it first"
                )
            opened = msgspec.structs.replace(self._draft, worker=worker)
            return await self._enter(opened, reprice=not opened.tenders)

    async def shut(self) -> LaneView:
        """Shut the lane; Refused("basket_open") while something is in the basket."""
        async with self._lock:
            if self._draft.basket.lines:
                raise Refused("basket_open", "close or cancel the basket first")
            shut = msgspec.structs.replace(edit.empty(self._draft), worker=None)
            return await self._enter(shut)

    async def scan(self, text: str, *, quantity: int | None = None, aim: str = "") -> LaneView:
        """Take a scanned code, with its AIM identifier where the scanner tells it.

        A refusal leaves the basket alone and a notice on the lane.
        """
        async with self._lock:
            try:
                self._check_shopping()
                active = self._active()
                read = await read_code(
                    text,
                    aim=aim,
                    quantity=quantity,
                    active=active,
                    get_scale=self._get_scale,
                    get_price=partial(self._find_price, active=active),
                    today=local_time(self._desk.clock.now_ms(), self._desk.shop.zone).date(),
                )
                news = await self._take(text, read)
            except Refused as exc:
                self._refuse(text, exc)
                raise
            self._desk.tell(news)
            return self.view()

    async def ring(
        self, item: str, amount_minor: int, *, quantity: int | None, reason: str = ""
    ) -> LaneView:
        """Ring an item that has no price of its own; Refused("price_fixed") for one that has."""
        async with self._lock:
            self._check_shopping()
            found = self._active().get_item(item)
            if not found.open_price:
                raise Refused("price_fixed", f"{found.name} has a price; scan it", item=item)
            entry = edit.Entry(
                item=item,
                quantity=PIECE if quantity is None else quantity,
                label_minor=amount_minor,
            )
            view = await self._enter(edit.add_line(self._draft, entry))
        log.info("amount_rung", lane=self.lane, item=item, amount_minor=amount_minor, reason=reason)
        return view

    async def change(
        self, line: int, *, quantity: int | None, override: Override | None
    ) -> LaneView:
        """Change a line's quantity, or its price with somebody's authority."""
        async with self._lock:
            self._check_shopping()
            changed = edit.change_line(self._draft, line, quantity=quantity, override=override)
            view = await self._enter(changed)
        if override is not None:
            log.info("price_overridden", lane=self.lane, line=line, by=override.approved_by)
        return view

    async def void(self, line: int, *, reason: str) -> LaneView:
        """Take a line out again."""
        async with self._lock:
            self._check_shopping()
            view = await self._enter(edit.void_line(self._draft, line))
        log.info("line_voided", lane=self.lane, line=line, reason=reason)
        return view

    async def cancel(self, *, reason: str) -> LaneView:
        """Give the whole basket up."""
        async with self._lock:
            self._check_open()
            lines_n = len(self._draft.basket.lines)
            view = await self._enter(edit.empty(self._draft))
        log.info("basket_cancelled", lane=self.lane, lines_n=lines_n, reason=reason)
        return view

    async def tender(self, tender: Tender) -> LaneView:
        """Take money. From the first tender on the prices of the basket stand."""
        async with self._lock:
            self._check_open()
            if not self._draft.basket.lines:
                raise Refused("basket_empty", "nothing is in the basket; scan something first")
            if not self._draft.tenders:
                self._reprice()
            payable_minor, step_minor = self.get_quote().payable_minor, self._step_minor()
            tenders = add_tender(
                self._draft.tenders, tender, payable_minor=payable_minor, step_minor=step_minor
            )
            paying = msgspec.structs.replace(
                self._draft, tenders=tenders, payable_minor=payable_minor, step_minor=step_minor
            )
            return await self._enter(paying, reprice=False)

    async def take_back(self) -> LaneView:
        """Give the tenders back; the basket is open again."""
        async with self._lock:
            self._check_open()
            return await self._enter(msgspec.structs.replace(self._draft, tenders=()))

    async def close(self, *, once: Once | None = None) -> Receipt:
        """Make the paid basket a sale. Returns when it is on disk.

        Refused: basket_empty, tender_short.
        """
        async with self._lock:
            began_ns = self._desk.clock.mono_ns()
            self._check_open()
            priced, settled = self._get_priced(), self._settle()
            if settled.due_minor > 0:
                due_minor = settled.due_minor
                raise Refused(
                    "tender_short", "not all is paid yet; take the rest first", due_minor=due_minor
                )
            sale = make_sale(
                self._desk.receipts.next_number(self.lane),
                at_ms=self._desk.clock.now_ms(),
                shop=self._desk.shop,
                basket=self._draft.basket,
                priced=priced,
                tenders=self._draft.tenders,
                settled=settled,
            )
            event = Draft(sale, lane=self.lane, worker=self._draft.worker or "")
            try:
                (stored,) = await self._append(event, once)
            finally:
                # Also when this was called off: what the journal holds is sold.
                self._clear_sold()
            took_ms = (self._desk.clock.mono_ns() - began_ns) // NS_PER_MS
        log.info(
            "sale_closed",
            lane=self.lane,
            sale=sale.number,
            seq=stored.seq,
            total_minor=sale.payable_minor,
            lines_n=len(sale.lines),
            took_ms=took_ms,
        )
        return self._desk.receipts.show(stored)

    async def refund(
        self, number: str, *, reason: str, approved_by: str, once: Once | None = None
    ) -> Receipt:
        """Give a whole receipt back, once; the slip takes the lane's next number."""
        async with self._lock:
            sale = await self._desk.receipts.load(number)
            refund = make_refund(
                sale,
                self._desk.receipts.next_number(self.lane),
                reason=reason,
                approved_by=approved_by,
                at_ms=self._desk.clock.now_ms(),
                shop=self._desk.shop,
            )
            (stored,) = await self._append(Draft(refund, lane=self.lane, worker=approved_by), once)
        log.info(
            "sale_refunded",
            lane=self.lane,
            sale=number,
            total_minor=refund.payable_minor,
            by=approved_by,
        )
        return self._desk.receipts.show(stored)

    async def restore(self, draft: LaneDraft) -> None:
        """Take up the draft of an earlier run, unless the journal says it was sold."""
        async with self._lock:
            sold = draft.sales_n != self._desk.receipts.last_sale_n(self.lane)
            kept = edit.empty(draft) if sold else draft
            # One sale may have raised the revision in memory only.
            kept = msgspec.structs.replace(kept, revision=kept.revision + 1)
            try:
                self._check_price_stands(kept)
                await self._enter(kept)
            except Refused as exc:
                kept = await self._restore_less(kept, exc)
            if kept.basket.lines:
                log.info("basket_restored", lane=self.lane, lines_n=len(kept.basket.lines))

    async def _restore_less(self, draft: LaneDraft, refusal: Refused) -> LaneDraft:
        """Take up what is left of a draft whose price is not what it was, and say what to do."""
        back = self._say_tenders(draft.tenders)
        cure = f" Give back {back}." if back else ""
        if refusal.code == "price_changed":
            kept = msgspec.structs.replace(draft, tenders=())
            notice = Notice("payment_lost", f"Prices changed: take the payment anew.{cure}")
            log.warning("payment_lost", lane=self.lane, detail=notice.detail)
        else:
            kept = edit.empty(draft)
            notice = Notice("basket_lost", f"The basket was given up: {refusal.detail}.{cure}")
            log.warning("basket_lost", lane=self.lane, code=refusal.code, detail=notice.detail)
        await self._enter(kept, notice=notice)
        return kept

    def _check_price_stands(self, draft: LaneDraft) -> None:
        """Refused("price_changed") unless the basket costs what its tenders were taken for."""
        if not draft.tenders:
            return
        now = None
        if (priced := self._price(draft)) is not None:
            now = (priced.quote.payable_minor, priced.book.book.rounding_step_minor)
        if now != (draft.payable_minor, draft.step_minor):
            raise Refused("price_changed", "prices changed while the basket was being paid")

    def _say_tenders(self, tenders: tuple[Tender, ...]) -> str:
        money = Currency(code=self._desk.shop.currency)
        return ", ".join(f"{tender.kind} {money.say(tender.amount_minor)}" for tender in tenders)

    def refuse_scan(self, text: str, refusal: Refused) -> None:
        """Show that a scan was not even tried, such as one that came too fast."""
        self._refuse(text, refusal)

    def show_notice(self, notice: Notice) -> None:
        """Show what happened outside of the cashier's acts; the next act clears it."""
        self._notice = notice
        self._desk.tell(LaneNews(self.view()))

    # Below here: steps of the acts above; the lock is held.

    async def _take(self, text: str, read: Read) -> ScanNews:
        outcome: Literal["added", "member", "coupon"] = "added"
        if isinstance(read, MemberCard):
            outcome, detail = "member", read.member
            await self._enter(edit.set_member(self._draft, read.member))
        elif isinstance(read, CouponCode):
            outcome, detail = "coupon", read.coupon
            self._active().check_coupon(read.coupon)
            await self._enter(edit.add_coupon(self._draft, read.coupon))
        else:
            item = self._active().get_item(read.item)
            detail = f"{item.name} × {say_quantity(read.quantity, item.unit)}"
            notice = Notice("scale_amount_differs", read.doubt) if read.doubt else None
            if item.minimum_age:
                notice = Notice("age_check_needed", f"{item.name}: from {item.minimum_age} years")
            await self._enter(edit.add_line(self._draft, read), notice=notice)
        return ScanNews(lane=self.lane, code=text, outcome=outcome, detail=detail)

    async def _append(self, event: Draft, once: Once | None) -> tuple[Stored, ...]:
        if once is None:
            return await self._desk.journal.append((event,))
        keep, show = once.keep, self._desk.receipts.show
        return await self._desk.journal.append(
            (event,), key=once.key, reply=lambda stored: keep(show(stored[0]))
        )

    async def _enter(
        self, draft: LaneDraft, *, notice: Notice | None = None, reprice: bool = True
    ) -> LaneView:
        """Price `draft`, write it down, then make it the lane's state."""
        priced = self._price(draft) if reprice else self._priced
        sales_n = self._desk.receipts.last_sale_n(self.lane)
        draft = msgspec.structs.replace(draft, revision=draft.revision + 1, sales_n=sales_n)
        await self._desk.drafts.save_lane(self.lane, draft)
        self._draft, self._priced = draft, priced
        self._notice = notice
        view = self.view()
        self._desk.tell(LaneNews(view))
        return view

    def _clear_sold(self) -> None:
        """Empty the lane once the journal holds its sale.

        The draft on disk is known as sold by its `sales_n`; rewriting it can wait.
        """
        if self._desk.receipts.last_sale_n(self.lane) == self._draft.sales_n:
            return
        draft = edit.empty(self._draft)
        self._draft = msgspec.structs.replace(draft, revision=draft.revision + 1)
        self._priced, self._notice = None, None
        self._desk.tell(LaneNews(self.view()))

    def _price(self, draft: LaneDraft) -> PricedBasket | None:
        """`draft` priced; an open basket keeps the price book it began with."""
        if not draft.basket.lines:
            return None
        at_ms, zone = self._desk.clock.now_ms(), self._desk.shop.zone
        return price_basket(draft.basket, self._active(), at_ms=at_ms, zone=zone)

    def _find_price(self, item: Item, *, active: ActiveBook) -> UnitPrice:
        at_ms, zone = self._desk.clock.now_ms(), self._desk.shop.zone
        member = self._draft.basket.member
        return find_unit_price(item, active, member=member, at_ms=at_ms, zone=zone)

    def _reprice(self) -> None:
        """Price the basket as of now, and show it where an offer began or ended meanwhile."""
        former = self._priced
        self._priced = self._price(self._draft)
        if former is None or self._priced is None or self._priced.quote != former.quote:
            self._desk.tell(LaneNews(self.view()))

    def _active(self) -> ActiveBook:
        return self._priced.book if self._priced else self._desk.books.get()

    def _step_minor(self) -> int:
        return self._priced.book.book.rounding_step_minor if self._priced else 1

    def _settle(self) -> Settlement:
        payable_minor = self._priced.quote.payable_minor if self._priced else 0
        return settle(payable_minor, self._draft.tenders, step_minor=self._step_minor())

    def _state(self) -> Literal["shut", "open", "paying"]:
        if self._draft.worker is None:
            return "shut"
        return "paying" if self._draft.tenders else "open"

    def _check_open(self) -> None:
        if self._draft.worker is None:
            raise Refused("lane_shut", "this lane is shut; open it first", lane=self.lane)

    def _check_shopping(self) -> None:
        self._check_open()
        if self._draft.tenders:
            raise Refused("lane_paying", "being paid; take the tenders back to change the basket")

    def _refuse(self, text: str, refusal: Refused) -> None:
        self._notice = Notice(refusal.code, refusal.detail)
        shown = "".join(char if char.isprintable() else "?" for char in text[:SCAN_SHOWN_N])
        news = ScanNews(
            lane=self.lane,
            code=shown,
            outcome="refused",
            detail=refusal.detail,
            problem=refusal.code,
        )
        self._desk.tell(news)
        self._desk.tell(LaneNews(self.view()))
