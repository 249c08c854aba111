"""What the doors take and give, beyond the words of the shop itself."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from cext.lang.basket import AmountMinor, Override, Quantity, TenderKind
from cext.lang.ids import ItemId, WorkerId
from cext.lang.item import Item
from edge.devices import DeviceReport
from edge.devices.leases import By
from edge.prints import PrintView
from edge.sales import LaneView, Receipt
from edge.sales.texts import Language

Reason = Annotated[str, Meta(min_length=1, max_length=64)]
LeaseToken = Annotated[int, Meta(ge=1, lt=2**53)]
# A control character would be a command to the printer.
Plain = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
Limit = Annotated[int, Meta(ge=1, le=200)]


class LinkView(Struct, frozen=True, kw_only=True):
    """The line to the hub. `lag_n` events are on disk here and not yet confirmed there."""

    up: bool
    cursor: int
    head: int
    lag_n: int
    detail: str


class ShopView(Struct, frozen=True, kw_only=True):
    """What a customer may read of the shop; an empty text stands for the page's own words."""

    name: str = ""
    language: Language = "en"
    greeting: str = ""
    thanks: str = ""


class Health(Struct, frozen=True, kw_only=True):
    """Whether the box works, and how far it is."""

    status: str
    store: str
    software: str
    head_seq: int
    lanes_n: int
    book: str | None
    unprinted_n: int
    at_ms: int
    link: LinkView
    shop: ShopView


class Lanes(Struct, frozen=True):
    """Every lane of the store."""

    lanes: tuple[LaneView, ...]


class Devices(Struct, frozen=True):
    """Every device and how it is."""

    devices: tuple[DeviceReport, ...]


class StatisticsTold(Struct, frozen=True):
    """How many devices' statistics were written."""

    devices_n: int


class DeviceAct(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An act on a device; who holds a lease on it proves so with its token."""

    lease_token: LeaseToken | None = None

    def by(self) -> By:
        """Who acts."""
        return By("caller", token=self.lease_token)


class OpenDrawer(DeviceAct, frozen=True, forbid_unknown_fields=True):
    """Why the drawer is opened without a sale."""

    reason: Annotated[str, Meta(max_length=64)] = ""


class ReceiptList(Struct, frozen=True):
    """Receipts, newest first."""

    receipts: tuple[Receipt, ...]


class ItemList(Struct, frozen=True):
    """Items of the price book."""

    items: tuple[Item, ...]


class BookApplied(Struct, frozen=True, kw_only=True):
    """The price book that is now in force."""

    version: str
    hash: str
    items_n: int
    offers_n: int


class PrintQueued(Struct, frozen=True, kw_only=True):
    """A reprint waits for its printer; `print` is its job."""

    number: str
    device: str
    print: str


class Prints(Struct, frozen=True, kw_only=True):
    """Print jobs: `open`, doubts first, then in the order they come out; `ended`, newest first."""

    open: tuple[PrintView, ...]
    ended: tuple[PrintView, ...]


class PaperLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line: text to the left and to the right; or a rule, or a QR code, by itself."""

    left: Annotated[Plain, Meta(max_length=500)] = ""
    right: Annotated[Plain, Meta(max_length=64)] = ""
    bold: bool = False
    size: Literal[1, 2] = 1
    align: Literal["left", "center", "right"] = "left"
    rule: bool = False
    qr: Annotated[Plain, Meta(max_length=240)] = ""


class PrintLines(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paper of the caller's. `key` is the caller's own name of it: once printed, never again.

    It comes out at the printer of `lane`, or at `printer`.
    """

    key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,80}$(?!\n)")]
    kind: Annotated[str, Meta(pattern=r"^[a-z_]{1,32}$(?!\n)")] = "note"
    title: Annotated[str, Meta(max_length=64)] = ""
    lane: Annotated[str, Meta(max_length=8)] = ""
    printer: Annotated[str, Meta(max_length=32)] = ""
    lines: Annotated[tuple[PaperLine, ...], Meta(min_length=1, max_length=500)]


class DropPrint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who gives a paper up, and why."""

    who: WorkerId
    why: Reason


class OpenLane(Struct, frozen=True, forbid_unknown_fields=True):
    """Who works at the lane."""

    worker: WorkerId


class ScanCode(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code as scanned; `quantity` in the item's unit, one piece unless given."""

    code: Annotated[str, Meta(max_length=256)]
    quantity: Quantity | None = None


class RingAmount(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An item without a price of its own."""

    item: ItemId
    amount_minor: AmountMinor
    quantity: Quantity | None = None
    reason: Annotated[str, Meta(max_length=64)] = ""


class ChangeLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another quantity or a price by hand; the latter needs the scope `manage`."""

    quantity: Quantity | None = None
    override: Override | None = None


class CancelBasket(Struct, frozen=True, forbid_unknown_fields=True):
    """Why the basket is given up."""

    reason: Reason


class TakeTender(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Money on the counter."""

    kind: TenderKind
    amount_minor: AmountMinor
    reference: Annotated[str, Meta(max_length=64)] = ""


class RefundReceipt(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a receipt is given back, and who allowed it."""

    reason: Reason
    approved_by: WorkerId


class VoidQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a line is taken out."""

    reason: Annotated[str, Meta(max_length=64)] = ""


class LatestQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """How many."""

    limit: Limit = 20


class SearchQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a name, an id or a code."""

    search: Annotated[str, Meta(max_length=64)] = ""
    limit: Limit = 20
