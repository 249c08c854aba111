"""What an offer kind is made of: its rows for the engine, and the world it is lowered against.

Four shapes of row say everything the engine can do. What is common to all offers (who, when, how
often, against whom) stands in `Offer` and is not repeated here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

from msgspec import Struct

from cext.errors import Refused
from cext.lang.basket import Basket
from cext.lang.item import Item
from cext.lang.money import Currency
from cext.lang.rights import NO_RIGHTS, Rights

FundedBy = Literal["store", "maker"]


class ItemRow(Struct, frozen=True, kw_only=True):
    """A lower price for each of some items, whole lines, as many as there are.

    `value`: of "unit_price" the price in minor units for the item's own `per`; of "rate" the
    parts per million off; of "amount" the minor units off for the item's own `per`.
    """

    kind: str
    items: tuple[str, ...]
    benefit: Literal["unit_price", "rate", "amount"]
    value: int
    funded_by: FundedBy = "store"


class Step(Struct, frozen=True, kw_only=True):
    """From this sum or quantity on, `value` counts. Both minima must be reached; 0 asks nothing."""

    min_minor: int = 0
    min_quantity: int = 0  # thousandths of a piece, grams or millilitres
    value: int


class TierRow(Struct, frozen=True, kw_only=True):
    """A price by the quantity bought of a set: all of it, or only what lies above each step.

    `steps` rise in `min_quantity`. `benefit` and values as in `ItemRow`. Takes up every line of
    the set or none. `marginal`: the dearest goods fill the lower steps.
    """

    kind: str
    items: tuple[str, ...]
    benefit: Literal["unit_price", "rate", "amount"]
    steps: tuple[Step, ...]
    marginal: bool = False
    funded_by: FundedBy = "store"


class Slot(Struct, frozen=True, kw_only=True):
    """`pieces_n` pieces out of `items`; the benefit is for those of slots that `gets`."""

    items: tuple[str, ...]
    pieces_n: int
    gets: bool = True


class DealRow(Struct, frozen=True, kw_only=True):
    """Pieces taken together: every use fills all slots once. No two slots share an item.

    `value`, by `benefit`: "price" all pieces of a use cost it together (where that is less); "off"
    it is taken off them together; "rate" parts per million, "amount" minor units off, or
    "unit_price" minor units to pay, for each piece that gets. With one slot, `get_n` of its
    pieces get, the cheapest (0: all of them).
    """

    kind: str
    slots: tuple[Slot, ...]
    benefit: Literal["price", "off", "rate", "amount", "unit_price"]
    value: int
    get_n: int = 0
    funded_by: FundedBy = "store"


class BasketRow(Struct, frozen=True, kw_only=True):
    """Something that follows from the sum of a set of lines.

    `stage` is when it comes: rewards, thresholds, coupons, points, delivery. `seen` are the items
    whose sum (`sees`: before or after what was taken off so far) and quantity the steps ask for;
    `bears` those whose lines get it. None is every item of role "goods" less `seen_but` and
    `bears_but`. The highest step reached counts; with `repeat` (one step only) as often as it fits.

    `value`, by `benefit`: "amount" minor units off, "rate" parts per million off, "unit_price"
    minor units to pay a piece, "points" minor units for each `points_n` points spent. `pieces_n`
    > 0: only so many pieces of `bears` get it a time, those that save most. `cap_minor` bounds
    the amount of one use, `cap_ppm` its share of what its lines still cost. `fair`: shared out
    by largest remainder; else from the first line on. `gift`: pieces still to be had are offered;
    where none of `bears` is in stock, `instead_minor` is taken off what was `seen`.
    """

    kind: str
    stage: Literal["reward", "threshold", "coupon", "points", "delivery"]
    steps: tuple[Step, ...]
    benefit: Literal["amount", "rate", "unit_price", "points"]
    seen: tuple[str, ...] | None = None
    bears: tuple[str, ...] | None = None
    seen_but: tuple[str, ...] = ()
    bears_but: tuple[str, ...] = ()
    sees: Literal["before", "after"] = "after"
    repeat: bool = False
    pieces_n: int = 0
    points_n: int = 0
    cap_minor: int = 0  # 0: none
    cap_ppm: int = 1_000_000
    fair: bool = True
    gift: bool = False
    instead_minor: int = 0
    funded_by: FundedBy = "store"


OfferRow = ItemRow | TierRow | DealRow | BasketRow


class Match(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Items for which every named word is theirs."""

    item: str = ""
    department: str = ""
    category: str = ""
    brand: str = ""
    tag: str = ""


class Target(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A set of items: any of these, but none of those. Without `any_of`: all goods."""

    any_of: tuple[Match, ...] = ()
    but: tuple[Match, ...] = ()


class Catalogue:
    """The items of a price book as offers see them: who exists, and who is in which set."""

    def __init__(self, items: Sequence[Item], currency: str = "") -> None:
        self.currency = Currency(code=currency)
        self._words: dict[tuple[str, str], list[str]] = {}
        self._roles: dict[str, list[str]] = {"goods": [], "delivery": []}
        self._places: dict[str, int] = {}
        self._units: list[tuple[str, int]] = []  # (unit, per) of each place
        self._found: dict[Target, tuple[str, ...]] = {}
        shared: dict[tuple[str, int], tuple[str, int]] = {}
        for place, item in enumerate(items):
            self._places[item.item] = place
            unit = (item.unit, item.per)
            self._units.append(shared.setdefault(unit, unit))
            self._roles[item.role].append(item.item)
            for word in (
                ("department", item.department),
                ("category", item.category),
                ("brand", item.brand),
                *(("tag", tag) for tag in item.tags),
            ):
                if word[1]:
                    self._words.setdefault(word, []).append(item.item)

    def find_item(self, item: str) -> str:
        """`item` itself; Refused("offer_invalid") when the book does not have it."""
        if item not in self._places:
            raise Refused("offer_invalid", f"item {item!r} is not in the price book")
        return item

    def get_unit(self, item: str) -> str:
        """The unit the item is counted in: piece, g or ml."""
        return self._units[self._places[self.find_item(item)]][0]

    def get_per(self, item: str) -> int:
        """How much of its unit the item's price buys."""
        return self._units[self._places[self.find_item(item)]][1]

    def find_delivery(self) -> tuple[str, ...]:
        """The ids of the delivery fees; Refused("offer_invalid") when the book has none."""
        if not self._roles["delivery"]:
            raise Refused("offer_invalid", "the price book has no item of role 'delivery'")
        return tuple(self._roles["delivery"])

    def find_wide(self, target: Target) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
        """(set, exclusions) as a `BasketRow` wants them: (None, exclusions) means all goods."""
        found = self.find(target)
        return (found, ()) if target.any_of else (None, tuple(self._unite(target.but)))

    def find(self, target: Target) -> tuple[str, ...]:
        """The ids of the set in book order; Refused("offer_invalid") when there are none.

        Asked again, the same tuple: offers on one department share its ids.
        """
        known = self._found.get(target)
        if known is None:
            known = self._found[target] = self._find(target)
        return known

    def _find(self, target: Target) -> tuple[str, ...]:
        found = self._unite(target.any_of) if target.any_of else dict.fromkeys(self._roles["goods"])
        for item in self._unite(target.but):
            found.pop(item, None)
        if not found:
            raise Refused("offer_invalid", "no item of the price book is in its set")
        return tuple(found)

    def _unite(self, matches: tuple[Match, ...]) -> dict[str, None]:
        united: dict[str, None] = {}
        for match in matches:
            united.update(dict.fromkeys(self._intersect(match)))
        return united if len(matches) < 2 else self._in_book_order(united)

    def _in_book_order(self, united: dict[str, None]) -> dict[str, None]:
        return dict.fromkeys(sorted(united, key=self._places.__getitem__))

    def _intersect(self, match: Match) -> list[str]:
        lists = [[self.find_item(match.item)]] if match.item else []
        for name in ("department", "category", "brand", "tag"):
            word = getattr(match, name)
            if word:
                found = self._words.get((name, word))
                if not found:
                    raise Refused("offer_invalid", f"{name} {word!r} has no item")
                lists.append(found)
        if not lists:
            raise Refused("offer_invalid", "a match names nothing")
        shortest = min(lists, key=len)
        others = [set(one) for one in lists if one is not shortest]
        return [item for item in shortest if all(item in other for other in others)]


class Example(Struct, frozen=True, kw_only=True):
    """A worked example of a kind: what `basket` saves under `terms`, and nothing else in force."""

    says: str
    items: tuple[Item, ...]
    terms: Any
    basket: Basket
    discount_minor: int
    rights: Rights = NO_RIGHTS
    more: dict[str, Any] = {}  # further fields of the Offer: when, limits, …


class OfferKind(Protocol):
    """What each file of this folder offers at module level.

    A kind that asks for something of its own, a card or a coupon, adds `when(terms) -> When`.
    """

    Terms: type[Any]
    EXAMPLES: tuple[Example, ...]

    def lower(self, terms: Any, catalogue: Catalogue) -> tuple[OfferRow, ...]:
        """The rows of `terms`; Refused("offer_invalid") when they do not fit the catalogue."""

    def say(self, terms: Any, currency: Currency) -> str:
        """One line for the receipt and the shelf, where the offer has no title of its own.

        Amounts without a symbol: the receipt says its currency once, for all of it.
        """
