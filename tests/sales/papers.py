"""Receipts to look at, in three languages and currencies: `python -m tests.sales.papers FOLDER`.

The Hebrew one's items and prices are of the price lists beside tests/offers.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from cext.lang.basket import Tender, Weighing
from cext.lang.events import SaleLine
from cext.lang.quote import Adjustment, TaxSum
from edge.books import Books
from edge.devices.paper import Document, render_png
from edge.sales.receipt import Letterhead, Press
from edge.sales.texts import Language
from edge.sales.views import Receipt

AT_MS = 1_768_396_020_000  # 2026-01-14, 13:07 UTC
ZONES = {"en": "America/New_York", "zh": "Asia/Shanghai", "he": "Asia/Jerusalem"}
SHOPS = {"en": "Corner Shop", "zh": "街角鲜生超市", "he": "מכולת השכונה"}
CURRENCIES = {"en": "USD", "zh": "CNY", "he": "ILS"}


def line_of(line: int, name: str, minor: int, **more: Any) -> SaleLine:
    facts: dict[str, Any] = {
        "line": line,
        "item": f"i{line}",
        "name": name,
        "department": "FOOD",
        "unit": "piece",
        "quantity": 1000,
        "gross_minor": minor,
        "net_minor": minor,
        "tax": "",
        "tax_minor": 0,
    }
    return SaleLine(**{**facts, **more})


def taken(line: int, kind: Any, reason: str, minor: int) -> tuple[Adjustment, ...]:
    return (Adjustment(line=line, rule="r", kind=kind, reason=reason, amount_minor=minor),)


def weighed(grams: int, price_minor: int) -> dict[str, Any]:
    weighing = Weighing(
        weight_g=grams, tare_g=0, device="scale1", protocol="toledo_8217", raw_hex="", at_ms=AT_MS
    )
    facts = {"unit": "g", "quantity": grams, "price_minor": price_minor, "per": 1000}
    return {**facts, "weighing": weighing}


LINES: dict[Language, tuple[SaleLine, ...]] = {
    "en": (
        line_of(1, "Whole Milk 1 gal", 389),
        line_of(2, "Bananas", 127, **weighed(982, 129)),
        line_of(
            3,
            "Sparkling Water, Lemon and Lime, 12 x 12 fl oz Cans",
            1498,
            quantity=2000,
            adjustments=taken(3, "nth_percent", "Second at half price", 374),
        ),
        line_of(4, "Sourdough Loaf", 525),
        line_of(5, "Crème brûlée", 450, adjustments=taken(5, "manual", "short_dated", 90)),
        line_of(6, "Dish Soap 24 fl oz", 419),
    ),
    "zh": (
        line_of(1, "光明优倍鲜牛奶 950毫升", 1690),
        line_of(
            2,
            "红富士苹果",
            1245,
            **weighed(1386, 898),
            adjustments=taken(2, "member_price", "会员价", 124),
        ),
        line_of(
            3,
            "农夫山泉饮用天然水（箱装）550毫升×24瓶 促销装",
            5180,
            quantity=2000,
            adjustments=taken(3, "threshold", "满50减8", 800),
        ),
        line_of(4, "海天金标生抽酱油 500ml", 990),
        line_of(5, "乐事原味薯片 75克", 650),
        line_of(6, "清风抽纸 三层 6包", 1590),
    ),
    "he": (
        line_of(1, "מלפפון", 402, **weighed(1386, 290)),
        line_of(2, "בננה", 834, **weighed(842, 990)),
        line_of(3, "מיימונס מלבי 100 גרם", 740),
        line_of(4, "כרמית איגלו שלוקים 60 יח", 990),
        line_of(
            5,
            "קוקטייל לימון שפריץ 330 מל",
            1980,
            quantity=2000,
            adjustments=taken(5, "n_for", "2 יח' ב-15 ש\"ח", 480),
        ),
        line_of(6, 'ביסקוויט בציפוי קרם שוקולד לל"ג 150 גר ליב', 1290),
        line_of(7, "Coca-Cola Zero 1.5 ליטר", 890),
    ),
}
NUMBERS = {
    "en": ("anna", "1084", "12-1-004217"),
    "zh": ("王芳", "138****2046", "367-1-000042"),
    "he": ("נועה", "", "39-2-001906"),
}
RATES = {"en": 0, "zh": 90_000, "he": 180_000}


def make_receipt(language: Language) -> Receipt:
    lines = LINES[language]
    worker, member, number = NUMBERS[language]
    gross_minor = sum(line.gross_minor for line in lines)
    off_minor = sum(taken.amount_minor for line in lines for taken in line.adjustments)
    due_minor = gross_minor - off_minor
    rate_ppm = RATES[language]
    net_minor = due_minor * 1_000_000 // (1_000_000 + rate_ppm)
    paid_minor = -(-due_minor // 1000) * 1000
    change_minor = paid_minor - due_minor
    return Receipt(
        number=number,
        kind="sale",
        sale_number=None,
        store=number.split("-")[0],
        lane=number.split("-")[1],
        worker=worker,
        at_ms=AT_MS,
        business_day="2026-01-14",
        seq=9,
        lines=lines,
        tenders=(Tender(kind="cash", amount_minor=paid_minor, change_minor=change_minor),),
        taxes=(
            TaxSum(
                tax="food",
                rate_ppm=rate_ppm,
                net_minor=net_minor,
                tax_minor=due_minor - net_minor,
            ),
        ),
        gross_minor=gross_minor,
        discount_minor=off_minor,
        payable_minor=due_minor,
        rounding_minor=0,
        member=member or None,
        reason=None,
        printed=True,
        refunded=False,
        currency=CURRENCIES[language],
        proof="K7M2Q9TX4B",
    )


def make_head(language: Language) -> Letterhead:
    return Letterhead(
        shop_name=SHOPS[language],
        store=NUMBERS[language][2].split("-")[0],
        zone=ZONES[language],
        currency=CURRENCIES[language],
        language=language,
        footer="",
        width_n=48,
    )


class _NoBook:
    """Every line of these receipts carries its own price."""

    active = None


def lay_out(language: Language, *, width_n: int = 48) -> Document:
    books: Any = _NoBook()
    assert isinstance(Books, type)
    press = Press(make_head(language), books)
    return press.lay_out(make_receipt(language), width_n=width_n)


async def draw(language: Language) -> bytes:
    document = await asyncio.to_thread(lay_out, language)
    return await asyncio.to_thread(render_png, document, scale=1)


def main(folder: Path) -> None:
    """Write the three receipts as pictures."""
    for language in LINES:
        (folder / f"receipt-{language}.png").write_bytes(render_png(lay_out(language), scale=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
