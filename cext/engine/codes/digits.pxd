"""Sums over printed digits, for the rooms that read codes."""

from libc.stdint cimport uint64_t

cdef enum:
    DIGITS_LIMIT = 32
    KEY_DIGITS = 18  # a sentinel and this many digits fit 64 bits
    GTIN_DIGITS = 14

cdef bint are_digits(const unsigned char* text, Py_ssize_t n) noexcept nogil
cdef int check_sum(const unsigned char* digits, Py_ssize_t n, int weight) noexcept nogil
cdef bint has_check(const unsigned char* digits, Py_ssize_t n) noexcept nogil
cdef uint64_t key_of(const unsigned char* digits, Py_ssize_t n) noexcept nogil
cdef bint is_gtin_length(Py_ssize_t n) noexcept nogil
cdef int verifier_of(const unsigned char* digits, Py_ssize_t n) noexcept nogil
cdef bint widen_upc_e(const unsigned char* text, Py_ssize_t n, unsigned char* upc) noexcept nogil
cdef Py_ssize_t read_gtin(
    const unsigned char* text, Py_ssize_t n, unsigned char* gtin
) noexcept nogil
cdef Py_ssize_t read_book_number(
    const unsigned char* text, Py_ssize_t n, unsigned char* gtin
) noexcept nogil
cdef const unsigned char* ascii_of(str text, Py_ssize_t* n) except? NULL
