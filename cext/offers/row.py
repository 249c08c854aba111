"""What an offer kind is made of: its rows for the engine, and the world it is lowered against."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from msgspec import Struct

from cext.errors import Refused
from cext.lang.basket import Basket
from cext.lang.item import Item
from cext.lang.quote import AdjustmentKind

Benefit = Literal["unit_price", "rate", "amount"]
Audience = Literal["all", "member", "coupon"]


class OfferRow(Struct, frozen=True, kw_only=True):
    """One thing an offer does, flat enough for the engine.

    `items` are the ids it is for. `value` is, by `benefit`: "unit_price" the price in minor units
    for the item's own `per`; "rate" the parts per million off; "amount" the minor units off, once
    per scan of `coupon`. Only "coupon" audiences carry a coupon, and only they carry an amount.
    """

    kind: AdjustmentKind
    items: tuple[str, ...]
    benefit: Benefit
    value: int
    audience: Audience = "all"
    coupon: str = ""
    funded_by: Literal["store", "maker"] = "store"


class Catalogue:
    """The items of a price book as offers see them: who exists, and who is in a department."""

    def __init__(self, items: tuple[Item, ...]) -> None:
        self._departments: dict[str, list[str]] = {}
        self._ids: set[str] = set()
        for item in items:
            self._ids.add(item.item)
            self._departments.setdefault(item.department, []).append(item.item)

    def find_item(self, item: str) -> str:
        """`item` itself; Refused("offer_invalid") when the book does not have it."""
        if item not in self._ids:
            raise Refused("offer_invalid", f"item {item!r} is not in the price book")
        return item

    def find_department(self, department: str) -> tuple[str, ...]:
        """The ids of all its items in book order; Refused("offer_invalid") when there is none."""
        found = self._departments.get(department)
        if not found:
            raise Refused("offer_invalid", f"department {department!r} has no item")
        return tuple(found)


class Example(Struct, frozen=True, kw_only=True):
    """A worked example of a kind: what `basket` saves under `terms`, and nothing else in force."""

    says: str
    items: tuple[Item, ...]
    terms: Any
    basket: Basket
    discount_minor: int


class OfferKind(Protocol):
    """What each file of this folder offers at module level."""

    Terms: type[Any]
    EXAMPLES: tuple[Example, ...]

    def lower(self, terms: Any, catalogue: Catalogue) -> tuple[OfferRow, ...]:
        """The rows of `terms`; Refused("offer_invalid") when they do not fit the catalogue."""

    def say(self, terms: Any) -> str:
        """One line for the receipt and the shelf, where the offer has no title of its own."""
