"""What one use of a row is worth as the lines are, and how it is shared out over them."""

cimport cython
from libc.stdint cimport int32_t, int64_t

from cext.engine.rounding cimport scale_half_up
from cext.engine.tail.tail_plan cimport TailRow, TailStep
from cext.engine.tail.tail_work cimport TailSlot, TailWork

cdef enum:
    MILLION = 1_000_000

cdef struct Due:
    int64_t amount  # off the lines that bear it
    int64_t instead  # off the lines seen, for a gift that is not to be had
    int64_t times  # 0: no step is reached, or no use is left
    int64_t booked  # of these, uses that take something
    int64_t steps_n  # of points
    int64_t gives  # pieces of a gift still to be had
    int64_t value
    int32_t step

cdef void measure(TailWork* work, TailSlot* slot, const int64_t* lefts, Due* due) noexcept nogil
cdef void hand_out(TailWork* work, TailSlot* slot, int64_t amount, int64_t* lefts) noexcept nogil
cdef void spread_out(
    TailWork* work, const TailSlot* slot, int64_t amount, int64_t* lefts
) noexcept nogil
cdef void share_out(
    TailWork* work, const int32_t* members, int32_t members_n, int64_t amount, int64_t* lefts
) noexcept nogil


# Small, and asked for each row of every basket by three rooms.

@cython.overflowcheck(False)
cdef inline int64_t sum_over(
    const int64_t* amounts, const int32_t* members, int32_t n
) noexcept nogil:
    cdef int64_t total = 0
    cdef int32_t i
    for i in range(n):
        total += amounts[members[i]]
    return total


cdef inline int64_t get_seen(const TailSlot* slot, const int64_t* lefts) noexcept nogil:
    return slot.gross if slot.row.before else sum_over(lefts, slot.seen, slot.seen_n)


@cython.overflowcheck(False)
cdef inline int32_t find_step(const TailSlot* slot, int64_t seen) noexcept nogil:
    """The last step with both minima reached, or -1."""
    cdef int32_t k
    cdef const TailStep* step
    if slot.seen_n == 0:
        return -1
    for k in range(slot.row.steps_n - 1, -1, -1):
        step = &slot.row.steps[k]
        if step.min_minor <= seen and step.min_quantity <= slot.quantity:
            return k
    return -1


# A minimum that is divided by is positive.
@cython.cdivision(True)
@cython.overflowcheck(False)
cdef inline int64_t count_times(
    const TailSlot* slot, int64_t seen, int64_t uses_max
) noexcept nogil:
    """How often a reached step counts: with `repeat` as often as its minima fit, else once."""
    cdef const TailStep* step = slot.row.steps
    cdef int64_t times = uses_max
    if not slot.row.repeat:
        return 1 if uses_max > 0 else 0
    if step.min_minor > 0:
        times = min(times, seen // step.min_minor)
    if step.min_quantity > 0:
        times = min(times, slot.quantity // step.min_quantity)
    return times


# The divisor is positive; the product is at most `limit` where it is made.
@cython.cdivision(True)
@cython.overflowcheck(False)
cdef inline int64_t multiply_up_to(int64_t value, int64_t times, int64_t limit) noexcept nogil:
    """The smaller of value * times and `limit`."""
    if times == 1:
        return min(value, limit)
    if value == 0 or times == 0:
        return 0
    return limit if times > limit // value else value * times


cdef inline int64_t get_limit(const TailRow* row, int64_t left, int64_t times) noexcept nogil:
    """The most that a row may take of `left`, whatever its benefit."""
    if row.cap_minor:
        return min(multiply_up_to(row.cap_minor, times, left),
                   scale_half_up(left, row.cap_ppm, MILLION))
    return scale_half_up(left, row.cap_ppm, MILLION) if row.cap_ppm < MILLION else left


# A points row has points_n and value above 0, seen to when the book is compiled.
@cython.cdivision(True)
cdef inline int64_t count_points(
    const TailRow* row, int64_t value, int64_t points, int64_t limit
) noexcept nogil:
    return min(points // row.points_n, limit // value)
