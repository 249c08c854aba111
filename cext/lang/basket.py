"""The basket: what the customer wants to buy, before any sum is made."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from cext.lang.ids import ItemId, MemberId, WorkerId

LINES_MAX_N = 500
Quantity = Annotated[int, Meta(ge=1, le=1_000_000_000)]
AmountMinor = Annotated[int, Meta(ge=0, le=100_000_000_000)]


class Weighing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The evidence that a line was weighed: what the scale said at rest, and which scale.

    `weight_g` prices the line. If `net` it is what is left after a tare that the scale holds
    (gross is `weight_g` + `tare_g`), so that nothing may be taken off once more; `net` None says
    that the scale does not tell, `tare_g` None that the tare is not known. `unit` is the one the
    weight came in, `division_g` the smallest step in grams; `checked` is True if a checksum held
    and None if the protocol has none. `identity` says which very scale it was. A scale that shows
    prices told `scale_amount_minor` for `scale_price_minor` a kilogram. `raw_hex` is what it sent,
    `at_ms` the wall time.

    Sales before version 3 hold nothing from `net` on, and a `tare_g` of 0 also for a tare that was
    not told: with `net` None a 0 says nothing. What is empty is not written, so that the price
    proof of such a sale is still made of the same bytes.
    """

    weight_g: int
    tare_g: int | None
    device: str
    protocol: str
    raw_hex: str
    at_ms: int
    net: bool | None = None
    unit: str = ""
    division_g: int | None = None
    checked: bool | None = None
    identity: str = ""
    scale_price_minor: int | None = None
    scale_amount_minor: int | None = None


class Override(Struct, frozen=True, kw_only=True):
    """A price set by hand with somebody's authority.

    `amount_minor` replaces the line's gross amount (None keeps the book's), `discount_minor` is
    taken off it. Offers on single items no longer apply to the line; coupons still do.
    """

    amount_minor: AmountMinor | None = None
    discount_minor: AmountMinor = 0
    reason: Annotated[str, Meta(min_length=1, max_length=64)]
    approved_by: WorkerId


class BasketLine(Struct, frozen=True, kw_only=True):
    """One line. `line` counts from 1 in order of entry and is never reused in a basket.

    `label_minor` is the amount a price label fixed; `quantity` is then derived
    (`derived_quantity`). An item with `open_price` carries its amount in `label_minor` too. `lot`,
    `serial` and `expires_on` (ISO 8601) are known only where a code carried them.
    """

    line: int
    item: ItemId
    quantity: Quantity
    code: str = ""
    label_minor: AmountMinor | None = None
    derived_quantity: bool = False
    weighing: Weighing | None = None
    override: Override | None = None
    lot: str = ""
    serial: str = ""
    expires_on: str = ""


class Basket(Struct, frozen=True, kw_only=True):
    """The lines of one customer, with the rights that came along."""

    lines: tuple[BasketLine, ...] = ()
    member: MemberId | None = None
    coupons: tuple[str, ...] = ()


TenderKind = Literal["cash", "card", "wallet", "voucher", "stored_value"]


class Tender(Struct, frozen=True, kw_only=True):
    """One way a sale was paid. `change_minor` went back to the customer (cash only)."""

    kind: TenderKind
    amount_minor: AmountMinor
    change_minor: AmountMinor = 0
    reference: str = ""
