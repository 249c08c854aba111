"""What an offer kind is made of: its rows for the engine, and the world it is lowered against.

Four shapes of row say everything the engine can do. What is common to all offers (who, when, how
often, against whom) stands in `Offer` and is not repeated here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, cast

from msgspec import Struct

from cext.errors import Refused
from cext.lang.basket import Basket
from cext.lang.item import Item
from cext.lang.money import Currency
from cext.lang.rights import NO_RIGHTS, Rights

FOUND_MAX_N = 32  # sets a catalogue keeps, the latest asked for

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
    over items, then over their lines, by largest remainder; else from the first line on. `gift`:
    pieces still due are offered; for those that are not in stock their part of `instead_minor`,
    the amount for `pieces_n`, is taken off what was `seen`.
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


class Indexed(Protocol):
    """Items by their place in the book, as packed items are; anything else is wrapped."""

    def find(self, item: str) -> int:
        """The place of the item with this id, or -1."""

    def id_at(self, index: int) -> str:
        """The id at a place."""

    def measure_at(self, index: int) -> tuple[str, int]:
        """(unit, per) at a place."""

    def group(self, name: str) -> Mapping[str, Sequence[int]]:
        """The places, in book order, of each word of a field."""


class _Listed:
    """Items that are not packed, of the few books that were made by hand."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items
        self._places = {item.item: place for place, item in enumerate(items)}

    def find(self, item: str) -> int:
        return self._places.get(item, -1)

    def id_at(self, index: int) -> str:
        return self._items[index].item

    def measure_at(self, index: int) -> tuple[str, int]:
        return self._items[index].unit, self._items[index].per

    def group(self, name: str) -> dict[str, list[int]]:
        groups: dict[str, list[int]] = {}
        for place, item in enumerate(self._items):
            found = getattr(item, name)
            for word in dict.fromkeys(found if name == "tags" else (found,)):
                groups.setdefault(word, []).append(place)
        return groups


class Catalogue:
    """The items of a price book as offers see them: who exists, and who is in which set.

    Of a field that no offer names nothing is looked up, and sets are places until they are found.
    """

    def __init__(self, items: Sequence[Item], currency: str = "") -> None:
        self.currency = Currency(code=currency)
        self._items = cast("Indexed", items) if hasattr(items, "group") else _Listed(items)
        self._groups: dict[str, Mapping[str, Sequence[int]]] = {}
        self._found: dict[Target, tuple[str, ...]] = {}

    def find_item(self, item: str) -> str:
        """`item` itself; Refused("offer_invalid") when the book does not have it."""
        self._place(item)
        return item

    def get_unit(self, item: str) -> str:
        """The unit the item is counted in: piece, g or ml."""
        return self._items.measure_at(self._place(item))[0]

    def get_per(self, item: str) -> int:
        """How much of its unit the item's price buys."""
        return self._items.measure_at(self._place(item))[1]

    def find_delivery(self) -> tuple[str, ...]:
        """The ids of the delivery fees; Refused("offer_invalid") when the book has none."""
        found = self._having("role", "delivery")
        if not found:
            raise Refused("offer_invalid", "the price book has no item of role 'delivery'")
        return self._name(found)

    def find_wide(self, target: Target) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
        """(set, exclusions) as a `BasketRow` wants them: (None, exclusions) means all goods."""
        found = self.find(target)
        return (found, ()) if target.any_of else (None, self._name(self._unite(target.but)))

    def find(self, target: Target) -> tuple[str, ...]:
        """The ids of the set in book order; Refused("offer_invalid") when there are none.

        Asked again soon, the same tuple: offers on one department share its ids. To keep every
        offer's set would leave a box with holes in its memory, larger than all that it compiled.
        """
        known = self._found.pop(target, None)
        if known is None:
            known = self._name(self._find(target))
            if len(self._found) == FOUND_MAX_N:
                del self._found[next(iter(self._found))]
        self._found[target] = known
        return known

    def _find(self, target: Target) -> Sequence[int]:
        wanted = target.any_of
        found = self._unite(wanted) if wanted else self._having("role", "goods")
        if target.but:
            but = set(self._unite(target.but))
            found = [place for place in found if place not in but]
        if not found:
            raise Refused("offer_invalid", "no item of the price book is in its set")
        return found

    def _unite(self, matches: tuple[Match, ...]) -> Sequence[int]:
        if len(matches) == 1:
            return self._intersect(matches[0])
        united: set[int] = set()
        for match in matches:
            united.update(self._intersect(match))
        return sorted(united)

    def _intersect(self, match: Match) -> Sequence[int]:
        lists: list[Sequence[int]] = [(self._place(match.item),)] if match.item else []
        for name in ("department", "category", "brand", "tag"):
            word = getattr(match, name)
            if word:
                found = self._having("tags" if name == "tag" else name, word)
                if not found:
                    raise Refused("offer_invalid", f"{name} {word!r} has no item")
                lists.append(found)
        if not lists:
            raise Refused("offer_invalid", "a match names nothing")
        shortest = min(lists, key=len)
        others = [set(one) for one in lists if one is not shortest]
        if not others:
            return shortest
        return [place for place in shortest if all(place in other for other in others)]

    def _place(self, item: str) -> int:
        place = self._items.find(item)
        if place < 0:
            raise Refused("offer_invalid", f"item {item!r} is not in the price book")
        return place

    def _having(self, name: str, word: str) -> Sequence[int]:
        """The places of all items with this word in field `name`."""
        groups = self._groups.get(name)
        if groups is None:
            groups = self._groups[name] = self._items.group(name)
        return groups.get(word, ())

    def _name(self, places: Sequence[int]) -> tuple[str, ...]:
        return tuple(map(self._items.id_at, places))


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
