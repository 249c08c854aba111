"""A GS1 message, cut into its elements."""

from libc.stdint cimport int64_t, uint16_t

from cext.engine.codes.identifiers cimport ELEMENTS_LIMIT, Fault

cdef enum:
    MESSAGE_LIMIT = 512

# `rows` and `at`, `sizes` side by side: element i is rows[i] with text[at[i] : at[i] + sizes[i]].
cdef struct Message:
    unsigned char text[MESSAGE_LIMIT]
    int text_n
    int elements_n
    uint16_t rows[ELEMENTS_LIMIT]
    uint16_t at[ELEMENTS_LIMIT]
    uint16_t sizes[ELEMENTS_LIMIT]
    Fault fault
    int fault_row  # the AI at fault, or -1
    int fault_at  # where in the text

# How a shop reads what a message says.
cdef struct Locale:
    int year
    int money_digits
    int currency  # ISO 4217 number, or -1

cdef bint fail(Message* message, Fault fault, int row, int at) noexcept nogil
cdef bint add_element(Message* message, int row, Py_ssize_t at, Py_ssize_t n) noexcept nogil
cdef bint read_elements(Message* message) noexcept nogil
cdef bint read_bracketed(Message* message) noexcept nogil
cdef bint check_message(Message* message, int year) noexcept nogil
cdef int find_element(const Message* message, uint16_t code) noexcept nogil
cdef bint has_measure(const Message* message) noexcept nogil
cdef str value_at(const Message* message, int element)
cdef object describe(Message* message, str form, const Locale* locale)
cdef str explain(const Message* message)
