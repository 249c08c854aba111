"""Items and the price book: what can be sold, at what price, under which offers, from when."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct, field

from cext.lang.ids import ItemId, OfferId
from cext.lang.quantity import Unit

PriceMinor = Annotated[int, Meta(ge=0, le=1_000_000_000)]
RatePpm = Annotated[int, Meta(ge=0, le=2_000_000)]


class Item(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that can be sold (schema.org Product, ARTS Item).

    `price_minor` buys `per` of the item's unit: a piece costs `price_minor` per 1000 thousandths,
    a weighed good per 1000 g (or per 500 g for 斤). The amount of a line is
    `round_half_up(price_minor * quantity, per)`.
    """

    item: ItemId
    name: str
    price_minor: PriceMinor
    unit: Unit = "piece"
    per: Annotated[int, Meta(ge=1, le=1_000_000)] = 1000
    codes: tuple[str, ...] = ()  # every barcode, GTIN-8/12/13/14 as printed
    plu: str | None = None  # the item digits inside a variable-measure label
    department: str = ""
    category: str = ""
    brand: str = ""
    tags: tuple[str, ...] = ()  # free words offers can aim at: "organic", "tobacco"
    role: Literal["goods", "delivery"] = "goods"  # a delivery fee is a line like any other
    tax: str = "none"  # a key of PriceBook.taxes
    open_price: bool = False  # rung by amount: department keys, fuel
    minimum_age: Annotated[int, Meta(ge=0, le=150)] = 0


class LabelLayout(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One in-store code layout, as data: "22 I{5} A{5} C".

    Digits stand for themselves, x for any digit; I item (the PLU), A amount, W weight, M member,
    K coupon, O order, L location, each with its length in braces; V the price verifier digit, C
    the EAN check digit. `decimals` shifts A and W: A in minor units has decimals equal to the
    currency's, W in grams has 3 decimals of a kilogram; beside an A, W is always in grams.
    """

    pattern: str
    decimals: Annotated[int, Meta(ge=0, le=5)] = 2


class Price(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another price of an item, for one channel, member tier or store, or for a time.

    Of the rows that fit a sale the one that asks for the most counts (store, channel and tier
    named), then the one that began last, then the lowest; without one, the item's own price.
    `price_minor` buys the item's own `per`.
    """

    item: ItemId
    price_minor: PriceMinor
    store: str = ""
    channel: str = ""
    tier: str = ""
    from_ms: int = 0
    until_ms: int = 2**62


class When(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must be true of a sale for an offer to be open to it; empty means no matter."""

    member: bool = False  # a member card was shown
    tiers: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    weekdays: tuple[Annotated[int, Meta(ge=1, le=7)], ...] = ()  # ISO 8601: 1 is Monday
    from_minute: Annotated[int, Meta(ge=0, le=1439)] = 0  # of the store's own day
    until_minute: Annotated[int, Meta(ge=1, le=1440)] = 1440  # before `from`: past midnight
    first_order: bool = False
    coupon: str = ""  # this code was scanned; each scan opens the offer once


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often an offer is used at most; what one use is, each kind says. None: no limit."""

    basket_n: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    customer_n: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    total_n: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None


class Offer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule that lowers a price (schema.org Offer); `kind` names a file in cext/offers.

    `conflict`, `group` and `priority` say who goes with whom: cext/engine/README.md. `refund`
    says what a part returned is worth: its share of what was paid, or what the rest then costs
    less.
    """

    offer: OfferId
    kind: str
    title: str
    terms: Raw  # JSON of the kind's own Terms
    conflict: str = "best"  # exclusive | best | stack
    group: str = ""
    priority: int = 0
    from_ms: int = 0
    until_ms: int = 2**62
    when: When = When()
    limits: Limits = Limits()
    refund: Literal["pro_rata", "reprice"] = "pro_rata"


class Tax(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rate group: the rate in parts per million of the net price."""

    rate_ppm: RatePpm


class PriceBook(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides a price in one store from `effective_ms` on."""

    version: Annotated[str, Meta(min_length=1, max_length=64)]
    store: str
    currency: str
    effective_ms: int
    items: tuple[Item, ...]
    offers: tuple[Offer, ...] = ()
    prices: tuple[Price, ...] = ()
    layouts: tuple[LabelLayout, ...] = ()
    taxes: dict[str, Tax] = field(default_factory=lambda: {"none": Tax(rate_ppm=0)})
    tax_included: bool = True
    zones: Literal["together", "apart"] = "together"  # may offers of two priorities combine
    rounding_step_minor: Annotated[int, Meta(ge=1, le=1000)] = 1  # 抹零, cash only, always down
