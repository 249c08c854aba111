"""What a scanner says it read, and what it puts where FNC1 stood."""

from cext.engine.codes.digits cimport ascii_of
from cext.engine.codes.lint cimport CSET_82, fits_set
from cext.errors import Refused, break_off

cdef enum:
    SEPARATORS_LIMIT = 8

SEPARATORS_MAX_N = SEPARATORS_LIMIT
# What scanners that type put where FNC1 stood. None of these can be part of a value.
SEPARATORS = ("{GS}", "^]", "]C1", "\u241d")
cdef str GS = "\x1d"


cdef bint is_aim(str text) except -1:
    """Whether `text` is an AIM identifier: "]", a letter, a letter or digit."""
    cdef Py_ssize_t n = 0
    cdef const unsigned char* at = ascii_of(text, &n)
    return (
        at != NULL
        and n == 3
        and at[0] == c"]"
        and c"a" <= (at[1] | 32) <= c"z"
        and (c"0" <= at[2] <= c"9" or c"a" <= (at[2] | 32) <= c"z")
    )


cdef Family family_of(str aim) except? ANY:
    """ISO/IEC 15424: the carrier and how it was used; ANY when `aim` says nothing."""
    cdef Py_ssize_t n = 0
    cdef const unsigned char* at = ascii_of(aim, &n)
    if n != 3 or not is_aim(aim):
        return ANY
    if at[1] == c"E":
        return EIGHT if at[2] == c"4" else EAN
    if (
        (at[1] == c"C" and at[2] == c"1")
        or (at[1] == c"e" and c"0" <= at[2] <= c"2")
        or (at[1] == c"d" and at[2] == c"2")
        or (at[1] == c"Q" and at[2] == c"3")
        or (at[1] == c"J" and at[2] == c"1")
    ):
        return GS1
    return ANY if at[1] == c"I" else PLAIN


cdef bint is_element_text(const unsigned char* text, Py_ssize_t n) noexcept nogil:
    """Whether there is nothing but what values of AIs hold, and GS."""
    cdef Py_ssize_t i
    for i in range(n):
        if text[i] != GS_BYTE and not fits_set(text + i, 1, CSET_82):
            return False
    return True


cdef bint is_printable(const unsigned char* text, Py_ssize_t n) noexcept nogil:
    """Whether there is nothing but printable ASCII and GS."""
    cdef Py_ssize_t i
    for i in range(n):
        if (text[i] < c" " and text[i] != GS_BYTE) or text[i] > c"~":
            return False
    return True


cdef bint is_worded(str text) except -1:
    cdef Py_ssize_t n = 0
    cdef const unsigned char* at = ascii_of(text, &n)
    return at != NULL and fits_set(at, n, CSET_82)


cdef str put_separators(str code, tuple separators):
    """`code` with GS for each separator."""
    for separator in separators:
        if separator in code:
            code = code.replace(separator, GS)
    return code


cdef tuple take_separators(object separators):
    if type(separators) is not tuple:
        break_off("exact_tuple", what="separators")
    if len(separators) > SEPARATORS_LIMIT:
        raise Refused("separator_invalid", f"at most {SEPARATORS_LIMIT} separators")
    for separator in separators:
        if type(separator) is not str:
            break_off("exact_str", what="separator")
        if not separator or separator.isdigit():
            raise Refused(
                "separator_invalid", f"{separator!r} cannot be told from the digits of a code"
            )
    return separators
