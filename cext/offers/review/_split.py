"""What a customer gains by paying one basket as two."""

from __future__ import annotations

from msgspec import Struct

from cext.lang.item import Offer
from cext.offers.rows import BasketRow, Step

WHOLE_PPM = 1_000_000


class SplitGain(Struct, frozen=True):
    """A basket of this size saves `gain_minor` more when it is split in two."""

    min_minor: int
    min_quantity: int
    gain_minor: int


def find_gain_by_splitting(offer: Offer, row: BasketRow) -> SplitGain | None:
    """The largest gain over all pairs of steps, of thresholds that are open to anybody again.

    A second basket needs a second coupon, and is no other use where a customer has one only.
    Deals count pieces and are chosen best for one basket, so that no split beats them.
    """
    if row.stage != "threshold" or row.repeat or row.seen != row.bears:
        return None
    if offer.when.coupon or offer.when.first_order or offer.limits.customer_n == 1:
        return None
    best = None
    for first in row.steps:
        for second in row.steps:
            found = _split_at(row, first, second)
            if found.gain_minor > 0 and (best is None or found.gain_minor > best.gain_minor):
                best = found
    return best


def _split_at(row: BasketRow, first: Step, second: Step) -> SplitGain:
    first_sum, second_sum = _sum_at(row, first), _sum_at(row, second)
    quantity = first.min_quantity + second.min_quantity
    whole_sum = first_sum + second_sum
    together = 0
    for step in row.steps:
        if step.min_minor <= whole_sum and step.min_quantity <= quantity:
            together = _take(row, step, whole_sum)
    apart = _take(row, first, first_sum) + _take(row, second, second_sum)
    return SplitGain(whole_sum, quantity if not whole_sum else 0, apart - together)


def _sum_at(row: BasketRow, step: Step) -> int:
    """The smallest sum at which the step takes all it can; pieces alone say nothing of sums."""
    if row.benefit == "rate" and row.cap_minor:
        return max(step.min_minor, -(-row.cap_minor * WHOLE_PPM // step.value))
    return step.min_minor


def _take(row: BasketRow, step: Step, sum_minor: int) -> int:
    taken = step.value if row.benefit == "amount" else sum_minor * step.value // WHOLE_PPM
    return min(taken, row.cap_minor) if row.cap_minor else taken
