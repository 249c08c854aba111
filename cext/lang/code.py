"""What a scanned text can be. Only `engine.codes` decides which."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

UnknownReason = Literal[
    "empty",
    "too_long",
    "not_printable",
    "not_a_code",
    "bad_check_digit",
    "bad_verifier",
    "unknown_item",
    "unknown_pack",
    "measure_missing",
    "gs1_unreadable",
    "gs1_value",
    "gs1_pairs",
    "gs1_nothing",
    "foreign_currency",
    "price_too_fine",
]
Gs1Form = Literal["element_string", "bracketed", "digital_link"]


class Gs1(Struct, frozen=True):
    """What a GS1 element string or Digital Link says; texts are empty when it does not say.

    `elements` is everything in the order scanned, (AI, value) with values as they stand. Dates are
    ISO ("2026-02-28"; a day 00 is the last of its month). `expiry` is AI 17, else the day of 7003.
    """

    form: Gs1Form
    elements: tuple[tuple[str, str], ...]
    gtin: str = ""  # AI 01, 02, 03, 8006 or 8026: 14 digits
    lot: str = ""  # AI 10
    serial: str = ""  # AI 21
    expiry: str = ""
    best_before: str = ""  # AI 15
    sell_by: str = ""  # AI 16
    produced: str = ""  # AI 11
    packed: str = ""  # AI 13
    weight_g: int | None = None  # AI 310n, half a gram rounded up
    amount_minor: int | None = None  # AI 392n, or 393n in the store's own currency
    count: int | None = None  # AI 30 or 37


class ItemCode(Struct, frozen=True, tag="item"):
    """A barcode of an item, with lot, dates and serial where a GS1 code carries them."""

    item: str
    gs1: Gs1 | None = None


class PricedLabel(Struct, frozen=True, tag="priced"):
    """A variable-measure label that carries an amount; the amount is the truth.

    `weight_g` is the printed weight of a label that carries both; without it the quantity is only
    known within the range of `engine.derive_range`.
    """

    item: str
    amount_minor: int
    weight_g: int | None = None
    gs1: Gs1 | None = None


class WeighedLabel(Struct, frozen=True, tag="weighed"):
    """A variable-measure label that carries a weight."""

    item: str
    weight_g: int
    gs1: Gs1 | None = None


class MemberCard(Struct, frozen=True, tag="member"):
    """A member's card; `member` is the digits inside it, leading zeros dropped, or a GSRN."""

    member: str


class CouponCode(Struct, frozen=True, tag="coupon"):
    """A coupon; `coupon` is the whole code as scanned, or its GCN."""

    coupon: str


class OrderCode(Struct, frozen=True, tag="order"):
    """An order to hand over; `order` is the digits inside, leading zeros dropped, or AI 400."""

    order: str


class LocationCode(Struct, frozen=True, tag="location"):
    """A place; `location` is the digits inside, leading zeros dropped, or a GLN (AI 414)."""

    location: str
    gs1: Gs1 | None = None


class ShippingUnit(Struct, frozen=True, tag="shipping_unit"):
    """A pallet or case of a delivery by its SSCC; `gs1` says what is inside where the code does."""

    sscc: str
    gs1: Gs1 | None = None


class UnknownCode(Struct, frozen=True, tag="unknown"):
    """Nothing we know. `reason` is stable: see `UnknownReason` and the README of the engine.

    `hint` says in words what was seen, where that helps. `gtin` (14 digits) is there when the code
    is a sound GTIN that no item has; `item` when the item inside a pack is known.
    """

    text: str
    reason: UnknownReason
    hint: str = ""
    gtin: str = ""
    item: str = ""
    gs1: Gs1 | None = None


class QuantityRange(Struct, frozen=True):
    """Every quantity that rounds to a label's amount: thousandths of the item's unit (mg, μl)."""

    low_milli: int
    high_milli: int


Decoded = (
    ItemCode
    | PricedLabel
    | WeighedLabel
    | MemberCard
    | CouponCode
    | OrderCode
    | LocationCode
    | ShippingUnit
    | UnknownCode
)
