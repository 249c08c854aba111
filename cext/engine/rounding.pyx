"""The one place where money is divided; every division names its rounding."""

cimport cython
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_CheckExact
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc

from cext.errors import Refused, break_off

cdef extern from *:
    # Cython takes it for a long long; the C compiler knows better. Every value of this type is
    # held in a variable declared so, and nothing is narrowed on the way.
    ctypedef long long int128 "__int128"
    ctypedef unsigned long long uint128 "unsigned __int128"

cdef enum:
    PARTS_LIMIT = 100_000
    RANKED_PARTS = 24  # above it a heap is faster
    RANKED_LIMIT = 536_870_912  # 2**29

PARTS_MAX_N = PARTS_LIMIT
AMOUNT_LIMIT = 2**62

cdef int64_t NARROW_LIMIT = 2**31


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
cdef int64_t scale_wide(int64_t value, int64_t factor, int64_t divisor) noexcept nogil:
    """`scale_half_up` of what needs more than 64 bits on the way."""
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


# At most 2**31 parts.
@cython.overflowcheck(False)
cdef int share_into(
    int64_t total, const int64_t* weights, Py_ssize_t parts_n, int64_t* parts
) except -1 nogil:
    """Largest remainder over flat arrays. Weights are >= 0 and their sum fits 63 bits."""
    cdef Share* room = <Share*>malloc((parts_n + 1) * sizeof(Share))
    if room == NULL:
        with gil:
            raise MemoryError
    share_within(total, weights, parts_n, parts, room)
    free(room)
    return 0


# Weights are >= 0 and their sum fits 63 bits.
@cython.overflowcheck(False)
cdef void share_within(
    int64_t total, const int64_t* weights, Py_ssize_t parts_n, int64_t* parts, Share* room
) noexcept nogil:
    """`share_into` for those who bring `room` for parts_n shares and must not ask for memory."""
    cdef int64_t sum_weights = 0, size = total if total >= 0 else -total
    cdef Py_ssize_t i
    for i in range(parts_n):
        sum_weights += weights[i]
    if size == 0 or sum_weights == 0:
        for i in range(parts_n):
            parts[i] = 0
        return
    if parts_n <= RANKED_PARTS and size < RANKED_LIMIT and sum_weights < RANKED_LIMIT:
        share_ranked(size, sum_weights, weights, parts_n, parts)
    else:
        share_heaped(size, sum_weights, weights, parts_n, parts, room)
    if total < 0:
        for i in range(parts_n):
            parts[i] = -parts[i]


# size, weights and their sum S are below 2**29, so that a product is below 2**58. With
# m = floor((2**64 - 1) / S) the quotient x * m / 2**64 is at most x / S, and less by no more than
# 2x / 2**64 < 1: rounded down it is right or one too small, and the remainder tells which.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef void share_ranked(
    int64_t size, int64_t sum_weights, const int64_t* weights, Py_ssize_t parts_n, int64_t* parts
) noexcept nogil:
    """A few small parts: no divisions, and nothing that depends on which part is the larger.

    Remainder (29 bits), weight (29) and how far it is from the end (6) make one number a part,
    no two alike; as many as are above it get their unit before it. The remainders add up to
    `rest` times the sum and each is below the sum: a part without one never gets a unit.
    """
    cdef uint64_t keys[RANKED_PARTS]
    cdef int32_t before[RANKED_PARTS]
    cdef uint64_t each = <uint64_t>-1 // <uint64_t>sum_weights, key
    cdef uint128 wide
    cdef int64_t quotient, remainder, above, rest = size
    cdef int32_t i, k, count, n = <int32_t>parts_n
    for i in range(n):
        wide = each
        wide = wide * <uint64_t>(size * weights[i])
        quotient = <int64_t>(wide >> 64)
        remainder = size * weights[i] - quotient * sum_weights
        above = remainder >= sum_weights
        quotient += above
        remainder -= sum_weights & -above
        parts[i] = quotient
        rest -= quotient
        keys[i] = <uint64_t>remainder << 35 | <uint64_t>weights[i] << 6 | <uint64_t>(63 - i)
        before[i] = 0
    if rest == 0:
        return
    for i in range(n):
        key = keys[i]
        count = before[i]
        for k in range(i + 1, n):
            above = keys[k] > key
            count += <int32_t>above
            before[k] += 1 - <int32_t>above
        parts[i] += count < rest


# Weights are >= 0 and their sum fits 63 bits, a product is 128 bits wide unless both factors are
# below 2**31, and the sum divided by is positive: nothing here can overflow or divide by 0.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef void share_heaped(
    int64_t size, int64_t sum_weights, const int64_t* weights, Py_ssize_t parts_n,
    int64_t* parts, Share* room
) noexcept nogil:
    """Any number of parts: those with a remainder on a heap, the next to get a unit first."""
    # Each remainder is below the sum of weights, and they add up to `rest` times that sum: so
    # more than `rest` parts have one, and a part without remainder never gets a unit more.
    cdef int128 wide
    cdef int64_t rest = size
    cdef Py_ssize_t i, shares_n = 0
    cdef bint narrow = size < NARROW_LIMIT and sum_weights < NARROW_LIMIT
    for i in range(parts_n):
        if narrow:
            parts[i] = size * weights[i] // sum_weights
            room[shares_n].remainder = size * weights[i] % sum_weights
        else:
            wide = size
            wide = wide * weights[i]
            parts[i] = <int64_t>(wide // sum_weights)
            room[shares_n].remainder = <int64_t>(wide % sum_weights)
        rest -= parts[i]
        room[shares_n].weight = weights[i]
        room[shares_n].index = i
        shares_n += room[shares_n].remainder > 0
    if rest == 0:
        return
    for i in range(shares_n // 2 - 1, -1, -1):
        sift_share(room, i, shares_n)
    for i in range(rest):
        parts[room[0].index] += 1
        shares_n -= 1
        room[0] = room[shares_n]
        sift_share(room, 0, shares_n)


cdef void share_few(
    int64_t total, const int64_t* weights, Py_ssize_t parts_n, int64_t* parts
) noexcept nogil:
    """`share_into` for at most FEW_PARTS parts, on the stack."""
    cdef Share room[FEW_PARTS]
    if parts_n == 1:
        parts[0] = total if weights[0] else 0
    else:
        share_within(total, weights, parts_n, parts, room)


# Positions are below the number of shares.
@cython.overflowcheck(False)
cdef void sift_share(Share* heap, Py_ssize_t at, Py_ssize_t shares_n) noexcept nogil:
    """Let the share at `at` sink in a heap whose first is the next to get a unit."""
    cdef Share sinking = heap[at]
    cdef Py_ssize_t below = 2 * at + 1
    while below < shares_n:
        if below + 1 < shares_n and comes_before(&heap[below + 1], &heap[below]):
            below += 1
        if not comes_before(&heap[below], &sinking):
            break
        heap[at] = heap[below]
        at = below
        below = 2 * at + 1
    heap[at] = sinking


cdef bint comes_before(const Share* a, const Share* b) noexcept nogil:
    if a.remainder != b.remainder:
        return a.remainder > b.remainder
    if a.weight != b.weight:
        return a.weight > b.weight
    return a.index < b.index
