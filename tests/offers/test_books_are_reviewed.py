"""A store takes no price book with a fault, and says what it doubts in one it takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cext.errors import Refused
from cext.kit.clock import SystemClock
from cext.lang.events import SaleClosed
from cext.lang.events.sale import SaleLine
from cext.lang.item import Item, Offer, PriceBook
from edge.books import Books
from edge.journal import Draft, open_journal
from tests.engine.books import make_book, make_offer

TEA = Item(item="tea", name="Tea", price_minor=1000)
SOLD = SaleLine(
    line=1,
    item="tea",
    name="Tea",
    department="",
    unit="piece",
    quantity=1000,
    gross_minor=850,
    net_minor=850,
    tax="none",
    tax_minor=0,
    price_minor=850,
)


def _special(offer: str, price_minor: int, was_minor: int | None = None) -> Offer:
    terms = {"item": "tea", "price_minor": price_minor, "was_minor": was_minor}
    return make_offer(offer, "special_price", terms, conflict="exclusive")


def _book(*offers: Offer) -> PriceBook:
    return make_book(TEA, offers=offers)


@asynccontextmanager
async def open_books(folder: Path, *sold: SaleLine) -> AsyncIterator[Books]:
    clock = SystemClock()
    async with open_journal(folder / "journal.db", store="s1", clock=clock) as journal:
        books = Books(folder, store="s1", currency="CNY", journal=journal, clock=clock)
        journal.listeners.append(books.fold)
        if sold:
            await journal.append((Draft(_sale(sold)),))
        yield books


def _sale(lines: tuple[SaleLine, ...]) -> SaleClosed:
    return SaleClosed(
        number="s1-a-000001",
        business_day="1970-01-01",
        business_hour=9,
        book="b0",
        member=None,
        lines=lines,
        tenders=(),
        taxes=(),
        gross_minor=850,
        discount_minor=0,
        payable_minor=850,
    )


async def test_a_book_with_faults_is_refused_with_all_of_them(tmp_path: Path) -> None:
    async with open_books(tmp_path) as books:
        with pytest.raises(Refused) as refused:
            await books.apply(_book(_special("o1", 900), _special("o2", 800, was_minor=1200)))

        assert refused.value.code == "price_book_invalid"
        problems = refused.value.facts["problems"]
        assert isinstance(problems, tuple)
        assert len(problems) == 2
        assert any("both exclusive" in problem for problem in problems)
        assert any("name that or less" in problem for problem in problems)
        assert books.active is None


async def test_a_former_price_is_held_against_what_was_really_paid(tmp_path: Path) -> None:
    async with open_books(tmp_path) as books:
        assert await books.apply(_book(_special("o1", 700, was_minor=1000)))
    (tmp_path / "sold").mkdir()
    async with open_books(tmp_path / "sold", SOLD) as books:
        with pytest.raises(Refused, match=r"cost ¥8\.50 within the last seven days"):
            await books.apply(_book(_special("o1", 700, was_minor=1000)))
        assert await books.apply(_book(_special("o1", 700, was_minor=850)))


async def test_a_doubtful_book_is_taken_and_the_doubt_is_logged(tmp_path: Path) -> None:
    async with open_books(tmp_path) as books:
        with capture_logs() as logs:
            active = await books.apply(_book(_special("o1", 1000)))

    assert books.active is active
    doubts = [log for log in logs if log["event"] == "price_book_doubted"]
    assert [log["findings_n"] for log in doubts] == [1]
    assert "not below the list price" in doubts[0]["findings"][0]
