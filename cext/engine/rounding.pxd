"""What the compiled rooms offer each other: exact division and shares over flat arrays."""

from libc.stdint cimport int64_t

cdef int64_t scale_half_up(int64_t value, int64_t factor, int64_t divisor) noexcept nogil
cdef int share_into(
    int64_t total, const int64_t* weights, Py_ssize_t parts_n, int64_t* parts
) except -1 nogil
cdef int64_t take_int(object value, int64_t low, int64_t high, str name) except? -1
