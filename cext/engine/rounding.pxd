"""What the compiled rooms offer each other: exact division and shares over flat arrays."""

from libc.stdint cimport int64_t

cdef struct Share:
    int64_t remainder
    int64_t weight
    Py_ssize_t index

cdef enum:
    FEW_PARTS = 512

cdef int64_t scale_half_up(int64_t value, int64_t factor, int64_t divisor) noexcept nogil
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
