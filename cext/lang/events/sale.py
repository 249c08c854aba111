"""Events of the counter: a sale closed, a sale refunded."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from cext.lang.basket import Override, Tender, Weighing
from cext.lang.quote import Adjustment, TaxSum


class SaleLine(Struct, frozen=True, kw_only=True):
    """One line as sold, complete enough to be printed and refunded years later."""

    line: int
    item: str
    name: str
    department: str
    unit: str
    quantity: int
    gross_minor: int
    net_minor: int
    tax: str
    tax_minor: int
    code: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    derived_quantity: bool = False
    weighing: Weighing | None = None
    override: Override | None = None


class SaleClosed(Struct, frozen=True, kw_only=True, array_like=True):
    """A sale was paid. `payable_minor` + `rounding_minor` = sum of tenders less change.

    `rounding_minor` is negative or zero (抹零, always down). `business_day` is ISO 8601.
    """

    VERSION: ClassVar[int] = 1

    number: str
    business_day: str
    business_hour: int
    book: str
    member: str | None
    lines: tuple[SaleLine, ...]
    tenders: tuple[Tender, ...]
    taxes: tuple[TaxSum, ...]
    gross_minor: int
    discount_minor: int
    payable_minor: int
    rounding_minor: int = 0
    coupons: tuple[str, ...] = ()


class SaleRefunded(Struct, frozen=True, kw_only=True, array_like=True):
    """A whole receipt was given back: every line returns to stock, every tender is paid back.

    `lines` and `tenders` repeat the sale's with positive amounts; the event's kind is the sign.
    """

    VERSION: ClassVar[int] = 1

    number: str  # of the refund slip
    sale_number: str
    business_day: str
    business_hour: int
    reason: str
    approved_by: str
    lines: tuple[SaleLine, ...]
    tenders: tuple[Tender, ...]
    payable_minor: int
    rounding_minor: int = 0
