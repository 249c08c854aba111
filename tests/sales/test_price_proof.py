"""The short code on a receipt finds the sale, and the price is made again, to the bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from cext.engine import (
    Pricer,
    code_number,
    decode_book,
    decode_proof,
    encode_book,
    encode_proof,
    encode_quote,
    make_proof,
    proof_code,
    read_code,
    replay,
)
from cext.errors import Refused
from cext.lang.basket import Basket, BasketLine
from cext.lang.item import Item
from cext.lang.rights import NO_RIGHTS
from tests.sales.shop import (
    COUPON,
    MILK_CODE,
    label_code,
    make_book,
    make_settings,
    member_code,
    running,
)

LINE = BasketLine(line=1, item="milk", quantity=2000, code=MILK_CODE)
BASKET = Basket(lines=(LINE, BasketLine(line=2, item="glue", quantity=1000)), member="7")


def as_json(book: Any) -> Any:
    return msgspec.json.decode(encode_book(book))


def _prove(basket: Basket = BASKET, at_ms: int = 5) -> Any:
    quote = Pricer(make_book()).quote(basket, at_ms, NO_RIGHTS)
    return make_proof(quote, book_hash="ab" * 32, at_ms=at_ms, basket=basket, rights=NO_RIGHTS)


def test_a_proof_survives_its_bytes_and_replays_to_the_same_quote() -> None:
    proof = decode_proof(encode_proof(_prove()))

    again = replay(proof, Pricer(decode_book(encode_book(make_book()))), book_hash="ab" * 32)

    assert proof == _prove()
    assert encode_quote(again) == encode_quote(Pricer(make_book()).quote(BASKET, 5, NO_RIGHTS))


def test_a_proof_of_another_book_or_of_another_price_is_refused_by_name() -> None:
    dearer = Pricer(
        make_book(
            items=(Item(item="milk", name="Milk", price_minor=350),)[:0]
            + tuple(replace(one, price_minor=one.price_minor + 1) for one in make_book().items)
        )
    )

    with pytest.raises(Refused, match="proved with book") as other:
        replay(_prove(), Pricer(make_book()), book_hash="cd" * 32)
    with pytest.raises(Refused, match="another price") as differs:
        replay(_prove(), dearer, book_hash="ab" * 32)
    with pytest.raises(Refused, match="no price proof") as garbled:
        decode_proof(b"\xc1 nothing")
    assert [one.value.code for one in (other, differs, garbled)] == [
        "proof_other_book",
        "proof_differs",
        "proof_unreadable",
    ]


def test_every_input_of_a_price_changes_the_code() -> None:
    more = replace(BASKET, lines=(replace(LINE, quantity=3000), BASKET.lines[1]))
    codes = {
        proof_code(one)
        for one in (_prove(), _prove(at_ms=6), _prove(more), _prove(replace(BASKET, member=None)))
    }

    assert len(codes) == 4


@pytest.mark.parametrize("typed", ["k7qf2-m8xro", "K7QF2M8XR0", " k7qf2 - m8xr0 "])
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert read_code(typed) == "K7QF2-M8XR0"
    assert code_number(read_code(typed)) > 0


@pytest.mark.parametrize("typed", ["", "K7QF2", "K7QF2-M8XR0-1", "K7QF2-M8XRU", "价格"])
def test_what_is_no_code_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Refused, match="K7QF2-M8XR0"):
        read_code(typed)


async def test_the_code_on_a_receipt_finds_the_sale_and_its_price(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        for code in (MILK_CODE, member_code(77), COUPON, label_code(494)):
            await door.scan(code)
        lane = await door.scan(MILK_CODE)
        override = {
            "amount_minor": 300,
            "discount_minor": 5,
            "reason": "dented",
            "approved_by": "zhou",
        }
        await door.call(
            "PATCH",
            f"/v1/lanes/1/lines/{lane['lines'][-1]['line']}",
            {"override": override},
        )
        sale = await door.sell()

        paper = (await door.get(f"/v1/receipts/{sale['number']}.txt")).decode()
        assert f"Price proof {sale['proof']}" in paper
        proved = await door.get(f"/v1/proofs/{sale['proof'].lower()}")

        assert proved["same"] is True
        assert (proved["number"], proved["payable_minor"]) == (
            sale["number"],
            sale["payable_minor"],
        )
        assert proved["quote"]["lines"][0]["adjustments"] == sale["lines"][0]["adjustments"]


async def test_a_proof_outlives_a_restart_and_two_later_books(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        await door.open()
        sale = await door.sell(MILK_CODE)
    async with running(make_settings(tmp_path)) as door:
        for version in ("2", "3"):
            await door.post("/v1/price-books", as_json(make_book(version)))
        assert (await door.get(f"/v1/proofs/{sale['proof']}"))["same"] is True
        await door.post("/v1/price-books", as_json(make_book("4")))

        gone = await door.get(f"/v1/proofs/{sale['proof']}", status=422)
        unknown = await door.get("/v1/proofs/00000-00000", status=404)

    assert (gone["code"], unknown["code"]) == ("book_gone", "proof_unknown")
