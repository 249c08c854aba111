"""Fitting a price to past lines: the price (and member price) that explains most of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median_low
from typing import NamedTuple

from cext.engine import round_half_up
from cext.lang.quantity import KILOGRAM, PIECE

# At no more than 10.00 a kilogram one gram moves the amount by at most one cent, so some weight
# in whole grams yields any amount.
WEIGHED_MAX_MINOR = 1000
WEIGHED_MIN_MINOR = 100


class Seen(NamedTuple):
    """One past line: what it cost on the shelf, what the member saved, how many pieces."""

    gross_minor: int
    loyalty_minor: int
    pieces: int

    @property
    def net_minor(self) -> int:
        """After the loyalty discount, before coupons."""
        return self.gross_minor - self.loyalty_minor


class Price(NamedTuple):
    """`price_minor`, for members `member_minor`, buys `per` of the item's unit."""

    price_minor: int
    member_minor: int | None
    per: int


def fit_pieces(lines: Sequence[Seen]) -> Price:
    """The price of an item sold by piece; "3 for 2.00" is a price per 3 pieces."""
    pers = {PIECE} | {
        line.pieces * PIECE
        for line in lines
        if line.gross_minor % line.pieces or line.net_minor % line.pieces
    }
    candidates = {price for per in pers for price in _piece_prices(lines, per)}
    return max(candidates, key=lambda price: _piece_rank(lines, price))


def _piece_prices(lines: Sequence[Seen], per: int) -> Iterator[Price]:
    units = [
        (
            round_half_up(line.gross_minor * per, line.pieces * PIECE),
            round_half_up(line.net_minor * per, line.pieces * PIECE),
        )
        for line in lines
    ]
    for price_minor in {gross for gross, _ in units}:
        yield Price(price_minor, None, per)
        for member_minor in {net for _, net in units if 0 < net < price_minor}:
            yield Price(price_minor, member_minor, per)


def _piece_rank(lines: Sequence[Seen], price: Price) -> tuple[int, ...]:
    gross_n = sum(piece_gross(price, line.pieces) == line.gross_minor for line in lines)
    return (
        sum(piece_explained(price, line) for line in lines),
        gross_n,
        -price.per,
        price.price_minor,
        price.member_minor or 0,
    )


def piece_gross(price: Price, pieces: int) -> int:
    """What `pieces` cost on the shelf."""
    return round_half_up(price.price_minor * pieces * PIECE, price.per)


def piece_explained(price: Price, line: Seen) -> bool:
    """Whether the price alone yields both amounts of the line."""
    if piece_gross(price, line.pieces) != line.gross_minor:
        return False
    net_minor = price.price_minor if price.member_minor is None else price.member_minor
    return round_half_up(net_minor * line.pieces * PIECE, price.per) == line.net_minor


def price_by_weight(grosses: Sequence[int]) -> int:
    """A price per kilogram at which the median purchase weighs about one, within bounds."""
    return min(max(median_low(grosses), WEIGHED_MIN_MINOR), WEIGHED_MAX_MINOR)


def weights_for(gross_minor: int, price_minor: int) -> range:
    """Every weight in grams that costs `gross_minor` at `price_minor` a kilogram."""
    half = KILOGRAM // 2
    first = -(-(KILOGRAM * gross_minor - half) // price_minor)
    last = -(-(KILOGRAM * gross_minor + half) // price_minor) - 1
    return range(max(first, 1), last + 1)


def choose_weight(price: Price, line: Seen) -> tuple[int, bool]:
    """(weight in grams that yields the shelf price, whether the member's price fits as well)."""
    weights = weights_for(line.gross_minor, price.price_minor)
    net_minor = price.price_minor if price.member_minor is None else price.member_minor
    fitting = [
        weight_g
        for weight_g in weights
        if round_half_up(net_minor * weight_g, KILOGRAM) == line.net_minor
    ]
    chosen = fitting or weights
    return chosen[len(chosen) // 2], bool(fitting)


def fit_weighed(lines: Sequence[Seen], price_minor: int) -> Price:
    """The member price per kilogram that explains most lines, if any helps."""
    members = {member for line in lines for member in _member_prices(line, price_minor)}
    candidates = [
        Price(price_minor, None, KILOGRAM),
        *(Price(price_minor, member, KILOGRAM) for member in sorted(members)),
    ]
    return max(candidates, key=lambda price: sum(choose_weight(price, line)[1] for line in lines))


def fit_label(lines: Sequence[Seen], price_minor: int) -> Price:
    """As `fit_weighed` for labels, where the amount is fixed and members save a share of it."""
    members = {member for line in lines for member in _member_prices(line, price_minor)}
    candidates = [
        Price(price_minor, None, KILOGRAM),
        *(Price(price_minor, member, KILOGRAM) for member in sorted(members)),
    ]
    return max(candidates, key=lambda price: sum(label_explained(price, line) for line in lines))


def label_explained(price: Price, line: Seen) -> bool:
    """Whether the member's share of the label's amount is the past discount."""
    if price.member_minor is None:
        return line.loyalty_minor == 0
    saved_minor = price.price_minor - price.member_minor
    return round_half_up(line.gross_minor * saved_minor, price.price_minor) == line.loyalty_minor


def _member_prices(line: Seen, price_minor: int) -> range:
    """Member prices near this line's own share of the shelf price."""
    if line.loyalty_minor == 0:
        return range(0)
    low = (2 * line.net_minor - 1) * price_minor // (2 * line.gross_minor + 1)
    high = (2 * line.net_minor + 1) * price_minor // max(2 * line.gross_minor - 1, 1)
    return range(max(low, 1), min(high + 1, price_minor - 1) + 1)
