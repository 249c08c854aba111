"""GS1 Digital Links: web addresses whose path and query hold AIs.

Source: GS1 Digital Link Standard: URI Syntax. Any domain, any path before the key; the short names
of AIs that its first editions had (gtin, lot) are read too, compressed links are not.
"""

cimport cython
from libc.string cimport memcpy, memset

from cext.engine.codes.gs1 cimport MESSAGE_LIMIT, Message, add_element, fail
from cext.engine.codes.identifiers cimport (
    BAD_ESCAPE,
    BAD_ORDER,
    NO_IDENTIFIER,
    NO_KEY,
    TOO_MANY,
    are_in_order,
    row_at,
    row_of_name,
)

cdef enum:
    SEGMENTS_LIMIT = 64
    GTIN_DIGITS = 14

# The short names of the first editions.
cdef dict SHORT = {
    b"gtin": b"01",
    b"itip": b"8006",
    b"gmn": b"8013",
    b"cpid": b"8010",
    b"shipTo": b"410",
    b"billTo": b"411",
    b"purchasedFrom": b"412",
    b"shipFor": b"413",
    b"gln": b"414",
    b"payTo": b"415",
    b"glnProd": b"416",
    b"gsrnp": b"8017",
    b"gsrn": b"8018",
    b"gcn": b"255",
    b"sscc": b"00",
    b"gdti": b"253",
    b"ginc": b"401",
    b"gsin": b"402",
    b"grai": b"8003",
    b"giai": b"8004",
    b"cpv": b"22",
    b"lot": b"10",
    b"ser": b"21",
    b"cpsn": b"8011",
    b"glnx": b"254",
    b"refno": b"8020",
    b"srin": b"8019",
    b"exp": b"17",
}


cdef bint is_link(const unsigned char* text, Py_ssize_t n) noexcept nogil:
    """Whether `text` begins as a web address does, in any case."""
    return scheme_size(text, n) > 0


# Counts places within one short text: far below what an int holds.
@cython.overflowcheck(False)
cdef Py_ssize_t scheme_size(const unsigned char* text, Py_ssize_t n) noexcept nogil:
    cdef const unsigned char* want = b"https://"
    cdef Py_ssize_t i, skipped = 0
    if n < 8:
        return 0
    for i in range(8):
        if i == 4 and text[4] == c":":
            skipped = 1
        if i == 7 and skipped:
            return 7
        if (text[i] | 32) != (want[i + skipped] | 32):
            return 0
    return 8


# Every place lies within text_n, which is at most MESSAGE_LIMIT; `out` has room for 14 more.
@cython.overflowcheck(False)
cdef bint read_link(Message* message) except -1:
    """Cut a link into elements, decoded; their values replace `text`."""
    cdef unsigned char out[MESSAGE_LIMIT + GTIN_DIGITS]
    cdef int begins[SEGMENTS_LIMIT]
    cdef int ends[SEGMENTS_LIMIT]
    cdef const unsigned char* text = message.text
    cdef int segments_n = 0, n = message.text_n, at, key, put = 0, i, row
    for i in range(n):
        if text[i] == c"#":
            n = i
            break
    at = <int>scheme_size(text, n)
    i = at
    while at < n and text[at] not in b"/?":
        at += 1
    if i == 0 or at == i:
        return fail(message, NO_KEY, -1, at)
    while at < n and text[at] == c"/":
        if segments_n == SEGMENTS_LIMIT:
            return fail(message, TOO_MANY, -1, at)
        begins[segments_n] = at + 1
        at += 1
        while at < n and text[at] not in b"/?":
            at += 1
        ends[segments_n] = at
        segments_n += 1
    if segments_n and begins[segments_n - 1] == ends[segments_n - 1]:
        segments_n -= 1  # a slash at the end
    key = find_key(text, begins, ends, segments_n)
    if key < 0:
        return fail(message, NO_KEY, -1, 0)
    for i in range(key, segments_n, 2):
        row = find_named(text + begins[i], ends[i] - begins[i])
        put = add_decoded(message, row, begins[i + 1], ends[i + 1], out, put)
        if put < 0:
            return False
    if not are_in_order(message.rows, message.elements_n):
        return fail(message, BAD_ORDER, message.rows[message.elements_n - 1], 0)
    return read_query(message, at + 1, n, out, put)


@cython.overflowcheck(False)
cdef int find_key(
    const unsigned char* text, const int* begins, const int* ends, int segments_n
) except -2:
    """The segment with the last GS1 key of the path, behind which only pairs stand; or -1."""
    cdef int i = segments_n - 2, row
    while i >= 0:
        row = find_named(text + begins[i], ends[i] - begins[i])
        if row < 0:
            return -1
        if row_at(row).is_key:
            return i
        i -= 2
    return -1


cdef int find_named(const unsigned char* name, Py_ssize_t n) except -2:
    """The row of an AI by its digits or by its short name, or -1."""
    cdef int row = row_of_name(name, n)
    cdef const unsigned char* digits
    cdef object found
    if row >= 0 or n < 3 or n > 13 or c"0" <= name[0] <= c"9":
        return row
    found = SHORT.get(name[:n])
    if found is None:
        return -1
    digits = found
    return row_of_name(digits, len(found))


@cython.overflowcheck(False)
cdef bint read_query(
    Message* message, int at, int n, unsigned char* out, int put
) except -1:
    """Add the AIs of a query; other parameters are somebody else's and are passed over."""
    cdef const unsigned char* text = message.text
    cdef int begin, equals, row
    while at < n:
        begin = equals = at
        while equals < n and text[equals] not in b"=&;":
            equals += 1
        at = equals
        while at < n and text[at] not in b"&;":
            at += 1
        row = find_named(text + begin, equals - begin)
        if row >= 0:
            if not row_at(row).is_attribute or equals == at:
                return fail(message, BAD_ORDER, row, begin)
            put = add_decoded(message, row, equals + 1, at, out, put)
            if put < 0:
                return False
        elif equals > begin and is_number(text + begin, equals - begin):
            return fail(message, NO_IDENTIFIER, -1, begin)
        at += 1
    memcpy(message.text, out, min(put, MESSAGE_LIMIT))
    message.text_n = put
    return True


cdef bint is_number(const unsigned char* text, int n) noexcept nogil:
    cdef int i
    for i in range(n):
        if not c"0" <= text[i] <= c"9":
            return False
    return True


@cython.overflowcheck(False)
cdef int add_decoded(
    Message* message, int row, int at, int end, unsigned char* out, int put
) except -2:
    """Copy a value to `out` from `put` on, without percent signs; where it ends there, or -1.

    The GTIN of a key may be printed without the zeros in front of it.
    """
    cdef const unsigned char* text = message.text
    cdef int begin = put, size = end - at, high, low
    if row_at(row).code == 0x01FF and message.elements_n == 0 and size in (8, 12, 13):
        memset(out + put, c"0", GTIN_DIGITS - size)
        put += GTIN_DIGITS - size
    while at < end:
        if text[at] == c"%":
            high = hex_value(text[at + 1]) if at + 2 < end else -1
            low = hex_value(text[at + 2]) if at + 2 < end else -1
            if high < 0 or low < 0:
                fail(message, BAD_ESCAPE, row, at)
                return -1
            out[put] = <unsigned char>(high * 16 + low)
            at += 3
        else:
            out[put] = text[at]
            at += 1
        put += 1
    if not add_element(message, row, begin, put - begin):
        return -1
    return put


# Counts places within one short text: far below what an int holds.
@cython.overflowcheck(False)
cdef int hex_value(unsigned char letter) noexcept nogil:
    if c"0" <= letter <= c"9":
        return letter - c"0"
    if c"a" <= (letter | 32) <= c"f":
        return (letter | 32) - c"a" + 10
    return -1
