"""The quote: a basket with a reason for every cent. Made by `engine.pricing` only."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

# Each kind of offer by its name; "match" is what a store adds to a coupon, "manual" a person.
AdjustmentKind = str
LossWhy = Literal[
    "beaten",
    "overridden",
    "not_applicable",
    "not_reached",
    "limit_reached",
    "used_up",
    "unknown_coupon",
]


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
    """A rule that could have applied to a line (0: the whole basket) and did not, and why.

    "not_reached" says what is missing to the lowest step: an amount, or pieces.
    """

    line: int
    rule: str
    why: LossWhy
    missing_minor: int = 0
    missing_n: int = 0


class Use(Struct, frozen=True, kw_only=True):
    """How often a rule took something, and the pieces of each line it took up: ((line, pieces), …).

    A rule over whole lines (a tier) takes up weighed lines as one piece.
    """

    rule: str
    times: int
    pieces: tuple[tuple[int, int], ...] = ()


class Gift(Struct, frozen=True, kw_only=True):
    """`pieces_n` pieces of `items` may be added to the basket for nothing (or at a low price)."""

    rule: str
    reason: str
    items: tuple[str, ...]
    pieces_n: int
    price_minor: int = 0  # for a piece


class QuotedLine(Struct, frozen=True, kw_only=True):
    """One basket line priced: net = gross - adjustments, tax inside or on top of net.

    `price_minor` buys `per` of the item's unit: the price that was in force for this sale.
    """

    line: int
    item: str
    quantity: int
    gross_minor: int
    net_minor: int
    tax: str
    tax_minor: int
    adjustments: tuple[Adjustment, ...] = ()
    price_minor: int = 0
    per: int = 1000


class TaxSum(Struct, frozen=True, kw_only=True):
    """The tax of one rate group, rounded once for the whole document."""

    tax: str
    rate_ppm: int
    net_minor: int  # without tax
    tax_minor: int


class Quote(Struct, frozen=True, kw_only=True):
    """`payable_minor` = sum of the lines' net (+ tax where prices exclude it).

    `proof` is "optimal" when no other choice of offers makes the sum of the nets smaller, else
    "bounded": none makes it smaller by more than `gap_minor`.
    """

    book: str
    lines: tuple[QuotedLine, ...]
    taxes: tuple[TaxSum, ...]
    gross_minor: int
    discount_minor: int
    payable_minor: int
    losses: tuple[Loss, ...] = ()
    proof: Literal["optimal", "bounded"] = "optimal"
    gap_minor: int = 0
    uses: tuple[Use, ...] = ()
    gifts: tuple[Gift, ...] = ()
    points_n: int = 0  # points spent
