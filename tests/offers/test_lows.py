"""The lowest prices of the last seven days, folded from sales."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from cext.lang.basket import Override
from cext.lang.events import Pricing, SaleClosed
from cext.lang.events.sale import SaleLine
from cext.lang.quote import Adjustment, Use
from cext.lang.rights import NO_RIGHTS
from edge.lows import DAY_MS, Lows, price_of


def _line(taken_minor: int = 0, kind: str = "special_price", **more: Any) -> SaleLine:
    adjustment = Adjustment(line=1, rule="o1", kind=kind, reason="", amount_minor=taken_minor)
    fields: dict[str, Any] = {
        "item": "tea",
        "quantity": 1000,
        "gross_minor": 1000,
        "price_minor": 1000,
        **more,
    }
    return SaleLine(
        line=1,
        name="Tea",
        department="",
        unit="piece",
        net_minor=fields["gross_minor"] - taken_minor,
        tax="none",
        tax_minor=0,
        adjustments=(adjustment,) if taken_minor else (),
        **fields,
    )


def _sale(day: str, *lines: SaleLine) -> SaleClosed:
    return SaleClosed(
        number="s1-a-000001",
        business_day=day,
        business_hour=9,
        book="b1",
        member=None,
        lines=lines,
        tenders=(),
        taxes=(),
        gross_minor=0,
        discount_minor=0,
        payable_minor=0,
    )


BY_HAND = Override(amount_minor=500, reason="dented", approved_by="ann")


@pytest.mark.parametrize(
    ("line", "price"),
    [
        (_line(), 1000),
        (_line(250), 750),
        (_line(250, "coupon"), 1000),
        (_line(250, "threshold"), 1000),
        (_line(600, quantity=3000, gross_minor=3000), 800),
        # 386 g at 7.98 for 500 g, 1.54 off: 4.62, which 5.98 and 5.99 both come to.
        (_line(154, quantity=386, gross_minor=616, price_minor=798, per=500), 599),
        (_line(override=BY_HAND), None),
        (_line(derived_quantity=True), None),
        (_line(price_minor=0), None),
    ],
)
def test_a_line_tells_the_price_that_was_asked(line: SaleLine, price: int | None) -> None:
    assert price_of(line) == price


def test_of_a_price_for_two_pieces_a_customer_the_cheaper_ones_count() -> None:
    """Two of four at 3.00 instead of 10.00: 3.00 was paid, and not 6.50."""
    line = _line(1400, quantity=4000, gross_minor=4000)
    pricing = Pricing(
        book_hash="ab" * 32,
        at_ms=0,
        rights=NO_RIGHTS,
        code="",
        proof="optimal",
        gap_minor=0,
        points_n=0,
        uses=(Use(rule="o1", times=2, pieces=((1, 2),)),),
    )
    lows = Lows()
    lows.fold((replace(_sale("1970-01-02", line), pricing=pricing),))

    assert lows.before(0) == {"tea": 300}


def test_the_lowest_price_of_seven_days_counts_and_an_older_one_does_not() -> None:
    lows = Lows()
    lows.fold((_sale("1970-01-02", _line(400)), _sale("1970-01-05", _line(100), _line(50))))
    lows.fold((_sale("1970-01-09", _line()),))

    assert lows.before(8 * DAY_MS) == {"tea": 600}
    assert lows.before(9 * DAY_MS) == {"tea": 900}
    assert lows.before(12 * DAY_MS) == {"tea": 1000}
    assert lows.before(16 * DAY_MS) == {}


def test_only_a_week_and_a_day_is_kept() -> None:
    lows = Lows()
    for day in range(1, 31):
        lows.fold((_sale(f"1970-01-{day:02d}", _line(day)),))

    assert lows.before(0) == {"tea": 970}
    assert lows.before(29 * DAY_MS) == {"tea": 970}
    lows.fold((_sale("1970-01-01", _line(999)),))
    assert lows.before(0) == {"tea": 970}
