"""What a scanned text can be. Only `engine.codes` decides which."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

UnknownReason = Literal[
    "empty", "too_long", "not_printable", "bad_check_digit", "unknown_item", "not_a_code"
]


class ItemCode(Struct, frozen=True, tag="item"):
    """A barcode of an item."""

    item: str


class PricedLabel(Struct, frozen=True, tag="priced"):
    """A variable-measure label that carries an amount; the amount is the truth."""

    item: str
    amount_minor: int


class WeighedLabel(Struct, frozen=True, tag="weighed"):
    """A variable-measure label that carries a weight."""

    item: str
    weight_g: int


class MemberCard(Struct, frozen=True, tag="member"):
    """A member's card; `member` is the digits inside it, leading zeros dropped."""

    member: str


class CouponCode(Struct, frozen=True, tag="coupon"):
    """A coupon; `coupon` is the whole code as scanned."""

    coupon: str


class UnknownCode(Struct, frozen=True, tag="unknown"):
    """Nothing we know. `reason` is stable: see `UnknownReason`."""

    text: str
    reason: UnknownReason


Decoded = ItemCode | PricedLabel | WeighedLabel | MemberCard | CouponCode | UnknownCode
