"""In-store label layouts."""

from libc.stdint cimport int64_t

from cext.engine.codes.digits cimport DIGITS_LIMIT

# A field of a layout: where its digits stand; n is 0 when the layout has none.
cdef struct Field:
    int at
    int n

cdef class Layout:
    cdef list parts  # (letter or digit, how many places)
    cdef readonly str pattern
    cdef unsigned char shape[DIGITS_LIMIT]  # one letter or digit a place
    cdef int size
    cdef bint has_check
    cdef Field item, amount, weight, verifier, member, coupon, order, location
    cdef int64_t amount_factor, weight_factor

    cdef Field _place(self, str letter)
    cdef bint fits(self, const unsigned char* digits, Py_ssize_t n) noexcept nogil
    cdef bint is_verified(self, const unsigned char* digits) noexcept nogil
    cdef bint claims(self, const unsigned char* digits, Py_ssize_t n) noexcept nogil
    cdef bint clashes(self, Layout other)

cdef list read_layouts(object book, list problems)
cdef Py_ssize_t leading_zeros(const unsigned char* digits, Py_ssize_t n) noexcept nogil
