"""Application identifiers as flat records."""

from libc.stdint cimport uint8_t, uint16_t

cdef enum:
    COMPONENTS_LIMIT = 5
    LINTERS_LIMIT = 3
    PATTERNS_LIMIT = 3
    QUALIFIERS_LIMIT = 4
    ELEMENTS_LIMIT = 40
    NOTHING_AT = 0xFFFF

cdef enum Fault:
    FINE, NO_IDENTIFIER, TOO_SHORT, TOO_LONG, BAD_LETTER, BAD_CHECK, BAD_VALUE, BAD_PAIR,
    DOUBLED, TOO_MANY, NO_KEY, BAD_ORDER, BAD_ESCAPE

cdef struct Component:
    uint8_t letters
    uint8_t low_n
    uint8_t high_n
    uint8_t optional
    uint8_t linters[LINTERS_LIMIT]

cdef struct Row:
    uint16_t code  # the digits of the AI as nibbles from the left, the rest 0xF
    uint8_t is_fixed  # needs no FNC1 behind it
    uint8_t is_attribute  # may stand in the query of a Digital Link
    uint8_t is_key  # of a Digital Link
    uint8_t ai_n
    uint8_t low_n  # of the whole value
    uint8_t high_n
    uint8_t components_n
    uint8_t rules_n
    uint16_t first_rule
    uint16_t first_sequence
    uint8_t sequences_n
    Component components[COMPONENTS_LIMIT]

# A message needs one of its alternatives, or must have none of them.
cdef struct Rule:
    uint16_t first
    uint16_t alternatives_n
    uint8_t is_exclusion

# All of these must be there; a mask leaves out the digits written as n.
cdef struct Alternative:
    uint8_t patterns_n
    uint16_t want[PATTERNS_LIMIT]
    uint16_t mask[PATTERNS_LIMIT]

# Qualifiers that may follow a key of a Digital Link, in this order.
cdef struct Sequence:
    uint8_t codes_n
    uint16_t codes[QUALIFIERS_LIMIT]

cdef const Row* row_at(int row) noexcept nogil
cdef str name_of(int row)
cdef int find_row(const unsigned char* text, Py_ssize_t n) noexcept nogil
cdef int row_of_name(const unsigned char* name, Py_ssize_t n) noexcept nogil
cdef Fault check_value(
    const Row* row, const unsigned char* text, Py_ssize_t n, int year
) noexcept nogil
cdef int find_bad_pair(const uint16_t* rows, int rows_n) noexcept nogil
cdef bint are_in_order(const uint16_t* rows, int rows_n) noexcept nogil
