"""Reading a price book: equal to what was written, refused with the place of the fault."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings

from cext.engine import decode_book, encode_book
from cext.errors import Refused
from cext.lang.item import Item, PriceBook
from tests.engine.books import books, make_book, make_offer

TEA = Item(item="tea", name="Tea", price_minor=1250, department="drinks", brand="Leaf")
BOOK = make_book(
    TEA, offers=(make_offer("o1", "special_price", {"item": "tea", "price_minor": 1}),)
)


@settings(max_examples=30)
@given(books())
def test_a_book_is_read_back_as_it_was_written(book: PriceBook) -> None:
    read = decode_book(encode_book(book))

    assert read == book
    assert encode_book(read) == encode_book(book)


def test_words_shared_by_many_items_are_kept_once() -> None:
    others = [msgspec.structs.replace(TEA, item=f"t{n}") for n in range(3)]

    book = decode_book(msgspec.json.encode(make_book(*others)))

    assert len({id(item.department) for item in book.items}) == 1


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (b"", "the book"),
        (b"[]", "the book"),
        (b'{"items": 5}', "the book"),
        (msgspec.json.encode(BOOK).replace(b"1250", b"1.5"), "items[0]"),
        (msgspec.json.encode(BOOK).replace(b'"offer":', b'"ofer":'), "offers[0]"),
        (msgspec.json.encode(BOOK).replace(b'"store":', b'"stoer":'), "the book"),
        (msgspec.json.encode(BOOK).replace(b'"items":', b'"itmes":'), "the book"),
    ],
)
def test_a_book_that_cannot_be_read_says_where(wrong: bytes, place: str) -> None:
    with pytest.raises(Refused) as refused:
        decode_book(wrong)
    assert refused.value.code == "price_book_unreadable"
    assert refused.value.detail.startswith(place)
