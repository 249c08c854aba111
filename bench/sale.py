"""A sale of ordinary size, as the benches write it: five lines, one offer, one tender."""

from __future__ import annotations

from cext.lang.basket import Tender
from cext.lang.events import SaleClosed, SaleLine
from cext.lang.quote import Adjustment, TaxSum

LINES_N = 5


def make_sale(count: int, *, store: str = "b1") -> SaleClosed:
    """Sale number `count` of lane 1."""
    lines = tuple(_line(line, count) for line in range(1, LINES_N + 1))
    gross_minor = sum(line.gross_minor for line in lines)
    discount_minor = sum(entry.amount_minor for line in lines for entry in line.adjustments)
    payable_minor = gross_minor - discount_minor
    return SaleClosed(
        number=f"{store}-1-{count:06d}",
        business_day="2026-01-05",
        business_hour=8 + count % 12,
        book="bench",
        member=None,
        lines=lines,
        tenders=(Tender(kind="card", amount_minor=payable_minor),),
        taxes=(TaxSum(tax="none", rate_ppm=0, net_minor=payable_minor, tax_minor=0),),
        gross_minor=gross_minor,
        discount_minor=discount_minor,
        payable_minor=payable_minor,
    )


def _line(line: int, count: int) -> SaleLine:
    gross_minor = 199 + (count * 31 + line * 7) % 800
    off = Adjustment(
        line=line, rule="m1", kind="member_price", reason="member price", amount_minor=20
    )
    adjustments = (off,) if line == 1 else ()
    return SaleLine(
        line=line,
        item=str(100_000 + (count * 17 + line) % 20_000),
        name="GROUND COFFEE 12 OZ",
        department="GROCERY",
        unit="piece",
        quantity=1000,
        gross_minor=gross_minor,
        net_minor=gross_minor - (20 if adjustments else 0),
        tax="none",
        tax_minor=0,
        code="2000001000007",
        adjustments=adjustments,
    )
