"""What the compiled rooms offer each other: exact division and shares over flat arrays."""

cimport cython
from libc.stdint cimport int64_t, uint64_t

cdef struct Share:
    int64_t remainder
    int64_t weight
    Py_ssize_t index

cdef enum:
    FEW_PARTS = 512

cdef int64_t scale_wide(int64_t value, int64_t factor, int64_t divisor) noexcept nogil


# Nearly every price and amount fits: 41 bits by 20 (a rate), or 30 by 30 (a quantity), doubled
# stay within 62, and twice the divisor within 31. Nothing can overflow, and callers divide by a
# positive number only; where that number is a constant the C compiler multiplies instead.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef inline int64_t scale_half_up(int64_t value, int64_t factor, int64_t divisor) noexcept nogil:
    """value * factor over divisor (> 0), half away from zero; the result must fit 63 bits."""
    if 0 <= value and 0 <= factor and divisor < 1 << 30 and (
        (value < 1 << 30 and factor < 1 << 30)
        or (value < <int64_t>1 << 41 and factor < 1 << 20)
    ):
        return <int64_t>(<uint64_t>(2 * value * factor + divisor) // <uint64_t>(2 * divisor))
    return scale_wide(value, factor, divisor)


cdef int share_into(
    int64_t total, const int64_t* weights, Py_ssize_t parts_n, int64_t* parts
) except -1 nogil
cdef void share_within(
    int64_t total, const int64_t* weights, Py_ssize_t parts_n, int64_t* parts, Share* room
) noexcept nogil
cdef void sift_share(Share* heap, Py_ssize_t at, Py_ssize_t shares_n) noexcept nogil
cdef void share_few(
    int64_t total, const int64_t* weights, Py_ssize_t parts_n, int64_t* parts
) noexcept nogil
cdef int64_t take_int(object value, int64_t low, int64_t high, str name) except? -1
