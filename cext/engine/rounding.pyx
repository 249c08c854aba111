"""The one place where money is divided; every division names its rounding."""

cimport cython
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_CheckExact
from libc.stdint cimport int64_t
from libc.stdlib cimport free, malloc, qsort

from cext.errors import Refused, break_off

cdef extern from *:
    # Cython takes it for a long long; the C compiler knows better. Every value of this type is
    # held in a variable declared so, and nothing is narrowed on the way.
    ctypedef long long int128 "__int128"

cdef enum:
    PARTS_LIMIT = 100_000

PARTS_MAX_N = PARTS_LIMIT
AMOUNT_LIMIT = 2**62

cdef struct Share:
    int64_t remainder
    int64_t weight
    Py_ssize_t index


def round_half_up(numerator, denominator):
    """The integer nearest to numerator over denominator; a half goes away from zero.

    Away from zero, not upwards, so that a refund rounds to exactly minus its sale. Integers of
    any size; Broken when an argument is not exactly an int or the denominator is not positive.
    """
    if not (PyLong_CheckExact(numerator) and PyLong_CheckExact(denominator)):
        break_off("exact_int", what="round_half_up")
    if denominator <= 0:
        break_off("denominator_positive")
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -size if numerator < 0 else size


def share_fairly(total_minor, weights):
    """`total_minor` split in proportion to `weights`, by largest remainder.

    A tie goes to the larger weight, then to the lower index. The parts add up to the total, none
    has the other sign, and a zero weight gets nothing. Weights are 0 or more and, unless the
    total is 0, at least one is positive, else Broken. At most PARTS_MAX_N parts.
    """
    cdef int64_t total = take_int(total_minor, -AMOUNT_LIMIT, AMOUNT_LIMIT, "amount")
    cdef Py_ssize_t parts_n = len(weights)
    cdef int64_t* room
    cdef Py_ssize_t i
    cdef int64_t weight, left = AMOUNT_LIMIT
    if parts_n > PARTS_LIMIT:
        raise Refused("amount_invalid", f"at most {PARTS_LIMIT} parts", parts_n=parts_n)
    room = <int64_t*>malloc((2 * parts_n + 1) * sizeof(int64_t))
    if room == NULL:
        raise MemoryError
    try:
        for i in range(parts_n):
            weight = take_int(weights[i], 0, left, "weight")
            left -= weight
            room[i] = weight
        if total and left == AMOUNT_LIMIT:
            break_off("share_has_weight", total_minor=total_minor)
        share_into(total, room, parts_n, room + parts_n)
        return tuple([room[parts_n + i] for i in range(parts_n)])
    finally:
        free(room)


cdef int64_t take_int(object value, int64_t low, int64_t high, str name) except? -1:
    """`value` as a C integer.

    Broken unless it is exactly an int (C arguments would turn 1.5 and True into 1);
    Refused("<name>_invalid") outside low..high.
    """
    cdef int overflow = 0
    cdef int64_t number
    if not PyLong_CheckExact(value):
        break_off("exact_int", what=name, type=type(value).__name__)
    number = PyLong_AsLongLongAndOverflow(value, &overflow)
    if overflow or number < low or number > high:
        raise Refused(f"{name}_invalid", f"{name} {value} is not within {low}..{high}")
    return number


# Operands are 63 bits and a sign, so that twice their multiple needs 128 bits with its sign at
# most, and callers divide by a positive number only: nothing here can overflow or divide by 0.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t scale_half_up(int64_t value, int64_t factor, int64_t divisor) noexcept nogil:
    """value * factor over divisor (> 0), half away from zero; the result must fit 63 bits."""
    cdef int128 wide = value
    cdef int128 twice = divisor
    wide = wide * factor
    twice = twice + divisor
    wide = wide + wide
    if wide < 0:
        wide = wide - divisor
    else:
        wide = wide + divisor
    return <int64_t>(wide // twice)


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int share_into(
    int64_t total, const int64_t* weights, Py_ssize_t parts_n, int64_t* parts
) except -1 nogil:
    """Largest remainder over flat arrays. Weights are >= 0 and their sum fits 63 bits."""
    # Each remainder is below the sum of weights, and they add up to `rest` times that sum: so
    # more than `rest` parts have one, and a part without remainder never gets a unit more.
    cdef int128 wide
    cdef int64_t sum_weights = 0, size = total if total >= 0 else -total, rest
    cdef int64_t sign = 1 if total >= 0 else -1
    cdef Share* shares
    cdef Py_ssize_t i
    for i in range(parts_n):
        sum_weights += weights[i]
        parts[i] = 0
    if size == 0 or sum_weights == 0:
        return 0
    shares = <Share*>malloc(parts_n * sizeof(Share))
    if shares == NULL:
        with gil:
            raise MemoryError
    rest = size
    for i in range(parts_n):
        wide = size
        wide = wide * weights[i]
        parts[i] = <int64_t>(wide // sum_weights)
        rest -= parts[i]
        shares[i].remainder = <int64_t>(wide % sum_weights)
        shares[i].weight = weights[i]
        shares[i].index = i
    qsort(shares, parts_n, sizeof(Share), compare_shares)
    for i in range(rest):
        parts[shares[i].index] += 1
    for i in range(parts_n):
        parts[i] *= sign
    free(shares)
    return 0


cdef int compare_shares(const void* left, const void* right) noexcept nogil:
    cdef const Share* a = <const Share*>left
    cdef const Share* b = <const Share*>right
    if a.remainder != b.remainder:
        return -1 if a.remainder > b.remainder else 1
    if a.weight != b.weight:
        return -1 if a.weight > b.weight else 1
    return -1 if a.index < b.index else 1
