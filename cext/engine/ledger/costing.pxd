"""What a movement does to values, over plain integers; no Python object in it."""

from libc.stdint cimport int64_t

from cext.engine.ledger.accounts cimport Cost

cdef enum:
    CARRIED = 0
    VALUE_SHORT = 1  # less value than is to be taken
    VALUE_TOO_LARGE = 2

# What a movement changes: `leaving` from the giver, `coming` to the taker, `gap` to the variance.
cdef struct Carriage:
    int64_t leaving
    int64_t coming
    int64_t gap
    int64_t moved

cdef int weigh_movement(
    const Cost* giver, const Cost* taker, const int64_t* quantities, Carriage* carriage
) noexcept nogil
cdef void learn_cost(
    Cost* taker, int64_t balance, int64_t coming, int64_t quantity
) noexcept nogil
