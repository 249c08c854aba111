"""The figures of offers, for who compiles a book."""

from libc.stdint cimport int32_t, int64_t

cdef list check_offers(object book)
cdef int64_t take_value(object benefit, object value) except -1
cdef int32_t take_limit(object most) except -2
cdef list take_steps(object row)
cdef list take_slots(tuple slots)
