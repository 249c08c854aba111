"""Price books: read small, and checked for everything but the terms of their offers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from sys import intern

import msgspec
from msgspec import Raw
from msgspec.structs import force_setattr, replace

from cext.engine.codes.tables import clashes
from cext.engine.packed import PackedItems
from cext.errors import Refused
from cext.lang.item import Item, Offer, PriceBook

TAXES_MAX_N = 64
ITEMS_MAX_N = 1_000_000
OFFERS_MAX_N = 1_000_000

_decode_parts = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_list = msgspec.json.Decoder(list[Raw]).decode
_decode_item = msgspec.json.Decoder(Item).decode
_decode_offer = msgspec.json.Decoder(Offer).decode
_decode_book = msgspec.json.Decoder(PriceBook).decode
_encode = msgspec.json.Encoder().encode
# Packed items are the one thing in a book that msgspec does not know.
_encode_book = msgspec.json.Encoder(enc_hook=tuple, order="deterministic").encode


def decode_book(data: bytes) -> PriceBook:
    """The price book in `data` (JSON); Refused("price_book_unreadable") says where it is wrong.

    Equal to what msgspec decodes, in a quarter of the memory: its items are `PackedItems`, and
    the terms of offers are copied, because a Raw would keep all of `data` alive.
    """
    at = ["the book"]
    try:
        parts = _decode_parts(data)
        items = PackedItems(_read_items(_decode_list(parts.get("items", b"[]")), at))
        offers = []
        for n, raw in enumerate(_decode_list(parts.get("offers", b"[]"))):
            at[0] = f"offers[{n}]"
            offers.append(_read_offer(raw))
        at[0] = "the book"
        emptied: dict[str, list[Item]] = {name: [] for name in ("items", "offers") if name in parts}
        rest = _decode_book(_encode({**parts, **emptied}))
    except msgspec.MsgspecError as exc:
        raise Refused("price_book_unreadable", f"{at[0]}: {exc}") from exc
    return replace(rest, items=items, offers=tuple(offers))


def _read_items(raws: list[Raw], at: list[str]) -> Iterator[Item]:
    """The items one by one; `at` tells which one is being read."""
    for n, raw in enumerate(raws):
        at[0] = f"items[{n}]"
        yield _decode_item(raw)


def pack_book(book: PriceBook) -> tuple[PriceBook, PackedItems]:
    """`book` with its items packed, and those items: equal, and small enough to keep for weeks."""
    if isinstance(book.items, PackedItems):
        return book, book.items
    items = PackedItems(book.items)
    return replace(book, items=items), items


def encode_book(book: PriceBook) -> bytes:
    """`book` as JSON, the same bytes for the same book: what its hash is taken of."""
    return _encode_book(book)


def _read_offer(raw: Raw) -> Offer:
    offer = _decode_offer(raw)
    force_setattr(offer, "terms", offer.terms.copy())
    force_setattr(offer, "title", intern(offer.title))
    return offer


def find_problems(book: PriceBook) -> list[str]:
    """Every fault of `book` as one line each: doubled ids, unknown taxes, clashing codes, sizes."""
    ids, untaxed = [], []
    is_sound = _is_sound(book)
    for item in () if is_sound else book.items:
        ids.append(item.item)
        if item.tax not in book.taxes:
            untaxed.append(f"item {item.item!r}: there is no tax {item.tax!r}")
    problems = [
        f"{what} {key!r} is there twice"
        for what, key in (
            *(("item", key) for key in _doubled(ids)),
            *(("offer", key) for key in _doubled([offer.offer for offer in book.offers])),
        )
    ]
    problems += untaxed
    problems += _find_unknown(book)
    for what, found_n, most_n in (
        ("items", len(book.items), ITEMS_MAX_N),
        ("offers", len(book.offers), OFFERS_MAX_N),
        ("taxes", len(book.taxes), TAXES_MAX_N),
    ):
        if found_n > most_n:
            problems.append(f"{found_n} {what}, at most {most_n}")
    problems += clashes(book)
    return problems


def _is_sound(book: PriceBook) -> bool:
    """Has no id twice and no tax unknown, said without making any item; False if that is unsaid."""
    items = book.items
    if not isinstance(items, PackedItems):
        return False
    return not items.doubled and items.group("tax").keys() <= book.taxes.keys()


def _find_unknown(book: PriceBook) -> list[str]:
    """Prices of items that are not in the book."""
    if not book.prices:
        return []
    items: Sequence[Item] = book.items
    if isinstance(items, PackedItems):
        unknown = [price.item for price in book.prices if items.find(price.item) < 0]
    else:
        known = {item.item for item in items}
        unknown = [price.item for price in book.prices if price.item not in known]
    return [f"price of {item!r}: there is no such item" for item in unknown]


def _doubled(keys: list[str]) -> list[str]:
    """The keys that are there more than once; the usual book has none and pays for one set."""
    if len(set(keys)) == len(keys):
        return []
    counts = Counter(keys)
    return [key for key, count in counts.items() if count > 1]
