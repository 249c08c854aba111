"""Lot, expiry and serial inside a scanned code: onto the line, into the event, or refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cext.engine import encode_book, with_check_digit
from cext.lang.item import Item
from edge.config import Settings
from tests.sales.shop import make_book, make_settings, running

GTIN = with_check_digit("690123456789")
TODAY = datetime.now(UTC).date()
BOOK_ITEM = Item(item="yogurt", name="Yogurt 酸奶", price_minor=590, codes=(GTIN,))


def _code(days: int, *, lot: str = "L7", serial: str = "") -> str:
    """A GS1 DataMatrix of the yogurt that expires `days` from today."""
    expiry = (TODAY + timedelta(days=days)).strftime("%y%m%d")
    told = f"010{GTIN}17{expiry}10{lot}"
    return f"]d2{told}" + (f"\x1d21{serial}" if serial else "")


def _settings(folder: Path) -> Settings:
    settings = make_settings(folder)
    book = make_book(items=(*make_book().items, BOOK_ITEM))
    (folder / "book.json").write_bytes(encode_book(book))
    return settings


async def test_lot_and_expiry_reach_the_line_the_receipt_and_the_event(tmp_path: Path) -> None:
    async with running(_settings(tmp_path)) as door:
        await door.open()
        lane = await door.scan(_code(30))
        expires_on = (TODAY + timedelta(days=30)).isoformat()
        assert (lane["lines"][0]["lot"], lane["lines"][0]["expires_on"]) == ("L7", expires_on)

        sale = await door.sell()

        assert sale["lines"][0]["trace"] == ["L7", "", expires_on]


async def test_a_lot_known_to_be_expired_is_not_sold(tmp_path: Path) -> None:
    async with running(_settings(tmp_path)) as door:
        await door.open()
        before = await door.scan(_code(2))

        # Two days, because the shop's own calendar may be a day off the test's.
        problem = await door.scan(_code(-2), status=422)

        assert problem["code"] == "item_expired"
        assert (TODAY - timedelta(days=2)).isoformat() in problem["detail"]
        assert (await door.get("/v1/lanes/1"))["lines"] == before["lines"]


async def test_a_piece_with_a_serial_is_in_the_basket_once(tmp_path: Path) -> None:
    async with running(_settings(tmp_path)) as door:
        await door.open()
        await door.scan(_code(9, serial="S1"))
        again = await door.scan(_code(9, serial="S1"), status=409)
        lane = await door.scan(_code(9, serial="S2"))
        two = await door.call("PATCH", "/v1/lanes/1/lines/1", {"quantity": 2000}, status=409)

        assert again["code"] == two["code"] == "serial_conflict"
        assert len(lane["lines"]) == 2
