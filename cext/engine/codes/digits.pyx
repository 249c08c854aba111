"""Check digits and the shapes of a GTIN: UPC-E, ISBN, ISSN, price verifiers.

Sources: GS1 General Specifications 7.9 (check digits, verifiers) and 5.2 (UPC-E), ISO 2108 (ISBN)
and ISO 3297 (ISSN).
"""

cimport cython
from cpython.unicode cimport PyUnicode_1BYTE_DATA, PyUnicode_GET_LENGTH
from libc.stdint cimport uint64_t
from libc.string cimport memcpy, memset

from cext.errors import Refused, break_off

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)

# Each row says what a digit counts for under one of the verifier's four weights (7.9.1).
cdef unsigned char[10] TWO_MINUS = [0, 2, 4, 6, 8, 9, 1, 3, 5, 7]
cdef unsigned char[10] THREE = [0, 3, 6, 9, 2, 5, 8, 1, 4, 7]
cdef unsigned char[10] FIVE_PLUS = [0, 5, 1, 6, 2, 7, 3, 8, 4, 9]
cdef unsigned char[10] FIVE_MINUS = [0, 5, 9, 4, 8, 3, 7, 2, 6, 1]


def check_digit(digits):
    """The GS1 check digit of `digits` (without one): weights 3, 1, 3 … from the right, mod 10.

    Refused("not_digits") unless there are 1 to DIGITS_LIMIT decimal digits.
    """
    cdef Py_ssize_t n = 0
    cdef const unsigned char* at = take_digits(digits, &n)
    return check_sum(at, n, 3)


def with_check_digit(digits):
    """`digits` and their check digit."""
    return f"{digits}{check_digit(digits)}"


def price_verifier(digits):
    """The price verifier digit of an amount of four or five digits: 2875 gives 9, 14685 gives 6.

    Refused("not_digits") for anything else.
    """
    cdef Py_ssize_t n = 0
    cdef const unsigned char* at = take_digits(digits, &n)
    if n != 4 and n != 5:
        raise Refused("not_digits", f"a verifier is of 4 or 5 digits, not of {digits!r}")
    return verifier_of(at, n)


def is_gtin(code):
    """Whether `code` is a GTIN-8, -12, -13 or -14 with the right check digit."""
    cdef Py_ssize_t n = 0
    cdef const unsigned char* at
    if type(code) is not str:
        break_off("exact_str", what="code")
    at = ascii_of(code, &n)
    return at != NULL and is_gtin_length(n) and are_digits(at, n) and has_check(at, n)


def to_gtin(code):
    """The 14 digits of a GTIN of any length, a UPC-E, ISBN-10, ISBN-13 or ISSN, hyphens allowed.

    An ISSN becomes the GTIN of its variant 00. Refused("not_a_gtin") when nothing fits.
    """
    cdef Py_ssize_t n = 0
    cdef const unsigned char* at
    cdef unsigned char gtin[GTIN_DIGITS]
    if type(code) is not str:
        break_off("exact_str", what="code")
    at = ascii_of(code, &n)
    if at != NULL and (read_gtin(at, n, gtin) or read_book_number(at, n, gtin)):
        return gtin[:GTIN_DIGITS].decode("ascii")
    raise Refused("not_a_gtin", f"{code[:DIGITS_LIMIT]!r} is no GTIN, UPC-E, ISBN or ISSN")


cdef const unsigned char* ascii_of(str text, Py_ssize_t* n) except? NULL:
    """The characters of `text` where they lie, or NULL (no error) if one is not ASCII."""
    if not PyUnicode_IS_ASCII(text):
        return NULL
    n[0] = PyUnicode_GET_LENGTH(text)
    return <const unsigned char*>PyUnicode_1BYTE_DATA(text)


cdef const unsigned char* take_digits(object digits, Py_ssize_t* n) except NULL:
    cdef const unsigned char* at
    if type(digits) is not str:
        break_off("exact_str", what="digits")
    at = ascii_of(digits, n)
    if at == NULL or not 0 < n[0] <= DIGITS_LIMIT or not are_digits(at, n[0]):
        raise Refused("not_digits", f"{digits[:DIGITS_LIMIT]!r} is not 1 to {DIGITS_LIMIT} digits")
    return at


cdef bint are_digits(const unsigned char* text, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        if not c"0" <= text[i] <= c"9":
            return False
    return n > 0


cdef bint is_gtin_length(Py_ssize_t n) noexcept nogil:
    return n == 13 or n == 8 or n == 12 or n == 14


# At most a few hundred digits of at most 27 each: far below what an int holds.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int check_sum(const unsigned char* digits, Py_ssize_t n, int weight) noexcept nogil:
    """What is missing to a multiple of ten; `weight` (1 or 3) is that of the last digit."""
    cdef int total = 0
    cdef Py_ssize_t i
    for i in range(n - 1, -1, -1):
        total += (digits[i] - c"0") * weight
        weight = 4 - weight
    return (10 - total % 10) % 10


cdef bint has_check(const unsigned char* digits, Py_ssize_t n) noexcept nogil:
    return check_sum(digits, n, 1) == 0


# 10^18 + 10^18 is below 2^61, so KEY_DIGITS digits and the sentinel always fit.
@cython.overflowcheck(False)
cdef uint64_t key_of(const unsigned char* digits, Py_ssize_t n) noexcept nogil:
    """One number for one to KEY_DIGITS digits, leading zeros counted; 0 if there is no such."""
    cdef uint64_t key = 1
    cdef Py_ssize_t i
    if n < 1 or n > KEY_DIGITS:
        return 0
    for i in range(n):
        if not c"0" <= digits[i] <= c"9":
            return 0
        key = key * 10 + (digits[i] - c"0")
    return key


# Sums of at most five digits below ten.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int verifier_of(const unsigned char* digits, Py_ssize_t n) noexcept nogil:
    """The verifier of 4 or 5 digits (General Specifications 7.9.3 and 7.9.4)."""
    cdef int d[5]
    cdef int i, total
    for i in range(<int>n):
        d[i] = digits[i] - c"0"
    if n == 4:
        total = TWO_MINUS[d[0]] + TWO_MINUS[d[1]] + THREE[d[2]] + FIVE_MINUS[d[3]]
        return total * 3 % 10
    total = FIVE_PLUS[d[0]] + TWO_MINUS[d[1]] + FIVE_MINUS[d[2]] + FIVE_PLUS[d[3]]
    total = (10 - (total + TWO_MINUS[d[4]]) % 10) % 10
    for i in range(10):
        if FIVE_MINUS[i] == total:
            return i
    return 0


# Counts places within one short text: far below what an int holds.
@cython.overflowcheck(False)
cdef bint widen_upc_e(const unsigned char* text, Py_ssize_t n, unsigned char* upc) noexcept nogil:
    """The UPC-A (12 digits) of a UPC-E: 6 digits, with number system (7), with check digit (8).

    False unless the number system is 0 or 1 and a check digit that is there is right. A form a
    GTIN-12 would not be shortened to is read all the same: scanners do.
    """
    cdef const unsigned char* six = text + (1 if n > 6 else 0)
    if n < 6 or n > 8 or not are_digits(text, n) or (n > 6 and text[0] > c"1"):
        return False
    memset(upc, c"0", 12)
    if n > 6:
        upc[0] = text[0]
    memcpy(upc + 1, six, 2)
    if six[5] <= c"2":
        upc[3] = six[5]
        memcpy(upc + 8, six + 2, 3)
    elif six[5] == c"3":
        upc[3] = six[2]
        memcpy(upc + 9, six + 3, 2)
    elif six[5] == c"4":
        memcpy(upc + 3, six + 2, 2)
        upc[10] = six[4]
    else:
        memcpy(upc + 3, six + 2, 3)
        upc[10] = six[5]
    upc[11] = c"0" + check_sum(upc, 11, 3)
    return n < 8 or text[7] == upc[11]


# Counts places within one short text: far below what an int holds.
@cython.overflowcheck(False)
cdef Py_ssize_t read_gtin(
    const unsigned char* text, Py_ssize_t n, unsigned char* gtin
) noexcept nogil:
    """Fill `gtin` with the 14 digits of a GTIN or an 8-digit UPC-E; its printed length, or 0."""
    cdef unsigned char upc[12]
    if is_gtin_length(n) and are_digits(text, n) and has_check(text, n):
        memset(gtin, c"0", GTIN_DIGITS - n)
        memcpy(gtin + GTIN_DIGITS - n, text, n)
        return n
    if n == 8 and widen_upc_e(text, n, upc):
        memcpy(gtin, b"00", 2)
        memcpy(gtin + 2, upc, 12)
        return 12
    return 0


# At most ten digits below eleven with weights up to ten.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef Py_ssize_t read_book_number(
    const unsigned char* text, Py_ssize_t n, unsigned char* gtin
) noexcept nogil:
    """Fill `gtin` from an ISBN-10, a hyphened ISBN or a hyphened ISSN; 13, or 0 if it is none.

    An ISSN without its hyphen is a GTIN-8 as far as anybody can tell, unless it ends in X.
    """
    cdef unsigned char plain[14]
    cdef Py_ssize_t i, plain_n = 0
    cdef int total = 0
    for i in range(n):
        if text[i] == c"-" and 0 < i < n - 1 and text[i - 1] != c"-":
            continue
        if plain_n == 13 or not (c"0" <= text[i] <= c"9" or (text[i] | 32) == c"x"):
            return 0
        plain[plain_n] = text[i]
        plain_n += 1
    if plain_n == 13 and n > 13 and are_digits(plain, 13) and has_check(plain, 13):
        # 978 and 979 are Bookland; a hyphen in any other GTIN is not a code people print.
        if plain[0] != c"9" or plain[1] != c"7" or plain[2] < c"8":
            return 0
        gtin[0] = c"0"
        memcpy(gtin + 1, plain, 13)
        return 13
    if plain_n != 10 and plain_n != 8:
        return 0
    if plain_n == 8 and not (n == 9 and text[4] == c"-") and (plain[7] | 32) != c"x":
        return 0
    if not are_digits(plain, plain_n - 1):
        return 0
    for i in range(plain_n - 1):
        total += (plain[i] - c"0") * <int>(plain_n - i)
    total += 10 if (plain[plain_n - 1] | 32) == c"x" else plain[plain_n - 1] - c"0"
    if total % 11:
        return 0
    memcpy(gtin, b"0978" if plain_n == 10 else b"0977", 4)
    memset(gtin + 4, c"0", 10)
    memcpy(gtin + 4, plain, plain_n - 1)
    gtin[13] = c"0" + check_sum(gtin, 13, 3)
    return 13
