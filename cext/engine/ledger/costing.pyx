"""Costing: the value that goes with a quantity, by moving average, and conserved to the last unit.

Values are integers in ten-thousandths of the major unit. An average is never kept: it is value
over quantity at the moment it is asked for, and the last unit takes all that is left.
"""

cimport cython
from libc.stdint cimport int64_t

from cext.engine.ledger.accounts cimport QUANTITY_LIMIT, VALUE_LIMIT, Cost
from cext.engine.rounding cimport scale_half_up, take_int

cdef extern from *:
    ctypedef long long int128 "__int128"


def worth(quantity, cost, per):
    """The value of `quantity` when `per` of it cost `cost` (1/10,000 of the major unit)."""
    cdef int64_t amount = take_int(quantity, 0, QUANTITY_LIMIT, "quantity")
    cdef int64_t each = take_int(cost, 0, QUANTITY_LIMIT, "cost")
    cdef int64_t divisor = take_int(per, 1, QUANTITY_LIMIT, "per")
    cdef int64_t value = scale(each, amount, divisor)
    return take_int(value, 0, VALUE_LIMIT, "value")


# VALUE_LIMIT is 2**61, a quantity at most 10**15 (2**50) and a balance 2**62: twice what they make
# together fits 128 bits. What passes the limit becomes one more than it, for the caller to see.
@cython.overflowcheck(False)
cdef int64_t scale(int64_t value, int64_t factor, int64_t divisor) noexcept nogil:
    """value * factor over divisor, half away from zero; VALUE_LIMIT + 1 when it is too large."""
    cdef int128 wide = value
    cdef int128 most = VALUE_LIMIT
    wide = wide * factor
    most = most * divisor
    if wide >= most or -wide >= most:
        return VALUE_LIMIT + 1
    return scale_half_up(value, factor, divisor)


@cython.overflowcheck(False)
cdef int64_t price_issue(const Cost* cost, int64_t balance, int64_t quantity) noexcept nogil:
    """The value that `quantity` takes along from `balance`.

    Its share of what is there, rounded; the last unit takes the rest; what was never there goes
    at the last known cost, or at 0 when none is known.
    """
    cdef int64_t value = 0, beyond
    if 0 < quantity < balance:
        return scale(cost.value, quantity, balance)
    if balance > 0:
        value = cost.value
        quantity = quantity - balance
    if quantity and cost.last_quantity:
        beyond = scale(cost.last_value, quantity, cost.last_quantity)
        return VALUE_LIMIT + 1 if beyond > VALUE_LIMIT else value + beyond
    return value


@cython.overflowcheck(False)
cdef int64_t find_gap(
    const Cost* taker, int64_t balance, int64_t quantity, int64_t coming
) noexcept nogil:
    """What a receipt costs more than the goods that were issued before it came, at their cost."""
    cdef int64_t owed = -balance
    if quantity >= owed:
        return scale(coming, owed, quantity) + taker.value
    return coming + scale(taker.value, quantity, owed)


@cython.overflowcheck(False)
cdef int weigh_movement(
    const Cost* giver, const Cost* taker, const int64_t* quantities, Carriage* carriage
) noexcept nogil:
    """Work out the values of one movement: quantities are moved, source's and target's balance
    and the cost that was given (below 0: none was). Changes nothing.
    """
    cdef int64_t quantity = quantities[0], there = quantities[1], here = quantities[2]
    cdef int64_t cost = quantities[3], leaving, coming, gap = 0
    if quantity == 0:
        return weigh_value(giver, taker, quantities, carriage)
    if giver.settles or (there > 0 and giver.value >= 0):
        leaving = price_issue(giver, there, quantity)
        coming = leaving if cost < 0 else cost
        # A holding gives at its average whatever the paper says; any other place just sums up.
        if not giver.settles:
            leaving = coming
    else:
        leaving = coming = cost if cost >= 0 else estimate(taker, here, quantity)
    if leaving > VALUE_LIMIT or coming > VALUE_LIMIT:
        return VALUE_TOO_LARGE
    gap = leaving - coming
    carriage.leaving = leaving
    carriage.moved = coming
    if taker.settles and here < 0:
        there = find_gap(taker, here, quantity, coming)
        coming = coming - there
        gap = gap + there
    carriage.coming = coming
    carriage.gap = gap
    return CARRIED


@cython.overflowcheck(False)
cdef int weigh_value(
    const Cost* giver, const Cost* taker, const int64_t* quantities, Carriage* carriage
) noexcept nogil:
    """A revaluation: value without goods. Where no goods are left it goes to the variance."""
    cdef int64_t cost = quantities[3]
    carriage.moved = carriage.leaving = carriage.coming = cost
    carriage.gap = 0
    if giver.settles and quantities[1] <= 0:
        carriage.leaving = 0
        carriage.gap = -cost
    elif giver.settles and giver.value < cost:
        return VALUE_SHORT
    if taker.settles and quantities[2] <= 0:
        carriage.coming = 0
        carriage.gap += cost
    return CARRIED


@cython.overflowcheck(False)
cdef int64_t estimate(const Cost* taker, int64_t balance, int64_t quantity) noexcept nogil:
    """What goods of unknown cost are worth to the taker: its average, else its last known cost."""
    if balance > 0 and taker.value >= 0:
        return scale(taker.value, quantity, balance)
    if taker.last_quantity:
        return scale(taker.last_value, quantity, taker.last_quantity)
    return 0


cdef void learn_cost(
    Cost* taker, int64_t balance, int64_t coming, int64_t quantity
) noexcept nogil:
    """Remember the last known cost after a receipt: the average, else the receipt's own."""
    if balance > 0 and taker.value >= 0:
        taker.last_value, taker.last_quantity = taker.value, balance
    elif quantity > 0:
        taker.last_value, taker.last_quantity = coming, quantity
