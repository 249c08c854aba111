"""Items and the price book: what can be sold, at what price, under which offers, from when."""

from __future__ import annotations

from typing import Annotated

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
    tax: str = "none"  # a key of PriceBook.taxes
    open_price: bool = False  # rung by amount: department keys, fuel
    minimum_age: Annotated[int, Meta(ge=0, le=150)] = 0


class LabelLayout(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One in-store code layout, as data: "22 I{5} A{5} C".

    Digits stand for themselves; I item (the PLU), A amount, W weight, M member, K coupon, each
    with its length in braces; C the EAN check digit. `decimals` shifts A and W: A in minor units
    has decimals equal to the currency's, W in grams has 3 decimals of a kilogram.
    """

    pattern: str
    decimals: Annotated[int, Meta(ge=0, le=5)] = 2


class Offer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule that lowers a price (schema.org Offer); `kind` names a file in cext/offers."""

    offer: OfferId
    kind: str
    title: str
    terms: Raw  # JSON of the kind's own Terms
    conflict: str = "best"  # exclusive | best | stack
    group: str = ""
    priority: int = 0
    from_ms: int = 0
    until_ms: int = 2**62


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
    layouts: tuple[LabelLayout, ...] = ()
    taxes: dict[str, Tax] = field(default_factory=lambda: {"none": Tax(rate_ppm=0)})
    tax_included: bool = True
    rounding_step_minor: Annotated[int, Meta(ge=1, le=1000)] = 1  # 抹零, cash only, always down
