"""What a scanner says it read, and what it puts where FNC1 stood."""

cdef enum:
    GS_BYTE = 0x1D

# PLAIN: a carrier that may hold anything but GS1 elements.
cdef enum Family:
    ANY, EAN, EIGHT, GS1, PLAIN

cdef bint is_aim(str text) except -1
cdef Family family_of(str aim) except? ANY
cdef bint is_element_text(const unsigned char* text, Py_ssize_t n) noexcept nogil
cdef bint is_printable(const unsigned char* text, Py_ssize_t n) noexcept nogil
cdef bint is_worded(str text) except -1
cdef str put_separators(str code, tuple separators)
cdef tuple take_separators(object separators)
