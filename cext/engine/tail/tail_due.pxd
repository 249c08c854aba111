"""What one use of a row is worth as the lines are, and how it is shared out over them."""

from libc.stdint cimport int32_t, int64_t

from cext.engine.tail.tail_plan cimport TailRow
from cext.engine.tail.tail_work cimport TailSlot, TailWork

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
cdef int64_t sum_over(const int64_t* amounts, const int32_t* members, int32_t n) noexcept nogil
cdef int64_t get_seen(const TailSlot* slot, const int64_t* lefts) noexcept nogil
cdef int32_t find_step(const TailSlot* slot, int64_t seen) noexcept nogil
cdef int64_t count_times(const TailSlot* slot, int64_t seen, int64_t uses_max) noexcept nogil
cdef int64_t get_limit(const TailRow* row, int64_t left, int64_t times) noexcept nogil
cdef int64_t multiply_up_to(int64_t value, int64_t times, int64_t limit) noexcept nogil
cdef int64_t count_points(
    const TailRow* row, int64_t value, int64_t points, int64_t limit
) noexcept nogil
