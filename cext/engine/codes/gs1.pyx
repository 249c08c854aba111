"""GS1 element strings: cut into elements, checked, and read into words of the shop.

Sources: GS1 General Specifications 7.8 (FNC1 and element strings), 7.12 (dates), 3 (each AI).
"""

cimport cython
from cpython.unicode cimport PyUnicode_DecodeASCII
from libc.stdint cimport int64_t, uint16_t

from cext.engine.codes.identifiers cimport (
    BAD_CHECK,
    BAD_ESCAPE,
    BAD_LETTER,
    BAD_ORDER,
    BAD_PAIR,
    BAD_VALUE,
    DOUBLED,
    ELEMENTS_LIMIT,
    FINE,
    NO_IDENTIFIER,
    NO_KEY,
    TOO_LONG,
    TOO_MANY,
    TOO_SHORT,
    Fault,
    Row,
    check_value,
    find_bad_pair,
    find_row,
    name_of,
    row_at,
    row_of_name,
)
from cext.engine.codes.lint cimport full_year, month_days, two_digits
from cext.engine.rounding cimport scale_half_up
from cext.lang.code import Gs1

cdef enum:
    GS = 0x1D  # what FNC1 becomes between elements

cdef dict FAULTS = {
    NO_IDENTIFIER: "no application identifier begins at place {place}",
    TOO_SHORT: "AI {ai} is too short",
    TOO_LONG: "AI {ai} is too long; the scanner may have lost a separator",
    BAD_LETTER: "AI {ai} holds a character it must not",
    BAD_CHECK: "the check digit of AI {ai} is wrong",
    BAD_VALUE: "AI {ai} holds an impossible value",
    BAD_PAIR: "AI {ai} lacks an AI it needs, or stands with one it excludes",
    DOUBLED: "AI {ai} is there twice with different values",
    TOO_MANY: "more elements than a label holds",
    NO_KEY: "the link names no GS1 key",
    BAD_ORDER: "AI {ai} stands at the wrong place of the link",
    BAD_ESCAPE: "the link is not encoded as a link must be",
}


cdef bint fail(Message* message, Fault fault, int row, int at) noexcept nogil:
    """Note what is wrong; False, for the caller to pass on."""
    message.fault = fault
    message.fault_row = row
    message.fault_at = at
    return False


@cython.overflowcheck(False)
cdef bint add_element(Message* message, int row, Py_ssize_t at, Py_ssize_t n) noexcept nogil:
    cdef int i = message.elements_n
    if i == ELEMENTS_LIMIT:
        return fail(message, TOO_MANY, row, <int>at)
    message.rows[i] = <uint16_t>row
    message.at[i] = <uint16_t>at
    message.sizes[i] = <uint16_t>n
    message.elements_n = i + 1
    return True


# Places lie within MESSAGE_LIMIT, which text_n never passes.
@cython.overflowcheck(False)
cdef bint read_elements(Message* message) noexcept nogil:
    """Cut `text` at its AIs; a GS ends what has no length of its own, and is allowed anywhere."""
    cdef const unsigned char* text = message.text
    cdef int at = 0, end, row, n = message.text_n
    cdef const Row* record
    while at < n:
        if text[at] == GS:
            at += 1
            continue
        row = find_row(text + at, n - at)
        if row < 0:
            return fail(message, NO_IDENTIFIER, -1, at)
        record = row_at(row)
        at += record.ai_n
        end = at
        while end < n and text[end] != GS and not (
            record.is_fixed and end - at == record.high_n
        ):
            end += 1
        if not add_element(message, row, at, end - at):
            return False
        at = end
    return message.elements_n > 0 or fail(message, NO_IDENTIFIER, -1, 0)


@cython.overflowcheck(False)
cdef bint read_bracketed(Message* message) noexcept nogil:
    """Cut `(01)…(10)…` at its brackets; a backslash takes a bracket inside a value literally.

    Blanks around a value are dropped, because people type them.
    """
    cdef unsigned char* text = message.text
    cdef int at = 0, end, begin, row, n = message.text_n, put
    while at < n:
        end = at + 1
        while end < n and text[end] != c")":
            end += 1
        if text[at] != c"(" or end == n:
            return fail(message, NO_IDENTIFIER, -1, at)
        row = row_of_name(text + at + 1, end - at - 1)
        if row < 0:
            return fail(message, NO_IDENTIFIER, -1, at)
        at = end + 1
        while at < n and text[at] == c" ":
            at += 1
        begin = put = at
        while at < n and text[at] != c"(":
            if text[at] == c"\\" and at + 1 < n and text[at + 1] in b"()\\":
                at += 1
            text[put] = text[at]
            put += 1
            at += 1
        while put > begin and text[put - 1] == c" ":
            put -= 1
        if not add_element(message, row, begin, put - begin):
            return False
    return message.elements_n > 0 or fail(message, NO_IDENTIFIER, -1, 0)


# Counts places within one short text: far below what an int holds.
@cython.overflowcheck(False)
cdef bint check_message(Message* message, int year) noexcept nogil:
    """Whether every value is sound and the elements go together; a repeat is dropped."""
    cdef int i, j
    cdef Fault fault
    for i in range(message.elements_n):
        fault = check_value(
            row_at(message.rows[i]), message.text + message.at[i], message.sizes[i], year
        )
        if fault != FINE:
            return fail(message, fault, message.rows[i], message.at[i])
    i = 1
    while i < message.elements_n:
        for j in range(i):
            if message.rows[i] == message.rows[j]:
                if not is_same(message, i, j):
                    return fail(message, DOUBLED, message.rows[i], message.at[i])
                drop_element(message, i)
                break
        else:
            i += 1
    i = find_bad_pair(message.rows, message.elements_n)
    if i >= 0:
        return fail(message, BAD_PAIR, message.rows[i], message.at[i])
    return True


# Counts places within one short text: far below what an int holds.
@cython.overflowcheck(False)
cdef bint is_same(const Message* message, int i, int j) noexcept nogil:
    cdef int k
    if message.sizes[i] != message.sizes[j]:
        return False
    for k in range(message.sizes[i]):
        if message.text[message.at[i] + k] != message.text[message.at[j] + k]:
            return False
    return True


# Counts places within one short text: far below what an int holds.
@cython.overflowcheck(False)
cdef int drop_element(Message* message, int index) noexcept nogil:
    cdef int i
    message.elements_n -= 1
    for i in range(index, message.elements_n):
        message.rows[i] = message.rows[i + 1]
        message.at[i] = message.at[i + 1]
        message.sizes[i] = message.sizes[i + 1]
    return 0


cdef int find_element(const Message* message, uint16_t code) noexcept nogil:
    """Which element has the AI `code` (nibbles, the rest 0xF), or -1."""
    cdef int i
    for i in range(message.elements_n):
        if row_at(message.rows[i]).code == code:
            return i
    return -1


cdef bint has_measure(const Message* message) noexcept nogil:
    """Whether a trade measure or a count of pieces is there, as variable measure needs."""
    cdef int i
    cdef uint16_t code
    for i in range(message.elements_n):
        code = row_at(message.rows[i]).code
        if code >> 8 in (0x31, 0x32, 0x35, 0x36) or code == 0x30FF or code == 0x8001:
            return True
    return False


cdef str value_at(const Message* message, int element):
    return PyUnicode_DecodeASCII(
        <const char*>message.text + message.at[element], message.sizes[element], NULL
    )


# A value has at most 15 digits where this is asked for.
@cython.overflowcheck(False)
cdef int64_t number_at(const unsigned char* text, int n) noexcept nogil:
    cdef int64_t number = 0
    cdef int i
    for i in range(n):
        number = number * 10 + text[i] - c"0"
    return number


@cython.overflowcheck(False)
cdef int64_t power_of_ten(int exponent) noexcept nogil:
    cdef int64_t power = 1
    cdef int i
    for i in range(exponent):
        power *= 10
    return power


# At most 15 digits and three more zeros: below 63 bits.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t read_money(const unsigned char* text, int n, int decimals, int digits) noexcept nogil:
    """Minor units of a price with `decimals`; -1 when it is finer than the currency."""
    cdef int64_t number = number_at(text, n)
    cdef int64_t unit
    if decimals <= digits:
        return number * power_of_ten(digits - decimals)
    unit = power_of_ten(decimals - digits)
    return -1 if number % unit else number // unit


# Four digits of a year within a century of now, and two of each of the others.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int write_day(const unsigned char* text, int year, char* out) noexcept nogil:
    """The date YYMMDD as YYYY-MM-DD; day 00 is the last of the month."""
    cdef int full = full_year(two_digits(text), year)
    cdef int day = two_digits(text + 4)
    if day == 0:
        day = month_days(full, two_digits(text + 2))
    out[0] = c"0" + full // 1000
    out[1] = c"0" + full // 100 % 10
    out[2] = c"0" + full // 10 % 10
    out[3] = c"0" + full % 10
    out[4] = out[7] = c"-"
    out[5] = text[2]
    out[6] = text[3]
    out[8] = c"0" + day // 10
    out[9] = c"0" + day % 10
    return 0


cdef str day_at(const Message* message, int element, int year):
    cdef char out[10]
    write_day(message.text + message.at[element], year, out)
    return PyUnicode_DecodeASCII(out, 10, NULL)


cdef object weigh(const unsigned char* text, int decimals):
    """Grams of a weight in kg with `decimals`; finer ones are rounded, half a gram up."""
    cdef int64_t number = number_at(text, 6)
    if decimals <= 3:
        return number * power_of_ten(3 - decimals)
    return scale_half_up(number, 1, power_of_ten(decimals - 3))


cdef object describe(Message* message, str form, const Locale* locale):
    """What a sound message says. A price finer than money or in other money fails: None."""
    cdef int i, decimals
    cdef int64_t money
    cdef uint16_t code
    cdef const unsigned char* text
    cdef str lot = "", serial = "", gtin = "", value
    cdef str expiry = "", late = "", best = "", sell_by = "", produced = "", packed = ""
    cdef object weight = None, amount = None, count = None
    cdef list elements = []
    for i in range(message.elements_n):
        code = row_at(message.rows[i]).code
        text = message.text + message.at[i]
        value = value_at(message, i)
        elements.append((name_of(message.rows[i]), value))
        if code == 0x10FF:
            lot = value
        elif code == 0x21FF:
            serial = value
        elif code == 0x17FF:
            expiry = day_at(message, i, locale.year)
        elif code == 0x7003:
            late = day_at(message, i, locale.year)
        elif code == 0x15FF:
            best = day_at(message, i, locale.year)
        elif code == 0x16FF:
            sell_by = day_at(message, i, locale.year)
        elif code == 0x11FF:
            produced = day_at(message, i, locale.year)
        elif code == 0x13FF:
            packed = day_at(message, i, locale.year)
        elif code in (0x01FF, 0x02FF, 0x03FF, 0x8006, 0x8026):
            gtin = value[:14]
        elif code == 0x30FF or code == 0x37FF:
            count = number_at(text, message.sizes[i])
        elif code & 0xFFF0 == 0x3100:
            weight = weigh(text, code & 0xF)
        elif code & 0xFFE0 == 0x3920:
            decimals = 3 if code & 0x10 else 0  # digits of a currency before the amount
            if decimals and number_at(text, 3) != locale.currency:
                return None
            money = read_money(
                text + decimals, message.sizes[i] - decimals, code & 0xF, locale.money_digits
            )
            if money < 0:
                fail(message, BAD_VALUE, message.rows[i], message.at[i])
                return None
            amount = money
    return Gs1(
        form, tuple(elements), gtin, lot, serial, expiry or late, best, sell_by, produced, packed,
        weight, amount, count,
    )


cdef str explain(const Message* message):
    """The fault of a message in words."""
    ai = name_of(message.fault_row) if message.fault_row >= 0 else ""
    return FAULTS[message.fault].format(ai=ai, place=message.fault_at + 1)
