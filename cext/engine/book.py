"""Price books: read small, and checked for everything but the terms of their offers."""

from __future__ import annotations

from collections import Counter
from sys import intern

import msgspec
from msgspec import Raw
from msgspec.structs import force_setattr, replace

from cext.engine.codes import clashes
from cext.errors import Refused
from cext.lang.item import Item, Offer, PriceBook

TAXES_MAX_N = 64
ITEMS_MAX_N = 1_000_000
OFFERS_MAX_N = 1_000_000

_SHARED_WORDS = ("department", "category", "brand", "tax")
_decode_parts = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_list = msgspec.json.Decoder(list[Raw]).decode
_decode_item = msgspec.json.Decoder(Item).decode
_decode_offer = msgspec.json.Decoder(Offer).decode
_decode_book = msgspec.json.Decoder(PriceBook).decode
_encode = msgspec.json.Encoder().encode


def decode_book(data: bytes) -> PriceBook:
    """The price book in `data` (JSON); Refused("price_book_unreadable") says where it is wrong.

    Equal to what msgspec decodes, in little more than half the memory: items and offers are read
    one by one, words that thousands of them share are kept once, and the terms of offers are
    copied, because a Raw would keep all of `data` alive.
    """
    at = "the book"
    try:
        parts = _decode_parts(data)
        items, offers = [], []
        for n, raw in enumerate(_decode_list(parts.get("items", b"[]"))):
            at = f"items[{n}]"
            items.append(_read_item(raw))
        for n, raw in enumerate(_decode_list(parts.get("offers", b"[]"))):
            at = f"offers[{n}]"
            offers.append(_read_offer(raw))
        at = "the book"
        emptied: dict[str, list[Item]] = {name: [] for name in ("items", "offers") if name in parts}
        rest = _decode_book(_encode({**parts, **emptied}))
    except msgspec.MsgspecError as exc:
        raise Refused("price_book_unreadable", f"{at}: {exc}") from exc
    return replace(rest, items=tuple(items), offers=tuple(offers))


def _read_item(raw: Raw) -> Item:
    item = _decode_item(raw)
    for name in _SHARED_WORDS:
        # Equal before and after, and nobody else has seen the item yet.
        force_setattr(item, name, intern(getattr(item, name)))
    return item


def _read_offer(raw: Raw) -> Offer:
    offer = _decode_offer(raw)
    force_setattr(offer, "terms", offer.terms.copy())
    force_setattr(offer, "title", intern(offer.title))
    return offer


def find_problems(book: PriceBook) -> list[str]:
    """Every fault of `book` as one line each: doubled ids, unknown taxes, clashing codes, sizes."""
    problems = [
        f"{what} {key!r} is there twice"
        for what, key in (
            *(("item", key) for key in _doubled([item.item for item in book.items])),
            *(("offer", key) for key in _doubled([offer.offer for offer in book.offers])),
        )
    ]
    problems += [
        f"item {item.item!r}: there is no tax {item.tax!r}"
        for item in book.items
        if item.tax not in book.taxes
    ]
    for what, found_n, most_n in (
        ("items", len(book.items), ITEMS_MAX_N),
        ("offers", len(book.offers), OFFERS_MAX_N),
        ("taxes", len(book.taxes), TAXES_MAX_N),
    ):
        if found_n > most_n:
            problems.append(f"{found_n} {what}, at most {most_n}")
    problems += clashes(book)
    return problems


def _doubled(keys: list[str]) -> list[str]:
    """The keys that are there more than once; the usual book has none and pays for one set."""
    if len(set(keys)) == len(keys):
        return []
    counts = Counter(keys)
    return [key for key, count in counts.items() if count > 1]
