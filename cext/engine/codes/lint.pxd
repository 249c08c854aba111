"""What a part of a GS1 value may look like."""

cdef enum:
    NUMBERS = 1
    CSET_82 = 2
    CSET_39 = 4
    BASE64_URL = 8

cdef int find_linter(str name) except -1
cdef bint fits_set(
    const unsigned char* text, Py_ssize_t n, unsigned char letters
) noexcept nogil
cdef bint is_sound(
    int linter, const unsigned char* text, Py_ssize_t n, int year
) noexcept nogil
cdef bint is_check_linter(int linter) noexcept nogil
cdef int full_year(int two, int year) noexcept nogil
cdef int month_days(int year, int month) noexcept nogil
cdef int two_digits(const unsigned char* text) noexcept nogil
