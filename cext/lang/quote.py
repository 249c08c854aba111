"""The quote: a basket with a reason for every cent. Made by `engine.pricing` only."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

AdjustmentKind = Literal["special_price", "member_price", "percent", "coupon", "match", "manual"]


class Adjustment(Struct, frozen=True, kw_only=True):
    """What one rule took from one line. `amount_minor` is positive: it lowers the line.

    `rule` is the offer's id, or "manual". `reason` is what a person reads. `funded_by` says who
    bears it: the store, or the maker whose coupon it is.
    """

    line: int
    rule: str
    kind: AdjustmentKind
    reason: str
    amount_minor: int
    funded_by: Literal["store", "maker"] = "store"


class Loss(Struct, frozen=True, kw_only=True):
    """A rule that could have applied to a line (0: the whole basket) and did not, and why."""

    line: int
    rule: str
    why: Literal["beaten", "overridden", "not_applicable", "used_up", "unknown_coupon"]


class QuotedLine(Struct, frozen=True, kw_only=True):
    """One basket line priced: net = gross - adjustments, tax inside or on top of net."""

    line: int
    item: str
    quantity: int
    gross_minor: int
    net_minor: int
    tax: str
    tax_minor: int
    adjustments: tuple[Adjustment, ...] = ()


class TaxSum(Struct, frozen=True, kw_only=True):
    """The tax of one rate group, rounded once for the whole document."""

    tax: str
    rate_ppm: int
    net_minor: int  # without tax
    tax_minor: int


class Quote(Struct, frozen=True, kw_only=True):
    """`payable_minor` = sum of the lines' net (+ tax where prices exclude it)."""

    book: str
    lines: tuple[QuotedLine, ...]
    taxes: tuple[TaxSum, ...]
    gross_minor: int
    discount_minor: int
    payable_minor: int
    losses: tuple[Loss, ...] = ()
    proof: Literal["optimal", "bounded"] = "optimal"
    gap_minor: int = 0
